// Objects are looked at, listed, read by ranges and written whole, through Arrow's file systems.
#include "ObjectStores.h"

#include "ArrowBridge.h"
#include "Errors.h"

#include <arrow/util/io_util.h>
#include <dlfcn.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <mutex>
#include <optional>

using namespace bridge;
using arrow::fs::FileInfo;
using arrow::fs::FileType;

struct ab_object {
    shared_ptr<arrow::io::RandomAccessFile> file;
};

struct ab_names {
    Vector<FileInfo> infos;
    Vector<string> names;
};

namespace bridge {

namespace {

std::mutex mutex;
std::map<string, Object> roots;

// The wheel of pyarrow has S3 in a library of its own, beside the one that is linked.
Status loadS3() {
    Dl_info info;
    if (!dladdr(reinterpret_cast<void*>(&arrow::GetBuildInfo), &info)) return Status::NotImplemented("s3");
    string arrowPath = info.dli_fname, name = arrowPath.substr(arrowPath.rfind('/') + 1);
    string path = arrowPath.substr(0, arrowPath.size() - name.size()) + "libarrow_s3" + name.substr(string("libarrow").size());
    return arrow::fs::LoadFileSystemFactories(path.c_str());
}

Result<Object> open(const string& address) {
    Object root;
    auto store = arrow::fs::FileSystemFromUri(address, &root.path);
    if (!store.ok() && address.starts_with("s3:")) {
        Status loaded = loadS3();
        if (!loaded.ok()) return Status::NotImplemented("this build of Arrow cannot read S3 (", loaded.message(), ")");
        store = arrow::fs::FileSystemFromUri(address, &root.path);
    }
    ARROW_ASSIGN_OR_RAISE(root.store, store);
    // A client that is still there at the very end may crash the process.
    static std::once_flag once;
    std::call_once(once, [] {
        std::atexit([] {
            {
                std::lock_guard lock(mutex);
                roots.clear();
            }
            arrow::fs::EnsureFinalized();
        });
    });
    return root;
}

}  // namespace

Result<Object> objectAt(string_view address) {
    size_t start = address.find("://");
    if (start == string_view::npos) return Status::Invalid("it is no address");
    size_t slash = std::min(address.find('/', start + 3), address.size());
    // The key is taken as it is written, without the escapes of addresses.
    string rootAddress(address.substr(0, slash)), key(address.substr(slash));
    while (key.ends_with('/')) key.pop_back();
    {
        std::lock_guard lock(mutex);
        auto known = roots.find(rootAddress);
        if (known != roots.end()) return Object{known->second.store, known->second.path + key};
    }
    // Its client would try for a quarter of an hour.
    string options = rootAddress.starts_with("gs:") ? "?retry_limit_seconds=60" : "";
    // Else the store would be asked for it.
    const char* region = getenv("AWS_REGION");
    if (rootAddress.starts_with("s3:") && region && *region) options = string("?region=") + region;
    ARROW_ASSIGN_OR_RAISE(auto root, persistently([&] { return open(rootAddress + options); }));
    std::lock_guard lock(mutex);
    auto& kept = roots.emplace(rootAddress, root).first->second;
    return Object{kept.store, kept.path + key};
}

bool isPassing(const Status& status) {
    if (!status.IsIOError()) return false;
    static constexpr string_view lasting[] = {
        "ACCESS_DENIED", "NO_SUCH", "INVALID_ACCESS_KEY", "SIGNATURE", "EXPIRED", "Expired", "RESOURCE_NOT_FOUND",
        "INVALID_CLIENT_TOKEN", "Authorization", "AuthenticationFailed", "BlobNotFound", "ContainerNotFound",
        "HTTP status 400", "HTTP status 401", "HTTP status 403", "PERMISSION", "Permission denied", "UNAUTHENTICATED",
        // A bucket, or a folder.
        "regular file",
        // The client has waited for it long enough.
        "NETWORK_CONNECTION",
    };
    // Without the names of buckets and keys, which stand in quotes.
    string message;
    bool isName = false;
    for (char letter : status.message()) {
        if (letter == '\'') isName = !isName;
        else if (!isName) message += letter;
    }
    auto detail = status.detail();
    if (detail && string_view(detail->type_id()) == "arrow::ErrnoDetail") return false;
    return std::none_of(std::begin(lasting), std::end(lasting), [&](string_view code) {
        return message.find(code) != string::npos;
    });
}

namespace {

// What tells versions apart; other words change when an object is only read.
bool isOfVersion(const string& key) {
    static constexpr string_view keys[] = {
        "ETag", "etag", "Last-Modified", "VersionId", "generation", "crc32c", "md5Hash", "Content-Hash",
    };
    return std::find(std::begin(keys), std::end(keys), key) != std::end(keys);
}

// Whether the store has said that there is no object of that name.
bool isNoObject(const Status& status) {
    return !status.IsIOError() || arrow::internal::ErrnoFromStatus(status) == ENOENT
        || status.message().find("regular file") != string::npos;
}

}  // namespace

Result<std::optional<ObjectLook>> lookAtObject(const Object& object) {
    ObjectLook look{nullptr, -1, ""};
    auto opened = persistently([&] { return object.store->OpenInputFile(object.path); });
    if (!opened.ok()) {
        if (!isNoObject(opened.status())) return opened.status();
        ARROW_ASSIGN_OR_RAISE(auto info, persistently([&] { return object.store->GetFileInfo(object.path); }));
        if (info.type() == FileType::NotFound) return std::nullopt;
        return look;
    }
    look.file = *opened;
    ARROW_ASSIGN_OR_RAISE(look.size, look.file->GetSize());
    ARROW_ASSIGN_OR_RAISE(auto metadata, look.file->ReadMetadata());
    if (metadata) {
        for (auto& [key, value] : metadata->sorted_pairs()) {
            if (isOfVersion(key)) look.version += key + ": " + value + "\n";
        }
    }
    return look;
}

}  // namespace bridge

extern "C" {

ab_code ab_object_look(
    const char* address, int64_t* size, char** version, ab_object** object, char** error) {
    return guarded(error, [&]() -> Status {
        ARROW_ASSIGN_OR_RAISE(auto place, objectAt(address));
        ARROW_ASSIGN_OR_RAISE(auto look, lookAtObject(place));
        *size = look ? look->size : -2;
        *version = strdup(look ? look->version.c_str() : "");
        if (object && look && look->file) *object = new ab_object{look->file};
        return Status::OK();
    });
}

void ab_object_close(ab_object* object) { delete object; }

ab_code ab_object_list(const char* address, ab_names** names, char** error) {
    return guarded(error, [&]() -> Status {
        ARROW_ASSIGN_OR_RAISE(auto object, objectAt(address));
        arrow::fs::FileSelector selector;
        selector.base_dir = object.path;
        selector.allow_not_found = true;
        auto made = std::make_unique<ab_names>();
        ARROW_ASSIGN_OR_RAISE(made->infos, persistently([&] { return object.store->GetFileInfo(selector); }));
        for (auto& info : made->infos) made->names.push_back(info.base_name());
        *names = made.release();
        return Status::OK();
    });
}

void ab_names_free(ab_names* names) { delete names; }
int64_t ab_names_count(const ab_names* names) { return int64_t(names->names.size()); }
const char* ab_names_name(const ab_names* names, int64_t index) { return names->names[size_t(index)].c_str(); }
int32_t ab_names_is_directory(const ab_names* names, int64_t index) {
    return names->infos[size_t(index)].type() == FileType::Directory;
}

ab_code ab_object_read(
    const ab_object* object, int64_t offset, int64_t count, uint8_t* bytes, int64_t* read, char** error) {
    return guarded(error, [&]() -> Status {
        ARROW_ASSIGN_OR_RAISE(*read, persistently([&] { return object->file->ReadAt(offset, count, bytes); }));
        return Status::OK();
    });
}

ab_code ab_object_write(const char* path, const char* address, char** error) {
    return guarded(error, [&]() -> Status {
        ARROW_ASSIGN_OR_RAISE(auto object, objectAt(address));
        return persistently([&]() -> Status {
            ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
            ARROW_ASSIGN_OR_RAISE(auto stream, object.store->OpenOutputStream(object.path));
            // A stream that goes without this ends what it has begun, as if it were whole.
            struct Ending {
                arrow::io::OutputStream& stream;
                ~Ending() {
                    if (!stream.closed()) (void)stream.Abort();
                }
            } ending{*stream};
            ARROW_ASSIGN_OR_RAISE(int64_t left, file->GetSize());
            while (left > 0) {
                ARROW_ASSIGN_OR_RAISE(auto piece, file->Read(int64_t(8) << 20));
                if (piece->size() == 0) return Status::IOError("NO_SUCH bytes: the file became shorter");
                left -= piece->size();
                ARROW_RETURN_NOT_OK(stream->Write(piece));
            }
            return stream->Close();
        });
    });
}

ab_code ab_object_remove(const char* address, int32_t is_folder, char** error) {
    return guarded(error, [&]() -> Status {
        ARROW_ASSIGN_OR_RAISE(auto object, objectAt(address));
        return persistently([&]() -> Status {
            ARROW_ASSIGN_OR_RAISE(auto info, object.store->GetFileInfo(object.path));
            if (info.type() == FileType::NotFound) return Status::OK();
            return is_folder ? object.store->DeleteDir(object.path) : object.store->DeleteFile(object.path);
        });
    });
}

}  // extern "C"
