import Bytes

/// Ingested rows of profiles of all shards, in the order of reading, until they are worth writing.
struct AttributeBuffer {
    /// The values of one attribute, in the one of its arrays that its kind calls for.
    struct Values {
        let kind: PlannedAttribute.Kind
        var numbers: [Double] = []
        var dates: [Int64] = []
        var codes: [Int32] = []
        var dictionary = TextCodes()

        init(kind: PlannedAttribute.Kind) { self.kind = kind }
    }

    var identity: [String] = []
    var row: [UInt64] = []
    var labels: LabelColumn?
    var columns: [Values]

    /// - Parameter labels: of which kind they are; nil: there are none.
    init(attributes: [PlannedAttribute], labels: LabelColumn.Kind?) {
        self.labels = labels.map { LabelColumn($0) }
        columns = attributes.map { Values(kind: $0.gatheredKind) }
    }

    /// About what the buffered rows take; dictionaries are at most a few times their codes.
    var byteCount: Int { identity.count * (48 + columns.count * 8) }

    /// The rows of each shard that has any, as a block, in the order of the shards.
    func blocks(shards: ShardMap, _ body: (_ shard: Int, AttributeBlock) throws -> Void) rethrows {
        var rowsOfShard = [[Int]](repeating: [], count: shards.shardCount)
        for (index, name) in identity.enumerated() { rowsOfShard[shards.shard(of: name)].append(index) }
        var recodings = columns.map { Recoding(codeCount: $0.dictionary.texts.count) }
        for (shard, rows) in rowsOfShard.enumerated() where !rows.isEmpty {
            var block = AttributeBlock()
            block.identity = rows.map { identity[$0] }
            block.row = rows.map { row[$0] }
            block.labels = labels?.picking(rows)
            for (index, column) in columns.enumerated() {
                block.attributes.append(column.block(of: rows, &recodings[index]))
            }
            try body(shard, block)
        }
    }
}

extension AttributeBuffer.Values {
    fileprivate func block(of rows: [Int], _ recoding: inout Recoding) -> AttributeBlock.Values {
        switch kind {
        case .number, .boolean: return .numbers(rows.map { numbers[$0] })
        case .date: return .dates(rows.map { dates[$0] })
        case .text:
            recoding.begin()
            let local = rows.map { recoding.recode(codes[$0]) }
            return .texts(
                EventBlock.Texts(codes: local, dictionary: recoding.used.map { dictionary.texts[Int($0)] }))
        }
    }
}
