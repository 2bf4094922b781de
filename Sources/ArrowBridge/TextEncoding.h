// How the bytes of a text file become UTF-8.
#ifndef ARROW_BRIDGE_TEXT_ENCODING_H
#define ARROW_BRIDGE_TEXT_ENCODING_H

#include "ArrowBridge.h"

#include <arrow/status.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace ab {

constexpr std::string_view utf8Mark = "\xef\xbb\xbf", utf16LittleMark = "\xff\xfe", utf16BigMark = "\xfe\xff";

inline void appendUTF8(std::string& out, uint32_t code) {
    if (code < 0x80) {
        out += char(code);
    } else if (code < 0x800) {
        out += char(0xC0 | code >> 6);
        out += char(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        out += char(0xE0 | code >> 12);
        out += char(0x80 | (code >> 6 & 0x3F));
        out += char(0x80 | (code & 0x3F));
    } else {
        out += char(0xF0 | code >> 18);
        out += char(0x80 | (code >> 12 & 0x3F));
        out += char(0x80 | (code >> 6 & 0x3F));
        out += char(0x80 | (code & 0x3F));
    }
}

// The characters of windows-1252 from 0x80 to 0x9F, as Unicode's table for it has them; 0 where there is none.
constexpr uint16_t windows1252[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
    0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178};

// Turns a stream of bytes into UTF-8, piece by piece. A byte order mark decides over what is declared, and is left out.
class Decoder {
  public:
    explicit Decoder(ab_encoding declared = AB_UTF8) : encoding(declared) {}

    // Whether all that is to come comes out as it goes in.
    bool isIdle() const { return hasBegun && encoding == AB_UTF8 && pending.empty(); }

    // Appends the text of `bytes`; what is cut in the middle of a character waits for the next piece.
    arrow::Status decode(std::string_view bytes, bool isLast, std::string& out) {
        std::string joined;
        if (!pending.empty()) {
            joined = pending + std::string(bytes);
            bytes = joined;
        }
        std::string_view rest = bytes;
        if (!hasBegun && (rest.size() >= 3 || isLast)) begin(rest);
        if (!hasBegun) {
            pending = std::string(rest);
            return arrow::Status::OK();
        }
        if (encoding == AB_UTF8) {
            out.append(rest);
            rest = {};
        } else if (encoding == AB_UTF16) {
            ARROW_RETURN_NOT_OK(decodeUTF16(rest, isLast, out));
        } else {
            for (unsigned char byte : rest) {
                uint32_t code = byte;
                if (encoding == AB_WINDOWS1252 && byte >= 0x80 && byte < 0xA0) code = windows1252[byte - 0x80];
                if (code == 0 && byte != 0) return undefined(byte);
                appendUTF8(out, code);
            }
            rest = {};
        }
        pending = std::string(rest);
        return arrow::Status::OK();
    }

  private:
    void begin(std::string_view& rest) {
        hasBegun = true;
        if (rest.starts_with(utf8Mark)) {
            encoding = AB_UTF8;
            rest.remove_prefix(3);
        } else if (rest.starts_with(utf16LittleMark) || rest.starts_with(utf16BigMark)) {
            encoding = AB_UTF16;
            isBig = rest.starts_with(utf16BigMark);
            rest.remove_prefix(2);
        } else if (encoding == AB_UTF16) {
            // Without a mark: the first character of a header or of JSON is ASCII.
            isBig = !rest.empty() && rest[0] == 0;
        }
    }

    uint32_t unit(std::string_view bytes, size_t place) const {
        auto first = uint8_t(bytes[place]), second = uint8_t(bytes[place + 1]);
        return isBig ? first << 8 | second : second << 8 | first;
    }

    arrow::Status decodeUTF16(std::string_view& rest, bool isLast, std::string& out) const {
        size_t place = 0;
        while (place + 2 <= rest.size()) {
            uint32_t code = unit(rest, place);
            if (code >= 0xD800 && code < 0xE000) {
                if (code < 0xDC00 && place + 4 > rest.size() && !isLast) break;
                uint32_t low = place + 4 <= rest.size() ? unit(rest, place + 2) : 0;
                if (code >= 0xDC00 || low < 0xDC00 || low >= 0xE000) {
                    return arrow::Status::Invalid("it is not valid UTF-16 (a surrogate stands alone)");
                }
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                place += 2;
            }
            appendUTF8(out, code);
            place += 2;
        }
        rest.remove_prefix(place);
        if (isLast && !rest.empty()) return arrow::Status::Invalid("it is not valid UTF-16 (its last character is cut off)");
        return arrow::Status::OK();
    }

    static arrow::Status undefined(unsigned char byte) {
        char text[8];
        snprintf(text, sizeof text, "0x%02X", unsigned(byte));
        return arrow::Status::Invalid("the byte ", text, " is no character of windows-1252; set `encoding: latin1`");
    }

    ab_encoding encoding;
    bool isBig = false, hasBegun = false;
    std::string pending;
};

}  // namespace ab

#endif
