// The decompressing stream of a text file, and the search for the places at which one can be cut.
#include "TextFiles.h"

#include "CsvQuotes.h"
#include "Files.h"
#include "JsonRows.h"

#include <arrow/util/compression.h>

namespace bridge {

Result<shared_ptr<arrow::io::InputStream>> openStream(const char* path, ByteRange range) {
    ARROW_ASSIGN_OR_RAISE(auto file, openFile(path));
    if (!range.isWhole()) return arrow::io::RandomAccessFile::GetStream(file, range.first, range.end - range.first);
    ARROW_ASSIGN_OR_RAISE(auto magic, file->ReadAt(0, 4));
    ARROW_RETURN_NOT_OK(file->Seek(0));  // reading at a place leaves the file without a current one
    string_view head(*magic);
    auto compression = arrow::Compression::UNCOMPRESSED;
    if (head.starts_with("\x1f\x8b")) compression = arrow::Compression::GZIP;
    if (head.starts_with("\x28\xb5\x2f\xfd")) compression = arrow::Compression::ZSTD;
    if (compression == arrow::Compression::UNCOMPRESSED) return file;
    ARROW_ASSIGN_OR_RAISE(shared_ptr<arrow::util::Codec> codec, arrow::util::Codec::Create(compression));
    // The stream keeps a bare pointer to its codec, which must therefore live as long.
    struct Holder {
        shared_ptr<arrow::util::Codec> codec;
        shared_ptr<arrow::io::CompressedInputStream> stream;
    };
    auto holder = std::make_shared<Holder>();
    holder->codec = codec;
    ARROW_ASSIGN_OR_RAISE(holder->stream, arrow::io::CompressedInputStream::Make(codec.get(), file));
    return shared_ptr<arrow::io::InputStream>(holder, holder->stream.get());
}

namespace {

// Where a text file that is not compressed can be cut into parts of at least `wanted` bytes: the first byte of each part
// but the first, and each the beginning of a row.
class TextCuts {
  public:
    static Result<Vector<int64_t>> find(const char* path, ab_format format, const ab_text& layout, int64_t wanted) {
        TextCuts cuts;
        ARROW_ASSIGN_OR_RAISE(cuts.file, openFile(path));
        ARROW_ASSIGN_OR_RAISE(cuts.size, cuts.file->GetSize());
        cuts.next = cuts.wanted = std::max<int64_t>(wanted, 1);
        ARROW_ASSIGN_OR_RAISE(auto head, cuts.read(0));
        bool isCompressed = head.starts_with("\x1f\x8b") || head.starts_with("\x28\xb5\x2f\xfd");
        bool isDecoded = layout.encoding != AB_UTF8 || head.starts_with(utf16LittleMark) || head.starts_with(utf16BigMark);
        if (isCompressed || isDecoded) return cuts.found;
        if (head.starts_with(utf8Mark)) head.remove_prefix(utf8Mark.size());
        size_t start = head.find_first_not_of(blanks);
        if (format == AB_JSON && (start == string_view::npos || head[start] == '[')) return cuts.found;
        if (format == AB_CSV) {
            char escape = layout.escape != 0 ? layout.escape : escapeShown(head, layout.delimiter);
            ARROW_RETURN_NOT_OK(cuts.cutCSV(layout, escape));
        }
        if (format == AB_JSON) ARROW_RETURN_NOT_OK(cuts.cutJSON());
        return cuts.found;
    }

  private:
    static constexpr int64_t blockBytes = 4 << 20;

    // What stands at a place within the file, and behind it up to the end of the block that is read.
    Result<string_view> read(int64_t place) {
        int64_t first = place / blockBytes * blockBytes;
        if (block == nullptr || blockStart != first) {
            ARROW_ASSIGN_OR_RAISE(block, file->ReadAt(first, blockBytes));
            blockStart = first;
        }
        if (place < size && place - first >= block->size()) return Status::IOError("the file has become shorter");
        return string_view(*block).substr(size_t(place - first));
    }

    void cut(int64_t place) {
        if (place < size) found.push_back(place);
        next = place + wanted;
    }

    // A line ends a row unless it ends inside quotes, which open where a field begins and close where one quote stands
    // alone. A row with a quote that closes over several lines and not where its field ends, or never, is its first line,
    // as CsvSource reads it. One look at every quote.
    Status cutCSV(const ab_text& layout, char escape) {
        enum { plain, quoted, afterQuote } state = plain;
        char previous = '\n';
        // Whether the byte before the block's first is an escape that nothing escapes, and whether the quotes hold a line's end.
        bool isEscaped = false, holdsLine = false;
        // Where the row begins.
        int64_t row = 0;
        for (int32_t line = 0; line < layout.skipped_lines; line++) {
            ARROW_ASSIGN_OR_RAISE(row, lineAfter(row));
        }
        for (int64_t start = row; start < size;) {
            ARROW_ASSIGN_OR_RAISE(auto text, read(start));
            int64_t end = start + int64_t(text.size());
            bool isStray = false;
            for (size_t i = 0; i < text.size() && !isStray;) {
                size_t quote = i;
                if (state == afterQuote) {
                    state = text[i] == '"' ? quoted : plain;
                    if (state == quoted) i++;
                    else previous = '"', isStray = holdsLine && !endsField(text[i], layout.delimiter);
                } else if (state == quoted) {
                    if (escape == 0) quote = std::min(text.find('"', i), text.size());
                    else while (quote < text.size() && (isEscaped || text[quote] != '"')) {
                        isEscaped = !isEscaped && text[quote] == escape;
                        quote++;
                    }
                    holdsLine = holdsLine || text.substr(i, quote - i).find('\n') != string_view::npos;
                    if (quote < text.size()) state = afterQuote, quote++;
                    i = quote;
                } else {
                    quote = std::min(text.find('"', i), text.size());
                    cutLines(text, i, quote, start);
                    size_t line = text.substr(i, quote - i).rfind('\n');
                    if (line != string_view::npos) row = start + int64_t(i + line) + 1;
                    if (quote > i) previous = text[quote - 1];
                    bool opens = previous == layout.delimiter || previous == '\n' || previous == '\r';
                    if (quote < text.size() && opens) state = quoted, holdsLine = false;
                    if (quote < text.size()) previous = '"';
                    i = quote + 1;
                }
            }
            bool isNeverClosed = state == quoted && (end == size || end - row > int64_t(TextBlocks::mostBytes));
            start = end;
            if (!isStray && !isNeverClosed) continue;
            ARROW_ASSIGN_OR_RAISE(row, lineAfter(row));
            if (row > next) cut(row);
            start = row;
            state = plain, previous = '\n', isEscaped = false;
        }
        return Status::OK();
    }

    static bool endsField(char byte, char delimiter) { return byte == delimiter || byte == '\n' || byte == '\r'; }

    // Where the line behind the one at `place` begins.
    Result<int64_t> lineAfter(int64_t place) {
        while (place < size) {
            ARROW_ASSIGN_OR_RAISE(auto text, read(place));
            size_t end = text.find_first_of("\r\n");
            if (end == string_view::npos) {
                place += int64_t(text.size());
                continue;
            }
            bool isPair = text.substr(end).starts_with("\r\n");
            return place + int64_t(end) + (isPair ? 2 : 1);
        }
        return size;
    }

    // Cuts the block's text in [i, end), in which every line ends a row.
    void cutLines(string_view text, size_t i, size_t end, int64_t start) {
        while (next < start + int64_t(end)) {
            size_t line = text.find('\n', std::max(i, size_t(std::max<int64_t>(next - start, 0))));
            if (line >= end) return;
            cut(start + int64_t(line) + 1);
        }
    }

    // A row begins after an object's end, a line's end and nothing else. One look around every cut.
    Status cutJSON() {
        while (next < size) {
            int64_t start = next;
            ARROW_ASSIGN_OR_RAISE(auto text, read(start));
            size_t end = text.find('}');
            while (end != string_view::npos && next == start) {
                size_t row = text.find_first_not_of(blanks, end + 1);
                if (row == string_view::npos) break;
                bool isNextLine = text.substr(end, row - end).find('\n') != string_view::npos;
                if (isNextLine && text[row] == '{') cut(start + int64_t(row));
                else end = text.find('}', end + 1);
            }
            if (next == start) next += int64_t(text.size());
        }
        return Status::OK();
    }

    shared_ptr<arrow::io::RandomAccessFile> file;
    shared_ptr<arrow::Buffer> block;
    int64_t size = 0, wanted = 1, next = 1, blockStart = 0;
    Vector<int64_t> found = {};
};

}  // namespace

Result<Vector<int64_t>> textCuts(const char* path, ab_format format, const ab_text& layout, int64_t wanted) {
    return TextCuts::find(path, format, layout, wanted);
}

}  // namespace bridge
