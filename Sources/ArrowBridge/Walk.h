// From the rows of a batch to the values of a column: what is wanted of it, and the walk along its steps.
#ifndef ARROW_BRIDGE_WALK_H
#define ARROW_BRIDGE_WALK_H

#include "Names.h"

#include "ArrowBridge.h"
#include "Shape.h"

#include <cstdint>

namespace bridge {

// What is taken at a step: see ab_request.
struct Choice {
    int64_t place = -1;
    string name;
};

struct Wanted {
    Leaf leaf;
    Vector<Choice> choices;
    // Whether its values come digit by digit, see ab_request.
    bool isExact = false;

    // Whether Arrow's parser of JSON leaves the values as they are written.
    bool isUnread() const {
        return isMixed(*leaf.type) || (isExact && leaf.isJSON && (leaf.type->id() == Type::INT64 || leaf.type->id() == Type::DOUBLE));
    }
};

// The name of the column that holds the records with values of mixed kinds.
inline const string mixedName = "\x01";

// The columns that a request asks for, among those of the file.
Result<Vector<Wanted>> asked(const ab_request& request, const Vector<Leaf>& leaves, ab_format format);

// The values of a column for the rows of a batch, in the forms of ab_reader_next.
Result<shared_ptr<Array>> valuesOf(const RecordBatch& batch, const Wanted& wanted);

}  // namespace bridge

#endif
