#if !__has_include(<arrow/api.h>)
#error "Apache Arrow C++ is not in .deps/arrow: run scripts/setup once"
#endif

#include "ArrowBridge.h"
#include "BrokenRows.h"
#include "CsvQuotes.h"
#include "JsonRows.h"
#include "TextEncoding.h"

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
#include <arrow/util/utf8.h>
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
using namespace ab;
template <class T> using Vector = std::vector<T>;

namespace {

// --- errors -------------------------------------------------------------------------------------------------------

ab_code fail(char** error, ab_code code, const string& message) {
    if (error) *error = strdup(message.c_str());
    return code;
}

// A conflict travels inside Arrow's Status as a message with this mark before it.
constexpr string_view conflictMark = "\x01";
// And one about a text that is no UTF-8 has this before its column.
const string badTextMark = "\x02";

Status conflict(const string& column, const string& kinds) {
    return Status::TypeError(conflictMark, column, "\n", kinds);
}

template <class Body> ab_code guarded(char** error, Body&& body) {
    try {
        static std::once_flag once;
        static Status initialized;
        std::call_once(once, [] {
            // Without it every text counts as UTF-8.
            arrow::util::InitializeUTF8();
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
    static constexpr size_t mostBytes = 64 << 20;

    static Result<TextBlocks> open(const char* path, ab_encoding encoding, ByteRange range = {}) {
        TextBlocks blocks;
        blocks.decoder = Decoder(encoding);
        ARROW_ASSIGN_OR_RAISE(blocks.stream, openStream(path, range));
        ARROW_RETURN_NOT_OK(blocks.fill(blockBytes));
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
            size_t before = buffer.size(), missing = wanted - before;
            if (decoder.isIdle()) {
                buffer.resize(wanted);
                auto count = stream->Read(static_cast<int64_t>(missing), buffer.data() + before);
                buffer.resize(before + (count.ok() ? static_cast<size_t>(*count) : 0));
                ARROW_RETURN_NOT_OK(count);
                ended = *count == 0;
                continue;
            }
            raw.resize(missing);
            ARROW_ASSIGN_OR_RAISE(auto count, stream->Read(static_cast<int64_t>(missing), raw.data()));
            ended = count == 0;
            ARROW_RETURN_NOT_OK(decoder.decode(string_view(raw).substr(0, size_t(count)), ended, buffer));
        }
        return Status::OK();
    }

    // Writes over what stands there, byte for byte.
    void overwrite(size_t place, string_view text) { buffer.replace(used + place, text.size(), text); }

    // Ends the last line of the file where it is not ended.
    void endLine() {
        if (ended && !rest().empty() && rest().back() != '\n') buffer += '\n';
    }

    // For a row that is longer than the block; false where it is longer than any row may be.
    Result<bool> grow() {
        if (rest().size() >= mostBytes) return false;
        ARROW_RETURN_NOT_OK(fill(2 * std::max(rest().size(), blockBytes)));
        return true;
    }

  private:
    shared_ptr<arrow::io::InputStream> stream;
    Decoder decoder;
    string buffer, raw;
    size_t used = 0;
    bool ended = false;
};

// Where a text file that is not compressed can be cut into parts of at least `wanted` bytes: the first byte of each part
// but the first, and each the beginning of a row.
class TextCuts {
  public:
    static Result<Vector<int64_t>> find(const char* path, ab_format format, const ab_text& layout, int64_t wanted) {
        TextCuts cuts;
        ARROW_ASSIGN_OR_RAISE(cuts.file, arrow::io::ReadableFile::Open(path));
        ARROW_ASSIGN_OR_RAISE(cuts.size, cuts.file->GetSize());
        cuts.next = cuts.wanted = std::max<int64_t>(wanted, 1);
        ARROW_ASSIGN_OR_RAISE(auto head, cuts.read(0));
        bool isCompressed = head.starts_with("\x1f\x8b") || head.starts_with("\x28\xb5\x2f\xfd");
        bool isDecoded = layout.encoding != AB_UTF8 || head.starts_with(utf16LittleMark) || head.starts_with(utf16BigMark);
        if (isCompressed || isDecoded) return cuts.found;
        if (head.starts_with(utf8Mark)) head.remove_prefix(utf8Mark.size());
        size_t start = head.find_first_not_of(blanks);
        if (format == AB_JSON && (start == string_view::npos || head[start] == '[')) return cuts.found;
        if (format == AB_CSV) {
            char escape = layout.escape != 0 ? layout.escape : escapeShown(head, layout.delimiter);
            ARROW_RETURN_NOT_OK(cuts.cutCSV(layout, escape));
        }
        if (format == AB_JSON) ARROW_RETURN_NOT_OK(cuts.cutJSON());
        return cuts.found;
    }

  private:
    static constexpr int64_t blockBytes = 4 << 20;

    // What stands at a place within the file, and behind it up to the end of the block that is read.
    Result<string_view> read(int64_t place) {
        int64_t first = place / blockBytes * blockBytes;
        if (block == nullptr || blockStart != first) {
            ARROW_ASSIGN_OR_RAISE(block, file->ReadAt(first, blockBytes));
            blockStart = first;
        }
        if (place < size && place - first >= block->size()) return Status::IOError("the file has become shorter");
        return string_view(*block).substr(size_t(place - first));
    }

    void cut(int64_t place) {
        if (place < size) found.push_back(place);
        next = place + wanted;
    }

    // A line ends a row unless it ends inside quotes, which open where a field begins and close where one quote stands
    // alone. A row with a quote that closes over several lines and not where its field ends, or never, is its first line,
    // as CsvSource reads it. One look at every quote.
    Status cutCSV(const ab_text& layout, char escape) {
        enum { plain, quoted, afterQuote } state = plain;
        char previous = '\n';
        // Whether the byte before the block's first is an escape that nothing escapes, and whether the quotes hold a line's end.
        bool isEscaped = false, holdsLine = false;
        // Where the row begins.
        int64_t row = 0;
        for (int32_t line = 0; line < layout.skipped_lines; line++) {
            ARROW_ASSIGN_OR_RAISE(row, lineAfter(row));
        }
        for (int64_t start = row; start < size;) {
            ARROW_ASSIGN_OR_RAISE(auto text, read(start));
            int64_t end = start + int64_t(text.size());
            bool isStray = false;
            for (size_t i = 0; i < text.size() && !isStray;) {
                size_t quote = i;
                if (state == afterQuote) {
                    state = text[i] == '"' ? quoted : plain;
                    if (state == quoted) i++;
                    else previous = '"', isStray = holdsLine && !endsField(text[i], layout.delimiter);
                } else if (state == quoted) {
                    if (escape == 0) quote = std::min(text.find('"', i), text.size());
                    else while (quote < text.size() && (isEscaped || text[quote] != '"')) {
                        isEscaped = !isEscaped && text[quote] == escape;
                        quote++;
                    }
                    holdsLine = holdsLine || text.substr(i, quote - i).find('\n') != string_view::npos;
                    if (quote < text.size()) state = afterQuote, quote++;
                    i = quote;
                } else {
                    quote = std::min(text.find('"', i), text.size());
                    cutLines(text, i, quote, start);
                    size_t line = text.substr(i, quote - i).rfind('\n');
                    if (line != string_view::npos) row = start + int64_t(i + line) + 1;
                    if (quote > i) previous = text[quote - 1];
                    bool opens = previous == layout.delimiter || previous == '\n' || previous == '\r';
                    if (quote < text.size() && opens) state = quoted, holdsLine = false;
                    if (quote < text.size()) previous = '"';
                    i = quote + 1;
                }
            }
            bool isNeverClosed = state == quoted && (end == size || end - row > int64_t(TextBlocks::mostBytes));
            start = end;
            if (!isStray && !isNeverClosed) continue;
            ARROW_ASSIGN_OR_RAISE(row, lineAfter(row));
            if (row > next) cut(row);
            start = row;
            state = plain, previous = '\n', isEscaped = false;
        }
        return Status::OK();
    }

    static bool endsField(char byte, char delimiter) { return byte == delimiter || byte == '\n' || byte == '\r'; }

    // Where the line behind the one at `place` begins.
    Result<int64_t> lineAfter(int64_t place) {
        while (place < size) {
            ARROW_ASSIGN_OR_RAISE(auto text, read(place));
            size_t end = text.find_first_of("\r\n");
            if (end == string_view::npos) {
                place += int64_t(text.size());
                continue;
            }
            bool isPair = text.substr(end).starts_with("\r\n");
            return place + int64_t(end) + (isPair ? 2 : 1);
        }
        return size;
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
            if (next == start) next += int64_t(text.size());
        }
        return Status::OK();
    }

    shared_ptr<arrow::io::ReadableFile> file;
    shared_ptr<arrow::Buffer> block;
    int64_t size = 0, wanted = 1, next = 1, blockStart = 0;
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
    bool isJSON = false;
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

// A text as a message may show it: what is no printable ASCII as \xNN, and no more than some 40 characters.
string shown(string_view text) {
    string result;
    for (char c : text.substr(0, 40)) {
        if (c >= ' ' && c < 0x7F) result += c;
        else result += "\\x" + hexadecimal(string_view(&c, 1));
    }
    return result + (text.size() > 40 ? "..." : "");
}

string nameOf(const Path& path) {
    string name;
    for (auto& step : path) {
        if (step.kind == AB_KEY) name += (name.empty() ? "" : ".") + step.name;
    }
    return name;
}

// Values of which no digit and no letter may be lost, for they are compared with those of other files and with what the
// user wrote: decimals in all their digits, bytes of a fixed number in hexadecimal; texts must be UTF-8.
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
    // Whether its values come digit by digit, see ab_request.
    bool isExact = false;

    // Whether Arrow's parser of JSON leaves the values as they are written.
    bool isUnread() const {
        return isMixed(*leaf.type) || (isExact && leaf.isJSON && (leaf.type->id() == Type::INT64 || leaf.type->id() == Type::DOUBLE));
    }
};

// The name of the column that holds the records with values of mixed kinds.
const string mixedName = "\x01";

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

// --- formats ------------------------------------------------------------------------------------------------------

// The batches of a file, as the format has them; null at the end.
struct Source {
    virtual ~Source() = default;
    virtual Result<shared_ptr<RecordBatch>> next() = 0;
    virtual const BrokenRows& broken() const {
        static const BrokenRows none;
        return none;
    }
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
        for (auto& [leaf, choices, isExact] : wanted) {
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
    static constexpr string_view words[] = {
        "NA",   "N/A",  "NaN",  "nan",  "null", "NULL",   "None",   "\\N",
        "<NA>", "#N/A", "NaT",  "n/a",  "#NA",  "(null)", "<null>",
    };
    if (text.empty()) return true;
    switch (text[0]) {
        case 'N':
        case 'n':
        case '\\':
        case '<':
        case '#':
        case '(': return text.size() <= 6 && std::find(std::begin(words), std::end(words), text) != std::end(words);
        case ' ':
        case '\t': return text.find_first_not_of(" \t") == string_view::npos;
        default: return false;
    }
}

// CSV by Arrow's block parser. Every column is text: what a text means is decided where it is used. A row that is broken is
// left out; where it has swallowed the rows behind it, by a quote that is not meant as one, these are read all the same.
class CsvSource : public Source {
  public:
    static Result<std::unique_ptr<CsvSource>> open(const char* path, const ab_text& layout, ByteRange range = {}) {
        auto source = std::make_unique<CsvSource>();
        source->options.delimiter = layout.delimiter;
        source->options.newlines_in_values = true;
        auto headed = range.first > 0 ? ByteRange{} : range;
        ARROW_ASSIGN_OR_RAISE(source->blocks, TextBlocks::open(path, layout.encoding, headed));
        source->escape = layout.escape != 0 ? layout.escape : escapeShown(source->blocks.rest(), layout.delimiter);
        source->options.escaping = source->escape == '\\';
        for (int32_t line = 0; line < layout.skipped_lines; line++) source->useLine();
        ARROW_RETURN_NOT_OK(source->readHeader());
        if (range.first > 0) {
            ARROW_ASSIGN_OR_RAISE(source->blocks, TextBlocks::open(path, layout.encoding, range));
            source->origin = range.first;
            source->lines = 0;
        }
        source->options.invalid_row_handler = [source = source.get()](const arrow::csv::InvalidRow& row) {
            return source->handle(row);
        };
        return source;
    }

    // The header's fields; behind them, and perhaps among them, are some without a name.
    Vector<string> names;
    // The columns to read, by their place among the names.
    Vector<int> wanted;
    int32_t batchRows = 1;

    const BrokenRows& broken() const override { return brokenRows; }

    Result<shared_ptr<RecordBatch>> next() override {
        while (true) {
            // Not for every few bytes, for filling moves what is left.
            if (blocks.rest().size() < TextBlocks::blockBytes / 2) ARROW_RETURN_NOT_OK(blocks.fill(TextBlocks::blockBytes));
            if (blocks.rest().empty()) return nullptr;
            // Not ParseFinal, which would take all that follows an open quote for the last field of the file.
            blocks.endLine();
            prepare();
            begin();
            ARROW_RETURN_NOT_OK(parse());
            if (parser->num_rows() > 0) return batch();
        }
    }

  private:
    // A parser that has parsed nothing.
    void begin() { parser.emplace(options, int32_t(names.size()), -1, batchRows); }

    // Parses rows up to the first that needs a look of its own, and where that is the very first, deals with it.
    Status parse() {
        auto brokenBefore = brokenRows;
        uint32_t count = 0;
        stop.reset();
        auto status = parser->Parse(blocks.rest().substr(0, window), &count);
        if (!stop) ARROW_RETURN_NOT_OK(status);
        size_t end = stop ? stop->place : count;
        // Where one row is odd many are, and each would have the whole block parsed again.
        if (stop) window = leastWindow;
        if (stop && end > 0) {
            ARROW_ASSIGN_OR_RAISE(end, sound(end, true));
            if (end < stop->place) stop.reset();
            brokenRows = brokenBefore;
            return parseFirst(end);
        }
        if (!stop && count == 0 && window < blocks.rest().size()) {
            window *= 4;
            begin();
            return Status::OK();
        }
        if (!stop && count == 0) {
            bool hasMore = false;
            if (!blocks.atEnd()) {
                ARROW_ASSIGN_OR_RAISE(hasMore, blocks.grow());
            }
            if (!hasMore) leaveOutLine("has a quote that is never closed");
            begin();
            return Status::OK();
        }
        if (!stop) {
            int64_t endedLines = countLines(blocks.rest().substr(0, count));
            ARROW_ASSIGN_OR_RAISE(end, sound(count, endedLines > parser->total_num_rows()));
            if (end == count) {
                window = std::min(2 * window, TextBlocks::mostBytes);
                return used(count, endedLines);
            }
            window = leastWindow;
        }
        brokenRows = brokenBefore;
        return parseFirst(end);
    }

    // Parses the first `end` bytes, in which every row is sound; where there are none, deals with the first row.
    Status parseFirst(size_t end) {
        begin();
        if (end == 0 && stop && !stop->repaired.empty()) return takeRepaired();
        uint32_t count = 0;
        if (end > 0) ARROW_RETURN_NOT_OK(parser->Parse(blocks.rest().substr(0, end), &count));
        if (count > 0) return used(count);
        leaveOutLine("has a quote that is not closed where its field ends");
        begin();
        return Status::OK();
    }

    Status takeRepaired() {
        string row = stop->repaired + "\n";
        size_t length = stop->length;
        uint32_t count = 0;
        ARROW_RETURN_NOT_OK(parser->Parse(row, &count));
        return used(endOfLine(length));
    }

    // Behind the end of the line in which the byte at `from` stands.
    size_t endOfLine(size_t from) const {
        auto rest = blocks.rest();
        size_t end = rest.find_first_of("\r\n", from);
        if (end == string_view::npos) return rest.size();
        bool isPair = rest[end] == '\r' && end + 1 < rest.size() && rest[end + 1] == '\n';
        return end + (isPair ? 2 : 1);
    }

    void leaveOutLine(const char* reason) {
        brokenRows.add(place(lines + 1) + " " + reason);
        useLine();
    }

    void useLine() {
        (void)used(endOfLine(0));
    }

    // Goes on behind the first `count` bytes.
    Status used(size_t count) {
        return used(count, countLines(blocks.rest().substr(0, count)));
    }

    Status used(size_t count, int64_t endedLines) {
        lines += endedLines;
        prepared -= std::min(prepared, count);
        blocks.use(count);
        return Status::OK();
    }

    // Whether a row of the wrong number of fields is left out, or looked at more closely.
    arrow::csv::InvalidRowResult handle(const arrow::csv::InvalidRow& row) {
        auto place = size_t(row.text.data() - blocks.rest().data());
        string repaired = this->repaired(row);
        auto lines = countLines(row.text);
        bool isSound = lines == 0
            || (lines <= mostLines && walkQuotes(row.text, options.delimiter, escape).strayQuote == string_view::npos);
        if (!repaired.empty() || !isSound) {
            stop = Stop{place, row.text.size(), std::move(repaired)};
            return arrow::csv::InvalidRowResult::Error;
        }
        string reason;
        if (brokenRows.reasons.size() < BrokenRows::mostReasons) {
            auto before = blocks.rest().substr(0, place);
            reason = this->place(this->lines + 1 + countLines(before)) + " has "
                + std::to_string(row.actual_columns) + (row.actual_columns == 1 ? " field" : " fields") + ", and the header "
                + std::to_string(row.expected_columns);
        }
        brokenRows.add(reason);
        return arrow::csv::InvalidRowResult::Skip;
    }

    // The row with the fields that it lacks or has too many, where these are empty and have no name; else nothing.
    string repaired(const arrow::csv::InvalidRow& row) const {
        size_t named = names.size();
        while (named > 0 && names[named - 1].empty()) named--;
        auto fields = size_t(row.actual_columns), wanted = names.size();
        if (fields < named) return {};
        if (fields < wanted) return string(row.text) + string(wanted - fields, options.delimiter);
        size_t more = fields - wanted, end = row.text.size();
        while (more > 0 && end > 0 && row.text[end - 1] == options.delimiter) end--, more--;
        return more > 0 ? string() : string(row.text.substr(0, end));
    }

    // How many of the first `count` bytes, which are parsed, stand before a row that has swallowed others.
    Result<size_t> sound(size_t count, bool hasLongRows) const {
        auto text = blocks.rest().substr(0, count);
        bool mayEscape = escape == 0 && text.find("\\\"") != string_view::npos;
        if (!hasLongRows && !mayEscape) return count;
        auto walk = walkQuotes(text, options.delimiter, escape);
        if (mayEscape && walk.escapedQuote != string_view::npos) {
            auto before = text.substr(0, walk.escapedQuote);
            return Status::Invalid(
                place(lines + 1 + countLines(before)),
                " has a quote that a backslash escapes, unlike the rows before it; set `escape: \"\\\\\"` beside its path");
        }
        return std::min(count, walk.strayQuote);
    }

    // As string_view::find, which stops at each of the first bytes: at every row where texts are quoted. This one leaps.
    static size_t find(string_view text, string_view wanted, size_t from) {
        if (from >= text.size()) return string_view::npos;
        auto found = memmem(text.data() + from, text.size() - from, wanted.data(), wanted.size());
        return found == nullptr ? string_view::npos : size_t(static_cast<const char*>(found) - text.data());
    }

    // What the parser cannot know: header lines among the rows go, and \N that stands for nothing where \ escapes.
    void prepare() {
        size_t from = prepared > header.size() + 2 ? prepared - header.size() - 2 : 0;
        if (!header.empty()) {
            while (true) {
                auto rest = blocks.rest();
                size_t place = find(rest, header, from);
                if (place == string_view::npos) break;
                bool isLine = place == 0 || rest[place - 1] == '\n';
                size_t end = place + header.size();
                if (end < rest.size() && rest[end] == '\r') end++;
                if (isLine && end < rest.size() && rest[end] == '\n') {
                    // The parser skips empty lines.
                    blocks.overwrite(place, string(end - place, '\r'));
                    brokenRows.headers++;
                    from = end;
                } else {
                    from = place + 1;
                }
            }
        }
        if (options.escaping) {
            for (size_t place = prepared > 2 ? prepared - 2 : 0;
                 (place = blocks.rest().find("\\N", place)) != string_view::npos; place++) {
                auto rest = blocks.rest();
                auto isBoundary = [&](size_t at) {
                    return rest[at] == options.delimiter || rest[at] == '\n' || rest[at] == '\r';
                };
                bool isField = (place == 0 || isBoundary(place - 1)) && place + 2 < rest.size() && isBoundary(place + 2);
                if (isField) blocks.overwrite(place, "  ");
            }
        }
        prepared = blocks.rest().size();
    }

    Status readHeader() {
        while (!blocks.rest().empty()) {
            size_t blank = std::min(blocks.rest().find_first_not_of("\r\n"), blocks.rest().size());
            if (blank > 0) {
                ARROW_RETURN_NOT_OK(used(blank));
                ARROW_RETURN_NOT_OK(blocks.fill(TextBlocks::blockBytes));
                continue;
            }
            blocks.endLine();
            Vector<string> fields;
            ARROW_ASSIGN_OR_RAISE(size_t count, firstRow(fields));
            if (count == 0) {
                if (blocks.atEnd()) return Status::Invalid("its header has a quote that is never closed");
                ARROW_ASSIGN_OR_RAISE(bool hasMore, blocks.grow());
                if (!hasMore) return Status::Invalid("its header has a quote that is never closed");
                continue;
            }
            auto line = blocks.rest().substr(0, count);
            while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
            // Where it is one line, and long enough not to be met by chance.
            if (line.find('\n') == string_view::npos && fields.size() > 1) header = string(line);
            for (auto& field : fields) names.push_back(trimmed(field));
            ARROW_RETURN_NOT_OK(used(count));
            return widen();
        }
        return Status::OK();
    }

    // Rows may have more fields than the header names, as spreadsheets write them: empty ones.
    Status widen() {
        ARROW_RETURN_NOT_OK(blocks.fill(TextBlocks::blockBytes));
        blocks.endLine();
        Vector<string> fields;
        ARROW_ASSIGN_OR_RAISE(size_t count, firstRow(fields));
        size_t named = names.size();
        while (named > 0 && names[named - 1].empty()) named--;
        if (fields.size() >= named && fields.size() < names.size()) names.resize(fields.size());
        if (count == 0 || fields.size() <= names.size()) return Status::OK();
        for (size_t i = names.size(); i < fields.size(); i++) if (!isBlank(fields[i])) return Status::OK();
        names.resize(fields.size());
        return Status::OK();
    }

    // The fields of the first row that is there, and how many bytes it takes: 0 where it is not whole.
    Result<size_t> firstRow(Vector<string>& fields) const {
        auto plain = options;
        plain.invalid_row_handler = nullptr;
        arrow::csv::BlockParser parser(plain, -1, -1, 1);
        uint32_t count = 0;
        // A row that is not whole is an error here, for its fields cannot be counted.
        if (!parser.Parse(blocks.rest(), &count).ok() || parser.num_rows() == 0) return 0;
        ARROW_RETURN_NOT_OK(parser.VisitLastRow([&](const uint8_t* bytes, uint32_t size, auto...) {
            fields.emplace_back(reinterpret_cast<const char*>(bytes), size);
            return Status::OK();
        }));
        return count;
    }

    static string trimmed(string_view text) {
        size_t first = text.find_first_not_of(blanks);
        if (first == string_view::npos) return {};
        return string(text.substr(first, text.find_last_not_of(blanks) + 1 - first));
    }

    string place(int64_t line) const {
        return "line " + std::to_string(line) + (origin > 0 ? " behind byte " + std::to_string(origin) : "");
    }

    Result<shared_ptr<RecordBatch>> batch() const {
        arrow::FieldVector fields;
        Vector<shared_ptr<Array>> columns;
        for (int column : wanted) {
            arrow::BinaryDictionary32Builder builder;
            ARROW_RETURN_NOT_OK(builder.Reserve(parser->num_rows()));
            ARROW_RETURN_NOT_OK(parser->VisitColumn(column, [&](const uint8_t* bytes, uint32_t size, auto...) {
                string_view text(reinterpret_cast<const char*>(bytes), size);
                return isMissing(text) ? builder.AppendNull() : builder.Append(text);
            }));
            columns.emplace_back();
            ARROW_RETURN_NOT_OK(builder.Finish(&columns.back()));
            fields.push_back(arrow::field(names[size_t(column)], columns.back()->type()));
        }
        return RecordBatch::Make(arrow::schema(fields), parser->num_rows(), columns);
    }

    // How much of the block is parsed at once: all of it, until a row is odd.
    static constexpr size_t leastWindow = 64 << 10;
    size_t window = TextBlocks::mostBytes;
    // A row of more lines with the wrong number of fields has rather swallowed some than been meant.
    static constexpr int64_t mostLines = 20;

    // A row that the parser stopped at.
    struct Stop {
        size_t place, length;
        string repaired;
    };

    arrow::csv::ParseOptions options = arrow::csv::ParseOptions::Defaults();
    std::optional<arrow::csv::BlockParser> parser;
    TextBlocks blocks;
    char escape = 0;
    // The header as it is written, where it can be told from a row.
    string header;
    // How many bytes of what is there `prepare` has seen.
    size_t prepared = 0;
    // The line ends that have been passed, and the byte behind which they are counted.
    int64_t lines = 0, origin = 0;
    std::optional<Stop> stop;
    BrokenRows brokenRows;
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

arrow::FieldVector pruned(const arrow::FieldVector& fields, const std::set<Path>& wanted, const std::set<Path>& unread, bool ofUnread) {
    arrow::FieldVector kept;
    for (auto& field : fields) {
        auto part = pruned(field->type(), {{AB_KEY, field->name()}}, wanted, unread, ofUnread);
        if (part) kept.push_back(field->WithType(part));
    }
    return kept;
}

// JSON by Arrow's parser, some thousands of objects at a time: one object a line, or one array of objects.
class JsonSource : public Source {
  public:
    static Result<std::unique_ptr<JsonSource>> open(const char* path, ab_encoding encoding, ByteRange range = {}) {
        auto source = std::make_unique<JsonSource>();
        ARROW_ASSIGN_OR_RAISE(source->blocks, TextBlocks::open(path, encoding, range));
        source->origin = range.first;
        auto rest = source->blocks.rest();
        auto start = rest.find_first_not_of(blanks);
        source->isArray = range.first == 0 && start != string_view::npos && rest[start] == '[';
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
                auto change = merge(rest, fields);
                if (!change.ok() && !isChecked) {
                    // What has been merged of the block is merged again, which changes nothing.
                    block = withoutBrokenRows(string_view(*block));
                    rest = block;
                    row = 0;
                    continue;
                }
                if (!change.ok()) return explained(change.status(), first + row);
                hasRows = true;
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

    // Where nearly all rows hold a text or a number in a field, or true and false, and some few something else, the field is of
    // the former type: these rows are broken, and the field is not lost. Of a file that nobody has read yet; one more pass.
    Status decideKinds(arrow::FieldVector& fields) {
        struct Count {
            Path path;
            Vector<string> keys;
            std::map<char, int64_t> kinds;
        };
        Vector<Leaf> leaves;
        collect(fields, leaves);
        Vector<Count> counts;
        for (auto& leaf : leaves) {
            bool isPlainPath = std::all_of(leaf.path.begin(), leaf.path.end(), [](auto& step) { return step.kind == AB_KEY; });
            if (!isMixed(*leaf.type) || isMixedText(*leaf.type) || !isPlainPath) continue;
            counts.push_back({leaf.path, {}, {}});
            for (auto& step : leaf.path) counts.back().keys.push_back(step.name);
        }
        while (!counts.empty()) {
            ARROW_ASSIGN_OR_RAISE(bool some, read());
            if (!some) break;
            string_view text(*block);
            int depth;
            for (size_t start = text.find_first_not_of(blanks); start != string_view::npos;) {
                size_t end = endOfValue(text, start, INT32_MAX, depth);
                if (end == string_view::npos || end == start) break;
                for (auto& count : counts) {
                    char kind = kindAt(text.substr(start, end - start), count.keys);
                    if (kind != 0) count.kinds[kind]++;
                }
                start = text.find_first_not_of(blanks, end);
            }
        }
        for (auto& count : counts) {
            int64_t all = 0;
            for (auto& [kind, rows] : count.kinds) all += rows;
            int64_t texts = count.kinds['s'], numbers = count.kinds['n'];
            shared_ptr<DataType> type;
            if (100 * (texts + numbers) >= 99 * all) {
                type = texts == 0 ? arrow::float64() : numbers == 0 ? arrow::utf8() : mixed(arrow::float64(), arrow::utf8());
            } else if (100 * count.kinds['b'] >= 99 * all) {
                type = arrow::boolean();
            }
            if (type && all > 0) fields = withType(fields, count.keys, 0, type);
        }
        return Status::OK();
    }

    // From now on reads these columns of the types that `infer` found, and no others; those `unread` as they are written.
    void readOnly(const arrow::Schema& schema, const std::set<Path>& wanted, const std::set<Path>& unread) {
        options.unexpected_field_behavior = arrow::json::UnexpectedFieldBehavior::Ignore;
        options.explicit_schema = arrow::schema(pruned(schema.fields(), wanted, unread, false));
        mixedOptions = options;
        mixedOptions.explicit_schema = arrow::schema(pruned(schema.fields(), wanted, unread, true));
    }

    const BrokenRows& broken() const override { return brokenRows; }

    Result<shared_ptr<RecordBatch>> next() override {
        while (true) {
            ARROW_ASSIGN_OR_RAISE(bool some, read());
            if (!some) return nullptr;
            auto parsed = parsedBlock();
            if (!parsed.ok() && !isChecked) {
                block = withoutBrokenRows(string_view(*block));
                if (isBlank(string_view(*block))) continue;
                parsed = parsedBlock();
            }
            if (!parsed.ok()) return explained(parsed.status(), first);
            return parsed;
        }
    }

  private:
    // Arrow's parser takes at most 100,000 rows at once.
    static constexpr int64_t mostRows = 32'768;
    // Arrow's types and files hold somewhat more than this.
    static constexpr int mostDepth = 48;
    // An object that has begun so many bytes ago, on a line that is over, has been cut off.
    static constexpr size_t mostBytesOverLines = 1 << 20;

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
            first = number;
            isChecked = false;
            ARROW_RETURN_NOT_OK(isArray ? takeItems(rest, text, bytes) : takeLines(rest, text, bytes));
            blocks.use(bytes);
            if (bytes == 0) {
                bool isCut = blocks.atEnd();
                if (isCut && isArray) return Status::Invalid("its array is never closed: has it been cut off?");
                if (!isCut) {
                    ARROW_ASSIGN_OR_RAISE(bool hasMore, blocks.grow());
                    isCut = !hasMore;
                }
                if (isCut) return Status::Invalid(place(number), " is longer than 64 MB, or never ends");
            }
            if (isBlank(text)) continue;
            block = arrow::Buffer::FromString(std::move(text));
            return true;
        }
    }

    // Whole lines at the start of `rest`, of which those that are no objects are left out. At the end of the file the last
    // need not be ended.
    Status takeLines(string_view rest, string& text, size_t& bytes) {
        int64_t count = 0;
        for (; count < mostRows && bytes < rest.size(); count++) {
            auto end = rest.find('\n', bytes);
            if (end == string_view::npos && !blocks.atEnd()) break;
            bytes = end == string_view::npos ? rest.size() : end + 1;
        }
        if (isPlain(rest.substr(0, bytes), mostDepth)) {
            text = rest.substr(0, bytes);
            number += count;
            return Status::OK();
        }
        size_t end = 0;
        text = objects(rest.substr(0, bytes), !blocks.atEnd() || bytes < rest.size(), false, end);
        // More lines than a block has do not make an object whole that is cut off.
        if (end == 0 && bytes < rest.size()) text = objects(rest.substr(0, bytes), false, false, end);
        bytes = end;
        auto used = rest.substr(0, end);
        number += countLines(used);
        return Status::OK();
    }

    // The objects of a text of lines, each beginning on the line that it has there, or on a later one. What is no object
    // is counted, and left out to the end of its line.
    //
    // - `hasMore`: whether an object at the end may be whole a block later; `end` tells where it begins then.
    // - `isStrict`: whether each object is parsed by itself, to find those that look like one and are none.
    string objects(string_view text, bool hasMore, bool isStrict, size_t& end) {
        constexpr auto none = string_view::npos;
        string kept;
        int64_t line = first;
        auto pass = [&](size_t from, size_t to) {
            auto passed = countLines(text.substr(from, to - from));
            line += passed;
            return passed;
        };
        size_t place = 0;
        while (true) {
            size_t start = text.find_first_not_of(blanks, place);
            kept.append(size_t(pass(place, std::min(start, text.size()))), '\n');
            end = std::min(start, text.size());
            if (start == none) return kept;
            int depth = 0;
            bool isObject = text[start] == '{';
            size_t close = isObject ? endOfValue(text, start, mostDepth, depth) : none;
            size_t lineEnd = std::min(text.find('\n', start), text.size());
            // An object over several lines may be one that is cut off, and has swallowed those behind it.
            bool isWhole = close != none && ((close <= lineEnd && !isStrict) || isJSON(text.substr(start, close - start)));
            if (isObject && close == none && depth <= mostDepth && hasMore && text.size() - start < mostBytesOverLines) return kept;
            if (isWhole) {
                kept.append(text.substr(start, close - start));
                pass(start, close);
                place = close;
                if (text.find('\n', close) > text.find_first_not_of(blanks, close)) kept += ' ';
                continue;
            }
            auto written = text.substr(start, lineEnd - start);
            brokenRows.add(this->place(line) + reason(written, isObject, depth));
            place = lineEnd;
        }
    }

    // Why a line is no object.
    string reason(string_view written, bool isObject, int depth) const {
        if (depth > mostDepth) return " is nested more than " + std::to_string(mostDepth) + " levels deep";
        while (!written.empty() && blanks.find(written.back()) != string_view::npos) written.remove_suffix(1);
        if (!isObject) return " is no object: " + shown(written);
        string message = problem(written);
        if (auto change = changeOf(message); !change.empty()) return change;
        return " is no JSON: " + (message.empty() ? shown(written) : message);
    }

    // The fields with another type at a path of keys.
    static arrow::FieldVector withType(
        arrow::FieldVector fields, const Vector<string>& keys, size_t depth, const shared_ptr<DataType>& type) {
        for (auto& field : fields) {
            if (field->name() != keys[depth]) continue;
            bool isLast = depth + 1 == keys.size();
            field = field->WithType(isLast ? type : arrow::struct_(withType(field->type()->fields(), keys, depth + 1, type)));
        }
        return fields;
    }

    static Status parse(string_view object, const arrow::json::ParseOptions& options) {
        std::unique_ptr<arrow::json::BlockParser> parser;
        ARROW_RETURN_NOT_OK(arrow::json::BlockParser::Make(options, &parser));
        return parser->Parse(arrow::Buffer::FromString(string(object)));
    }

    // What Arrow's parser says of an object; nothing if it can be parsed, as what is read of it if something is.
    string problem(string_view object) const {
        auto status = parse(object, arrow::json::ParseOptions::Defaults());
        // A list of several kinds of values is JSON all the same.
        if (status.ok() || changeIn(status.message())) {
            status = options.explicit_schema ? parse(object, options) : Status::OK();
            bool hasUnread = mixedOptions.explicit_schema && mixedOptions.explicit_schema->num_fields() > 0;
            if (status.ok() && hasUnread) status = parse(object, mixedOptions);
        }
        if (status.ok()) return {};
        string message = status.message();
        constexpr string_view prefix = "JSON parse error: ";
        if (message.starts_with(prefix)) message.erase(0, prefix.size());
        if (auto row = message.rfind(" in row "); row != string::npos) message.resize(row);
        return message;
    }

    bool isJSON(string_view object) const { return problem(object).empty(); }

    // The rows of a block that cannot be parsed as it is, without those that cannot be parsed at all.
    shared_ptr<arrow::Buffer> withoutBrokenRows(string_view text) {
        isChecked = true;
        size_t end = 0;
        return arrow::Buffer::FromString(objects(text, false, true, end));
    }

    // Whole items of the array at the start of `rest`, a line each, without the commas between them.
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
            bool isDeep = depth > mostDepth;
            if (isDeep) end = endOfValue(rest, start, INT32_MAX, depth);
            if (end == string_view::npos) break;
            // A bracket that closes nothing.
            end = std::max(end, start + 1);
            auto item = rest.substr(start, end - start);
            if (item.starts_with('{') && !isDeep) {
                size_t before = text.size();
                text.append(item);
                std::replace(text.begin() + int64_t(before), text.end(), '\n', ' ');
            } else {
                brokenRows.add(place(number) + reason(item, item.starts_with('{'), isDeep ? INT32_MAX : 0));
            }
            text += '\n';
            count++;
            bytes = end;
            number++;
        }
        return Status::OK();
    }

    string place(int64_t row) const {
        return (isArray ? "item " : "line ") + std::to_string(row)
            + (origin > 0 ? " behind byte " + std::to_string(origin) : "");
    }

    // The block's columns, and beside them those that are left as they are written.
    Result<shared_ptr<RecordBatch>> parsedBlock() const {
        ARROW_ASSIGN_OR_RAISE(auto parsed, arrow::json::ParseOne(options, block));
        if (!mixedOptions.explicit_schema || mixedOptions.explicit_schema->num_fields() == 0) return parsed;
        std::unique_ptr<arrow::json::BlockParser> parser;
        ARROW_RETURN_NOT_OK(arrow::json::BlockParser::Make(mixedOptions, &parser));
        ARROW_RETURN_NOT_OK(parser->Parse(block));
        shared_ptr<Array> unread;
        ARROW_RETURN_NOT_OK(parser->Finish(&unread));
        return parsed->AddColumn(parsed->num_columns(), mixedName, unread);
    }

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
        return arrow::schema(pruned(fields, paths, paths, true));
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

    // " has array in a.b, where other rows have string" of what the parser says of it; else nothing.
    static string changeOf(const string& message) {
        auto column = message.find("Column(/"), change = message.find(") changed from ");
        auto to = message.find(" to ", change);
        if (column == string::npos || change == string::npos || to == string::npos) return {};
        string name = message.substr(column + 8, change - column - 8);
        std::replace(name.begin(), name.end(), '/', '.');
        string from = message.substr(change + 15, to - change - 15);
        if (from == "number_or_string") from = "number or string";
        return " has " + message.substr(to + 4) + " in " + name + ", where other rows have "
            + from;
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
    // Whether every object of the block has been parsed by itself.
    bool isChecked = false;
    // The byte behind which lines are counted.
    int64_t origin = 0;
    BrokenRows brokenRows;
};

}  // namespace

// --- the C face ---------------------------------------------------------------------------------------------------

struct ab_shape {
    Vector<Leaf> leaves;
    Vector<string> types;
    Vector<int64_t> groups;
    shared_ptr<arrow::Buffer> jsonTypes;
    bool hasRows = false;
    BrokenRows broken;
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

Status describe(const char* path, ab_format format, const ab_text& layout, ab_shape& shape) {
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
            ARROW_ASSIGN_OR_RAISE(auto source, CsvSource::open(path, layout));
            for (auto& name : source->names) if (!name.empty()) shape.leaves.push_back({{{AB_KEY, name}}, arrow::utf8()});
            if (shape.leaves.empty()) return Status::OK();
            ARROW_ASSIGN_OR_RAISE(auto batch, source->next());
            shape.hasRows = batch != nullptr;
            shape.broken = source->broken();
            return Status::OK();
        }
        case AB_JSON: {
            ARROW_ASSIGN_OR_RAISE(auto source, JsonSource::open(path, layout.encoding));
            arrow::FieldVector fields;
            ARROW_RETURN_NOT_OK(source->infer(fields, shape.hasRows));
            shape.broken = source->broken();
            ARROW_ASSIGN_OR_RAISE(auto again, JsonSource::open(path, layout.encoding));
            ARROW_RETURN_NOT_OK(again->decideKinds(fields));
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
            found.push_back({leaves[size_t(column)], {}, request.exact && request.exact[found.size()] != 0});
            found.back().leaf.isJSON = format == AB_JSON;
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
            ARROW_ASSIGN_OR_RAISE(auto source, CsvSource::open(path, request.text, range));
            source->batchRows = int32_t(request.batch_rows);
            Vector<int> places;
            for (size_t place = 0; place < source->names.size(); place++) {
                if (source->names[place].empty()) continue;
                leaves.push_back({{{AB_KEY, source->names[place]}}, arrow::utf8()});
                places.push_back(int(place));
            }
            ARROW_ASSIGN_OR_RAISE(reader.wanted, asked());
            std::set<int> once;
            for (int column : columns) once.insert(places[size_t(column)]);
            source->wanted.assign(once.begin(), once.end());
            reader.source = std::move(source);
            break;
        }
        case AB_JSON: {
            ARROW_ASSIGN_OR_RAISE(auto source, JsonSource::open(path, request.text.encoding, range));
            ARROW_ASSIGN_OR_RAISE(auto schema, schemaOf(request.types, request.type_bytes));
            collect(schema->fields(), leaves);
            ARROW_ASSIGN_OR_RAISE(reader.wanted, asked());
            std::set<Path> paths, unread;
            for (auto& wanted : reader.wanted) {
                paths.insert(wanted.leaf.path);
                if (wanted.isUnread()) unread.insert(wanted.leaf.path);
            }
            source->readOnly(*schema, paths, unread);
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

const char* reasonOf(const BrokenRows& broken, int32_t index) {
    return index >= 0 && size_t(index) < broken.reasons.size() ? broken.reasons[size_t(index)].c_str() : nullptr;
}

}  // namespace

extern "C" {

const char* ab_version(void) { return arrow::GetBuildInfo().version_string.c_str(); }
void ab_free(char* message) { free(message); }

int32_t ab_look(const char* path, ab_place* place) {
    struct stat found, link;
    if (lstat(path, &link) != 0 || stat(path, &found) != 0) return errno;
    bool isFile = S_ISREG(found.st_mode) || S_ISDIR(found.st_mode);
    *place = {found.st_size, S_ISDIR(found.st_mode), S_ISLNK(link.st_mode), !isFile};
    return 0;
}

ab_code ab_head(
    const char* path, ab_encoding encoding, uint8_t* bytes, int64_t capacity, int64_t* count, char** error) {
    return guarded(error, [&]() -> Status {
        ARROW_ASSIGN_OR_RAISE(auto stream, openStream(path));
        Decoder decoder(encoding);
        string raw, text;
        bool hasEnded = false;
        while (!hasEnded && int64_t(text.size()) < capacity) {
            raw.resize(size_t(capacity) - text.size());
            ARROW_ASSIGN_OR_RAISE(auto more, stream->Read(int64_t(raw.size()), raw.data()));
            hasEnded = more == 0;
            ARROW_RETURN_NOT_OK(decoder.decode(string_view(raw).substr(0, size_t(more)), hasEnded, text));
        }
        *count = std::min(int64_t(text.size()), capacity);
        memcpy(bytes, text.data(), size_t(*count));
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

ab_code ab_shape_open(
    const char* path, ab_format format, const ab_text* text, ab_shape** shape, char** error) {
    return guarded(error, [&]() -> Status {
        auto made = std::make_unique<ab_shape>();
        ARROW_RETURN_NOT_OK(describe(path, format, *text, *made));
        for (auto& leaf : made->leaves) made->types.push_back(description(*leaf.type));
        *shape = made.release();
        return Status::OK();
    });
}

ab_code ab_text_cuts(
    const char* path, ab_format format, const ab_text* text, int64_t wanted, int64_t* cuts, int64_t capacity,
    int64_t* count, char** error) {
    return guarded(error, [&]() -> Status {
        ARROW_ASSIGN_OR_RAISE(auto found, TextCuts::find(path, format, *text, wanted));
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
ab_kind ab_shape_kind(const ab_shape* shape, int32_t column) {
    auto& type = *shape->leaves[size_t(column)].type;
    return type.id() == Type::NA ? 'n' : isMixedText(type) ? 'm' : kindOf(type);
}
int32_t ab_shape_row_group_count(const ab_shape* shape) { return int32_t(shape->groups.size()); }
int64_t ab_shape_row_group_rows(const ab_shape* shape, int32_t group) { return shape->groups[size_t(group)]; }
int32_t ab_shape_has_rows(const ab_shape* shape) { return shape->hasRows; }
int64_t ab_shape_broken(const ab_shape* shape) { return shape->broken.count; }
const char* ab_shape_broken_reason(const ab_shape* shape, int32_t index) { return reasonOf(shape->broken, index); }

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
int64_t ab_reader_broken(const ab_reader* reader) { return reader->source->broken().count; }
int64_t ab_reader_headers(const ab_reader* reader) { return reader->source->broken().headers; }
const char* ab_reader_broken_reason(const ab_reader* reader, int32_t index) {
    return reasonOf(reader->source->broken(), index);
}

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
