// The formats of files, of which each can describe a file and open it: Parquet, Arrow, CSV and JSON.
#ifndef ARROW_BRIDGE_FORMATS_H
#define ARROW_BRIDGE_FORMATS_H

#include "Names.h"

#include "ArrowBridge.h"
#include "BrokenRows.h"
#include "Shape.h"
#include "Source.h"
#include "Walk.h"

#include <cstdint>

namespace bridge {

// What there is to know of a file before it is read, see ab_shape.
struct FileShape {
    Vector<Leaf> leaves;
    Vector<int64_t> groups;
    shared_ptr<arrow::Buffer> jsonTypes;
    bool hasRows = false;
    BrokenRows broken;
};

Status describeParquet(const char* path, FileShape& shape);
Status describeArrow(const char* path, FileShape& shape);
Status describeCSV(const char* path, const ab_text& layout, FileShape& shape);
Status describeJSON(const char* path, const ab_text& layout, FileShape& shape);

// Each tells in `wanted` the columns that it has been asked for.
Result<std::unique_ptr<Source>> openParquet(const char* path, const ab_request& request, Vector<Wanted>& wanted);
Result<std::unique_ptr<Source>> openArrow(const char* path, const ab_request& request, Vector<Wanted>& wanted);
Result<std::unique_ptr<Source>> openCSV(const char* path, const ab_request& request, Vector<Wanted>& wanted);
Result<std::unique_ptr<Source>> openJSON(const char* path, const ab_request& request, Vector<Wanted>& wanted);

// The types of a JSON file, as its shape handed them out.
Result<shared_ptr<arrow::Schema>> schemaOf(const uint8_t* types, int64_t count);

}  // namespace bridge

#endif
