// The walk itself, through records, lists and maps to the places where the values of each row stand.
#include "Walk.h"

#include "Values.h"

#include <arrow/compute/api.h>

#include <cstdint>
#include <cstring>

namespace bridge {

namespace {

// Calls `body` with the array as the class that knows where each row's items stand.
template <class Body> Status withLists(const Array& array, Body&& body) {
    switch (array.type_id()) {
        case Type::LIST:
        case Type::MAP: return body(static_cast<const arrow::ListArray&>(array));
        case Type::LARGE_LIST: return body(static_cast<const arrow::LargeListArray&>(array));
        case Type::FIXED_SIZE_LIST: return body(static_cast<const arrow::FixedSizeListArray&>(array));
#if ARROW_VERSION_MAJOR >= 16
        case Type::LIST_VIEW: return body(static_cast<const arrow::ListViewArray&>(array));
        case Type::LARGE_LIST_VIEW: return body(static_cast<const arrow::LargeListViewArray&>(array));
#endif
        default: return Status::TypeError("no list: ", array.type()->ToString());
    }
}

// A walk from the rows of a batch along the steps of a column. At each step every row has one place in the current
// array, or nothing there (-1); behind the first list of which all is taken, it has any number of places.
class Walk {
  public:
    static Result<shared_ptr<Array>> along(const RecordBatch& batch, const Wanted& wanted) {
        auto& path = wanted.leaf.path;
        bool mixed = wanted.isUnread();
        Walk walk;
        walk.rows = batch.num_rows();
        walk.array = batch.GetColumnByName(mixed ? mixedName : path.front().name);
        if (!walk.array) return Status::KeyError("no column ", path.front().name);
        for (size_t i = mixed ? 0 : 1; i < path.size(); i++) {
            while (walk.array->type_id() == Type::EXTENSION) {
                walk.array = static_cast<arrow::ExtensionArray&>(*walk.array).storage();
            }
            switch (path[i].kind) {
                case AB_KEY: ARROW_RETURN_NOT_OK(walk.enter(path[i].name)); break;
                case AB_ITEMS: ARROW_RETURN_NOT_OK(walk.takeItems(wanted.choices[i])); break;
                case AB_ENTRIES: ARROW_RETURN_NOT_OK(walk.takeEntries(wanted.choices[i])); break;
            }
        }
        return walk.finish(wanted);
    }

  private:
    Status enter(const string& name) {
        if (array->type_id() != Type::STRUCT) return Status::TypeError("no record: ", array->type()->ToString());
        auto& record = static_cast<const arrow::StructArray&>(*array);
        int index = static_cast<const arrow::StructType&>(*record.type()).GetFieldIndex(name);
        if (index < 0) return Status::KeyError("no column ", name);
        ARROW_ASSIGN_OR_RAISE(array, record.GetFlattenedField(index));
        return Status::OK();
    }

    Status takeItems(const Choice& choice) {
        return withLists(*array, [&](const auto& lists) {
            go(choice.place < 0, [&](int64_t place, auto&& to) {
                int64_t count = place < 0 || lists.IsNull(place) ? 0 : lists.value_length(place);
                if (choice.place >= 0) {
                    to(choice.place < count ? lists.value_offset(place) + choice.place : -1, -1);
                    return;
                }
                int64_t start = count == 0 ? 0 : lists.value_offset(place);
                for (int64_t i = start; i < start + count; i++) to(i, -1);
            });
            shared_ptr<Array> items = lists.values();
            array = items;
            return Status::OK();
        });
    }

    Status takeEntries(const Choice& choice) {
        return withLists(*array, [&](const auto& maps) -> Status {
            shared_ptr<Array> entries = maps.values();
            if (entries->type_id() != Type::STRUCT) return Status::TypeError("no map: ", array->type()->ToString());
            auto& record = static_cast<const arrow::StructArray&>(*entries);
            ARROW_ASSIGN_OR_RAISE(auto names, record.GetFlattenedField(0));
            ARROW_ASSIGN_OR_RAISE(auto values, record.GetFlattenedField(1));
            bool isAny = choice.place < 0;
            if (isAny && !keys) keys = names;
            Vector<uint8_t> isWanted;
            if (!isAny) {
                ARROW_ASSIGN_OR_RAISE(isWanted, rowsOf(names, choice.name));
            }
            go(isAny, [&](int64_t place, auto&& to) {
                int64_t count = place < 0 || maps.IsNull(place) ? 0 : maps.value_length(place);
                int64_t start = count == 0 ? 0 : maps.value_offset(place);
                if (isAny) {
                    for (int64_t i = start; i < start + count; i++) to(i, i);
                    return;
                }
                int64_t found = -1;
                for (int64_t i = start; i < start + count && found < 0; i++) if (isWanted[size_t(i)]) found = i;
                to(found, -1);
            });
            array = values;
            return Status::OK();
        });
    }

    // Which rows of texts are `name`.
    static Result<Vector<uint8_t>> rowsOf(const shared_ptr<Array>& texts, const string& name) {
        ARROW_ASSIGN_OR_RAISE(auto coded, canonical(texts, false));
        auto& dictionary = static_cast<const arrow::DictionaryArray&>(*coded);
        int64_t wanted = -1;
        ARROW_RETURN_NOT_OK(withTexts(*dictionary.dictionary(), [&](const auto& values) {
            for (int64_t i = 0; i < values.length() && wanted < 0; i++) if (values.GetView(i) == name) wanted = i;
            return Status::OK();
        }));
        Vector<uint8_t> rows(size_t(coded->length()), 0);
        for (int64_t row = 0; wanted >= 0 && row < coded->length(); row++) {
            rows[size_t(row)] = coded->IsValid(row) && dictionary.GetValueIndex(row) == wanted;
        }
        return rows;
    }

    // Replaces each place by those that `step` names, with the key they stand under if they stand in a map.
    template <class Step> void go(bool toMany, Step&& step) {
        Vector<int64_t> next, nextKeys;
        Vector<int32_t> nextEnds;
        next.reserve(isWhole ? size_t(rows) : places.size());
        for (int64_t row = 0; row < rows; row++) {
            size_t begin = isMany ? (row == 0 ? 0 : size_t(ends[size_t(row) - 1])) : size_t(row);
            size_t end = isMany ? size_t(ends[size_t(row)]) : size_t(row) + 1;
            for (size_t i = begin; i < end; i++) {
                step(isWhole ? row : places[i], [&](int64_t place, int64_t key) {
                    next.push_back(place);
                    if (keys) nextKeys.push_back(keyPlaces.empty() ? key : keyPlaces[i]);
                });
            }
            if (toMany || isMany) nextEnds.push_back(int32_t(next.size()));
        }
        places = std::move(next);
        keyPlaces = std::move(nextKeys);
        ends = std::move(nextEnds);
        isMany |= toMany;
        isWhole = false;
    }

    static Result<shared_ptr<Array>> taken(const shared_ptr<Array>& array, const Vector<int64_t>& places) {
        auto count = int64_t(places.size());
        bool isSlice = places.empty() || places[0] >= 0;
        for (size_t i = 1; i < places.size() && isSlice; i++) isSlice = places[i] == places[i - 1] + 1;
        if (isSlice) return array->Slice(places.empty() ? 0 : places[0], count);
        arrow::Int64Builder builder;
        ARROW_RETURN_NOT_OK(builder.Reserve(count));
        for (auto place : places) place < 0 ? builder.UnsafeAppendNull() : builder.UnsafeAppend(place);
        ARROW_ASSIGN_OR_RAISE(auto rows, builder.Finish());
        ARROW_ASSIGN_OR_RAISE(auto found, arrow::compute::Take(array, rows));
        return found.make_array();
    }

    // Of records: true where there is one.
    Result<shared_ptr<Array>> presence() const {
        arrow::BooleanBuilder builder;
        auto count = isWhole ? rows : int64_t(places.size());
        ARROW_RETURN_NOT_OK(builder.Reserve(count));
        for (int64_t i = 0; i < count; i++) {
            int64_t place = isWhole ? i : places[size_t(i)];
            place < 0 || array->IsNull(place) ? builder.UnsafeAppendNull() : builder.UnsafeAppend(true);
        }
        return builder.Finish();
    }

    Result<shared_ptr<Array>> finish(const Wanted& wanted) const {
        auto& leaf = wanted.leaf;
        if (places.size() > INT32_MAX) return Status::CapacityError("the lists of a batch have too many items");
        shared_ptr<Array> values;
        if (leaf.type->id() == Type::STRUCT) {
            ARROW_ASSIGN_OR_RAISE(values, presence());
        } else {
            values = array;
            if (!isWhole) {
                ARROW_ASSIGN_OR_RAISE(values, taken(array, places));
            }
            if (wanted.isExact) {
                ARROW_ASSIGN_OR_RAISE(values, exact(values, leaf));
            } else {
                ARROW_ASSIGN_OR_RAISE(values, canonical(values, leaf.isUUID));
            }
        }
        if (!isMany) return values;
        arrow::BufferBuilder offsets;
        int32_t zero = 0;
        ARROW_RETURN_NOT_OK(offsets.Append(&zero, sizeof zero));
        ARROW_RETURN_NOT_OK(offsets.Append(ends.data(), int64_t(ends.size() * sizeof zero)));
        ARROW_ASSIGN_OR_RAISE(auto bounds, offsets.Finish());
        if (!keys) return std::make_shared<arrow::ListArray>(arrow::list(values->type()), rows, bounds, values);
        ARROW_ASSIGN_OR_RAISE(auto names, taken(keys, keyPlaces));
        ARROW_ASSIGN_OR_RAISE(names, canonical(names, false));
        auto type = std::make_shared<arrow::MapType>(names->type(), values->type());
        return std::make_shared<arrow::MapArray>(type, rows, bounds, names, values);
    }

    int64_t rows = 0;
    shared_ptr<Array> array;
    // Whether each row's place is the row itself, and `places` empty.
    bool isWhole = true;
    Vector<int64_t> places;
    // Whether a row has any number of places, which end in `places` at its `ends`.
    bool isMany = false;
    Vector<int32_t> ends;
    // The keys of the first map of which all is taken, and where among them each place has its own.
    shared_ptr<Array> keys;
    Vector<int64_t> keyPlaces;
};

}  // namespace

Result<Vector<Wanted>> asked(const ab_request& request, const Vector<Leaf>& leaves, ab_format format) {
    Vector<int> columns(request.columns, request.columns + request.column_count);
    Vector<Wanted> found;
    auto choice = request.choices;
    auto name = request.names;
    for (int column : columns) {
        if (column < 0 || size_t(column) >= leaves.size()) return Status::KeyError("its columns have changed");
        found.push_back({leaves[size_t(column)], {}, request.exact && request.exact[found.size()] != 0});
        found.back().leaf.isJSON = format == AB_JSON;
        for (size_t step = 0; step < found.back().leaf.path.size(); step++) {
            found.back().choices.push_back({*choice++, name});
            name += strlen(name) + 1;
        }
    }
    return found;
}

Result<shared_ptr<Array>> valuesOf(const RecordBatch& batch, const Wanted& wanted) {
    return Walk::along(batch, wanted);
}

}  // namespace bridge
