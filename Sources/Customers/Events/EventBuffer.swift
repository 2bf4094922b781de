import Bytes

/// Gathered events of all shards, in the order of reading, until they are worth writing.
struct EventBuffer {
    var identity: [Int32] = []
    var type: [Int32] = []
    var time: [Int64] = []
    var flags: [UInt32] = []
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
        return time.count * (28 + columns) + categories.reduce(0) { $0 + $1.count * 4 } + textBytes
    }

    mutating func identityCodes(of names: [String?], shards: ShardMap) -> [Int32] {
        let codes = identities.codes(of: names)
        for identity in identities.texts[shardOfIdentity.count...] {
            shardOfIdentity.append(UInt32(shards.shard(of: identity)))
            textBytes += identity.utf8.count + Self.bytesPerText
        }
        return codes
    }

    mutating func valueCodes(of texts: [String?], category: Int) -> [Int32] {
        let before = values[category].texts.count
        let codes = values[category].codes(of: texts)
        for text in values[category].texts[before...] { textBytes += text.utf8.count + Self.bytesPerText }
        return codes
    }

    /// What a text and its entry in a dictionary take besides its letters.
    private static let bytesPerText = 64

    /// The rows of each shard that has any, as a block, in the order of the shards.
    func blocks(types: TextCodes, shardCount: Int, _ body: (_ shard: Int, EventBlock) throws -> Void) rethrows {
        var end = [Int](repeating: 0, count: shardCount)
        for code in identity { end[Int(shardOfIdentity[Int(code)])] += 1 }
        var start = 0
        for shard in end.indices { (start, end[shard]) = (start + end[shard], start) }
        var order = [UInt32](repeating: 0, count: identity.count)
        for (row, code) in identity.enumerated() {
            let shard = Int(shardOfIdentity[Int(code)])
            order[end[shard]] = UInt32(row)
            end[shard] += 1
        }
        var identityRecoding = Recoding(codeCount: identities.texts.count)
        var typeRecoding = Recoding(codeCount: types.texts.count)
        var valueRecodings = values.map { Recoding(codeCount: $0.texts.count) }
        start = 0
        for shard in end.indices where end[shard] > start {
            let rows = order[start..<end[shard]]
            start = end[shard]
            var block = EventBlock()
            block.identity = Self.texts(identity, rows, identities, &identityRecoding)
            block.type = Self.texts(type, rows, types, &typeRecoding)
            block.time = rows.map { time[Int($0)] }
            block.flags = rows.map { flags[Int($0)] }
            block.hash = rows.map { hash[Int($0)] }
            block.numbers = numbers.map { column in column.isEmpty ? [] : rows.map { column[Int($0)] } }
            for category in categories.indices {
                block.categories.append(categoryValues(category, rows, &valueRecodings[category]))
            }
            try body(shard, block)
        }
    }

    private func categoryValues(
        _ category: Int, _ rows: ArraySlice<UInt32>, _ recoding: inout Recoding
    ) -> EventBlock.Values {
        let (codes, ends) = (categories[category], categoryEnds[category])
        if ends.isEmpty { return EventBlock.Values(texts: Self.texts(codes, rows, values[category], &recoding)) }
        recoding.begin()
        var block = EventBlock.Values()
        block.ends.reserveCapacity(rows.count)
        for row in rows {
            let start = row == 0 ? 0 : Int(ends[Int(row) - 1])
            for place in start..<Int(ends[Int(row)]) { block.texts.codes.append(recoding.recode(codes[place])) }
            block.ends.append(Int32(block.texts.codes.count))
        }
        block.texts.dictionary = recoding.used.map { values[category].texts[Int($0)] }
        return block
    }

    private static func texts(
        _ codes: [Int32], _ rows: ArraySlice<UInt32>, _ dictionary: TextCodes, _ recoding: inout Recoding
    ) -> EventBlock.Texts {
        guard !codes.isEmpty else { return EventBlock.Texts() }
        recoding.begin()
        var texts = EventBlock.Texts()
        texts.codes = rows.map { recoding.recode(codes[Int($0)]) }
        texts.dictionary = recoding.used.map { dictionary.texts[Int($0)] }
        return texts
    }
}
