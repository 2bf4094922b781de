// CSV: its rows by Arrow's parser, and what is made of rows that are broken, and of headers and fields as other programs
// write them.
#include "Formats.h"

#include "CsvQuotes.h"
#include "JsonRows.h"
#include "TextFiles.h"

#include <arrow/csv/options.h>
#include <arrow/csv/parser.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <optional>
#include <set>

namespace bridge {

namespace {

bool isMissing(string_view text) {
    static constexpr string_view words[] = {
        "NA",   "N/A",  "NaN",  "nan",  "null", "NULL",   "None",   "\\N",
        "<NA>", "#N/A", "NaT",  "n/a",  "#NA",  "(null)", "<null>",
    };
    if (text.empty()) return true;
    switch (text[0]) {
        case 'N':
        case 'n':
        case '\\':
        case '<':
        case '#':
        case '(': return text.size() <= 6 && std::find(std::begin(words), std::end(words), text) != std::end(words);
        case ' ':
        case '\t': return text.find_first_not_of(" \t") == string_view::npos;
        default: return false;
    }
}

// CSV by Arrow's block parser. Every column is text: what a text means is decided where it is used. A row that is broken is
// left out; where it has swallowed the rows behind it, by a quote that is not meant as one, these are read all the same.
class CsvSource : public Source {
  public:
    static Result<std::unique_ptr<CsvSource>> open(const char* path, const ab_text& layout, ByteRange range = {}) {
        auto source = std::make_unique<CsvSource>();
        source->options.delimiter = layout.delimiter;
        source->options.newlines_in_values = true;
        auto headed = range.first > 0 ? ByteRange{} : range;
        ARROW_ASSIGN_OR_RAISE(source->blocks, TextBlocks::open(path, layout.encoding, headed));
        source->escape = layout.escape != 0 ? layout.escape : escapeShown(source->blocks.rest(), layout.delimiter);
        source->options.escaping = source->escape == '\\';
        for (int32_t line = 0; line < layout.skipped_lines; line++) source->useLine();
        ARROW_RETURN_NOT_OK(source->readHeader());
        if (range.first > 0) {
            ARROW_ASSIGN_OR_RAISE(source->blocks, TextBlocks::open(path, layout.encoding, range));
            source->origin = range.first;
            source->lines = 0;
        }
        source->options.invalid_row_handler = [source = source.get()](const arrow::csv::InvalidRow& row) {
            return source->handle(row);
        };
        return source;
    }

    // The header's fields; behind them, and perhaps among them, are some without a name.
    Vector<string> names;
    // The columns to read, by their place among the names.
    Vector<int> wanted;
    int32_t batchRows = 1;

    const BrokenRows& broken() const override { return brokenRows; }

    Result<shared_ptr<RecordBatch>> next() override {
        while (true) {
            // Not for every few bytes, for filling moves what is left.
            if (blocks.rest().size() < TextBlocks::blockBytes / 2) ARROW_RETURN_NOT_OK(blocks.fill(TextBlocks::blockBytes));
            if (blocks.rest().empty()) return nullptr;
            // Not ParseFinal, which would take all that follows an open quote for the last field of the file.
            blocks.endLine();
            prepare();
            begin();
            ARROW_RETURN_NOT_OK(parse());
            if (parser->num_rows() > 0) return batch();
        }
    }

  private:
    // A parser that has parsed nothing.
    void begin() { parser.emplace(options, int32_t(names.size()), -1, batchRows); }

    // Parses rows up to the first that needs a look of its own, and where that is the very first, deals with it.
    Status parse() {
        auto brokenBefore = brokenRows;
        uint32_t count = 0;
        stop.reset();
        auto status = parser->Parse(blocks.rest().substr(0, window), &count);
        if (!stop) ARROW_RETURN_NOT_OK(status);
        size_t end = stop ? stop->place : count;
        // Where one row is odd many are, and each would have the whole block parsed again.
        if (stop) window = leastWindow;
        if (stop && end > 0) {
            ARROW_ASSIGN_OR_RAISE(end, sound(end, true));
            if (end < stop->place) stop.reset();
            brokenRows = brokenBefore;
            return parseFirst(end);
        }
        if (!stop && count == 0 && window < blocks.rest().size()) {
            window *= 4;
            begin();
            return Status::OK();
        }
        if (!stop && count == 0) {
            bool hasMore = false;
            if (!blocks.atEnd()) {
                ARROW_ASSIGN_OR_RAISE(hasMore, blocks.grow());
            }
            if (!hasMore) leaveOutLine("has a quote that is never closed");
            begin();
            return Status::OK();
        }
        if (!stop) {
            int64_t endedLines = countLines(blocks.rest().substr(0, count));
            ARROW_ASSIGN_OR_RAISE(end, sound(count, endedLines > parser->total_num_rows()));
            if (end == count) {
                window = std::min(2 * window, TextBlocks::mostBytes);
                return used(count, endedLines);
            }
            window = leastWindow;
        }
        brokenRows = brokenBefore;
        return parseFirst(end);
    }

    // Parses the first `end` bytes, in which every row is sound; where there are none, deals with the first row.
    Status parseFirst(size_t end) {
        begin();
        if (end == 0 && stop && !stop->repaired.empty()) return takeRepaired();
        uint32_t count = 0;
        if (end > 0) ARROW_RETURN_NOT_OK(parser->Parse(blocks.rest().substr(0, end), &count));
        if (count > 0) return used(count);
        leaveOutLine("has a quote that is not closed where its field ends");
        begin();
        return Status::OK();
    }

    Status takeRepaired() {
        string row = stop->repaired + "\n";
        size_t length = stop->length;
        uint32_t count = 0;
        ARROW_RETURN_NOT_OK(parser->Parse(row, &count));
        return used(endOfLine(length));
    }

    // Behind the end of the line in which the byte at `from` stands.
    size_t endOfLine(size_t from) const {
        auto rest = blocks.rest();
        size_t end = rest.find_first_of("\r\n", from);
        if (end == string_view::npos) return rest.size();
        bool isPair = rest[end] == '\r' && end + 1 < rest.size() && rest[end + 1] == '\n';
        return end + (isPair ? 2 : 1);
    }

    void leaveOutLine(const char* reason) {
        brokenRows.add(place(lines + 1) + " " + reason);
        useLine();
    }

    void useLine() {
        (void)used(endOfLine(0));
    }

    // Goes on behind the first `count` bytes.
    Status used(size_t count) {
        return used(count, countLines(blocks.rest().substr(0, count)));
    }

    Status used(size_t count, int64_t endedLines) {
        lines += endedLines;
        prepared -= std::min(prepared, count);
        blocks.use(count);
        return Status::OK();
    }

    // Whether a row of the wrong number of fields is left out, or looked at more closely.
    arrow::csv::InvalidRowResult handle(const arrow::csv::InvalidRow& row) {
        auto place = size_t(row.text.data() - blocks.rest().data());
        string repaired = this->repaired(row);
        auto lines = countLines(row.text);
        bool isSound = lines == 0
            || (lines <= mostLines && walkQuotes(row.text, options.delimiter, escape).strayQuote == string_view::npos);
        if (!repaired.empty() || !isSound) {
            stop = Stop{place, row.text.size(), std::move(repaired)};
            return arrow::csv::InvalidRowResult::Error;
        }
        string reason;
        if (brokenRows.reasons.size() < BrokenRows::mostReasons) {
            auto before = blocks.rest().substr(0, place);
            reason = this->place(this->lines + 1 + countLines(before)) + " has "
                + std::to_string(row.actual_columns) + (row.actual_columns == 1 ? " field" : " fields") + ", and the header "
                + std::to_string(row.expected_columns);
        }
        brokenRows.add(reason);
        return arrow::csv::InvalidRowResult::Skip;
    }

    // The row with the fields that it lacks or has too many, where these are empty and have no name; else nothing.
    string repaired(const arrow::csv::InvalidRow& row) const {
        size_t named = names.size();
        while (named > 0 && names[named - 1].empty()) named--;
        auto fields = size_t(row.actual_columns), wanted = names.size();
        if (fields < named) return {};
        if (fields < wanted) return string(row.text) + string(wanted - fields, options.delimiter);
        size_t more = fields - wanted, end = row.text.size();
        while (more > 0 && end > 0 && row.text[end - 1] == options.delimiter) end--, more--;
        return more > 0 ? string() : string(row.text.substr(0, end));
    }

    // How many of the first `count` bytes, which are parsed, stand before a row that has swallowed others.
    Result<size_t> sound(size_t count, bool hasLongRows) const {
        auto text = blocks.rest().substr(0, count);
        bool mayEscape = escape == 0 && text.find("\\\"") != string_view::npos;
        if (!hasLongRows && !mayEscape) return count;
        auto walk = walkQuotes(text, options.delimiter, escape);
        if (mayEscape && walk.escapedQuote != string_view::npos) {
            auto before = text.substr(0, walk.escapedQuote);
            return Status::Invalid(
                place(lines + 1 + countLines(before)),
                " has a quote that a backslash escapes, unlike the rows before it; set `escape: \"\\\\\"` beside its path");
        }
        return std::min(count, walk.strayQuote);
    }

    // As string_view::find, which stops at each of the first bytes: at every row where texts are quoted. This one leaps.
    static size_t find(string_view text, string_view wanted, size_t from) {
        if (from >= text.size()) return string_view::npos;
        auto found = memmem(text.data() + from, text.size() - from, wanted.data(), wanted.size());
        return found == nullptr ? string_view::npos : size_t(static_cast<const char*>(found) - text.data());
    }

    // What the parser cannot know: header lines among the rows go, and \N that stands for nothing where \ escapes.
    void prepare() {
        size_t from = prepared > header.size() + 2 ? prepared - header.size() - 2 : 0;
        if (!header.empty()) {
            while (true) {
                auto rest = blocks.rest();
                size_t place = find(rest, header, from);
                if (place == string_view::npos) break;
                bool isLine = place == 0 || rest[place - 1] == '\n';
                size_t end = place + header.size();
                if (end < rest.size() && rest[end] == '\r') end++;
                if (isLine && end < rest.size() && rest[end] == '\n') {
                    // The parser skips empty lines.
                    blocks.overwrite(place, string(end - place, '\r'));
                    brokenRows.headers++;
                    from = end;
                } else {
                    from = place + 1;
                }
            }
        }
        if (options.escaping) {
            for (size_t place = prepared > 2 ? prepared - 2 : 0;
                 (place = blocks.rest().find("\\N", place)) != string_view::npos; place++) {
                auto rest = blocks.rest();
                auto isBoundary = [&](size_t at) {
                    return rest[at] == options.delimiter || rest[at] == '\n' || rest[at] == '\r';
                };
                bool isField = (place == 0 || isBoundary(place - 1)) && place + 2 < rest.size() && isBoundary(place + 2);
                if (isField) blocks.overwrite(place, "  ");
            }
        }
        prepared = blocks.rest().size();
    }

    Status readHeader() {
        while (!blocks.rest().empty()) {
            size_t blank = std::min(blocks.rest().find_first_not_of("\r\n"), blocks.rest().size());
            if (blank > 0) {
                ARROW_RETURN_NOT_OK(used(blank));
                ARROW_RETURN_NOT_OK(blocks.fill(TextBlocks::blockBytes));
                continue;
            }
            blocks.endLine();
            Vector<string> fields;
            ARROW_ASSIGN_OR_RAISE(size_t count, firstRow(fields));
            if (count == 0) {
                if (blocks.atEnd()) return Status::Invalid("its header has a quote that is never closed");
                ARROW_ASSIGN_OR_RAISE(bool hasMore, blocks.grow());
                if (!hasMore) return Status::Invalid("its header has a quote that is never closed");
                continue;
            }
            auto line = blocks.rest().substr(0, count);
            while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
            // Where it is one line, and long enough not to be met by chance.
            if (line.find('\n') == string_view::npos && fields.size() > 1) header = string(line);
            for (auto& field : fields) names.push_back(trimmed(field));
            ARROW_RETURN_NOT_OK(used(count));
            return widen();
        }
        return Status::OK();
    }

    // Rows may have more fields than the header names, as spreadsheets write them: empty ones.
    Status widen() {
        ARROW_RETURN_NOT_OK(blocks.fill(TextBlocks::blockBytes));
        blocks.endLine();
        Vector<string> fields;
        ARROW_ASSIGN_OR_RAISE(size_t count, firstRow(fields));
        size_t named = names.size();
        while (named > 0 && names[named - 1].empty()) named--;
        if (fields.size() >= named && fields.size() < names.size()) names.resize(fields.size());
        if (count == 0 || fields.size() <= names.size()) return Status::OK();
        for (size_t i = names.size(); i < fields.size(); i++) if (!isBlank(fields[i])) return Status::OK();
        names.resize(fields.size());
        return Status::OK();
    }

    // The fields of the first row that is there, and how many bytes it takes: 0 where it is not whole.
    Result<size_t> firstRow(Vector<string>& fields) const {
        auto plain = options;
        plain.invalid_row_handler = nullptr;
        arrow::csv::BlockParser parser(plain, -1, -1, 1);
        uint32_t count = 0;
        // A row that is not whole is an error here, for its fields cannot be counted.
        if (!parser.Parse(blocks.rest(), &count).ok() || parser.num_rows() == 0) return 0;
        ARROW_RETURN_NOT_OK(parser.VisitLastRow([&](const uint8_t* bytes, uint32_t size, auto...) {
            fields.emplace_back(reinterpret_cast<const char*>(bytes), size);
            return Status::OK();
        }));
        return count;
    }

    static string trimmed(string_view text) {
        size_t first = text.find_first_not_of(blanks);
        if (first == string_view::npos) return {};
        return string(text.substr(first, text.find_last_not_of(blanks) + 1 - first));
    }

    string place(int64_t line) const {
        return "line " + std::to_string(line) + (origin > 0 ? " behind byte " + std::to_string(origin) : "");
    }

    Result<shared_ptr<RecordBatch>> batch() const {
        arrow::FieldVector fields;
        Vector<shared_ptr<Array>> columns;
        for (int column : wanted) {
            arrow::BinaryDictionary32Builder builder;
            ARROW_RETURN_NOT_OK(builder.Reserve(parser->num_rows()));
            ARROW_RETURN_NOT_OK(parser->VisitColumn(column, [&](const uint8_t* bytes, uint32_t size, auto...) {
                string_view text(reinterpret_cast<const char*>(bytes), size);
                return isMissing(text) ? builder.AppendNull() : builder.Append(text);
            }));
            columns.emplace_back();
            ARROW_RETURN_NOT_OK(builder.Finish(&columns.back()));
            fields.push_back(arrow::field(names[size_t(column)], columns.back()->type()));
        }
        return RecordBatch::Make(arrow::schema(fields), parser->num_rows(), columns);
    }

    // How much of the block is parsed at once: all of it, until a row is odd.
    static constexpr size_t leastWindow = 64 << 10;
    size_t window = TextBlocks::mostBytes;
    // A row of more lines with the wrong number of fields has rather swallowed some than been meant.
    static constexpr int64_t mostLines = 20;

    // A row that the parser stopped at.
    struct Stop {
        size_t place, length;
        string repaired;
    };

    arrow::csv::ParseOptions options = arrow::csv::ParseOptions::Defaults();
    std::optional<arrow::csv::BlockParser> parser;
    TextBlocks blocks;
    char escape = 0;
    // The header as it is written, where it can be told from a row.
    string header;
    // How many bytes of what is there `prepare` has seen.
    size_t prepared = 0;
    // The line ends that have been passed, and the byte behind which they are counted.
    int64_t lines = 0, origin = 0;
    std::optional<Stop> stop;
    BrokenRows brokenRows;
};

}  // namespace

Status describeCSV(const char* path, const ab_text& layout, FileShape& shape) {
    ARROW_ASSIGN_OR_RAISE(auto source, CsvSource::open(path, layout));
    for (auto& name : source->names) if (!name.empty()) shape.leaves.push_back({{{AB_KEY, name}}, arrow::utf8()});
    if (shape.leaves.empty()) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(auto batch, source->next());
    shape.hasRows = batch != nullptr;
    shape.broken = source->broken();
    return Status::OK();
}

Result<std::unique_ptr<Source>> openCSV(const char* path, const ab_request& request, Vector<Wanted>& wanted) {
    ByteRange range{request.first_byte, request.end_byte};
    Vector<int> columns(request.columns, request.columns + request.column_count);
    Vector<Leaf> leaves;
    ARROW_ASSIGN_OR_RAISE(auto source, CsvSource::open(path, request.text, range));
    source->batchRows = int32_t(request.batch_rows);
    Vector<int> places;
    for (size_t place = 0; place < source->names.size(); place++) {
        if (source->names[place].empty()) continue;
        leaves.push_back({{{AB_KEY, source->names[place]}}, arrow::utf8()});
        places.push_back(int(place));
    }
    ARROW_ASSIGN_OR_RAISE(wanted, asked(request, leaves, AB_CSV));
    std::set<int> once;
    for (int column : columns) once.insert(places[size_t(column)]);
    source->wanted.assign(once.begin(), once.end());
    return source;
}

}  // namespace bridge
