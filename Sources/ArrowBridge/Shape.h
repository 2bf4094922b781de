// The shape of a file: its columns, each by the steps that lead to it, and what kind of values its type stands for.
#ifndef ARROW_BRIDGE_SHAPE_H
#define ARROW_BRIDGE_SHAPE_H

#include "Names.h"

#include "ArrowBridge.h"

#include <compare>
#include <utility>

namespace bridge {

struct Step {
    ab_step kind;
    string name = {};
    auto operator<=>(const Step&) const = default;
};
using Path = Vector<Step>;

inline Path operator/(Path path, Step step) {
    path.push_back(std::move(step));
    return path;
}

// A column: a value that is no record, list or map, or a record.
struct Leaf {
    Path path;
    shared_ptr<DataType> type;
    // The columns to read for it: the keys of the maps on the way, then its own; of a record the first within.
    Vector<int> parquetColumns = {};
    bool isUUID = false;
    bool isJSON = false;
};

bool isText(const DataType& type);

inline const DataType& dictionaryValues(const DataType& type) {
    return *static_cast<const arrow::DictionaryType&>(type).value_type();
}

inline const shared_ptr<DataType>& storage(const DataType& type) {
    return static_cast<const arrow::ExtensionType&>(type).storage_type();
}

bool isList(const DataType& type);

const char* words(const DataType& type);

// JSON values of several kinds in one column stand as a union of those kinds, which is never read as such.
inline bool isMixed(const DataType& type) { return type.id() == Type::DENSE_UNION && type.num_fields() > 0; }

// Numbers among texts can be read: as texts.
bool isMixedText(const DataType& type);

string description(const DataType& type);

ab_kind kindOf(const DataType& type);

string nameOf(const Path& path);

void collect(const shared_ptr<DataType>& given, const Path& path, Vector<Leaf>& leaves);
void collect(const arrow::FieldVector& fields, Vector<Leaf>& leaves);

}  // namespace bridge

#endif
