// What Arrow's types mean: the kind of each, its name in messages, and the columns that a type with others within has.
#include "Shape.h"

#include <algorithm>

namespace bridge {

bool isText(const DataType& type) {
    switch (type.id()) {
        case Type::STRING:
        case Type::BINARY:
        case Type::LARGE_STRING:
        case Type::LARGE_BINARY:
        case Type::FIXED_SIZE_BINARY:
#if ARROW_VERSION_MAJOR >= 15
        case Type::STRING_VIEW:
        case Type::BINARY_VIEW:
#endif
            return true;
        default: return false;
    }
}

bool isList(const DataType& type) {
    switch (type.id()) {
        case Type::LIST:
        case Type::LARGE_LIST:
        case Type::FIXED_SIZE_LIST:
#if ARROW_VERSION_MAJOR >= 16
        case Type::LIST_VIEW:
        case Type::LARGE_LIST_VIEW:
#endif
            return true;
        default: return false;
    }
}

const char* words(const DataType& type) {
    switch (type.id()) {
        case Type::BOOL: return "booleans";
        case Type::STRUCT: return "objects";
        case Type::LIST: return "arrays";
        case Type::STRING: return "texts";
        default: return "numbers";
    }
}

bool isMixedText(const DataType& type) {
    return isMixed(type) && std::all_of(type.fields().begin(), type.fields().end(), [](auto& field) {
        return field->type()->id() == Type::STRING || field->type()->id() == Type::DOUBLE;
    });
}

string description(const DataType& type) {
    if (!isMixed(type)) return type.ToString();
    string kinds;
    for (auto& field : type.fields()) {
        kinds += (kinds.empty() ? "" : " in some rows and ") + string(words(*field->type()));
    }
    return kinds + " in others";
}

ab_kind kindOf(const DataType& type) {
    if (isMixedText(type)) return 'u';
    if (arrow::is_decimal(type.id())) return 'g';
    if (isText(type) || type.id() == Type::NA) return 'u';
    switch (type.id()) {
        case Type::BOOL: return 'b';
        case Type::INT8:
        case Type::INT16:
        case Type::INT32:
        case Type::INT64:
        case Type::UINT8:
        case Type::UINT16:
        case Type::UINT32:
        case Type::UINT64: return 'l';
        case Type::HALF_FLOAT:
        case Type::FLOAT:
        case Type::DOUBLE: return 'g';
        case Type::DATE32:
        case Type::DATE64:
        case Type::TIMESTAMP: return 't';
        case Type::STRUCT: return 's';
        case Type::DICTIONARY: return kindOf(dictionaryValues(type));
        case Type::EXTENSION: return kindOf(*storage(type));
        default: return '?';
    }
}

string nameOf(const Path& path) {
    string name;
    for (auto& step : path) {
        if (step.kind == AB_KEY) name += (name.empty() ? "" : ".") + step.name;
    }
    return name;
}

void collect(const shared_ptr<DataType>& given, const Path& path, Vector<Leaf>& leaves) {
    auto type = given;
    while (type->id() == Type::EXTENSION && storage(*type)->num_fields() > 0) type = storage(*type);
    if (type->id() == Type::STRUCT) {
        leaves.push_back({path, type});
        for (auto& field : type->fields()) collect(field->type(), path / Step{AB_KEY, field->name()}, leaves);
    } else if (type->id() == Type::MAP && kindOf(*static_cast<arrow::MapType&>(*type).key_type()) == 'u') {
        collect(static_cast<arrow::MapType&>(*type).item_type(), path / Step{AB_ENTRIES}, leaves);
    } else if (isList(*type)) {
        collect(type->field(0)->type(), path / Step{AB_ITEMS}, leaves);
    } else {
        leaves.push_back({path, type});
    }
}

void collect(const arrow::FieldVector& fields, Vector<Leaf>& leaves) {
    for (auto& field : fields) collect(field->type(), {{AB_KEY, field->name()}}, leaves);
}

}  // namespace bridge
