// Arrow's own files, as a file with a footer or as a stream.
#include "Files.h"
#include "Formats.h"

#include <arrow/io/api.h>
#include <arrow/ipc/api.h>

namespace bridge {

namespace {

// Arrow's own files: with a footer ("ARROW1"), or a bare stream.
class ArrowSource : public Source {
  public:
    static Result<std::unique_ptr<ArrowSource>> open(const char* path) {
        ARROW_ASSIGN_OR_RAISE(auto file, openFile(path));
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

}  // namespace

Status describeArrow(const char* path, FileShape& shape) {
    ARROW_ASSIGN_OR_RAISE(auto source, ArrowSource::open(path));
    collect(source->schema()->fields(), shape.leaves);
    while (!shape.hasRows) {
        ARROW_ASSIGN_OR_RAISE(auto batch, source->next());
        if (!batch) break;
        shape.hasRows = batch->num_rows() > 0;
    }
    return Status::OK();
}

Result<std::unique_ptr<Source>> openArrow(const char* path, const ab_request& request, Vector<Wanted>& wanted) {
    ARROW_ASSIGN_OR_RAISE(auto source, ArrowSource::open(path));
    Vector<Leaf> leaves;
    collect(source->schema()->fields(), leaves);
    ARROW_ASSIGN_OR_RAISE(wanted, asked(request, leaves, AB_ARROW));
    return source;
}

}  // namespace bridge
