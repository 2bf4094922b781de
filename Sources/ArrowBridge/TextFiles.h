// Text files: their bytes, decompressed; their text, block after block; and where they can be cut into parts.
#ifndef ARROW_BRIDGE_TEXT_FILES_H
#define ARROW_BRIDGE_TEXT_FILES_H

#include "Names.h"

#include "ArrowBridge.h"
#include "TextEncoding.h"

#include <arrow/io/api.h>

#include <algorithm>
#include <cstdint>

namespace bridge {

// Half open; all of a file, unless told otherwise.
struct ByteRange {
    int64_t first = 0, end = -1;
    bool isWhole() const { return end < 0; }
};

// The bytes of a text file; what gzip or zstd compressed, decompressed. A range is of a file that is not compressed.
Result<shared_ptr<arrow::io::InputStream>> openStream(const char* path, ByteRange range = {});

// A text file, some megabytes at a time; what the parser has not used stays for the next block.
class TextBlocks {
  public:
    static constexpr size_t blockBytes = 4 << 20;
    static constexpr size_t mostBytes = 64 << 20;

    static Result<TextBlocks> open(const char* path, ab_encoding encoding, ByteRange range = {}) {
        TextBlocks blocks;
        blocks.decoder = Decoder(encoding);
        ARROW_ASSIGN_OR_RAISE(blocks.stream, openStream(path, range));
        ARROW_RETURN_NOT_OK(blocks.fill(blockBytes));
        return blocks;
    }

    string_view rest() const { return string_view(buffer).substr(used); }
    bool atEnd() const { return ended; }
    void use(size_t count) { used += count; }

    // Reads on until at least `wanted` bytes are there, or the file ends.
    Status fill(size_t wanted) {
        if (ended || rest().size() >= wanted) return Status::OK();
        buffer.erase(0, used);
        used = 0;
        while (!ended && buffer.size() < wanted) {
            size_t before = buffer.size(), missing = wanted - before;
            if (decoder.isIdle()) {
                buffer.resize(wanted);
                auto count = stream->Read(static_cast<int64_t>(missing), buffer.data() + before);
                buffer.resize(before + (count.ok() ? static_cast<size_t>(*count) : 0));
                ARROW_RETURN_NOT_OK(count);
                ended = *count == 0;
                continue;
            }
            raw.resize(missing);
            ARROW_ASSIGN_OR_RAISE(auto count, stream->Read(static_cast<int64_t>(missing), raw.data()));
            ended = count == 0;
            ARROW_RETURN_NOT_OK(decoder.decode(string_view(raw).substr(0, size_t(count)), ended, buffer));
        }
        return Status::OK();
    }

    // Writes over what stands there, byte for byte.
    void overwrite(size_t place, string_view text) { buffer.replace(used + place, text.size(), text); }

    // Ends the last line of the file where it is not ended.
    void endLine() {
        if (ended && !rest().empty() && rest().back() != '\n') buffer += '\n';
    }

    // For a row that is longer than the block; false where it is longer than any row may be.
    Result<bool> grow() {
        if (rest().size() >= mostBytes) return false;
        ARROW_RETURN_NOT_OK(fill(2 * std::max(rest().size(), blockBytes)));
        return true;
    }

  private:
    shared_ptr<arrow::io::InputStream> stream;
    Decoder decoder;
    string buffer, raw;
    size_t used = 0;
    bool ended = false;
};

// The first byte of each part but the first of a text file, as ab_text_cuts asks for them.
Result<Vector<int64_t>> textCuts(const char* path, ab_format format, const ab_text& layout, int64_t wanted);

}  // namespace bridge

#endif
