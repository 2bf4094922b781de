// How a call that fails tells why: from Arrow's Status, or an exception, to the code and the message of the C face.
#ifndef ARROW_BRIDGE_ERRORS_H
#define ARROW_BRIDGE_ERRORS_H

#include "Names.h"

#include "ArrowBridge.h"

#include <arrow/util/utf8.h>
#if ARROW_VERSION_MAJOR >= 21
#include <arrow/compute/initialize.h>
#endif

#include <cstring>
#include <mutex>

namespace bridge {

inline ab_code fail(char** error, ab_code code, const string& message) {
    if (error) *error = strdup(message.c_str());
    return code;
}

// A conflict travels inside Arrow's Status as a message with this mark before it.
constexpr string_view conflictMark = "\x01";
// And one about a text that is no UTF-8 has this before its column.
inline const string badTextMark = "\x02";

inline Status conflict(const string& column, const string& kinds) {
    return Status::TypeError(conflictMark, column, "\n", kinds);
}

template <class Body> ab_code guarded(char** error, Body&& body) {
    try {
        static std::once_flag once;
        static Status initialized;
        std::call_once(once, [] {
            // Without it every text counts as UTF-8.
            arrow::util::InitializeUTF8();
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

}  // namespace bridge

#endif
