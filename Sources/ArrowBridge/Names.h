// The names of Arrow and of the standard library that every file of the bridge uses. It is included first, for it also
// tells where Arrow is missing.
#ifndef ARROW_BRIDGE_NAMES_H
#define ARROW_BRIDGE_NAMES_H

#if !__has_include(<arrow/api.h>)
#error "Apache Arrow C++ is not in .deps/arrow: run scripts/setup once"
#endif

#include <arrow/api.h>
#include <arrow/util/config.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

// Where BrokenRows.h, CsvQuotes.h, JsonRows.h and TextEncoding.h have their names.
namespace ab {}

namespace bridge {

using arrow::Array;
using arrow::DataType;
using arrow::RecordBatch;
using arrow::Result;
using arrow::Status;
using arrow::Type;
using std::shared_ptr;
using std::string;
using std::string_view;
using namespace ab;
template <class T> using Vector = std::vector<T>;

}  // namespace bridge

#endif
