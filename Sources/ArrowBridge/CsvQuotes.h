// What the quotes of a CSV text tell of how it was written.
#ifndef ARROW_BRIDGE_CSV_QUOTES_H
#define ARROW_BRIDGE_CSV_QUOTES_H

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ab {

// How many lines end in a text. In pieces whose counts fit a byte, which compilers turn into one instruction for many.
inline int64_t countLines(std::string_view text) {
    int64_t lines = 0;
    for (size_t start = 0; start < text.size(); start += 255) {
        auto piece = text.substr(start, 255);
        uint8_t count = 0;
        for (char byte : piece) count = uint8_t(count + (byte == '\n'));
        lines += count;
    }
    return lines;
}

// What a walk along the quotes of a text has found; places are npos where there is nothing.
struct QuoteWalk {
    // A quote behind a backslash after which the field goes on: only an escaped one can stand there.
    size_t escapedQuote = std::string_view::npos;
    // Where the row begins that has a field which reaches over several lines, and is followed by something else than a delimiter:
    // its closing quote is rather the opening one of another field.
    size_t strayQuote = std::string_view::npos;
};

// Walks along the quotes of a text that begins at a row. A field that begins with a quote ends at the next quote that is
// not doubled (nor, with an `escape`, behind one). Cost: a look at each quote.
inline QuoteWalk walkQuotes(std::string_view text, char delimiter, char escape) {
    constexpr auto none = std::string_view::npos;
    QuoteWalk found;
    auto endsField = [&](size_t place) {
        return place >= text.size() || text[place] == delimiter || text[place] == '\n' || text[place] == '\r';
    };
    // Where the row begins that is walked along, and up to where line ends have been looked for.
    size_t row = 0, seen = 0;
    for (size_t place = 0; (place = text.find('"', place)) != none;) {
        char before = place == 0 ? '\n' : text[place - 1];
        if (before != delimiter && before != '\n' && before != '\r') {
            place++;
            continue;
        }
        size_t open = place;
        if (size_t line = text.substr(seen, open - seen).rfind('\n'); line != none) row = seen + line + 1;
        for (place++; (place = text.find('"', place)) != none; place++) {
            size_t slashes = 0;
            while (place - slashes > open + 1 && text[place - slashes - 1] == '\\') slashes++;
            bool isOdd = slashes % 2 == 1;
            if (escape == '\\' && isOdd) continue;
            if (place + 1 < text.size() && text[place + 1] == '"') {
                place++;
                continue;
            }
            if (endsField(place + 1)) break;
            if (escape == 0 && isOdd) {
                found.escapedQuote = std::min(found.escapedQuote, place);
                continue;
            }
            if (text.substr(open, place - open).find('\n') != none) {
                found.strayQuote = row;
                return found;
            }
            break;
        }
        if (place == none) break;
        place++;
        seen = place;
    }
    return found;
}

// The escape that a text shows by itself: a backslash, or 0 for none.
inline char escapeShown(std::string_view text, char delimiter) {
    if (text.find("\\\"") == std::string_view::npos) return 0;
    return walkQuotes(text, delimiter, 0).escapedQuote == std::string_view::npos ? 0 : '\\';
}

}  // namespace ab

#endif
