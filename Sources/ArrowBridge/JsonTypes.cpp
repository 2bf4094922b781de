// How the types of JSON rows become one, and how they are cut down to the columns that are wanted.
#include "JsonTypes.h"

#include <map>

namespace bridge {

namespace {

// The one type that holds the values of both.
shared_ptr<DataType> merged(const shared_ptr<DataType>& a, const shared_ptr<DataType>& b) {
    if (a->Equals(b) || b->id() == Type::NA) return a;
    if (a->id() == Type::NA) return b;
    if (a->id() == Type::STRUCT && b->id() == Type::STRUCT) {
        return arrow::struct_(mergedFields(a->fields(), b->fields()));
    }
    if (a->id() == Type::LIST && b->id() == Type::LIST) {
        return arrow::list(merged(a->field(0)->type(), b->field(0)->type()));
    }
    bool areNumbers = !isMixed(*a) && !isMixed(*b) && string_view(words(*a)) == "numbers"
        && string_view(words(*b)) == "numbers";
    return areNumbers ? arrow::float64() : mixed(a, b);
}

// The part of a type that leads to the columns wanted, those that are left as they are written or the others; null if there is none.
//
// Arrow's parser takes numbers and texts alike for a column that is to be decimal, and leaves them unread.
shared_ptr<DataType> pruned(
    const shared_ptr<DataType>& type, const Path& path, const std::set<Path>& wanted, const std::set<Path>& unread, bool ofUnread) {
    if (type->id() == Type::STRUCT) {
        arrow::FieldVector kept;
        for (auto& field : type->fields()) {
            auto part = pruned(field->type(), path / Step{AB_KEY, field->name()}, wanted, unread, ofUnread);
            if (part) kept.push_back(field->WithType(part));
        }
        bool isWanted = !ofUnread && wanted.count(path);
        return kept.empty() && !isWanted ? nullptr : arrow::struct_(kept);
    }
    if (type->id() == Type::LIST) {
        auto item = pruned(type->field(0)->type(), path / Step{AB_ITEMS}, wanted, unread, ofUnread);
        return item ? arrow::list(item) : nullptr;
    }
    if (!wanted.count(path) || unread.count(path) != ofUnread) return nullptr;
    return ofUnread ? arrow::decimal128(1, 0) : type;
}

}  // namespace

shared_ptr<DataType> mixed(const shared_ptr<DataType>& a, const shared_ptr<DataType>& b) {
    arrow::FieldVector kinds;
    auto add = [&](const DataType& type) {
        for (auto& kind : kinds) if (string_view(words(*kind->type())) == words(type)) return;
        shared_ptr<DataType> plain = arrow::float64();
        if (type.id() == Type::BOOL) plain = arrow::boolean();
        if (type.id() == Type::STRUCT) plain = arrow::struct_(arrow::FieldVector());
        if (type.id() == Type::LIST) plain = arrow::list(arrow::null());
        if (type.id() == Type::STRING) plain = arrow::utf8();
        kinds.push_back(arrow::field(words(type), plain));
    };
    for (auto& type : {a, b}) {
        if (!isMixed(*type)) add(*type);
        else for (auto& kind : type->fields()) add(*kind->type());
    }
    return arrow::dense_union(kinds);
}

arrow::FieldVector mergedFields(arrow::FieldVector fields, const arrow::FieldVector& more) {
    std::map<string, size_t> places;
    for (size_t i = 0; i < fields.size(); i++) places[fields[i]->name()] = i;
    for (auto& field : more) {
        auto place = places.find(field->name());
        if (place == places.end()) {
            fields.push_back(field);
            continue;
        }
        auto& known = fields[place->second];
        known = known->WithType(merged(known->type(), field->type()));
    }
    return fields;
}

arrow::FieldVector pruned(const arrow::FieldVector& fields, const std::set<Path>& wanted, const std::set<Path>& unread, bool ofUnread) {
    arrow::FieldVector kept;
    for (auto& field : fields) {
        auto part = pruned(field->type(), {{AB_KEY, field->name()}}, wanted, unread, ofUnread);
        if (part) kept.push_back(field->WithType(part));
    }
    return kept;
}

}  // namespace bridge
