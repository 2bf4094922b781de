// What every format of files is to those who read one: a source of batches.
#ifndef ARROW_BRIDGE_SOURCE_H
#define ARROW_BRIDGE_SOURCE_H

#include "Names.h"

#include "BrokenRows.h"

namespace bridge {

// The batches of a file, as the format has them; null at the end.
struct Source {
    virtual ~Source() = default;
    virtual Result<shared_ptr<RecordBatch>> next() = 0;
    virtual const BrokenRows& broken() const {
        static const BrokenRows none;
        return none;
    }
};

}  // namespace bridge

#endif
