// The writing of Parquet files: columns of plain buffers in, a row group out; with its part of the C face.
#include "Errors.h"

#include <arrow/io/api.h>
#include <arrow/util/compression.h>
#include <parquet/arrow/writer.h>

#include <cstdint>

using namespace bridge;

struct ab_writer {
    shared_ptr<arrow::Schema> schema;
    Vector<ab_kind> kinds;
    Vector<shared_ptr<Array>> columns;
    shared_ptr<arrow::io::OutputStream> file;
    std::unique_ptr<parquet::arrow::FileWriter> writer;
};

namespace {

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
