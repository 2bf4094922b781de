#if !__has_include(<arrow/api.h>)
#error "Apache Arrow C++ is not in .deps/arrow: run scripts/setup once"
#endif

#include "ArrowBridge.h"

#include <arrow/api.h>
#include <arrow/c/bridge.h>
#include <arrow/compute/api.h>
#include <arrow/csv/options.h>
#include <arrow/csv/parser.h>
#include <arrow/io/api.h>
#include <arrow/ipc/api.h>
#include <arrow/json/api.h>
#include <arrow/json/parser.h>
#include <arrow/util/compression.h>
#include <arrow/util/config.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/arrow/writer.h>
#if ARROW_VERSION_MAJOR >= 21
#include <arrow/compute/initialize.h>
#endif
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <compare>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

using arrow::Array;
using arrow::DataType;
using arrow::RecordBatch;
using arrow::Result;
using arrow::Status;
using arrow::Type;
using std::shared_ptr;
using std::string;
using std::string_view;
template <class T> using Vector = std::vector<T>;

namespace {

// --- errors -------------------------------------------------------------------------------------------------------

ab_code fail(char** error, ab_code code, const string& message) {
    if (error) *error = strdup(message.c_str());
    return code;
}

// A conflict travels inside Arrow's Status as a message with this mark before it.
constexpr string_view conflictMark = "\x01";

Status conflict(const string& column, const string& kinds) {
    return Status::TypeError(conflictMark, column, "\n", kinds);
}

template <class Body> ab_code guarded(char** error, Body&& body) {
    try {
        static std::once_flag once;
        static Status initialized;
        std::call_once(once, [] {
#if ARROW_VERSION_MAJOR >= 21
            initialized = arrow::compute::Initialize();
#endif
        });
        Status status = initialized.ok() ? body() : initialized;
        if (status.ok()) return AB_OK;
        string message = status.message();
        if (message.starts_with(conflictMark)) return fail(error, AB_CONFLICT, message.substr(1));
        return fail(error, AB_FAILED, message);
    } catch (const std::exception& exception) {
        return fail(error, AB_FAILED, exception.what());
    } catch (...) {
        return fail(error, AB_FAILED, "unknown C++ exception");
    }
}

// --- files --------------------------------------------------------------------------------------------------------

// Half open; all of a file, unless told otherwise.
struct ByteRange {
    int64_t first = 0, end = -1;
    bool isWhole() const { return end < 0; }
};

constexpr string_view blanks = " \t\r\n";

// The bytes of a text file; what gzip or zstd compressed, decompressed. A range is of a file that is not compressed.
Result<shared_ptr<arrow::io::InputStream>> openStream(const char* path, ByteRange range = {}) {
    ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
    if (!range.isWhole()) return arrow::io::RandomAccessFile::GetStream(file, range.first, range.end - range.first);
    ARROW_ASSIGN_OR_RAISE(auto magic, file->ReadAt(0, 4));
    ARROW_RETURN_NOT_OK(file->Seek(0));  // reading at a place leaves the file without a current one
    string_view head(*magic);
    auto compression = arrow::Compression::UNCOMPRESSED;
    if (head.starts_with("\x1f\x8b")) compression = arrow::Compression::GZIP;
    if (head.starts_with("\x28\xb5\x2f\xfd")) compression = arrow::Compression::ZSTD;
    if (compression == arrow::Compression::UNCOMPRESSED) return file;
    ARROW_ASSIGN_OR_RAISE(shared_ptr<arrow::util::Codec> codec, arrow::util::Codec::Create(compression));
    // The stream keeps a bare pointer to its codec, which must therefore live as long.
    struct Holder {
        shared_ptr<arrow::util::Codec> codec;
        shared_ptr<arrow::io::CompressedInputStream> stream;
    };
    auto holder = std::make_shared<Holder>();
    holder->codec = codec;
    ARROW_ASSIGN_OR_RAISE(holder->stream, arrow::io::CompressedInputStream::Make(codec.get(), file));
    return shared_ptr<arrow::io::InputStream>(holder, holder->stream.get());
}

// A text file, some megabytes at a time; what the parser has not used stays for the next block.
class TextBlocks {
  public:
    static constexpr size_t blockBytes = 4 << 20;
    static constexpr size_t mostBytes = 256 << 20;

    static Result<TextBlocks> open(const char* path, ByteRange range = {}) {
        TextBlocks blocks;
        ARROW_ASSIGN_OR_RAISE(blocks.stream, openStream(path, range));
        ARROW_RETURN_NOT_OK(blocks.fill(blockBytes));
        if (range.first > 0) return blocks;
        if (blocks.rest().starts_with("\xff\xfe") || blocks.rest().starts_with("\xfe\xff")) {
            return Status::Invalid("it is in UTF-16: convert it to UTF-8");
        }
        if (blocks.rest().starts_with("\xef\xbb\xbf")) blocks.use(3);
        return blocks;
    }

    string_view rest() const { return string_view(buffer).substr(used); }
    bool atEnd() const { return ended; }
    void use(size_t count) { used += count; }

    // Reads on until at least `wanted` bytes are there, or the file ends.
    Status fill(size_t wanted) {
        if (ended || rest().size() >= wanted) return Status::OK();
        buffer.erase(0, used);
        used = 0;
        while (!ended && buffer.size() < wanted) {
            size_t before = buffer.size();
            buffer.resize(wanted);
            auto count = stream->Read(static_cast<int64_t>(wanted - before), buffer.data() + before);
            buffer.resize(before + (count.ok() ? static_cast<size_t>(*count) : 0));
            ARROW_RETURN_NOT_OK(count);
            ended = *count == 0;
        }
        return Status::OK();
    }

    // Ends the last line of the file where it is not ended.
    void endLine() {
        if (ended && !rest().empty() && rest().back() != '\n') buffer += '\n';
    }

    // For a row that is longer than the block.
    Status grow() {
        if (rest().size() >= mostBytes) {
            return Status::Invalid("a row is longer than 256 MB: a quote that is never closed?");
        }
        return fill(2 * std::max(rest().size(), blockBytes));
    }

  private:
    shared_ptr<arrow::io::InputStream> stream;
    string buffer;
    size_t used = 0;
    bool ended = false;
};

// Where a text file that is not compressed can be cut into parts of at least `wanted` bytes: the first byte of each part
// but the first, and each the beginning of a row.
class TextCuts {
  public:
    static Result<Vector<int64_t>> find(const char* path, ab_format format, char delimiter, int64_t wanted) {
        TextCuts cuts;
        ARROW_ASSIGN_OR_RAISE(cuts.file, arrow::io::ReadableFile::Open(path));
        ARROW_ASSIGN_OR_RAISE(cuts.size, cuts.file->GetSize());
        cuts.next = cuts.wanted = std::max<int64_t>(wanted, 1);
        ARROW_ASSIGN_OR_RAISE(auto head, cuts.read(0));
        bool isCompressed = head.starts_with("\x1f\x8b") || head.starts_with("\x28\xb5\x2f\xfd");
        size_t start = head.find_first_not_of(blanks);
        bool isArray = format == AB_JSON && (start == string_view::npos || head[start] == '[');
        if (isCompressed || isArray) return cuts.found;
        if (format == AB_CSV) ARROW_RETURN_NOT_OK(cuts.cutCSV(delimiter));
        if (format == AB_JSON) ARROW_RETURN_NOT_OK(cuts.cutJSON());
        return cuts.found;
    }

  private:
    static constexpr int64_t blockBytes = 4 << 20;

    Result<string_view> read(int64_t place) {
        ARROW_ASSIGN_OR_RAISE(block, file->ReadAt(place, blockBytes));
        return string_view(*block);
    }

    void cut(int64_t place) {
        if (place < size) found.push_back(place);
        next = place + wanted;
    }

    // A line ends a row unless it ends inside quotes, which open where a field begins and close where one quote stands
    // alone. One look at every quote.
    Status cutCSV(char delimiter) {
        enum { plain, quoted, afterQuote } state = plain;
        char previous = '\n';
        for (int64_t start = 0; start < size; start += blockBytes) {
            ARROW_ASSIGN_OR_RAISE(auto text, read(start));
            for (size_t i = 0; i < text.size();) {
                if (state == afterQuote) {
                    state = text[i] == '"' ? quoted : plain;
                    if (state == quoted) i++;
                    else previous = '"';
                } else if (state == quoted) {
                    i = std::min(text.find('"', i), text.size());
                    if (i < text.size()) state = afterQuote, i++;
                } else {
                    size_t quote = std::min(text.find('"', i), text.size());
                    cutLines(text, i, quote, start);
                    if (quote > i) previous = text[quote - 1];
                    bool opens = previous == delimiter || previous == '\n' || previous == '\r';
                    if (quote < text.size() && opens) state = quoted;
                    if (quote < text.size()) previous = '"';
                    i = quote + 1;
                }
            }
        }
        return Status::OK();
    }

    // Cuts the block's text in [i, end), in which every line ends a row.
    void cutLines(string_view text, size_t i, size_t end, int64_t start) {
        while (next < start + int64_t(end)) {
            size_t line = text.find('\n', std::max(i, size_t(std::max<int64_t>(next - start, 0))));
            if (line >= end) return;
            cut(start + int64_t(line) + 1);
        }
    }

    // A row begins after an object's end, a line's end and nothing else. One look around every cut.
    Status cutJSON() {
        while (next < size) {
            int64_t start = next;
            ARROW_ASSIGN_OR_RAISE(auto text, read(start));
            size_t end = text.find('}');
            while (end != string_view::npos && next == start) {
                size_t row = text.find_first_not_of(blanks, end + 1);
                if (row == string_view::npos) break;
                bool isNextLine = text.substr(end, row - end).find('\n') != string_view::npos;
                if (isNextLine && text[row] == '{') cut(start + int64_t(row));
                else end = text.find('}', end + 1);
            }
            if (next == start) next += std::max<int64_t>(blockBytes / 2, 1);
        }
        return Status::OK();
    }

    shared_ptr<arrow::io::ReadableFile> file;
    shared_ptr<arrow::Buffer> block;
    int64_t size = 0, wanted = 1, next = 1;
    Vector<int64_t> found = {};
};

// --- the shape of a file ------------------------------------------------------------------------------------------

struct Step {
    ab_step kind;
    string name = {};
    auto operator<=>(const Step&) const = default;
};
using Path = Vector<Step>;

Path operator/(Path path, Step step) {
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
};

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

const DataType& dictionaryValues(const DataType& type) {
    return *static_cast<const arrow::DictionaryType&>(type).value_type();
}

const shared_ptr<DataType>& storage(const DataType& type) {
    return static_cast<const arrow::ExtensionType&>(type).storage_type();
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

// JSON values of several kinds in one column stand as a union of those kinds, which is never read as such.
bool isMixed(const DataType& type) { return type.id() == Type::DENSE_UNION && type.num_fields() > 0; }

// Numbers among texts can be read: as texts.
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

// The same of a Parquet file; `keys` are the columns of the keys of the maps on the way.
void collect(
    const parquet::arrow::SchemaField& field, const parquet::SchemaDescriptor& file, const Path& path,
    const Vector<int>& keys, Vector<Leaf>& leaves) {
    auto type = field.field->type();
    auto& parts = field.children;
    if (type->id() == Type::STRUCT) {
        size_t record = leaves.size();
        leaves.push_back({path, type, keys});
        for (auto& child : parts) collect(child, file, path / Step{AB_KEY, child.field->name()}, keys, leaves);
        for (size_t i = leaves.size(); i > record + 1; i--) {
            auto& leaf = leaves[i - 1];
            bool isDirect = leaf.path.size() == path.size() + 1 && leaf.type->id() != Type::STRUCT;
            if (isDirect || i == record + 2) leaves[record].parquetColumns = leaf.parquetColumns;
            if (isDirect) break;
        }
    } else if (
        type->id() == Type::MAP && parts.size() == 1 && parts[0].children.size() == 2
        && kindOf(*parts[0].children[0].field->type()) == 'u') {
        auto within = keys;
        within.push_back(parts[0].children[0].column_index);
        collect(parts[0].children[1], file, path / Step{AB_ENTRIES}, within, leaves);
    } else if (isList(*type) && parts.size() == 1) {
        collect(parts[0], file, path / Step{AB_ITEMS}, keys, leaves);
    } else {
        Leaf leaf{path, type, keys};
        if (field.is_leaf()) {
            leaf.parquetColumns.push_back(field.column_index);
            auto logical = file.Column(field.column_index)->logical_type();
            leaf.isUUID = logical && logical->is_UUID();
        }
        leaves.push_back(leaf);
    }
}

// --- reducing arrays to the five forms ----------------------------------------------------------------------------

const shared_ptr<DataType>& textType() {
    static auto type = arrow::dictionary(arrow::int32(), arrow::utf8());
    return type;
}

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

string uuidText(string_view bytes) {
    static const char* digits = "0123456789abcdef";
    string text;
    for (size_t i = 0; i < bytes.size(); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += digits[static_cast<uint8_t>(bytes[i]) >> 4];
        text += digits[static_cast<uint8_t>(bytes[i]) & 15];
    }
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

// --- from rows to the values of a column --------------------------------------------------------------------------

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

// What is taken at a step: see ab_request.
struct Choice {
    int64_t place = -1;
    string name;
};

struct Wanted {
    Leaf leaf;
    Vector<Choice> choices;
};

// The name of the column that holds the records with values of mixed kinds.
const string mixedName = "\x01";

// A walk from the rows of a batch along the steps of a column. At each step every row has one place in the current
// array, or nothing there (-1); behind the first list of which all is taken, it has any number of places.
class Walk {
  public:
    static Result<shared_ptr<Array>> along(const RecordBatch& batch, const Wanted& wanted) {
        auto& path = wanted.leaf.path;
        bool mixed = isMixed(*wanted.leaf.type);
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
        return walk.finish(wanted.leaf);
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

    Result<shared_ptr<Array>> finish(const Leaf& leaf) const {
        if (places.size() > INT32_MAX) return Status::CapacityError("the lists of a batch have too many items");
        shared_ptr<Array> values;
        if (leaf.type->id() == Type::STRUCT) {
            ARROW_ASSIGN_OR_RAISE(values, presence());
        } else {
            values = array;
            if (!isWhole) {
                ARROW_ASSIGN_OR_RAISE(values, taken(array, places));
            }
            ARROW_ASSIGN_OR_RAISE(values, canonical(values, leaf.isUUID));
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

// --- formats ------------------------------------------------------------------------------------------------------

// The batches of a file, as the format has them; null at the end.
struct Source {
    virtual ~Source() = default;
    virtual Result<shared_ptr<RecordBatch>> next() = 0;
    virtual int64_t skipped() const { return 0; }
};

struct ParquetFile {
    parquet::arrow::FileReaderBuilder builder;
    shared_ptr<parquet::FileMetaData> metadata;
    parquet::ArrowReaderProperties properties{false};
    Vector<Leaf> leaves;

    static Result<std::unique_ptr<ParquetFile>> open(const char* path) {
        auto file = std::make_unique<ParquetFile>();
        ARROW_RETURN_NOT_OK(file->builder.OpenFile(path));
        file->metadata = file->builder.raw_reader()->metadata();
        // It would hold the whole file in memory while streaming.
        file->properties.set_pre_buffer(false);
        file->properties.set_coerce_int96_timestamp_unit(arrow::TimeUnit::MICRO);
        parquet::arrow::SchemaManifest manifest;
        ARROW_RETURN_NOT_OK(parquet::arrow::SchemaManifest::Make(
            file->metadata->schema(), file->metadata->key_value_metadata(), file->properties, &manifest));
        for (auto& field : manifest.schema_fields) {
            collect(field, *file->metadata->schema(), {{AB_KEY, field.field->name()}}, {}, file->leaves);
        }
        return file;
    }
};

// Arrow has changed from an out parameter to a Result.
template <class Reader>
Result<shared_ptr<arrow::RecordBatchReader>> groupBatches(Reader& reader, int group, const Vector<int>& columns) {
    if constexpr (requires { reader.GetRecordBatchReader(Vector<int>{group}, columns).ok(); }) {
        ARROW_ASSIGN_OR_RAISE(auto batches, reader.GetRecordBatchReader(Vector<int>{group}, columns));
        return shared_ptr<arrow::RecordBatchReader>(std::move(batches));
    } else {
        std::unique_ptr<arrow::RecordBatchReader> batches;
        ARROW_RETURN_NOT_OK(reader.GetRecordBatchReader(Vector<int>{group}, columns, &batches));
        return shared_ptr<arrow::RecordBatchReader>(std::move(batches));
    }
}

// One row group after another: a batch that spanned two would mix their dictionaries.
class ParquetSource : public Source {
  public:
    static Result<std::unique_ptr<Source>> open(
        ParquetFile& file, const ab_request& request, const Vector<Wanted>& wanted) {
        auto source = std::make_unique<ParquetSource>();
        std::set<int> columns, coded;
        for (auto& [leaf, choices] : wanted) {
            if (leaf.parquetColumns.empty()) return Status::TypeError("cannot read ", leaf.type->ToString());
            columns.insert(leaf.parquetColumns.begin(), leaf.parquetColumns.end());
            auto physical = file.metadata->schema()->Column(leaf.parquetColumns.back())->physical_type();
            if (physical == parquet::Type::BYTE_ARRAY && isText(*leaf.type)) coded.insert(leaf.parquetColumns.back());
        }
        for (int column : columns) file.properties.set_read_dictionary(column, coded.count(column) > 0);
        source->columns.assign(columns.begin(), columns.end());
        file.properties.set_batch_size(request.batch_rows);
        source->end = file.metadata->num_row_groups();
        if (request.first_group >= 0) {
            source->group = request.first_group;
            source->end = std::min(source->end, int(request.end_group));
        }
        ARROW_RETURN_NOT_OK(file.builder.properties(file.properties)->Build(&source->reader));
        return source;
    }

    Result<shared_ptr<RecordBatch>> next() override {
        while (true) {
            shared_ptr<RecordBatch> batch;
            if (batches) ARROW_RETURN_NOT_OK(batches->ReadNext(&batch));
            if (batch) return batch;
            batches = nullptr;
            if (group >= end) return nullptr;
            if (columns.empty()) return rowsOnly(group++);
            ARROW_ASSIGN_OR_RAISE(batches, groupBatches(*reader, group++, columns));
        }
    }

  private:
    Result<shared_ptr<RecordBatch>> rowsOnly(int group) const {
        int64_t rows = reader->parquet_reader()->metadata()->RowGroup(group)->num_rows();
        return RecordBatch::Make(arrow::schema({}), rows, Vector<shared_ptr<Array>>{});
    }

    std::unique_ptr<parquet::arrow::FileReader> reader;
    shared_ptr<arrow::RecordBatchReader> batches;
    Vector<int> columns;
    int group = 0, end = 0;
};

// Arrow's own files: with a footer ("ARROW1"), or a bare stream.
class ArrowSource : public Source {
  public:
    static Result<std::unique_ptr<ArrowSource>> open(const char* path) {
        ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
        ARROW_ASSIGN_OR_RAISE(auto magic, file->ReadAt(0, 6));
        ARROW_RETURN_NOT_OK(file->Seek(0));
        auto options = arrow::ipc::IpcReadOptions::Defaults();
        options.use_threads = false;
        auto source = std::make_unique<ArrowSource>();
        if (string_view(*magic) == "ARROW1") {
            ARROW_ASSIGN_OR_RAISE(source->file, arrow::ipc::RecordBatchFileReader::Open(file, options));
        } else {
            ARROW_ASSIGN_OR_RAISE(source->stream, arrow::ipc::RecordBatchStreamReader::Open(file, options));
        }
        return source;
    }

    shared_ptr<arrow::Schema> schema() const { return file ? file->schema() : stream->schema(); }

    Result<shared_ptr<RecordBatch>> next() override {
        shared_ptr<RecordBatch> batch;
        if (stream) {
            ARROW_RETURN_NOT_OK(stream->ReadNext(&batch));
        } else if (index < file->num_record_batches()) {
            ARROW_ASSIGN_OR_RAISE(batch, file->ReadRecordBatch(index++));
        }
        // Buffers are used as they are: offsets and codes of a damaged file must not lead outside them.
        if (batch) ARROW_RETURN_NOT_OK(batch->ValidateFull());
        return batch;
    }

  private:
    shared_ptr<arrow::ipc::RecordBatchFileReader> file;
    shared_ptr<arrow::ipc::RecordBatchReader> stream;
    int index = 0;
};

bool isMissing(string_view text) {
    static constexpr string_view words[] = {"NA", "N/A", "NaN", "nan", "null", "NULL", "None"};
    if (text.size() <= 4 && std::find(std::begin(words), std::end(words), text) != std::end(words)) return true;
    return std::all_of(text.begin(), text.end(), [](char c) { return c == ' ' || c == '\t'; });
}

// CSV by Arrow's block parser. Every column is text: what a text means is decided where it is used.
class CsvSource : public Source {
  public:
    static Result<std::unique_ptr<CsvSource>> open(const char* path, char delimiter, ByteRange range = {}) {
        auto source = std::make_unique<CsvSource>();
        source->options.delimiter = delimiter;
        source->options.newlines_in_values = true;
        ARROW_ASSIGN_OR_RAISE(source->blocks, TextBlocks::open(path, range.first > 0 ? ByteRange{} : range));
        ARROW_RETURN_NOT_OK(source->readHeader());
        if (range.first > 0) {
            ARROW_ASSIGN_OR_RAISE(source->blocks, TextBlocks::open(path, range));
        }
        source->options.invalid_row_handler = [counter = &source->skippedRows](const arrow::csv::InvalidRow&) {
            ++*counter;
            return arrow::csv::InvalidRowResult::Skip;
        };
        return source;
    }

    Vector<string> names;
    Vector<int> wanted;
    int32_t batchRows = 1;

    int64_t skipped() const override { return skippedRows; }

    Result<shared_ptr<RecordBatch>> next() override {
        while (true) {
            ARROW_RETURN_NOT_OK(blocks.fill(TextBlocks::blockBytes));
            if (blocks.rest().empty()) return nullptr;
            arrow::csv::BlockParser parser(options, int32_t(names.size()), -1, batchRows);
            ARROW_ASSIGN_OR_RAISE(bool some, parse(parser));
            if (some && parser.num_rows() > 0) return batch(parser);
        }
    }

  private:
    // Whether any bytes were used; if not, more of them are there now.
    Result<bool> parse(arrow::csv::BlockParser& parser) {
        uint32_t count = 0;
        int64_t skippedBefore = skippedRows;
        // Not ParseFinal, which would take all that follows an open quote for the last field of the file.
        blocks.endLine();
        ARROW_RETURN_NOT_OK(parser.Parse(blocks.rest(), &count));
        blocks.use(count);
        if (count > 0) return true;
        skippedRows = skippedBefore;
        if (blocks.atEnd()) return Status::Invalid("its end cannot be parsed: a quote that is never closed?");
        ARROW_RETURN_NOT_OK(blocks.grow());
        return false;
    }

    Status readHeader() {
        while (!blocks.rest().empty()) {
            size_t blank = std::min(blocks.rest().find_first_not_of("\r\n"), blocks.rest().size());
            if (blank > 0) {
                blocks.use(blank);
                ARROW_RETURN_NOT_OK(blocks.fill(TextBlocks::blockBytes));
                continue;
            }
            arrow::csv::BlockParser parser(options, -1, -1, 1);
            ARROW_ASSIGN_OR_RAISE(bool some, parse(parser));
            if (!some || parser.num_rows() == 0) continue;
            return parser.VisitLastRow([&](const uint8_t* bytes, uint32_t size, auto...) {
                names.emplace_back(reinterpret_cast<const char*>(bytes), size);
                return Status::OK();
            });
        }
        return Status::OK();
    }

    Result<shared_ptr<RecordBatch>> batch(const arrow::csv::BlockParser& parser) const {
        arrow::FieldVector fields;
        Vector<shared_ptr<Array>> columns;
        for (int column : wanted) {
            arrow::BinaryDictionary32Builder builder;
            ARROW_RETURN_NOT_OK(builder.Reserve(parser.num_rows()));
            ARROW_RETURN_NOT_OK(parser.VisitColumn(column, [&](const uint8_t* bytes, uint32_t size, auto...) {
                string_view text(reinterpret_cast<const char*>(bytes), size);
                return isMissing(text) ? builder.AppendNull() : builder.Append(text);
            }));
            columns.emplace_back();
            ARROW_RETURN_NOT_OK(builder.Finish(&columns.back()));
            fields.push_back(arrow::field(names[size_t(column)], columns.back()->type()));
        }
        return RecordBatch::Make(arrow::schema(fields), parser.num_rows(), columns);
    }

    arrow::csv::ParseOptions options = arrow::csv::ParseOptions::Defaults();
    TextBlocks blocks;
    int64_t skippedRows = 0;
};

// The union of two types' kinds, each once.
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

// The one type that holds the values of both.
shared_ptr<DataType> merged(const shared_ptr<DataType>& a, const shared_ptr<DataType>& b);

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

// The part of a type that leads to the columns wanted, those of mixed kinds or the others; null if there is none.
//
// Arrow's parser takes numbers and texts alike for a column that is to be decimal, and leaves them unread.
shared_ptr<DataType> pruned(
    const shared_ptr<DataType>& type, const Path& path, const std::set<Path>& wanted, bool ofMixed) {
    if (type->id() == Type::STRUCT) {
        arrow::FieldVector kept;
        for (auto& field : type->fields()) {
            auto part = pruned(field->type(), path / Step{AB_KEY, field->name()}, wanted, ofMixed);
            if (part) kept.push_back(field->WithType(part));
        }
        bool isWanted = !ofMixed && wanted.count(path);
        return kept.empty() && !isWanted ? nullptr : arrow::struct_(kept);
    }
    if (type->id() == Type::LIST) {
        auto item = pruned(type->field(0)->type(), path / Step{AB_ITEMS}, wanted, ofMixed);
        return item ? arrow::list(item) : nullptr;
    }
    if (isMixed(*type) != ofMixed || !wanted.count(path)) return nullptr;
    return ofMixed ? arrow::decimal128(1, 0) : type;
}

arrow::FieldVector pruned(const arrow::FieldVector& fields, const std::set<Path>& wanted, bool ofMixed) {
    arrow::FieldVector kept;
    for (auto& field : fields) {
        auto part = pruned(field->type(), {{AB_KEY, field->name()}}, wanted, ofMixed);
        if (part) kept.push_back(field->WithType(part));
    }
    return kept;
}

// Where the JSON value that begins at `start` ends, or npos where the text ends before it, or where it is nested more
// than `mostDepth` deep, which is what `depth` then tells. Looks at brackets and quotes alone.
size_t endOfValue(string_view text, size_t start, int mostDepth, int& depth) {
    depth = 0;
    for (size_t i = start; i < text.size(); i++) {
        switch (text[i]) {
            case '"':
                for (i++; i < text.size() && text[i] != '"'; i++) if (text[i] == '\\') i++;
                if (i >= text.size()) return string_view::npos;
                if (depth == 0) return i + 1;
                break;
            case '{':
            case '[':
                if (++depth > mostDepth) return string_view::npos;
                break;
            case '}':
            case ']':
                if (depth == 0) return i;
                if (--depth == 0) return i + 1;
                break;
            case ',':
            case ' ':
            case '\t':
            case '\r':
            case '\n':
                if (depth == 0) return i;
                break;
            default: break;
        }
    }
    return string_view::npos;
}

bool isBlank(string_view text) { return text.find_first_not_of(blanks) == string_view::npos; }

// JSON by Arrow's parser, some thousands of objects at a time: one object a line, or one array of objects.
class JsonSource : public Source {
  public:
    static Result<std::unique_ptr<JsonSource>> open(const char* path, ByteRange range = {}) {
        auto source = std::make_unique<JsonSource>();
        ARROW_ASSIGN_OR_RAISE(source->blocks, TextBlocks::open(path, range));
        auto rest = source->blocks.rest();
        auto start = rest.find_first_not_of(blanks);
        source->isArray = start != string_view::npos && rest[start] == '[';
        if (source->isArray) source->blocks.use(start + 1);
        return source;
    }

    // The types of all rows together.
    //
    // Arrow's parser stops where a column's values change their kind. Numbers and texts it then takes alike, when told
    // to; after other changes it begins anew with the row that it stopped at.
    Status infer(arrow::FieldVector& fields, bool& hasRows) {
        while (true) {
            ARROW_ASSIGN_OR_RAISE(bool some, read());
            if (!some) return Status::OK();
            auto rest = block;
            for (int64_t row = 0; !isBlank(string_view(*rest));) {
                hasRows = true;
                auto change = merge(rest, fields);
                if (!change.ok()) return explained(change.status(), first + row);
                if (!*change) break;
                auto changed = mergedFields(fields, (*change)->fields);
                if (!textsAmongNumbers(changed)->Equals(*textsAmongNumbers(fields))) {
                    fields = changed;
                    continue;
                }
                auto head = rows(string_view(*rest), std::max<int64_t>((*change)->row, 1));
                if ((*change)->row > 0) {
                    auto before = arrow::SliceBuffer(rest, 0, int64_t(head.size()));
                    ARROW_ASSIGN_OR_RAISE(auto another, merge(before, fields));
                    if (another) return Status::Invalid("a row changes while it is read");
                } else {
                    ARROW_RETURN_NOT_OK(mergeMembers(head, fields));
                }
                row += std::max<int64_t>((*change)->row, 1);
                rest = arrow::SliceBuffer(rest, int64_t(head.size()));
            }
        }
    }

    // From now on reads these columns of the types that `infer` found, and no others.
    void readOnly(const arrow::Schema& schema, const std::set<Path>& wanted) {
        options.unexpected_field_behavior = arrow::json::UnexpectedFieldBehavior::Ignore;
        options.explicit_schema = arrow::schema(pruned(schema.fields(), wanted, false));
        mixedOptions = options;
        mixedOptions.explicit_schema = arrow::schema(pruned(schema.fields(), wanted, true));
    }

    int64_t skipped() const override { return nulls; }

    Result<shared_ptr<RecordBatch>> next() override {
        ARROW_ASSIGN_OR_RAISE(bool some, read());
        if (!some) return nullptr;
        auto parsed = arrow::json::ParseOne(options, block);
        if (!parsed.ok()) return explained(parsed.status(), first);
        if (!mixedOptions.explicit_schema || mixedOptions.explicit_schema->num_fields() == 0) return parsed;
        std::unique_ptr<arrow::json::BlockParser> parser;
        ARROW_RETURN_NOT_OK(arrow::json::BlockParser::Make(mixedOptions, &parser));
        auto status = parser->Parse(block);
        if (!status.ok()) return explained(status, first);
        shared_ptr<Array> unread;
        ARROW_RETURN_NOT_OK(parser->Finish(&unread));
        return (*parsed)->AddColumn((*parsed)->num_columns(), mixedName, unread);
    }

  private:
    // Arrow's parser takes at most 100,000 rows at once.
    static constexpr int64_t mostRows = 32'768;
    // Arrow's types and files hold somewhat more than this.
    static constexpr int mostDepth = 48;

    // A column whose values change their kind.
    struct Change {
        // The first row of the other kind, from 0.
        int64_t row;
        // The column, of mixed kinds, in the records around it.
        arrow::FieldVector fields;
    };

    // The next objects to `block`, a line each, and the number of the first to `first`. False at the end.
    Result<bool> read() {
        while (true) {
            ARROW_RETURN_NOT_OK(blocks.fill(TextBlocks::blockBytes));
            string_view rest = blocks.rest();
            if (rest.empty()) {
                if (isArray && !isClosed) return Status::Invalid("its array is never closed: has it been cut off?");
                return false;
            }
            string text;
            size_t bytes = 0;
            int64_t start = number;
            ARROW_RETURN_NOT_OK(isArray ? takeItems(rest, text, bytes) : takeLines(rest, text, bytes));
            blocks.use(bytes);
            if (bytes == 0) {
                if (blocks.atEnd()) return Status::Invalid("its array is never closed: has it been cut off?");
                ARROW_RETURN_NOT_OK(blocks.grow());
            }
            if (isBlank(text)) continue;
            block = arrow::Buffer::FromString(std::move(text));
            first = start;
            return true;
        }
    }

    // Whole lines at the start of `rest`. At the end of the file the last need not be ended.
    Status takeLines(string_view rest, string& text, size_t& bytes) {
        for (int64_t count = 0; count < mostRows && bytes < rest.size(); count++, number++) {
            auto end = rest.find('\n', bytes);
            if (end == string_view::npos && !blocks.atEnd()) break;
            end = end == string_view::npos ? rest.size() : end + 1;
            auto line = rest.substr(bytes, end - bytes);
            int openings = 0;
            for (char c : line) openings += c == '{' || c == '[';
            if (openings > mostDepth) {
                int depth;
                endOfValue(line, std::min(line.find_first_not_of(blanks), line.size()), mostDepth, depth);
                if (depth > mostDepth) return tooDeep();
            }
            bytes = end;
        }
        text = rest.substr(0, bytes);
        return Status::OK();
    }

    // Whole items of the array at the start of `rest`, without the commas between them.
    Status takeItems(string_view rest, string& text, size_t& bytes) {
        for (int64_t count = 0; count < mostRows;) {
            auto start = rest.find_first_not_of(isClosed ? blanks : " \t\r\n,", bytes);
            if (start == string_view::npos) {
                bytes = rest.size();
                break;
            }
            if (isClosed) return Status::Invalid("there is something behind its array");
            if (rest[start] == ']') {
                isClosed = true;
                bytes = start + 1;
                continue;
            }
            int depth;
            auto end = endOfValue(rest, start, mostDepth, depth);
            if (depth > mostDepth) return tooDeep();
            if (end == string_view::npos) break;
            auto item = rest.substr(start, end - start);
            if (item.starts_with('{')) {
                text.append(item).push_back('\n');
                count++;
            } else if (item == "null") {
                nulls++;
            } else {
                return Status::Invalid("an array of objects is expected, and item ", number, " is none");
            }
            bytes = end;
            number++;
        }
        return Status::OK();
    }

    Status tooDeep() const {
        return Status::Invalid(place(number), " is nested more than ", mostDepth, " levels deep");
    }

    string place(int64_t row) const { return (isArray ? "item " : "line ") + std::to_string(row); }

    // The first objects of a text.
    static string_view rows(string_view text, int64_t count) {
        size_t end = 0;
        for (; count > 0; count--) {
            int depth;
            auto start = text.find_first_not_of(blanks, end);
            auto next = start == string_view::npos ? start : endOfValue(text, start, INT32_MAX, depth);
            if (next == string_view::npos || next == start) return text;
            end = next;
        }
        return text.substr(0, end);
    }

    // The columns in which texts stand among numbers, as Arrow's parser is to take them.
    static shared_ptr<arrow::Schema> textsAmongNumbers(const arrow::FieldVector& fields) {
        Vector<Leaf> leaves;
        collect(fields, leaves);
        std::set<Path> paths;
        for (auto& leaf : leaves) if (isMixedText(*leaf.type)) paths.insert(leaf.path);
        return arrow::schema(pruned(fields, paths, true));
    }

    // Adds the types of the rows, or tells the first change of kind and adds nothing.
    static Result<std::optional<Change>> merge(const shared_ptr<arrow::Buffer>& rows, arrow::FieldVector& fields) {
        auto options = arrow::json::ParseOptions::Defaults();
        options.explicit_schema = textsAmongNumbers(fields);
        std::unique_ptr<arrow::json::BlockParser> parser;
        ARROW_RETURN_NOT_OK(arrow::json::BlockParser::Make(options, &parser));
        auto status = parser->Parse(rows);
        if (!status.ok()) {
            auto change = changeIn(status.message());
            if (change) return change;
            return status;
        }
        shared_ptr<Array> unread;
        ARROW_RETURN_NOT_OK(parser->Finish(&unread));
        fields = mergedFields(fields, typeOf(*unread, *arrow::field("", unread->type()))->fields());
        return std::nullopt;
    }

    // Adds the types of a row that has a change within itself, in a list: member by member, so that it hides no other.
    static Status mergeMembers(string_view row, arrow::FieldVector& fields) {
        constexpr auto none = string_view::npos;
        for (size_t end = row.find('{') + 1; true;) {
            int depth;
            auto name = row.find_first_not_of(" \t\r\n,", end);
            auto colon = name == none || row[name] != '"' ? none : endOfValue(row, name, INT32_MAX, depth);
            if (colon != none) colon = row.find(':', colon);
            auto value = colon == none ? none : row.find_first_not_of(blanks, colon + 1);
            end = value == none ? none : endOfValue(row, value, INT32_MAX, depth);
            if (end == none || end == value) return Status::OK();
            auto member = arrow::Buffer::FromString("{" + string(row.substr(name, end - name)) + "}");
            ARROW_ASSIGN_OR_RAISE(auto change, merge(member, fields));
            if (change) fields = mergedFields(fields, change->fields);
        }
    }

    // The type of values that the parser has left as texts; what it found them to be it tells beside their type.
    static shared_ptr<DataType> typeOf(const Array& unread, const arrow::Field& field) {
        auto& type = *field.type();
        if (type.id() == Type::STRUCT) {
            arrow::FieldVector fields;
            auto& record = static_cast<const arrow::StructArray&>(unread);
            for (int i = 0; i < type.num_fields(); i++) {
                fields.push_back(arrow::field(type.field(i)->name(), typeOf(*record.field(i), *type.field(i))));
            }
            return arrow::struct_(fields);
        }
        if (type.id() == Type::LIST) {
            return arrow::list(typeOf(*static_cast<const arrow::ListArray&>(unread).values(), *type.field(0)));
        }
        if (type.id() != Type::DICTIONARY) return field.type();
        switch (arrow::json::Kind::FromTag(field.metadata())) {
            case arrow::json::Kind::kNumber: return areIntegers(unread) ? arrow::int64() : arrow::float64();
            case arrow::json::Kind::kNumberOrString: return mixed(arrow::float64(), arrow::utf8());
            default: return arrow::utf8();
        }
    }

    static bool areIntegers(const Array& unread) {
        auto& coded = static_cast<const arrow::DictionaryArray&>(unread);
        auto& texts = static_cast<const arrow::StringArray&>(*coded.dictionary());
        auto& codes = static_cast<const arrow::Int32Array&>(*coded.indices());
        for (int64_t row = 0; row < codes.length(); row++) {
            if (codes.IsNull(row)) continue;
            auto text = texts.GetView(codes.Value(row));
            int64_t value;
            auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
            if (problem != std::errc() || end != text.data() + text.size()) return false;
        }
        return true;
    }

    // "JSON parse error: Column(/a/[]/b) changed from string to number in row 2"
    static std::optional<Change> changeIn(const string& message) {
        auto column = message.find("Column(/");
        auto change = message.find(") changed from ");
        auto to = message.find(" to ", change);
        auto row = message.rfind(" in row ");
        if (column == string::npos || to == string::npos || row == string::npos || row < to) return std::nullopt;
        string path = message.substr(column + 8, change - column - 8);
        auto from = typeOf(message.substr(change + 15, to - change - 15));
        auto type = mixed(from, typeOf(message.substr(to + 4, row - to - 4)));
        while (true) {
            auto slash = path.rfind('/');
            auto key = slash == string::npos ? path : path.substr(slash + 1);
            if (slash == string::npos) return Change{atoll(message.c_str() + row + 8), {arrow::field(key, type)}};
            type = key == "[]" ? arrow::list(type) : arrow::struct_({arrow::field(key, type)});
            path.resize(slash);
        }
    }

    static shared_ptr<DataType> typeOf(const string& kind) {
        if (kind == "boolean") return arrow::boolean();
        if (kind == "string") return arrow::utf8();
        if (kind == "array") return arrow::list(arrow::null());
        if (kind == "object") return arrow::struct_(arrow::FieldVector());
        return arrow::float64();
    }

    // What Arrow says of a block, in the user's words.
    Status explained(const Status& status, int64_t first) const {
        string message = status.message();
        auto row = message.rfind(" in row ");
        string where = row == string::npos ? " (at or after " + place(first) + ")"
                                           : " (" + place(first + atoll(message.c_str() + row + 8)) + ")";
        if (row != string::npos) message.resize(row);
        constexpr string_view prefix = "JSON parse error: ";
        if (message.starts_with(prefix)) message.erase(0, prefix.size());
        if (message.starts_with("Column()")) return Status::Invalid("an object is expected", where);
        auto column = message.find("Column(/");
        auto change = message.find(") changed from ");
        if (column == string::npos || change == string::npos) return Status::Invalid(message, where);
        string name = message.substr(column + 8, change - column - 8);
        std::replace(name.begin(), name.end(), '/', '.');
        return conflict(name, "values that change from " + message.substr(change + 15) + where);
    }

    arrow::json::ParseOptions options = arrow::json::ParseOptions::Defaults();
    // For the columns of mixed kinds.
    arrow::json::ParseOptions mixedOptions = arrow::json::ParseOptions::Defaults();
    TextBlocks blocks;
    bool isArray = false, isClosed = false;
    // The line or the item of the array that is next, from 1.
    int64_t number = 1;
    shared_ptr<arrow::Buffer> block;
    int64_t first = 1;
    // Items of an array that are null.
    int64_t nulls = 0;
};

}  // namespace

// --- the C face ---------------------------------------------------------------------------------------------------

struct ab_shape {
    Vector<Leaf> leaves;
    Vector<string> types;
    Vector<int64_t> groups;
    shared_ptr<arrow::Buffer> jsonTypes;
    bool hasRows = false;
};

struct ab_reader {
    std::unique_ptr<Source> source;
    Vector<Wanted> wanted;
    shared_ptr<RecordBatch> batch;
    int64_t offset = 0, batchRows = 1;
};

struct ab_writer {
    shared_ptr<arrow::Schema> schema;
    Vector<ab_kind> kinds;
    Vector<shared_ptr<Array>> columns;
    shared_ptr<arrow::io::OutputStream> file;
    std::unique_ptr<parquet::arrow::FileWriter> writer;
};

namespace {

Result<shared_ptr<arrow::Schema>> schemaOf(const uint8_t* types, int64_t count) {
    arrow::io::BufferReader bytes(std::make_shared<arrow::Buffer>(types, count));
    arrow::ipc::DictionaryMemo memo;
    return arrow::ipc::ReadSchema(&bytes, &memo);
}

Status describe(const char* path, ab_format format, char delimiter, ab_shape& shape) {
    switch (format) {
        case AB_PARQUET: {
            ARROW_ASSIGN_OR_RAISE(auto file, ParquetFile::open(path));
            shape.leaves = file->leaves;
            shape.hasRows = file->metadata->num_rows() > 0;
            for (int group = 0; group < file->metadata->num_row_groups(); group++) {
                shape.groups.push_back(file->metadata->RowGroup(group)->num_rows());
            }
            return Status::OK();
        }
        case AB_ARROW: {
            ARROW_ASSIGN_OR_RAISE(auto source, ArrowSource::open(path));
            collect(source->schema()->fields(), shape.leaves);
            while (!shape.hasRows) {
                ARROW_ASSIGN_OR_RAISE(auto batch, source->next());
                if (!batch) break;
                shape.hasRows = batch->num_rows() > 0;
            }
            return Status::OK();
        }
        case AB_CSV: {
            ARROW_ASSIGN_OR_RAISE(auto source, CsvSource::open(path, delimiter));
            for (auto& name : source->names) shape.leaves.push_back({{{AB_KEY, name}}, arrow::utf8()});
            if (source->names.empty()) return Status::OK();
            ARROW_ASSIGN_OR_RAISE(auto batch, source->next());
            shape.hasRows = batch != nullptr;
            return Status::OK();
        }
        case AB_JSON: {
            ARROW_ASSIGN_OR_RAISE(auto source, JsonSource::open(path));
            arrow::FieldVector fields;
            ARROW_RETURN_NOT_OK(source->infer(fields, shape.hasRows));
            collect(fields, shape.leaves);
            ARROW_ASSIGN_OR_RAISE(shape.jsonTypes, arrow::ipc::SerializeSchema(*arrow::schema(fields)));
            return Status::OK();
        }
    }
    return Status::Invalid("unknown format");
}

Status open(const char* path, ab_format format, const ab_request& request, ab_reader& reader) {
    ByteRange range{request.first_byte, request.end_byte};
    Vector<int> columns(request.columns, request.columns + request.column_count);
    Vector<Leaf> leaves;
    auto asked = [&]() -> Result<Vector<Wanted>> {
        Vector<Wanted> found;
        auto choice = request.choices;
        auto name = request.names;
        for (int column : columns) {
            if (column < 0 || size_t(column) >= leaves.size()) return Status::KeyError("its columns have changed");
            found.push_back({leaves[size_t(column)], {}});
            for (size_t step = 0; step < found.back().leaf.path.size(); step++) {
                found.back().choices.push_back({*choice++, name});
                name += strlen(name) + 1;
            }
        }
        return found;
    };
    switch (format) {
        case AB_PARQUET: {
            ARROW_ASSIGN_OR_RAISE(auto file, ParquetFile::open(path));
            leaves = file->leaves;
            ARROW_ASSIGN_OR_RAISE(reader.wanted, asked());
            ARROW_ASSIGN_OR_RAISE(reader.source, ParquetSource::open(*file, request, reader.wanted));
            break;
        }
        case AB_ARROW: {
            ARROW_ASSIGN_OR_RAISE(auto source, ArrowSource::open(path));
            collect(source->schema()->fields(), leaves);
            ARROW_ASSIGN_OR_RAISE(reader.wanted, asked());
            reader.source = std::move(source);
            break;
        }
        case AB_CSV: {
            ARROW_ASSIGN_OR_RAISE(auto source, CsvSource::open(path, request.delimiter, range));
            source->batchRows = int32_t(request.batch_rows);
            for (auto& name : source->names) leaves.push_back({{{AB_KEY, name}}, arrow::utf8()});
            ARROW_ASSIGN_OR_RAISE(reader.wanted, asked());
            std::set<int> once(columns.begin(), columns.end());
            source->wanted.assign(once.begin(), once.end());
            reader.source = std::move(source);
            break;
        }
        case AB_JSON: {
            ARROW_ASSIGN_OR_RAISE(auto source, JsonSource::open(path, range));
            ARROW_ASSIGN_OR_RAISE(auto schema, schemaOf(request.types, request.type_bytes));
            collect(schema->fields(), leaves);
            ARROW_ASSIGN_OR_RAISE(reader.wanted, asked());
            std::set<Path> paths;
            for (auto& [leaf, choices] : reader.wanted) paths.insert(leaf.path);
            source->readOnly(*schema, paths);
            reader.source = std::move(source);
            break;
        }
    }
    reader.batchRows = request.batch_rows;
    return Status::OK();
}

Status next(ab_reader& reader, ArrowSchema* schema, ArrowArray* array) {
    while (!reader.batch || reader.offset >= reader.batch->num_rows()) {
        ARROW_ASSIGN_OR_RAISE(reader.batch, reader.source->next());
        reader.offset = 0;
        if (!reader.batch) return Status::OK();
    }
    auto rows = std::min(reader.batchRows, reader.batch->num_rows() - reader.offset);
    auto slice = reader.batch->Slice(reader.offset, rows);
    reader.offset += rows;
    arrow::FieldVector fields;
    Vector<shared_ptr<Array>> columns;
    for (auto& wanted : reader.wanted) {
        ARROW_ASSIGN_OR_RAISE(auto column, Walk::along(*slice, wanted));
        fields.push_back(arrow::field("", column->type()));
        columns.push_back(column);
    }
    return arrow::ExportRecordBatch(*RecordBatch::Make(arrow::schema(fields), rows, columns), array, schema);
}

shared_ptr<DataType> typeOf(ab_kind kind) {
    switch (kind) {
        case 'b': return arrow::boolean();
        case 'l': return arrow::int64();
        case 'g': return arrow::float64();
        case 't': return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
        default: return arrow::utf8();
    }
}

Status openWriter(
    const char* path, const char* const* names, const ab_kind* kinds, int32_t count, const char* compression,
    ab_writer& writer) {
    arrow::FieldVector fields;
    writer.kinds.assign(kinds, kinds + count);
    for (int32_t i = 0; i < count; i++) fields.push_back(arrow::field(names[i], typeOf(kinds[i])));
    writer.schema = arrow::schema(fields);
    ARROW_ASSIGN_OR_RAISE(auto codec, arrow::util::Codec::GetCompressionType(compression));
    ARROW_ASSIGN_OR_RAISE(writer.file, arrow::io::FileOutputStream::Open(path));
    auto properties = parquet::WriterProperties::Builder()
                          .compression(codec)
                          ->created_by("propensity")
                          ->enable_dictionary()
                          ->enable_statistics()
                          ->max_row_group_length(1 << 20)
                          ->build();
    auto arrowProperties = parquet::ArrowWriterProperties::Builder().set_use_threads(false)->build();
    ARROW_ASSIGN_OR_RAISE(
        writer.writer,
        parquet::arrow::FileWriter::Open(
            *writer.schema, arrow::default_memory_pool(), writer.file, properties, arrowProperties));
    return Status::OK();
}

template <class Builder, class Value>
Result<shared_ptr<Array>> built(Builder&& builder, const void* values, int64_t rows, const uint8_t* valid) {
    ARROW_RETURN_NOT_OK(builder.AppendValues(static_cast<const Value*>(values), rows, valid));
    return builder.Finish();
}

Result<shared_ptr<Array>> columnOf(
    ab_kind kind, const void* values, int64_t rows, const uint8_t* valid, const int64_t* offsets, int64_t textCount,
    const uint8_t* bytes) {
    switch (kind) {
        case 'b': return built<arrow::BooleanBuilder, uint8_t>(arrow::BooleanBuilder(), values, rows, valid);
        case 'l': return built<arrow::Int64Builder, int64_t>(arrow::Int64Builder(), values, rows, valid);
        case 'g': return built<arrow::DoubleBuilder, double>(arrow::DoubleBuilder(), values, rows, valid);
        case 't': {
            arrow::TimestampBuilder builder(typeOf('t'), arrow::default_memory_pool());
            return built<arrow::TimestampBuilder&, int64_t>(builder, values, rows, valid);
        }
        default: break;
    }
    auto codes = static_cast<const int32_t*>(values);
    arrow::StringBuilder builder;
    ARROW_RETURN_NOT_OK(builder.Reserve(rows));
    for (int64_t row = 0; row < rows; row++) {
        int32_t code = codes[row];
        if (code < 0) {
            ARROW_RETURN_NOT_OK(builder.AppendNull());
        } else if (code < textCount) {
            auto text = reinterpret_cast<const char*>(bytes) + offsets[code];
            ARROW_RETURN_NOT_OK(builder.Append(string_view(text, size_t(offsets[code + 1] - offsets[code]))));
        } else {
            return Status::IndexError("code ", code, " of row ", row, " is past its dictionary");
        }
    }
    return builder.Finish();
}

}  // namespace

extern "C" {

const char* ab_version(void) { return arrow::GetBuildInfo().version_string.c_str(); }
void ab_free(char* message) { free(message); }

int32_t ab_look(const char* path, ab_place* place) {
    struct stat found, link;
    if (lstat(path, &link) != 0 || stat(path, &found) != 0) return errno;
    *place = {found.st_size, S_ISDIR(found.st_mode), S_ISLNK(link.st_mode)};
    return 0;
}

ab_code ab_head(const char* path, uint8_t* bytes, int64_t capacity, int64_t* count, char** error) {
    return guarded(error, [&]() -> Status {
        ARROW_ASSIGN_OR_RAISE(auto stream, openStream(path));
        for (*count = 0; *count < capacity;) {
            ARROW_ASSIGN_OR_RAISE(auto more, stream->Read(capacity - *count, bytes + *count));
            if (more == 0) break;
            *count += more;
        }
        return Status::OK();
    });
}

ab_code ab_shape_of_types(const uint8_t* types, int64_t type_bytes, ab_shape** shape, char** error) {
    return guarded(error, [&]() -> Status {
        auto made = std::make_unique<ab_shape>();
        ARROW_ASSIGN_OR_RAISE(auto schema, schemaOf(types, type_bytes));
        collect(schema->fields(), made->leaves);
        for (auto& leaf : made->leaves) made->types.push_back(description(*leaf.type));
        made->hasRows = true;
        made->jsonTypes = arrow::Buffer::FromString(string(reinterpret_cast<const char*>(types), size_t(type_bytes)));
        *shape = made.release();
        return Status::OK();
    });
}

ab_code ab_shape_open(const char* path, ab_format format, char delimiter, ab_shape** shape, char** error) {
    return guarded(error, [&]() -> Status {
        auto made = std::make_unique<ab_shape>();
        ARROW_RETURN_NOT_OK(describe(path, format, delimiter, *made));
        for (auto& leaf : made->leaves) made->types.push_back(description(*leaf.type));
        *shape = made.release();
        return Status::OK();
    });
}

ab_code ab_text_cuts(
    const char* path, ab_format format, char delimiter, int64_t wanted, int64_t* cuts, int64_t capacity, int64_t* count,
    char** error) {
    return guarded(error, [&]() -> Status {
        ARROW_ASSIGN_OR_RAISE(auto found, TextCuts::find(path, format, delimiter, wanted));
        if (int64_t(found.size()) > capacity) return Status::Invalid("the file grows while it is read");
        std::copy(found.begin(), found.end(), cuts);
        *count = int64_t(found.size());
        return Status::OK();
    });
}

void ab_shape_free(ab_shape* shape) { delete shape; }
int32_t ab_shape_column_count(const ab_shape* shape) { return int32_t(shape->leaves.size()); }
int32_t ab_shape_step_count(const ab_shape* shape, int32_t column) {
    return int32_t(shape->leaves[size_t(column)].path.size());
}
ab_step ab_shape_step(const ab_shape* shape, int32_t column, int32_t step) {
    return shape->leaves[size_t(column)].path[size_t(step)].kind;
}
const char* ab_shape_step_name(const ab_shape* shape, int32_t column, int32_t step) {
    return shape->leaves[size_t(column)].path[size_t(step)].name.c_str();
}
const char* ab_shape_type(const ab_shape* shape, int32_t column) { return shape->types[size_t(column)].c_str(); }
ab_kind ab_shape_kind(const ab_shape* shape, int32_t column) { return kindOf(*shape->leaves[size_t(column)].type); }
int32_t ab_shape_row_group_count(const ab_shape* shape) { return int32_t(shape->groups.size()); }
int64_t ab_shape_row_group_rows(const ab_shape* shape, int32_t group) { return shape->groups[size_t(group)]; }
int32_t ab_shape_has_rows(const ab_shape* shape) { return shape->hasRows; }

const uint8_t* ab_shape_types(const ab_shape* shape, int64_t* count) {
    *count = shape->jsonTypes ? shape->jsonTypes->size() : 0;
    return shape->jsonTypes ? shape->jsonTypes->data() : nullptr;
}

ab_code ab_reader_open(
    const char* path, ab_format format, const ab_request* request, ab_reader** reader, char** error) {
    return guarded(error, [&]() -> Status {
        auto made = std::make_unique<ab_reader>();
        ARROW_RETURN_NOT_OK(open(path, format, *request, *made));
        *reader = made.release();
        return Status::OK();
    });
}

void ab_reader_free(ab_reader* reader) { delete reader; }
int64_t ab_reader_skipped(const ab_reader* reader) { return reader->source->skipped(); }

ab_code ab_reader_next(ab_reader* reader, struct ArrowSchema* schema, struct ArrowArray* array, char** error) {
    schema->release = nullptr;
    array->release = nullptr;
    return guarded(error, [&] { return next(*reader, schema, array); });
}

ab_code ab_writer_open(
    const char* path, const char* const* names, const ab_kind* kinds, int32_t count, const char* compression,
    ab_writer** writer, char** error) {
    return guarded(error, [&]() -> Status {
        auto made = std::make_unique<ab_writer>();
        ARROW_RETURN_NOT_OK(openWriter(path, names, kinds, count, compression, *made));
        *writer = made.release();
        return Status::OK();
    });
}

void ab_writer_free(ab_writer* writer) {
    // Arrow's destructors may complain of a file that was never finished, which is what freeing it early means.
    try {
        delete writer;
    } catch (...) {
    }
}

ab_code ab_writer_column(
    ab_writer* writer, const void* values, int64_t rows, const uint8_t* valid, const int64_t* offsets,
    int64_t text_count, const uint8_t* bytes, char** error) {
    return guarded(error, [&]() -> Status {
        if (writer->columns.size() >= writer->kinds.size()) return Status::Invalid("more columns than fields");
        auto kind = writer->kinds[writer->columns.size()];
        ARROW_ASSIGN_OR_RAISE(auto column, columnOf(kind, values, rows, valid, offsets, text_count, bytes));
        writer->columns.push_back(column);
        return Status::OK();
    });
}

ab_code ab_writer_flush(ab_writer* writer, int64_t rows, char** error) {
    return guarded(error, [&]() -> Status {
        auto columns = std::move(writer->columns);
        writer->columns.clear();
        return writer->writer->WriteRecordBatch(*RecordBatch::Make(writer->schema, rows, columns));
    });
}

ab_code ab_writer_close(ab_writer* writer, char** error) {
    return guarded(error, [&]() -> Status {
        ARROW_RETURN_NOT_OK(writer->writer->Close());
        return writer->file->Close();
    });
}

}  // extern "C"
