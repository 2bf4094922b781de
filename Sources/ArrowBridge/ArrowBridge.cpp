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
#include <cstring>
#include <map>
#include <mutex>
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

// The bytes of a text file; what gzip or zstd compressed, decompressed.
Result<shared_ptr<arrow::io::InputStream>> openStream(const char* path) {
    ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
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

    static Result<TextBlocks> open(const char* path) {
        TextBlocks blocks;
        ARROW_ASSIGN_OR_RAISE(blocks.stream, openStream(path));
        ARROW_RETURN_NOT_OK(blocks.fill(blockBytes));
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

// --- the shape of a file ------------------------------------------------------------------------------------------

struct Leaf {
    Vector<string> path;
    shared_ptr<DataType> type;
    int parquetColumn = -1;
    bool isUUID = false;

    string name() const {
        string name;
        for (auto& part : path) name += (&part == &path.front() ? "" : ".") + part;
        return name;
    }
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

ab_kind kindOf(const DataType& type) {
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
        case Type::DICTIONARY: return kindOf(dictionaryValues(type));
        case Type::EXTENSION: return kindOf(*storage(type));
        default: return '?';
    }
}

void collect(const arrow::FieldVector& fields, Vector<string> path, Vector<Leaf>& leaves) {
    path.emplace_back();
    for (auto& field : fields) {
        path.back() = field->name();
        if (field->type()->id() == Type::STRUCT) {
            collect(field->type()->fields(), path, leaves);
        } else {
            leaves.push_back({path, field->type()});
        }
    }
}

void collect(
    const Vector<parquet::arrow::SchemaField>& fields, const parquet::SchemaDescriptor& file, Vector<string> path,
    Vector<Leaf>& leaves) {
    path.emplace_back();
    for (auto& field : fields) {
        path.back() = field.field->name();
        if (field.field->type()->id() == Type::STRUCT) {
            collect(field.children, file, path, leaves);
            continue;
        }
        Leaf leaf{path, field.field->type(), field.column_index};
        if (field.is_leaf()) {
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

// The leaf of a batch, missing where any record around it is missing.
Result<shared_ptr<Array>> leafOf(const RecordBatch& batch, const Vector<string>& path) {
    auto array = batch.GetColumnByName(path.front());
    for (size_t depth = 1; array && depth < path.size(); depth++) {
        auto& record = static_cast<const arrow::StructArray&>(*array);
        int index = static_cast<const arrow::StructType&>(*record.type()).GetFieldIndex(path[depth]);
        if (index < 0) return Status::KeyError("no column ", path[depth]);
        ARROW_ASSIGN_OR_RAISE(array, record.GetFlattenedField(index));
    }
    if (!array) return Status::KeyError("no column ", path.front());
    return array;
}

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
        collect(manifest.schema_fields, *file->metadata->schema(), {}, file->leaves);
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
        ParquetFile& file, const ab_request& request, const Vector<Leaf>& leaves) {
        auto source = std::make_unique<ParquetSource>();
        std::set<int> columns;
        for (auto& leaf : leaves) {
            if (leaf.parquetColumn < 0) return Status::TypeError("cannot read ", leaf.type->ToString());
            columns.insert(leaf.parquetColumn);
            auto physical = file.metadata->schema()->Column(leaf.parquetColumn)->physical_type();
            bool isBytes = physical == parquet::Type::BYTE_ARRAY && isText(*leaf.type);
            file.properties.set_read_dictionary(leaf.parquetColumn, isBytes);
        }
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
    static Result<std::unique_ptr<CsvSource>> open(const char* path, char delimiter) {
        auto source = std::make_unique<CsvSource>();
        source->options.delimiter = delimiter;
        source->options.newlines_in_values = true;
        ARROW_ASSIGN_OR_RAISE(source->blocks, TextBlocks::open(path));
        ARROW_RETURN_NOT_OK(source->readHeader());
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

const char* words(const DataType& type) {
    switch (type.id()) {
        case Type::BOOL: return "booleans";
        case Type::STRUCT: return "objects";
        case Type::LIST: return "arrays";
        case Type::STRING: return "texts";
        default: return "numbers";
    }
}

// The one type that holds the values of both.
Result<shared_ptr<DataType>> merged(
    const shared_ptr<DataType>& a, const shared_ptr<DataType>& b, const string& name);

Result<arrow::FieldVector> mergedFields(arrow::FieldVector fields, const arrow::FieldVector& more, const string& path) {
    std::map<string, size_t> places;
    for (size_t i = 0; i < fields.size(); i++) places[fields[i]->name()] = i;
    for (auto& field : more) {
        auto place = places.find(field->name());
        if (place == places.end()) {
            fields.push_back(field);
            continue;
        }
        auto& known = fields[place->second];
        ARROW_ASSIGN_OR_RAISE(auto type, merged(known->type(), field->type(), path + field->name()));
        known = known->WithType(type);
    }
    return fields;
}

Result<shared_ptr<DataType>> merged(
    const shared_ptr<DataType>& a, const shared_ptr<DataType>& b, const string& name) {
    if (a->Equals(b) || b->id() == Type::NA) return a;
    if (a->id() == Type::NA) return b;
    if (a->id() == Type::STRUCT && b->id() == Type::STRUCT) {
        ARROW_ASSIGN_OR_RAISE(auto fields, mergedFields(a->fields(), b->fields(), name + "."));
        return arrow::struct_(fields);
    }
    if (a->id() == Type::LIST && b->id() == Type::LIST) {
        ARROW_ASSIGN_OR_RAISE(auto item, merged(a->field(0)->type(), b->field(0)->type(), name));
        return arrow::list(item);
    }
    if (string_view(words(*a)) == "numbers" && string_view(words(*b)) == "numbers") return arrow::float64();
    return conflict(name, string(words(*a)) + " in some rows and " + words(*b) + " in others");
}

// Arrow takes texts that look like timestamps for such; they stay texts here, so that other texts may follow.
shared_ptr<DataType> withoutTimestamps(const shared_ptr<DataType>& type) {
    if (type->id() == Type::TIMESTAMP) return arrow::utf8();
    if (type->id() == Type::LIST) return arrow::list(withoutTimestamps(type->field(0)->type()));
    if (type->id() != Type::STRUCT) return type;
    arrow::FieldVector fields;
    for (auto& field : type->fields()) fields.push_back(field->WithType(withoutTimestamps(field->type())));
    return arrow::struct_(fields);
}

arrow::FieldVector pruned(
    const arrow::FieldVector& fields, Vector<string> path, const std::set<Vector<string>>& paths) {
    arrow::FieldVector kept;
    path.emplace_back();
    for (auto& field : fields) {
        path.back() = field->name();
        if (field->type()->id() == Type::STRUCT) {
            auto children = pruned(field->type()->fields(), path, paths);
            if (!children.empty()) kept.push_back(field->WithType(arrow::struct_(children)));
        } else if (paths.count(path)) {
            kept.push_back(field);
        }
    }
    return kept;
}

// JSON Lines by Arrow's parser, some thousands of lines at a time.
class JsonSource : public Source {
  public:
    static Result<std::unique_ptr<JsonSource>> open(const char* path) {
        auto source = std::make_unique<JsonSource>();
        ARROW_ASSIGN_OR_RAISE(source->blocks, TextBlocks::open(path));
        auto rest = source->blocks.rest();
        auto start = rest.find_first_not_of(" \t\r\n");
        if (start != string_view::npos && rest[start] == '[') {
            return Status::Invalid("it is one JSON array: write one object a line (jq -c '.[]' FILE)");
        }
        return source;
    }

    arrow::json::ParseOptions options = arrow::json::ParseOptions::Defaults();

    Result<shared_ptr<RecordBatch>> next() override {
        while (true) {
            ARROW_RETURN_NOT_OK(blocks.fill(TextBlocks::blockBytes));
            string_view rest = blocks.rest();
            if (rest.empty()) return nullptr;
            auto [bytes, count] = lines(rest);
            if (bytes == 0) {
                ARROW_RETURN_NOT_OK(blocks.grow());
                continue;
            }
            int64_t first = line;
            line += count;
            string_view block = rest.substr(0, bytes);
            blocks.use(bytes);
            if (block.find_first_not_of(" \t\r\n") == string_view::npos) continue;
            auto batch = arrow::json::ParseOne(options, arrow::Buffer::FromString(string(block)));
            if (!batch.ok()) return explained(batch.status(), first);
            return batch;
        }
    }

  private:
    // Arrow's parser takes at most 100,000 rows at once.
    static constexpr int64_t mostLines = 32'768;

    // Whole lines at the start of `text`: their bytes and their number. At the end the last need not be ended.
    std::pair<size_t, int64_t> lines(string_view text) const {
        size_t bytes = 0;
        int64_t count = 0;
        while (count < mostLines && bytes < text.size()) {
            auto end = text.find('\n', bytes);
            if (end == string_view::npos) {
                if (blocks.atEnd()) return {text.size(), count + 1};
                break;
            }
            bytes = end + 1;
            count++;
        }
        return {bytes, count};
    }

    // "JSON parse error: Column(/a/b) changed from string to number in row 2", in the user's words.
    Status explained(const Status& status, int64_t first) const {
        string message = status.message();
        auto number = [&](size_t at) { return std::to_string(first + atoll(message.c_str() + at)); };
        auto row = message.rfind(" in row ");
        string place = row == string::npos ? " (at or after line " + std::to_string(first) + ")"
                                           : " (line " + number(row + 8) + ")";
        if (row != string::npos) message.resize(row);
        constexpr string_view prefix = "JSON parse error: ";
        if (message.starts_with(prefix)) message.erase(0, prefix.size());
        auto column = message.find("Column(/");
        auto change = message.find(") changed from ");
        if (column == string::npos || change == string::npos) return Status::Invalid(message, place);
        string name = message.substr(column + 8, change - column - 8);
        std::replace(name.begin(), name.end(), '/', '.');
        return conflict(name, "values that change from " + message.substr(change + 15) + place);
    }

    TextBlocks blocks;
    int64_t line = 1;
};

}  // namespace

// --- the C face ---------------------------------------------------------------------------------------------------

struct ab_shape {
    Vector<Leaf> leaves;
    Vector<string> names, types;
    Vector<int64_t> groups;
    shared_ptr<arrow::Buffer> jsonTypes;
    bool hasRows = false;
};

struct ab_reader {
    std::unique_ptr<Source> source;
    Vector<Leaf> leaves;
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
            collect(source->schema()->fields(), {}, shape.leaves);
            while (!shape.hasRows) {
                ARROW_ASSIGN_OR_RAISE(auto batch, source->next());
                if (!batch) break;
                shape.hasRows = batch->num_rows() > 0;
            }
            return Status::OK();
        }
        case AB_CSV: {
            ARROW_ASSIGN_OR_RAISE(auto source, CsvSource::open(path, delimiter));
            for (auto& name : source->names) shape.leaves.push_back({{name}, arrow::utf8()});
            if (source->names.empty()) return Status::OK();
            ARROW_ASSIGN_OR_RAISE(auto batch, source->next());
            shape.hasRows = batch != nullptr;
            return Status::OK();
        }
        case AB_JSON_LINES: {
            ARROW_ASSIGN_OR_RAISE(auto source, JsonSource::open(path));
            arrow::FieldVector fields;
            while (true) {
                ARROW_ASSIGN_OR_RAISE(auto batch, source->next());
                if (!batch) break;
                shape.hasRows |= batch->num_rows() > 0;
                auto found = withoutTimestamps(arrow::struct_(batch->schema()->fields()));
                ARROW_ASSIGN_OR_RAISE(fields, mergedFields(fields, found->fields(), ""));
            }
            collect(fields, {}, shape.leaves);
            ARROW_ASSIGN_OR_RAISE(shape.jsonTypes, arrow::ipc::SerializeSchema(*arrow::schema(fields)));
            return Status::OK();
        }
    }
    return Status::Invalid("unknown format");
}

Status open(const char* path, ab_format format, const ab_request& request, ab_reader& reader) {
    Vector<int> columns(request.columns, request.columns + request.column_count);
    Vector<Leaf> leaves;
    auto asked = [&]() -> Result<Vector<Leaf>> {
        Vector<Leaf> found;
        for (int column : columns) {
            if (column < 0 || size_t(column) >= leaves.size()) return Status::KeyError("its columns have changed");
            found.push_back(leaves[size_t(column)]);
        }
        return found;
    };
    switch (format) {
        case AB_PARQUET: {
            ARROW_ASSIGN_OR_RAISE(auto file, ParquetFile::open(path));
            leaves = file->leaves;
            ARROW_ASSIGN_OR_RAISE(reader.leaves, asked());
            ARROW_ASSIGN_OR_RAISE(reader.source, ParquetSource::open(*file, request, reader.leaves));
            break;
        }
        case AB_ARROW: {
            ARROW_ASSIGN_OR_RAISE(auto source, ArrowSource::open(path));
            collect(source->schema()->fields(), {}, leaves);
            ARROW_ASSIGN_OR_RAISE(reader.leaves, asked());
            reader.source = std::move(source);
            break;
        }
        case AB_CSV: {
            ARROW_ASSIGN_OR_RAISE(auto source, CsvSource::open(path, request.delimiter));
            source->batchRows = int32_t(request.batch_rows);
            for (auto& name : source->names) leaves.push_back({{name}, arrow::utf8()});
            ARROW_ASSIGN_OR_RAISE(reader.leaves, asked());
            std::set<int> once(columns.begin(), columns.end());
            source->wanted.assign(once.begin(), once.end());
            reader.source = std::move(source);
            break;
        }
        case AB_JSON_LINES: {
            ARROW_ASSIGN_OR_RAISE(auto source, JsonSource::open(path));
            arrow::io::BufferReader bytes(std::make_shared<arrow::Buffer>(request.types, request.type_bytes));
            arrow::ipc::DictionaryMemo memo;
            ARROW_ASSIGN_OR_RAISE(auto schema, arrow::ipc::ReadSchema(&bytes, &memo));
            collect(schema->fields(), {}, leaves);
            ARROW_ASSIGN_OR_RAISE(reader.leaves, asked());
            std::set<Vector<string>> paths;
            for (auto& leaf : reader.leaves) paths.insert(leaf.path);
            source->options.explicit_schema = arrow::schema(pruned(schema->fields(), {}, paths));
            source->options.unexpected_field_behavior = arrow::json::UnexpectedFieldBehavior::Ignore;
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
    for (auto& leaf : reader.leaves) {
        ARROW_ASSIGN_OR_RAISE(auto column, leafOf(*slice, leaf.path));
        ARROW_ASSIGN_OR_RAISE(column, canonical(column, leaf.isUUID));
        fields.push_back(arrow::field(leaf.name(), column->type()));
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

ab_code ab_shape_open(const char* path, ab_format format, char delimiter, ab_shape** shape, char** error) {
    return guarded(error, [&]() -> Status {
        auto made = std::make_unique<ab_shape>();
        ARROW_RETURN_NOT_OK(describe(path, format, delimiter, *made));
        for (auto& leaf : made->leaves) {
            made->names.push_back(leaf.name());
            made->types.push_back(leaf.type->ToString());
        }
        *shape = made.release();
        return Status::OK();
    });
}

void ab_shape_free(ab_shape* shape) { delete shape; }
int32_t ab_shape_column_count(const ab_shape* shape) { return int32_t(shape->leaves.size()); }
const char* ab_shape_name(const ab_shape* shape, int32_t column) { return shape->names[size_t(column)].c_str(); }
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
