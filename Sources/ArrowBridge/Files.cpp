// Files of this machine, and lent ones, whose bytes somebody else fetches.
#include "Files.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>

namespace bridge {

namespace {

struct Lent {
    int64_t size;
    ab_fetch fetch;
    void* context;
};

std::mutex mutex;
std::map<string, Lent> lentFiles;

std::optional<Lent> find(const char* path) {
    std::lock_guard lock(mutex);
    auto found = lentFiles.find(path);
    if (found == lentFiles.end()) return std::nullopt;
    return found->second;
}

// Small reads are served from the last piece that was fetched, so that a page's header costs no journey of its own.
class LentFile : public arrow::io::RandomAccessFile {
  public:
    explicit LentFile(Lent lent) : lent(lent) {}

    Status Close() override {
        isClosed = true;
        return Status::OK();
    }
    bool closed() const override { return isClosed; }
    Result<int64_t> GetSize() override { return lent.size; }
    Result<int64_t> Tell() const override { return place; }
    Status Seek(int64_t position) override {
        if (position < 0) return Status::Invalid("a place before the file");
        place = position;
        return Status::OK();
    }

    Result<int64_t> Read(int64_t count, void* bytes) override {
        ARROW_ASSIGN_OR_RAISE(auto read, ReadAt(place, count, bytes));
        place += read;
        return read;
    }
    Result<shared_ptr<arrow::Buffer>> Read(int64_t count) override {
        ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(place, count));
        place += buffer->size();
        return buffer;
    }

    Result<int64_t> ReadAt(int64_t position, int64_t count, void* bytes) override {
        if (position < 0 || count < 0) return Status::Invalid("a place before the file");
        int64_t wanted = std::min(count, std::max<int64_t>(0, lent.size - position)), done = 0;
        std::lock_guard lock(reading);
        while (done < wanted) {
            int64_t from = position + done, left = wanted - done;
            if (from < pieceStart || from >= pieceStart + int64_t(piece.size())) {
                int64_t size = std::min(pieceBytes, lent.size - from);
                piece.resize(size_t(size));
                pieceStart = from;
                int64_t fetched = lent.fetch(lent.context, from, size, reinterpret_cast<uint8_t*>(piece.data()));
                piece.resize(size_t(std::max<int64_t>(fetched, 0)));
                if (fetched <= 0) return Status::IOError("its machine does not give it");
            }
            int64_t taken = std::min(left, pieceStart + int64_t(piece.size()) - from);
            memcpy(static_cast<uint8_t*>(bytes) + done, piece.data() + (from - pieceStart), size_t(taken));
            done += taken;
        }
        return done;
    }
    Result<shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t count) override {
        if (position < 0 || count < 0) return Status::Invalid("a place before the file");
        int64_t wanted = std::min(count, std::max<int64_t>(0, lent.size - position));
        ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(wanted));
        ARROW_ASSIGN_OR_RAISE(auto read, ReadAt(position, wanted, buffer->mutable_data()));
        ARROW_RETURN_NOT_OK(buffer->Resize(read));
        return shared_ptr<arrow::Buffer>(std::move(buffer));
    }

  private:
    // What one question may ask for.
    static constexpr int64_t pieceBytes = 1 << 19;

    Lent lent;
    int64_t place = 0;
    bool isClosed = false;
    std::mutex reading;
    string piece;
    int64_t pieceStart = 0;
};

}  // namespace

Result<shared_ptr<arrow::io::RandomAccessFile>> openFile(const char* path) {
    if (auto lent = find(path)) return std::make_shared<LentFile>(*lent);
    ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
    return shared_ptr<arrow::io::RandomAccessFile>(file);
}

std::optional<int64_t> lentSize(const char* path) {
    auto lent = find(path);
    if (!lent) return std::nullopt;
    return lent->size;
}

}  // namespace bridge

void ab_lend(const char* path, int64_t size, ab_fetch fetch, void* context) {
    std::lock_guard lock(bridge::mutex);
    bridge::lentFiles[path] = {size, fetch, context};
}

void ab_take_back(const char* path) {
    std::lock_guard lock(bridge::mutex);
    bridge::lentFiles.erase(path);
}
