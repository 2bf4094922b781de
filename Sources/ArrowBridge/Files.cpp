// Files of this machine, objects of a store, and lent files, whose bytes somebody else fetches.
#include "Files.h"

#include "ObjectStores.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>

namespace bridge {

namespace {

struct Lent {
    int64_t size;
    ab_fetch fetch;
    void* context;
};

// Where the pieces of a file come from.
struct Pieces {
    int64_t size;
    // At least one byte of at most so many, from an offset on.
    std::function<Result<int64_t>(int64_t offset, int64_t count, uint8_t* bytes)> fetch;
    // The least and the most that is fetched at once.
    int64_t least, most;
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
class FetchedFile : public arrow::io::RandomAccessFile {
  public:
    explicit FetchedFile(Pieces source) : source(std::move(source)) {}

    Status Close() override {
        isClosed = true;
        return Status::OK();
    }
    bool closed() const override { return isClosed; }
    Result<int64_t> GetSize() override { return source.size; }
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
        int64_t wanted = std::min(count, std::max<int64_t>(0, source.size - position)), done = 0;
        std::lock_guard lock(reading);
        while (done < wanted) {
            int64_t from = position + done, left = wanted - done;
            if (from < pieceStart || from >= pieceStart + int64_t(piece.size())) {
                int64_t size = std::min(std::clamp(left, source.least, source.most), source.size - from);
                piece.resize(size_t(size));
                pieceStart = from;
                auto fetched = source.fetch(from, size, reinterpret_cast<uint8_t*>(piece.data()));
                piece.resize(fetched.ok() ? size_t(*fetched) : 0);
                ARROW_RETURN_NOT_OK(fetched);
                if (piece.empty()) return Status::IOError("it became shorter while it was read");
            }
            int64_t taken = std::min(left, pieceStart + int64_t(piece.size()) - from);
            memcpy(static_cast<uint8_t*>(bytes) + done, piece.data() + (from - pieceStart), size_t(taken));
            done += taken;
        }
        return done;
    }
    Result<shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t count) override {
        if (position < 0 || count < 0) return Status::Invalid("a place before the file");
        int64_t wanted = std::min(count, std::max<int64_t>(0, source.size - position));
        ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(wanted));
        ARROW_ASSIGN_OR_RAISE(auto read, ReadAt(position, wanted, buffer->mutable_data()));
        ARROW_RETURN_NOT_OK(buffer->Resize(read));
        return shared_ptr<arrow::Buffer>(std::move(buffer));
    }

  private:
    Pieces source;
    int64_t place = 0;
    bool isClosed = false;
    std::mutex reading;
    string piece;
    int64_t pieceStart = 0;
};

Pieces piecesOf(const Lent& lent) {
    // What one question to the coordinator may ask for.
    constexpr int64_t pieceBytes = 1 << 19;
    auto fetch = [lent](int64_t offset, int64_t count, uint8_t* bytes) -> Result<int64_t> {
        int64_t fetched = lent.fetch(lent.context, offset, count, bytes);
        if (fetched <= 0) return Status::IOError("its machine does not give it");
        return fetched;
    };
    return {lent.size, fetch, pieceBytes, pieceBytes};
}

Result<Pieces> piecesOf(const Object& object) {
    ARROW_ASSIGN_OR_RAISE(auto file, persistently([&] { return object.store->OpenInputFile(object.path); }));
    ARROW_ASSIGN_OR_RAISE(int64_t size, file->GetSize());
    auto fetch = [file](int64_t offset, int64_t count, uint8_t* bytes) {
        return persistently([&] { return file->ReadAt(offset, count, bytes); });
    };
    return Pieces{size, fetch, 1 << 20, 16 << 20};
}

}  // namespace

Result<shared_ptr<arrow::io::RandomAccessFile>> openFile(const char* path) {
    if (auto lent = find(path)) return std::make_shared<FetchedFile>(piecesOf(*lent));
    if (isAddress(path)) {
        ARROW_ASSIGN_OR_RAISE(auto object, objectAt(path));
        ARROW_ASSIGN_OR_RAISE(auto pieces, piecesOf(object));
        return std::make_shared<FetchedFile>(std::move(pieces));
    }
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
