// The reduction of arrays to the five forms: texts to the ones in use, times to microseconds, numbers to 64 bits, and
// all of them to exact texts where these are asked for.
#include "Values.h"

#include "Errors.h"

#include <arrow/compute/api.h>
#include <arrow/util/utf8.h>

#include <algorithm>
#include <cstdint>

namespace bridge {

namespace {

const shared_ptr<DataType>& textType() {
    static auto type = arrow::dictionary(arrow::int32(), arrow::utf8());
    return type;
}

string hexadecimal(string_view bytes) {
    static const char* digits = "0123456789abcdef";
    string text;
    for (char byte : bytes) {
        text += digits[static_cast<uint8_t>(byte) >> 4];
        text += digits[static_cast<uint8_t>(byte) & 15];
    }
    return text;
}

string uuidText(string_view bytes) {
    string text = hexadecimal(bytes);
    for (size_t place : {8, 13, 18, 23}) text.insert(place, 1, '-');
    return text;
}

Result<shared_ptr<Array>> texts(const Array& array, bool isUUID = false) {
    arrow::BinaryDictionary32Builder builder;
    ARROW_RETURN_NOT_OK(builder.Reserve(array.length()));
    ARROW_RETURN_NOT_OK(withTexts(array, [&](const auto& values) -> Status {
        for (int64_t row = 0; row < values.length(); row++) {
            if (values.IsNull(row)) {
                ARROW_RETURN_NOT_OK(builder.AppendNull());
            } else if (isUUID) {
                ARROW_RETURN_NOT_OK(builder.Append(uuidText(values.GetView(row))));
            } else {
                ARROW_RETURN_NOT_OK(builder.Append(values.GetView(row)));
            }
        }
        return Status::OK();
    }));
    shared_ptr<Array> built;
    ARROW_RETURN_NOT_OK(builder.Finish(&built));
    return built;
}

// Keeps the texts that the batch uses, in the order in which they first appear: a row group's dictionary may be many
// times larger than a batch.
Result<shared_ptr<Array>> usedTexts(const arrow::DictionaryArray& array) {
    shared_ptr<Array> codes = array.indices();
    if (codes->type_id() != Type::INT32) {
        ARROW_ASSIGN_OR_RAISE(auto cast, arrow::compute::Cast(codes, arrow::int32()));
        codes = cast.make_array();
    }
    auto& old = static_cast<const arrow::Int32Array&>(*codes);
    const Array& dictionary = *array.dictionary();
    Vector<int32_t> places(static_cast<size_t>(dictionary.length()), -1);
    arrow::Int32Builder rows;
    arrow::BinaryBuilder kept;
    ARROW_RETURN_NOT_OK(rows.Reserve(old.length()));
    ARROW_RETURN_NOT_OK(withTexts(dictionary, [&](const auto& values) -> Status {
        for (int64_t row = 0; row < old.length(); row++) {
            int32_t code = old.IsNull(row) ? -1 : old.Value(row);
            if (code >= dictionary.length()) return Status::IndexError("a dictionary code is out of range");
            if (code < 0 || values.IsNull(code)) {
                rows.UnsafeAppendNull();
                continue;
            }
            int32_t& place = places[static_cast<size_t>(code)];
            if (place < 0) {
                place = static_cast<int32_t>(kept.length());
                ARROW_RETURN_NOT_OK(kept.Append(values.GetView(code)));
            }
            rows.UnsafeAppend(place);
        }
        return Status::OK();
    }));
    ARROW_ASSIGN_OR_RAISE(auto newCodes, rows.Finish());
    ARROW_ASSIGN_OR_RAISE(auto newTexts, kept.Finish());
    return arrow::DictionaryArray::FromArrays(arrow::dictionary(arrow::int32(), arrow::binary()), newCodes, newTexts);
}

// value * multiplier / divisor, rounded down; null where that passes 64 bits.
template <class Values>
Result<shared_ptr<Array>> microseconds(const Array& array, int64_t multiplier, int64_t divisor, const char* zone) {
    auto& values = static_cast<const Values&>(array);
    arrow::TimestampBuilder builder(arrow::timestamp(arrow::TimeUnit::MICRO, zone), arrow::default_memory_pool());
    ARROW_RETURN_NOT_OK(builder.Reserve(array.length()));
    for (int64_t row = 0; row < array.length(); row++) {
        int64_t value;
        if (array.IsNull(row) || __builtin_mul_overflow(int64_t(values.Value(row)), multiplier, &value)) {
            builder.UnsafeAppendNull();
        } else {
            builder.UnsafeAppend(value / divisor - (value % divisor < 0));
        }
    }
    return builder.Finish();
}

Result<shared_ptr<Array>> timestamps(const Array& array) {
    if (array.type_id() == Type::DATE32) return microseconds<arrow::Date32Array>(array, 86'400'000'000, 1, "");
    if (array.type_id() == Type::DATE64) return microseconds<arrow::Date64Array>(array, 1000, 1, "");
    auto& type = static_cast<const arrow::TimestampType&>(*array.type());
    const char* zone = type.timezone().empty() ? "" : "UTC";
    switch (type.unit()) {
        case arrow::TimeUnit::SECOND: return microseconds<arrow::TimestampArray>(array, 1'000'000, 1, zone);
        case arrow::TimeUnit::MILLI: return microseconds<arrow::TimestampArray>(array, 1000, 1, zone);
        case arrow::TimeUnit::MICRO: return microseconds<arrow::TimestampArray>(array, 1, 1, zone);
        case arrow::TimeUnit::NANO: return microseconds<arrow::TimestampArray>(array, 1, 1000, zone);
    }
    return Status::TypeError("unknown unit of time");
}

Result<shared_ptr<Array>> cast(const shared_ptr<Array>& array, const shared_ptr<DataType>& type) {
    if (array->type()->Equals(type)) return array;
    ARROW_ASSIGN_OR_RAISE(auto result, arrow::compute::Cast(array, type));
    return result.make_array();
}

}  // namespace

Result<shared_ptr<Array>> canonical(const shared_ptr<Array>& array, bool isUUID) {
    const DataType& type = *array->type();
    if (type.id() == Type::EXTENSION) {
        bool named = static_cast<const arrow::ExtensionType&>(type).extension_name() == "arrow.uuid";
        return canonical(static_cast<const arrow::ExtensionArray&>(*array).storage(), isUUID || named);
    }
    if (type.id() == Type::DICTIONARY) {
        auto& values = dictionaryValues(type);
        if (isText(values) && !isUUID) return usedTexts(static_cast<const arrow::DictionaryArray&>(*array));
        ARROW_ASSIGN_OR_RAISE(auto plain, cast(array, static_cast<const arrow::DictionaryType&>(type).value_type()));
        return canonical(plain, isUUID);
    }
    if (type.id() == Type::NA) return arrow::MakeArrayOfNull(textType(), array->length());
    if (isText(type)) {
        bool is16 = type.id() == Type::FIXED_SIZE_BINARY
            && static_cast<const arrow::FixedSizeBinaryType&>(type).byte_width() == 16;
        return texts(*array, isUUID && is16);
    }
    if (type.id() == Type::UINT64) {
        auto& values = static_cast<const arrow::UInt64Array&>(*array);
        for (int64_t row = 0; row < values.length(); row++) {
            // As text and not as double: it may be an identity, of which no digit may be lost.
            if (!values.IsNull(row) && values.Value(row) > uint64_t(INT64_MAX)) {
                ARROW_ASSIGN_OR_RAISE(auto digits, cast(array, arrow::utf8()));
                return texts(*digits);
            }
        }
    }
    switch (kindOf(type)) {
        case 'b': return array;
        case 'l': return cast(array, arrow::int64());
        case 'g': return cast(array, arrow::float64());
        case 't': return timestamps(*array);
        default: return Status::TypeError("cannot read ", type.ToString());
    }
}

string shown(string_view text) {
    string result;
    for (char c : text.substr(0, 40)) {
        if (c >= ' ' && c < 0x7F) result += c;
        else result += "\\x" + hexadecimal(string_view(&c, 1));
    }
    return result + (text.size() > 40 ? "..." : "");
}

Result<shared_ptr<Array>> exact(const shared_ptr<Array>& array, const Leaf& leaf) {
    auto type = array->type();
    if (type->id() == Type::EXTENSION) return exact(static_cast<const arrow::ExtensionArray&>(*array).storage(), leaf);
    if (type->id() == Type::DICTIONARY && !isText(dictionaryValues(*type))) {
        ARROW_ASSIGN_OR_RAISE(auto plain, cast(array, static_cast<const arrow::DictionaryType&>(*type).value_type()));
        return exact(plain, leaf);
    }
    if (arrow::is_decimal(type->id())) {
        ARROW_ASSIGN_OR_RAISE(auto digits, cast(array, arrow::utf8()));
        return texts(*digits);
    }
    bool isFixed = leaf.type->id() == Type::FIXED_SIZE_BINARY && !leaf.isUUID;
    if (isFixed && type->id() == Type::FIXED_SIZE_BINARY) {
        auto& values = static_cast<const arrow::FixedSizeBinaryArray&>(*array);
        arrow::StringBuilder builder;
        for (int64_t row = 0; row < values.length(); row++) {
            ARROW_RETURN_NOT_OK(values.IsNull(row) ? builder.AppendNull() : builder.Append(hexadecimal(values.GetView(row))));
        }
        ARROW_ASSIGN_OR_RAISE(auto written, builder.Finish());
        return texts(*written);
    }
    ARROW_ASSIGN_OR_RAISE(auto values, canonical(array, leaf.isUUID));
    if (values->type_id() != Type::DICTIONARY) return values;
    bool isRaw = leaf.type->id() == Type::BINARY || leaf.type->id() == Type::LARGE_BINARY;
    ARROW_RETURN_NOT_OK(withTexts(*static_cast<const arrow::DictionaryArray&>(*values).dictionary(), [&](const auto& all) {
        for (int64_t i = 0; i < all.length(); i++) {
            if (all.IsNull(i)) continue;
            auto text = all.GetView(i);
            auto isControl = [](char c) { return uint8_t(c) < ' ' && c != '\t' && c != '\n' && c != '\r'; };
            bool isBad = !arrow::util::ValidateUTF8(reinterpret_cast<const uint8_t*>(text.data()), int64_t(text.size()))
                || (isRaw && std::any_of(text.begin(), text.end(), isControl));
            if (isBad) return conflict(badTextMark + nameOf(leaf.path), (isRaw ? "raw\n" : "text\n") + shown(text));
        }
        return Status::OK();
    }));
    return values;
}

}  // namespace bridge
