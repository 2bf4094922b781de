// Objects of S3, Google Cloud Storage and Azure, named by addresses such as s3://bucket/key.
#ifndef ARROW_BRIDGE_OBJECT_STORES_H
#define ARROW_BRIDGE_OBJECT_STORES_H

#include "Names.h"

#include <arrow/filesystem/api.h>
#include <arrow/io/api.h>

#include <chrono>
#include <optional>
#include <thread>

namespace bridge {

inline bool isAddress(string_view path) {
    size_t scheme = path.find("://");
    return scheme != string_view::npos && path.substr(0, scheme).find('/') == string_view::npos;
}

struct Object {
    shared_ptr<arrow::fs::FileSystem> store;
    // As the store has it: the bucket, a slash and the key.
    string path;
};

// Where an address leads. Nothing is asked of the store.
Result<Object> objectAt(string_view address);

// Whether the same question may have another answer a little later.
bool isPassing(const Status& status);

template <class Value> Status statusOf(const Result<Value>& result) { return result.status(); }
inline Status statusOf(const Status& status) { return status; }

// What a question has for an answer, asked again after a while where the store is busy or the line broke: for as long as a
// minute has not gone by, the client's own attempts included.
template <class Question> auto persistently(Question&& question) {
    auto pause = std::chrono::milliseconds(200);
    auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (true) {
        auto answer = question();
        Status status = statusOf(answer);
        if (status.ok() || !isPassing(status) || std::chrono::steady_clock::now() + pause > end) return answer;
        std::this_thread::sleep_for(pause);
        pause *= 2;
    }
}

// An object that is there, with what differs between its versions; without a file of a folder.
struct ObjectLook {
    shared_ptr<arrow::io::RandomAccessFile> file;
    int64_t size;
    string version;
};
// Nothing where there is neither.
Result<std::optional<ObjectLook>> lookAtObject(const Object& object);

}  // namespace bridge

#endif
