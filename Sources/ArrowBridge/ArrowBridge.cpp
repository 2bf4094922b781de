// The C face, without its writer: files are looked at, described and read through the formats.
#include "ArrowBridge.h"

#include "Errors.h"
#include "Files.h"
#include "Formats.h"
#include "TextEncoding.h"
#include "TextFiles.h"

#include <arrow/c/bridge.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

using namespace bridge;

struct ab_shape : FileShape {
    Vector<string> types;
};

struct ab_reader {
    std::unique_ptr<Source> source;
    Vector<Wanted> wanted;
    shared_ptr<RecordBatch> batch;
    int64_t offset = 0, batchRows = 1;
};

namespace {

Status describe(const char* path, ab_format format, const ab_text& layout, ab_shape& shape) {
    switch (format) {
        case AB_PARQUET: return describeParquet(path, shape);
        case AB_ARROW: return describeArrow(path, shape);
        case AB_CSV: return describeCSV(path, layout, shape);
        case AB_JSON: return describeJSON(path, layout, shape);
    }
    return Status::Invalid("unknown format");
}

Status open(const char* path, ab_format format, const ab_request& request, ab_reader& reader) {
    switch (format) {
        case AB_PARQUET: {
            ARROW_ASSIGN_OR_RAISE(reader.source, openParquet(path, request, reader.wanted));
            break;
        }
        case AB_ARROW: {
            ARROW_ASSIGN_OR_RAISE(reader.source, openArrow(path, request, reader.wanted));
            break;
        }
        case AB_CSV: {
            ARROW_ASSIGN_OR_RAISE(reader.source, openCSV(path, request, reader.wanted));
            break;
        }
        case AB_JSON: {
            ARROW_ASSIGN_OR_RAISE(reader.source, openJSON(path, request, reader.wanted));
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
        ARROW_ASSIGN_OR_RAISE(auto column, valuesOf(*slice, wanted));
        fields.push_back(arrow::field("", column->type()));
        columns.push_back(column);
    }
    return arrow::ExportRecordBatch(*RecordBatch::Make(arrow::schema(fields), rows, columns), array, schema);
}

const char* reasonOf(const BrokenRows& broken, int32_t index) {
    return index >= 0 && size_t(index) < broken.reasons.size() ? broken.reasons[size_t(index)].c_str() : nullptr;
}

}  // namespace

extern "C" {

const char* ab_version(void) { return arrow::GetBuildInfo().version_string.c_str(); }
void ab_free(char* message) { free(message); }

int32_t ab_look(const char* path, ab_place* place) {
    if (auto size = lentSize(path)) {
        *place = {*size, 0, 0, 0};
        return 0;
    }
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
        ARROW_ASSIGN_OR_RAISE(auto found, textCuts(path, format, *text, wanted));
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

}  // extern "C"
