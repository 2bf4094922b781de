// Where the objects of a JSON text begin and end, by brackets and quotes alone.
#ifndef ARROW_BRIDGE_JSON_ROWS_H
#define ARROW_BRIDGE_JSON_ROWS_H

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ab {

constexpr std::string_view blanks = " \t\r\n";

inline bool isBlank(std::string_view text) { return text.find_first_not_of(blanks) == std::string_view::npos; }

// Where the JSON value that begins at `start` ends, or npos where the text ends before it, or where it is nested more
// than `mostDepth` deep, which is what `depth` then tells. Looks at brackets and quotes alone.
inline size_t endOfValue(std::string_view text, size_t start, int mostDepth, int& depth) {
    depth = 0;
    for (size_t i = start; i < text.size(); i++) {
        switch (text[i]) {
            case '"':
                for (i++; i < text.size() && text[i] != '"'; i++) if (text[i] == '\\') i++;
                if (i >= text.size()) return std::string_view::npos;
                if (depth == 0) return i + 1;
                break;
            case '{':
            case '[':
                if (++depth > mostDepth) return std::string_view::npos;
                break;
            case '}':
            case ']':
                if (depth == 0) return i;
                if (--depth == 0) return i + 1;
                break;
            case ',':
            case ' ':
            case '\t':
            case '\r':
            case '\n':
                if (depth == 0) return i;
                break;
            default: break;
        }
    }
    return std::string_view::npos;
}

// What stands at a path of keys in an object, by its first letter: 's' a text, 'n' a number, 'b' true or false, 'o' an object,
// 'a' an array; 0 where there is nothing, or null. Keys are compared as they are written.
template <class Keys> char kindAt(std::string_view object, const Keys& keys, size_t depth = 0) {
    constexpr auto none = std::string_view::npos;
    int nesting;
    for (size_t end = object.find('{'); end != none;) {
        size_t key = object.find_first_not_of(" \t\r\n,", end + (object[end] == '{' ? 1 : 0));
        if (key == none || object[key] != '"') return 0;
        size_t keyEnd = endOfValue(object, key, INT32_MAX, nesting);
        size_t colon = keyEnd == none ? none : object.find(':', keyEnd);
        size_t value = colon == none ? none : object.find_first_not_of(blanks, colon + 1);
        if (value == none) return 0;
        size_t valueEnd = endOfValue(object, value, INT32_MAX, nesting);
        if (valueEnd == none || valueEnd == value) return 0;
        if (object.substr(key + 1, keyEnd - key - 2) == keys[depth]) {
            char first = object[value];
            if (depth + 1 < keys.size()) return first == '{' ? kindAt(object.substr(value, valueEnd - value), keys, depth + 1) : 0;
            switch (first) {
                case '"': return 's';
                case 't':
                case 'f': return 'b';
                case '{': return 'o';
                case '[': return 'a';
                case 'n': return 0;
                default: return 'n';
            }
        }
        end = valueEnd;
        if (end >= object.size() || object[end] == '{') return 0;
    }
    return 0;
}

// Whether every line that is not blank is one object, or several, as far as a glance can tell: it begins with `{`, ends
// with `}`, and nothing else than an object can stand between them. What is nested very deep is not plain.
inline bool isPlain(std::string_view text, int mostDepth) {
    for (size_t start = 0; start < text.size();) {
        size_t end = std::min(text.find('\n', start), text.size());
        std::string_view line = text.substr(start, end - start);
        start = end + 1;
        size_t first = line.find_first_not_of(blanks);
        if (first == std::string_view::npos) continue;
        if (line[first] != '{' || line[line.find_last_not_of(blanks)] != '}') return false;
        if (std::count(line.begin(), line.end(), '{') + std::count(line.begin(), line.end(), '[') > mostDepth) return false;
        // The parser takes null and its like for a row, and then trips over it.
        for (size_t close = line.find('}'); close != std::string_view::npos; close = line.find('}', close + 1)) {
            size_t next = line.find_first_not_of(blanks, close + 1);
            if (next != std::string_view::npos && std::string_view(",}]{").find(line[next]) == std::string_view::npos) return false;
        }
    }
    return true;
}

}  // namespace ab

#endif
