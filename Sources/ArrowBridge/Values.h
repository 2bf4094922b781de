// From Arrow's many types to the five forms in which values leave the bridge.
#ifndef ARROW_BRIDGE_VALUES_H
#define ARROW_BRIDGE_VALUES_H

#include "Names.h"

#include "Shape.h"

namespace bridge {

// Calls `body` with the array as the class that has GetView.
template <class Body> Status withTexts(const Array& array, Body&& body) {
    switch (array.type_id()) {
        case Type::STRING:
        case Type::BINARY: return body(static_cast<const arrow::BinaryArray&>(array));
        case Type::LARGE_STRING:
        case Type::LARGE_BINARY: return body(static_cast<const arrow::LargeBinaryArray&>(array));
        case Type::FIXED_SIZE_BINARY: return body(static_cast<const arrow::FixedSizeBinaryArray&>(array));
#if ARROW_VERSION_MAJOR >= 15
        case Type::STRING_VIEW:
        case Type::BINARY_VIEW: return body(static_cast<const arrow::BinaryViewArray&>(array));
#endif
        default: return Status::TypeError("no text: ", array.type()->ToString());
    }
}

// The values in the form that their kind has, see ab_kind.
Result<shared_ptr<Array>> canonical(const shared_ptr<Array>& array, bool isUUID);

// A text as a message may show it: what is no printable ASCII as \xNN, and no more than some 40 characters.
string shown(string_view text);

// Values of which no digit and no letter may be lost, for they are compared with those of other files and with what the
// user wrote: decimals in all their digits, bytes of a fixed number in hexadecimal; texts must be UTF-8.
Result<shared_ptr<Array>> exact(const shared_ptr<Array>& array, const Leaf& leaf);

}  // namespace bridge

#endif
