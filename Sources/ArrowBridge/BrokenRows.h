// The rows of a text file that cannot be read: how many, and why some of them.
#ifndef ARROW_BRIDGE_BROKEN_ROWS_H
#define ARROW_BRIDGE_BROKEN_ROWS_H

#include <cstdint>
#include <string>
#include <vector>

namespace ab {

struct BrokenRows {
    static constexpr size_t mostReasons = 3;

    int64_t count = 0;
    // Header lines that stand among the rows, as where files were joined; not counted as broken.
    int64_t headers = 0;
    // Of the first ones: "line 17 is null".
    std::vector<std::string> reasons = {};

    void add(const std::string& reason) {
        count++;
        if (reasons.size() < mostReasons) reasons.push_back(reason);
    }
};

}  // namespace ab

#endif
