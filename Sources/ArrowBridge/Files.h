// Files to read: of this machine, of an object store, or somebody else's that are read by asking for ranges of them.
#ifndef ARROW_BRIDGE_FILES_H
#define ARROW_BRIDGE_FILES_H

#include "Names.h"

#include "ArrowBridge.h"

#include <arrow/io/api.h>

#include <cstdint>
#include <optional>

namespace bridge {

// A file at a path, which may be one that was lent (ab_lend).
Result<shared_ptr<arrow::io::RandomAccessFile>> openFile(const char* path);

// The size of a file that was lent at a path.
std::optional<int64_t> lentSize(const char* path);

}  // namespace bridge

#endif
