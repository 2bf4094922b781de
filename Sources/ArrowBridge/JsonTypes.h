// The types of JSON columns: of several rows together, and the part of them that is wanted.
#ifndef ARROW_BRIDGE_JSON_TYPES_H
#define ARROW_BRIDGE_JSON_TYPES_H

#include "Names.h"

#include "Shape.h"

#include <set>

namespace bridge {

// The union of two types' kinds, each once.
shared_ptr<DataType> mixed(const shared_ptr<DataType>& a, const shared_ptr<DataType>& b);

// The fields of both, each of the one type that holds the values of both.
arrow::FieldVector mergedFields(arrow::FieldVector fields, const arrow::FieldVector& more);

// The part of the fields that leads to the columns wanted: those that are left as they are written, or the others.
arrow::FieldVector pruned(const arrow::FieldVector& fields, const std::set<Path>& wanted, const std::set<Path>& unread, bool ofUnread);

}  // namespace bridge

#endif
