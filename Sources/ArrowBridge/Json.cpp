// JSON: its objects by Arrow's parser, the types that all of them have together, and what is made of lines that are no
// objects.
#include "Formats.h"

#include "CsvQuotes.h"
#include "Errors.h"
#include "JsonRows.h"
#include "JsonTypes.h"
#include "TextFiles.h"
#include "Values.h"

#include <arrow/io/api.h>
#include <arrow/ipc/api.h>
#include <arrow/json/api.h>
#include <arrow/json/parser.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>

namespace bridge {

namespace {

// JSON by Arrow's parser, some thousands of objects at a time: one object a line, or one array of objects.
class JsonSource : public Source {
  public:
    static Result<std::unique_ptr<JsonSource>> open(const char* path, ab_encoding encoding, ByteRange range = {}) {
        auto source = std::make_unique<JsonSource>();
        ARROW_ASSIGN_OR_RAISE(source->blocks, TextBlocks::open(path, encoding, range));
        source->origin = range.first;
        auto rest = source->blocks.rest();
        auto start = rest.find_first_not_of(blanks);
        source->isArray = range.first == 0 && start != string_view::npos && rest[start] == '[';
        if (source->isArray) source->blocks.use(start + 1);
        return source;
    }

    // The types of all rows together.
    //
    // Arrow's parser stops where a column's values change their kind. Numbers and texts it then takes alike, when told
    // to; after other changes it begins anew with the row that it stopped at.
    Status infer(arrow::FieldVector& fields, bool& hasRows) {
        while (true) {
            ARROW_ASSIGN_OR_RAISE(bool some, read());
            if (!some) return Status::OK();
            auto rest = block;
            for (int64_t row = 0; !isBlank(string_view(*rest));) {
                auto change = merge(rest, fields);
                if (!change.ok() && !isChecked) {
                    // What has been merged of the block is merged again, which changes nothing.
                    block = withoutBrokenRows(string_view(*block));
                    rest = block;
                    row = 0;
                    continue;
                }
                if (!change.ok()) return explained(change.status(), first + row);
                hasRows = true;
                if (!*change) break;
                auto changed = mergedFields(fields, (*change)->fields);
                if (!textsAmongNumbers(changed)->Equals(*textsAmongNumbers(fields))) {
                    fields = changed;
                    continue;
                }
                auto head = rows(string_view(*rest), std::max<int64_t>((*change)->row, 1));
                if ((*change)->row > 0) {
                    auto before = arrow::SliceBuffer(rest, 0, int64_t(head.size()));
                    ARROW_ASSIGN_OR_RAISE(auto another, merge(before, fields));
                    if (another) return Status::Invalid("a row changes while it is read");
                } else {
                    ARROW_RETURN_NOT_OK(mergeMembers(head, fields));
                }
                row += std::max<int64_t>((*change)->row, 1);
                rest = arrow::SliceBuffer(rest, int64_t(head.size()));
            }
        }
    }

    // Where nearly all rows hold a text or a number in a field, or true and false, and some few something else, the field is of
    // the former type: these rows are broken, and the field is not lost. Of a file that nobody has read yet; one more pass.
    Status decideKinds(arrow::FieldVector& fields) {
        struct Count {
            Path path;
            Vector<string> keys;
            std::map<char, int64_t> kinds;
        };
        Vector<Leaf> leaves;
        collect(fields, leaves);
        Vector<Count> counts;
        for (auto& leaf : leaves) {
            bool isPlainPath = std::all_of(leaf.path.begin(), leaf.path.end(), [](auto& step) { return step.kind == AB_KEY; });
            if (!isMixed(*leaf.type) || isMixedText(*leaf.type) || !isPlainPath) continue;
            counts.push_back({leaf.path, {}, {}});
            for (auto& step : leaf.path) counts.back().keys.push_back(step.name);
        }
        while (!counts.empty()) {
            ARROW_ASSIGN_OR_RAISE(bool some, read());
            if (!some) break;
            string_view text(*block);
            int depth;
            for (size_t start = text.find_first_not_of(blanks); start != string_view::npos;) {
                size_t end = endOfValue(text, start, INT32_MAX, depth);
                if (end == string_view::npos || end == start) break;
                for (auto& count : counts) {
                    char kind = kindAt(text.substr(start, end - start), count.keys);
                    if (kind != 0) count.kinds[kind]++;
                }
                start = text.find_first_not_of(blanks, end);
            }
        }
        for (auto& count : counts) {
            int64_t all = 0;
            for (auto& [kind, rows] : count.kinds) all += rows;
            int64_t texts = count.kinds['s'], numbers = count.kinds['n'];
            shared_ptr<DataType> type;
            if (100 * (texts + numbers) >= 99 * all) {
                type = texts == 0 ? arrow::float64() : numbers == 0 ? arrow::utf8() : mixed(arrow::float64(), arrow::utf8());
            } else if (100 * count.kinds['b'] >= 99 * all) {
                type = arrow::boolean();
            }
            if (type && all > 0) fields = withType(fields, count.keys, 0, type);
        }
        return Status::OK();
    }

    // From now on reads these columns of the types that `infer` found, and no others; those `unread` as they are written.
    void readOnly(const arrow::Schema& schema, const std::set<Path>& wanted, const std::set<Path>& unread) {
        options.unexpected_field_behavior = arrow::json::UnexpectedFieldBehavior::Ignore;
        options.explicit_schema = arrow::schema(pruned(schema.fields(), wanted, unread, false));
        mixedOptions = options;
        mixedOptions.explicit_schema = arrow::schema(pruned(schema.fields(), wanted, unread, true));
    }

    const BrokenRows& broken() const override { return brokenRows; }

    Result<shared_ptr<RecordBatch>> next() override {
        while (true) {
            ARROW_ASSIGN_OR_RAISE(bool some, read());
            if (!some) return nullptr;
            auto parsed = parsedBlock();
            if (!parsed.ok() && !isChecked) {
                block = withoutBrokenRows(string_view(*block));
                if (isBlank(string_view(*block))) continue;
                parsed = parsedBlock();
            }
            if (!parsed.ok()) return explained(parsed.status(), first);
            return parsed;
        }
    }

  private:
    // Arrow's parser takes at most 100,000 rows at once.
    static constexpr int64_t mostRows = 32'768;
    // Arrow's types and files hold somewhat more than this.
    static constexpr int mostDepth = 48;
    // An object that has begun so many bytes ago, on a line that is over, has been cut off.
    static constexpr size_t mostBytesOverLines = 1 << 20;

    // A column whose values change their kind.
    struct Change {
        // The first row of the other kind, from 0.
        int64_t row;
        // The column, of mixed kinds, in the records around it.
        arrow::FieldVector fields;
    };

    // The next objects to `block`, a line each, and the number of the first to `first`. False at the end.
    Result<bool> read() {
        while (true) {
            ARROW_RETURN_NOT_OK(blocks.fill(TextBlocks::blockBytes));
            string_view rest = blocks.rest();
            if (rest.empty()) {
                if (isArray && !isClosed) return Status::Invalid("its array is never closed: has it been cut off?");
                return false;
            }
            string text;
            size_t bytes = 0;
            first = number;
            isChecked = false;
            ARROW_RETURN_NOT_OK(isArray ? takeItems(rest, text, bytes) : takeLines(rest, text, bytes));
            blocks.use(bytes);
            if (bytes == 0) {
                bool isCut = blocks.atEnd();
                if (isCut && isArray) return Status::Invalid("its array is never closed: has it been cut off?");
                if (!isCut) {
                    ARROW_ASSIGN_OR_RAISE(bool hasMore, blocks.grow());
                    isCut = !hasMore;
                }
                if (isCut) return Status::Invalid(place(number), " is longer than 64 MB, or never ends");
            }
            if (isBlank(text)) continue;
            block = arrow::Buffer::FromString(std::move(text));
            return true;
        }
    }

    // Whole lines at the start of `rest`, of which those that are no objects are left out. At the end of the file the last
    // need not be ended.
    Status takeLines(string_view rest, string& text, size_t& bytes) {
        int64_t count = 0;
        for (; count < mostRows && bytes < rest.size(); count++) {
            auto end = rest.find('\n', bytes);
            if (end == string_view::npos && !blocks.atEnd()) break;
            bytes = end == string_view::npos ? rest.size() : end + 1;
        }
        if (isPlain(rest.substr(0, bytes), mostDepth)) {
            text = rest.substr(0, bytes);
            number += count;
            return Status::OK();
        }
        size_t end = 0;
        text = objects(rest.substr(0, bytes), !blocks.atEnd() || bytes < rest.size(), false, end);
        // More lines than a block has do not make an object whole that is cut off.
        if (end == 0 && bytes < rest.size()) text = objects(rest.substr(0, bytes), false, false, end);
        bytes = end;
        auto used = rest.substr(0, end);
        number += countLines(used);
        return Status::OK();
    }

    // The objects of a text of lines, each beginning on the line that it has there, or on a later one. What is no object
    // is counted, and left out to the end of its line.
    //
    // - `hasMore`: whether an object at the end may be whole a block later; `end` tells where it begins then.
    // - `isStrict`: whether each object is parsed by itself, to find those that look like one and are none.
    string objects(string_view text, bool hasMore, bool isStrict, size_t& end) {
        constexpr auto none = string_view::npos;
        string kept;
        int64_t line = first;
        auto pass = [&](size_t from, size_t to) {
            auto passed = countLines(text.substr(from, to - from));
            line += passed;
            return passed;
        };
        size_t place = 0;
        while (true) {
            size_t start = text.find_first_not_of(blanks, place);
            kept.append(size_t(pass(place, std::min(start, text.size()))), '\n');
            end = std::min(start, text.size());
            if (start == none) return kept;
            int depth = 0;
            bool isObject = text[start] == '{';
            size_t close = isObject ? endOfValue(text, start, mostDepth, depth) : none;
            size_t lineEnd = std::min(text.find('\n', start), text.size());
            // An object over several lines may be one that is cut off, and has swallowed those behind it.
            bool isWhole = close != none && ((close <= lineEnd && !isStrict) || isJSON(text.substr(start, close - start)));
            if (isObject && close == none && depth <= mostDepth && hasMore && text.size() - start < mostBytesOverLines) return kept;
            if (isWhole) {
                kept.append(text.substr(start, close - start));
                pass(start, close);
                place = close;
                if (text.find('\n', close) > text.find_first_not_of(blanks, close)) kept += ' ';
                continue;
            }
            auto written = text.substr(start, lineEnd - start);
            brokenRows.add(this->place(line) + reason(written, isObject, depth));
            place = lineEnd;
        }
    }

    // Why a line is no object.
    string reason(string_view written, bool isObject, int depth) const {
        if (depth > mostDepth) return " is nested more than " + std::to_string(mostDepth) + " levels deep";
        while (!written.empty() && blanks.find(written.back()) != string_view::npos) written.remove_suffix(1);
        if (!isObject) return " is no object: " + shown(written);
        string message = problem(written);
        if (auto change = changeOf(message); !change.empty()) return change;
        return " is no JSON: " + (message.empty() ? shown(written) : message);
    }

    // The fields with another type at a path of keys.
    static arrow::FieldVector withType(
        arrow::FieldVector fields, const Vector<string>& keys, size_t depth, const shared_ptr<DataType>& type) {
        for (auto& field : fields) {
            if (field->name() != keys[depth]) continue;
            bool isLast = depth + 1 == keys.size();
            field = field->WithType(isLast ? type : arrow::struct_(withType(field->type()->fields(), keys, depth + 1, type)));
        }
        return fields;
    }

    static Status parse(string_view object, const arrow::json::ParseOptions& options) {
        std::unique_ptr<arrow::json::BlockParser> parser;
        ARROW_RETURN_NOT_OK(arrow::json::BlockParser::Make(options, &parser));
        return parser->Parse(arrow::Buffer::FromString(string(object)));
    }

    // What Arrow's parser says of an object; nothing if it can be parsed, as what is read of it if something is.
    string problem(string_view object) const {
        auto status = parse(object, arrow::json::ParseOptions::Defaults());
        // A list of several kinds of values is JSON all the same.
        if (status.ok() || changeIn(status.message())) {
            status = options.explicit_schema ? parse(object, options) : Status::OK();
            bool hasUnread = mixedOptions.explicit_schema && mixedOptions.explicit_schema->num_fields() > 0;
            if (status.ok() && hasUnread) status = parse(object, mixedOptions);
        }
        if (status.ok()) return {};
        string message = status.message();
        constexpr string_view prefix = "JSON parse error: ";
        if (message.starts_with(prefix)) message.erase(0, prefix.size());
        if (auto row = message.rfind(" in row "); row != string::npos) message.resize(row);
        return message;
    }

    bool isJSON(string_view object) const { return problem(object).empty(); }

    // The rows of a block that cannot be parsed as it is, without those that cannot be parsed at all.
    shared_ptr<arrow::Buffer> withoutBrokenRows(string_view text) {
        isChecked = true;
        size_t end = 0;
        return arrow::Buffer::FromString(objects(text, false, true, end));
    }

    // Whole items of the array at the start of `rest`, a line each, without the commas between them.
    Status takeItems(string_view rest, string& text, size_t& bytes) {
        for (int64_t count = 0; count < mostRows;) {
            auto start = rest.find_first_not_of(isClosed ? blanks : " \t\r\n,", bytes);
            if (start == string_view::npos) {
                bytes = rest.size();
                break;
            }
            if (isClosed) return Status::Invalid("there is something behind its array");
            if (rest[start] == ']') {
                isClosed = true;
                bytes = start + 1;
                continue;
            }
            int depth;
            auto end = endOfValue(rest, start, mostDepth, depth);
            bool isDeep = depth > mostDepth;
            if (isDeep) end = endOfValue(rest, start, INT32_MAX, depth);
            if (end == string_view::npos) break;
            // A bracket that closes nothing.
            end = std::max(end, start + 1);
            auto item = rest.substr(start, end - start);
            if (item.starts_with('{') && !isDeep) {
                size_t before = text.size();
                text.append(item);
                std::replace(text.begin() + int64_t(before), text.end(), '\n', ' ');
            } else {
                brokenRows.add(place(number) + reason(item, item.starts_with('{'), isDeep ? INT32_MAX : 0));
            }
            text += '\n';
            count++;
            bytes = end;
            number++;
        }
        return Status::OK();
    }

    string place(int64_t row) const {
        return (isArray ? "item " : "line ") + std::to_string(row)
            + (origin > 0 ? " behind byte " + std::to_string(origin) : "");
    }

    // The block's columns, and beside them those that are left as they are written.
    Result<shared_ptr<RecordBatch>> parsedBlock() const {
        ARROW_ASSIGN_OR_RAISE(auto parsed, arrow::json::ParseOne(options, block));
        if (!mixedOptions.explicit_schema || mixedOptions.explicit_schema->num_fields() == 0) return parsed;
        std::unique_ptr<arrow::json::BlockParser> parser;
        ARROW_RETURN_NOT_OK(arrow::json::BlockParser::Make(mixedOptions, &parser));
        ARROW_RETURN_NOT_OK(parser->Parse(block));
        shared_ptr<Array> unread;
        ARROW_RETURN_NOT_OK(parser->Finish(&unread));
        return parsed->AddColumn(parsed->num_columns(), mixedName, unread);
    }

    // The first objects of a text.
    static string_view rows(string_view text, int64_t count) {
        size_t end = 0;
        for (; count > 0; count--) {
            int depth;
            auto start = text.find_first_not_of(blanks, end);
            auto next = start == string_view::npos ? start : endOfValue(text, start, INT32_MAX, depth);
            if (next == string_view::npos || next == start) return text;
            end = next;
        }
        return text.substr(0, end);
    }

    // The columns in which texts stand among numbers, as Arrow's parser is to take them.
    static shared_ptr<arrow::Schema> textsAmongNumbers(const arrow::FieldVector& fields) {
        Vector<Leaf> leaves;
        collect(fields, leaves);
        std::set<Path> paths;
        for (auto& leaf : leaves) if (isMixedText(*leaf.type)) paths.insert(leaf.path);
        return arrow::schema(pruned(fields, paths, paths, true));
    }

    // Adds the types of the rows, or tells the first change of kind and adds nothing.
    static Result<std::optional<Change>> merge(const shared_ptr<arrow::Buffer>& rows, arrow::FieldVector& fields) {
        auto options = arrow::json::ParseOptions::Defaults();
        options.explicit_schema = textsAmongNumbers(fields);
        std::unique_ptr<arrow::json::BlockParser> parser;
        ARROW_RETURN_NOT_OK(arrow::json::BlockParser::Make(options, &parser));
        auto status = parser->Parse(rows);
        if (!status.ok()) {
            auto change = changeIn(status.message());
            if (change) return change;
            return status;
        }
        shared_ptr<Array> unread;
        ARROW_RETURN_NOT_OK(parser->Finish(&unread));
        fields = mergedFields(fields, typeOf(*unread, *arrow::field("", unread->type()))->fields());
        return std::nullopt;
    }

    // Adds the types of a row that has a change within itself, in a list: member by member, so that it hides no other.
    static Status mergeMembers(string_view row, arrow::FieldVector& fields) {
        constexpr auto none = string_view::npos;
        for (size_t end = row.find('{') + 1; true;) {
            int depth;
            auto name = row.find_first_not_of(" \t\r\n,", end);
            auto colon = name == none || row[name] != '"' ? none : endOfValue(row, name, INT32_MAX, depth);
            if (colon != none) colon = row.find(':', colon);
            auto value = colon == none ? none : row.find_first_not_of(blanks, colon + 1);
            end = value == none ? none : endOfValue(row, value, INT32_MAX, depth);
            if (end == none || end == value) return Status::OK();
            auto member = arrow::Buffer::FromString("{" + string(row.substr(name, end - name)) + "}");
            ARROW_ASSIGN_OR_RAISE(auto change, merge(member, fields));
            if (change) fields = mergedFields(fields, change->fields);
        }
    }

    // The type of values that the parser has left as texts; what it found them to be it tells beside their type.
    static shared_ptr<DataType> typeOf(const Array& unread, const arrow::Field& field) {
        auto& type = *field.type();
        if (type.id() == Type::STRUCT) {
            arrow::FieldVector fields;
            auto& record = static_cast<const arrow::StructArray&>(unread);
            for (int i = 0; i < type.num_fields(); i++) {
                fields.push_back(arrow::field(type.field(i)->name(), typeOf(*record.field(i), *type.field(i))));
            }
            return arrow::struct_(fields);
        }
        if (type.id() == Type::LIST) {
            return arrow::list(typeOf(*static_cast<const arrow::ListArray&>(unread).values(), *type.field(0)));
        }
        if (type.id() != Type::DICTIONARY) return field.type();
        switch (arrow::json::Kind::FromTag(field.metadata())) {
            case arrow::json::Kind::kNumber: return areIntegers(unread) ? arrow::int64() : arrow::float64();
            case arrow::json::Kind::kNumberOrString: return mixed(arrow::float64(), arrow::utf8());
            default: return arrow::utf8();
        }
    }

    static bool areIntegers(const Array& unread) {
        auto& coded = static_cast<const arrow::DictionaryArray&>(unread);
        auto& texts = static_cast<const arrow::StringArray&>(*coded.dictionary());
        auto& codes = static_cast<const arrow::Int32Array&>(*coded.indices());
        for (int64_t row = 0; row < codes.length(); row++) {
            if (codes.IsNull(row)) continue;
            auto text = texts.GetView(codes.Value(row));
            int64_t value;
            auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
            if (problem != std::errc() || end != text.data() + text.size()) return false;
        }
        return true;
    }

    // "JSON parse error: Column(/a/[]/b) changed from string to number in row 2"
    static std::optional<Change> changeIn(const string& message) {
        auto column = message.find("Column(/");
        auto change = message.find(") changed from ");
        auto to = message.find(" to ", change);
        auto row = message.rfind(" in row ");
        if (column == string::npos || to == string::npos || row == string::npos || row < to) return std::nullopt;
        string path = message.substr(column + 8, change - column - 8);
        auto from = typeOf(message.substr(change + 15, to - change - 15));
        auto type = mixed(from, typeOf(message.substr(to + 4, row - to - 4)));
        while (true) {
            auto slash = path.rfind('/');
            auto key = slash == string::npos ? path : path.substr(slash + 1);
            if (slash == string::npos) return Change{atoll(message.c_str() + row + 8), {arrow::field(key, type)}};
            type = key == "[]" ? arrow::list(type) : arrow::struct_({arrow::field(key, type)});
            path.resize(slash);
        }
    }

    static shared_ptr<DataType> typeOf(const string& kind) {
        if (kind == "boolean") return arrow::boolean();
        if (kind == "string") return arrow::utf8();
        if (kind == "array") return arrow::list(arrow::null());
        if (kind == "object") return arrow::struct_(arrow::FieldVector());
        return arrow::float64();
    }

    // " has array in a.b, where other rows have string" of what the parser says of it; else nothing.
    static string changeOf(const string& message) {
        auto column = message.find("Column(/"), change = message.find(") changed from ");
        auto to = message.find(" to ", change);
        if (column == string::npos || change == string::npos || to == string::npos) return {};
        string name = message.substr(column + 8, change - column - 8);
        std::replace(name.begin(), name.end(), '/', '.');
        string from = message.substr(change + 15, to - change - 15);
        if (from == "number_or_string") from = "number or string";
        return " has " + message.substr(to + 4) + " in " + name + ", where other rows have "
            + from;
    }

    // What Arrow says of a block, in the user's words.
    Status explained(const Status& status, int64_t first) const {
        string message = status.message();
        auto row = message.rfind(" in row ");
        string where = row == string::npos ? " (at or after " + place(first) + ")"
                                           : " (" + place(first + atoll(message.c_str() + row + 8)) + ")";
        if (row != string::npos) message.resize(row);
        constexpr string_view prefix = "JSON parse error: ";
        if (message.starts_with(prefix)) message.erase(0, prefix.size());
        if (message.starts_with("Column()")) return Status::Invalid("an object is expected", where);
        auto column = message.find("Column(/");
        auto change = message.find(") changed from ");
        if (column == string::npos || change == string::npos) return Status::Invalid(message, where);
        string name = message.substr(column + 8, change - column - 8);
        std::replace(name.begin(), name.end(), '/', '.');
        return conflict(name, "values that change from " + message.substr(change + 15) + where);
    }

    arrow::json::ParseOptions options = arrow::json::ParseOptions::Defaults();
    // For the columns of mixed kinds.
    arrow::json::ParseOptions mixedOptions = arrow::json::ParseOptions::Defaults();
    TextBlocks blocks;
    bool isArray = false, isClosed = false;
    // The line or the item of the array that is next, from 1.
    int64_t number = 1;
    shared_ptr<arrow::Buffer> block;
    int64_t first = 1;
    // Whether every object of the block has been parsed by itself.
    bool isChecked = false;
    // The byte behind which lines are counted.
    int64_t origin = 0;
    BrokenRows brokenRows;
};

}  // namespace

Result<shared_ptr<arrow::Schema>> schemaOf(const uint8_t* types, int64_t count) {
    arrow::io::BufferReader bytes(std::make_shared<arrow::Buffer>(types, count));
    arrow::ipc::DictionaryMemo memo;
    return arrow::ipc::ReadSchema(&bytes, &memo);
}

Status describeJSON(const char* path, const ab_text& layout, FileShape& shape) {
    ARROW_ASSIGN_OR_RAISE(auto source, JsonSource::open(path, layout.encoding));
    arrow::FieldVector fields;
    ARROW_RETURN_NOT_OK(source->infer(fields, shape.hasRows));
    shape.broken = source->broken();
    ARROW_ASSIGN_OR_RAISE(auto again, JsonSource::open(path, layout.encoding));
    ARROW_RETURN_NOT_OK(again->decideKinds(fields));
    collect(fields, shape.leaves);
    ARROW_ASSIGN_OR_RAISE(shape.jsonTypes, arrow::ipc::SerializeSchema(*arrow::schema(fields)));
    return Status::OK();
}

Result<std::unique_ptr<Source>> openJSON(const char* path, const ab_request& request, Vector<Wanted>& wanted) {
    ByteRange range{request.first_byte, request.end_byte};
    ARROW_ASSIGN_OR_RAISE(auto source, JsonSource::open(path, request.text.encoding, range));
    ARROW_ASSIGN_OR_RAISE(auto schema, schemaOf(request.types, request.type_bytes));
    Vector<Leaf> leaves;
    collect(schema->fields(), leaves);
    ARROW_ASSIGN_OR_RAISE(wanted, asked(request, leaves, AB_JSON));
    std::set<Path> paths, unread;
    for (auto& column : wanted) {
        paths.insert(column.leaf.path);
        if (column.isUnread()) unread.insert(column.leaf.path);
    }
    source->readOnly(*schema, paths, unread);
    return source;
}

}  // namespace bridge
