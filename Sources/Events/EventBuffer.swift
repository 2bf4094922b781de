import Bytes

/// Ingested events of all shards, in the order of reading, until they are worth writing.
struct EventBuffer {
    var identity: [Int32] = []
    var type: [Int32] = []
    var time: [Int64] = []
    /// When each event was known; empty where each was known when it happened.
    var known: [Int64] = []
    var flags: [UInt64] = []
    var hash: [UInt64] = []
    /// By number of the plan; empty where the dataset has none of it.
    var numbers: [[Double]]
    /// By category of the plan; empty where the dataset has none of it.
    var categories: [[Int32]]
    /// By category: where each row's codes end, of lists; empty where there is a code a row.
    var categoryEnds: [[Int32]]

    var identities = TextCodes()
    var values: [TextCodes]
    private var shardOfIdentity: [UInt32] = []
    private var textBytes = 0

    init(numberCount: Int, categoryCount: Int) {
        numbers = [[Double]](repeating: [], count: numberCount)
        categories = [[Int32]](repeating: [], count: categoryCount)
        categoryEnds = categories
        values = [TextCodes](repeating: TextCodes(), count: categoryCount)
    }

    /// About what the buffered rows take, dictionaries included.
    var byteCount: Int {
        let columns = numbers.count { !$0.isEmpty } * 8 + categoryEnds.count { !$0.isEmpty } * 4
        return known.count * 8 + time.count * (28 + columns) + categories.reduce(0) { $0 + $1.count * 4 } + textBytes
    }

    mutating func identityCodes(of names: [String?], shards: ShardMap) -> [Int32] {
        let codes = identities.codes(of: names)
        for code in shardOfIdentity.count..<identities.texts.count {
            shardOfIdentity.append(UInt32(shards.shard(ofHash: identities.hashes[code])))
            textBytes += identities.texts[code].utf8.count + Self.bytesPerText
        }
        return codes
    }

    mutating func valueCodes(of texts: [String], category: Int) -> [Int32] {
        let before = values[category].texts.count
        let codes = values[category].codes(of: texts)
        for text in values[category].texts[before...] { textBytes += text.utf8.count + Self.bytesPerText }
        return codes
    }

    /// What a text and its entry in a dictionary take besides its letters.
    private static let bytesPerText = 64

    /// Hands out the rows of each shard that has any, as a block, in the order of the shards; the buffer is empty then.
    mutating func takeBlocks(
        types: TextCodes, shardCount: Int, _ body: (_ shard: Int, EventBlock) throws -> Void
    ) rethrows {
        defer { self = EventBuffer(numberCount: numbers.count, categoryCount: categories.count) }
        let (place, ends) = placesByShard(shardCount)
        // Each column is read once from front to back and written at as many places as there are shards.
        identity = Self.moved(identity, to: place)
        type = Self.moved(type, to: place)
        time = Self.moved(time, to: place)
        known = Self.moved(known, to: place)
        flags = Self.moved(flags, to: place)
        hash = Self.moved(hash, to: place)
        for number in numbers.indices { numbers[number] = Self.moved(numbers[number], to: place) }
        for category in categories.indices {
            if categoryEnds[category].isEmpty {
                categories[category] = Self.moved(categories[category], to: place)
            } else {
                moveLists(category, to: place)
            }
        }
        var identityRecoding = Recoding(codeCount: identities.texts.count)
        var typeRecoding = Recoding(codeCount: types.texts.count)
        var valueRecodings = values.map { Recoding(codeCount: $0.texts.count) }
        var start = 0
        for shard in ends.indices where ends[shard] > start {
            let rows = start..<ends[shard]
            start = ends[shard]
            var block = EventBlock()
            block.identity = Self.texts(identity[rows], identities, &identityRecoding)
            block.type = Self.texts(type[rows], types, &typeRecoding)
            block.time = Array(time[rows])
            block.known = known.isEmpty ? [] : Array(known[rows])
            block.flags = Array(flags[rows])
            block.hash = Array(hash[rows])
            block.numbers = numbers.map { $0.isEmpty ? [] : Array($0[rows]) }
            for category in categories.indices {
                block.categories.append(categoryValues(category, rows, &valueRecodings[category]))
            }
            try body(shard, block)
        }
    }

    /// Where each row goes so that shards follow one another and each keeps the order of reading; where each shard ends.
    private func placesByShard(_ shardCount: Int) -> (place: [Int32], ends: [Int]) {
        var next = [Int](repeating: 0, count: shardCount)
        for code in identity { next[Int(shardOfIdentity[Int(code)])] += 1 }
        var start = 0
        for shard in next.indices { (start, next[shard]) = (start + next[shard], start) }
        var place = [Int32](repeating: 0, count: identity.count)
        for (row, code) in identity.enumerated() {
            let shard = Int(shardOfIdentity[Int(code)])
            place[row] = Int32(next[shard])
            next[shard] += 1
        }
        return (place, next)
    }

    private static func moved<Value: BitwiseCopyable>(_ column: [Value], to place: [Int32]) -> [Value] {
        guard let first = column.first else { return [] }
        var moved = [Value](repeating: first, count: column.count)
        for row in column.indices { moved[Int(place[row])] = column[row] }
        return moved
    }

    private mutating func moveLists(_ category: Int, to place: [Int32]) {
        let (codes, ends) = (categories[category], categoryEnds[category])
        var row = [Int32](repeating: 0, count: place.count)
        for (from, to) in place.enumerated() { row[Int(to)] = Int32(from) }
        categories[category].removeAll(keepingCapacity: true)
        categoryEnds[category].removeAll(keepingCapacity: true)
        for row in row.lazy.map(Int.init) {
            categories[category] += codes[(row == 0 ? 0 : Int(ends[row - 1]))..<Int(ends[row])]
            categoryEnds[category].append(Int32(categories[category].count))
        }
    }

    private func categoryValues(
        _ category: Int, _ rows: Range<Int>, _ recoding: inout Recoding
    ) -> EventBlock.Values {
        let (codes, ends) = (categories[category], categoryEnds[category])
        if codes.isEmpty && ends.isEmpty { return EventBlock.Values() }
        if ends.isEmpty { return EventBlock.Values(texts: Self.texts(codes[rows], values[category], &recoding)) }
        let start = rows.lowerBound == 0 ? 0 : ends[rows.lowerBound - 1]
        let items = Int(start)..<Int(ends[rows.upperBound - 1])
        return EventBlock.Values(
            texts: Self.texts(codes[items], values[category], &recoding), ends: ends[rows].map { $0 - start })
    }

    private static func texts(
        _ codes: ArraySlice<Int32>, _ dictionary: TextCodes, _ recoding: inout Recoding
    ) -> EventBlock.Texts {
        recoding.begin()
        var texts = EventBlock.Texts()
        texts.codes = codes.map { recoding.recode($0) }
        texts.dictionary = recoding.used.map { dictionary.texts[Int($0)] }
        return texts
    }
}
