// Objects of S3, Google Cloud Storage and Azure, named by addresses such as s3://bucket/key.
#ifndef ARROW_BRIDGE_OBJECT_STORES_H
#define ARROW_BRIDGE_OBJECT_STORES_H

#include "Names.h"

#include <arrow/filesystem/api.h>
#include <arrow/io/api.h>

#include <chrono>
#include <thread>

namespace bridge {

inline bool isAddress(string_view path) { return path.find("://") != string_view::npos; }

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

// What a question has for an answer, asked again after a while where the store is busy or the line broke: 7 times within a
// minute. The client's own attempts come on top.
template <class Question> auto persistently(Question&& question) {
    auto pause = std::chrono::milliseconds(200);
    for (int attempt = 1;; attempt++) {
        auto answer = question();
        Status status = statusOf(answer);
        if (attempt == 7 || status.ok() || !isPassing(status)) return answer;
        std::this_thread::sleep_for(pause);
        pause *= 2;
    }
}

// The size of an object that is there, and of what versions of it say; not a size but -1 of a folder, and nothing where
// there is neither.
struct ObjectLook {
    int64_t size;
    string version;
};
Result<std::optional<ObjectLook>> lookAtObject(const Object& object);

}  // namespace bridge

#endif
