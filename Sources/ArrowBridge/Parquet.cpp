// Parquet: the columns of a file, and the batches of its row groups.
#include "Files.h"
#include "Formats.h"

#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>

#include <algorithm>
#include <set>

namespace bridge {

namespace {

// As `collect` of Arrow's types, of a Parquet file; `keys` are the columns of the keys of the maps on the way.
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

struct ParquetFile {
    parquet::arrow::FileReaderBuilder builder;
    shared_ptr<parquet::FileMetaData> metadata;
    parquet::ArrowReaderProperties properties{false};
    Vector<Leaf> leaves;

    static Result<std::unique_ptr<ParquetFile>> open(const char* path) {
        auto file = std::make_unique<ParquetFile>();
        ARROW_ASSIGN_OR_RAISE(auto bytes, openFile(path));
        ARROW_RETURN_NOT_OK(file->builder.Open(bytes));
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

}  // namespace

Status describeParquet(const char* path, FileShape& shape) {
    ARROW_ASSIGN_OR_RAISE(auto file, ParquetFile::open(path));
    shape.leaves = file->leaves;
    shape.hasRows = file->metadata->num_rows() > 0;
    for (int group = 0; group < file->metadata->num_row_groups(); group++) {
        shape.groups.push_back(file->metadata->RowGroup(group)->num_rows());
    }
    return Status::OK();
}

Result<std::unique_ptr<Source>> openParquet(const char* path, const ab_request& request, Vector<Wanted>& wanted) {
    ARROW_ASSIGN_OR_RAISE(auto file, ParquetFile::open(path));
    ARROW_ASSIGN_OR_RAISE(wanted, asked(request, file->leaves, AB_PARQUET));
    return ParquetSource::open(*file, request, wanted);
}

}  // namespace bridge
