package import Bytes
package import InstanceFile
package import Tables

extension InputPlan: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.write(each: datasets) { $1.encode(to: &$0) }
        writer.write(each: splits) { $1.encode(to: &$0) }
        writer.write(UInt32(shardCount))
        writer.write(texts: numbers)
        writer.write(texts: categories)
        writer.write(texts: warnings)
        writer.write(each: notes) { $1.encode(to: &$0) }
        writer.write(optional: endOfToday) { $0.write($1.microseconds) }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        datasets = try reader.readEach { reader throws(ByteError) in try PlannedDataset(from: &reader) }
        splits = try reader.readEach { reader throws(ByteError) in try InputSplit(from: &reader) }
        shardCount = Int(try reader.read(UInt32.self))
        guard 1...ShardMap.mostShards ~= shardCount, shardCount & (shardCount - 1) == 0 else {
            throw .badValue("shard count", offset: reader.offset)
        }
        numbers = try reader.readTexts()
        categories = try reader.readTexts()
        warnings = try reader.readTexts()
        notes = try reader.readEach { reader throws(ByteError) in try InputNote(from: &reader) }
        endOfToday = try reader.readOptional { reader throws(ByteError) in
            Timestamp(microseconds: try reader.read())
        }
        for dataset in datasets {
            guard dataset.numbers.allSatisfy({ $0.number < numbers.count && !$0.columns.isEmpty }),
                dataset.categories.allSatisfy({ $0.category < categories.count })
            else { throw .badValue("field number", offset: reader.offset) }
        }
        guard splits.allSatisfy({ $0.dataset < datasets.count }) else {
            throw .badValue("dataset number", offset: reader.offset)
        }
    }
}

extension InputPlan {
    /// Whether its datasets are those of an instance, so that they may be looked up there.
    package func fits(_ instance: Instance) -> Bool {
        datasets.allSatisfy { dataset in
            switch (dataset.role, instance.source) {
            case (.events, .events(let source)): source.datasets.indices.contains(dataset.position)
            case (.features, .features): dataset.position == 0
            case (.attributes, _): instance.profiles.indices.contains(dataset.position)
            case (.events, .features), (.features, .events): false
            }
        }
    }
}

extension FilePart: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        let (kind, range): (UInt8, Range<Int>) =
            switch self {
            case .rowGroups(let range): (0, range)
            case .bytes(let range): (1, range)
            }
        writer.write(kind)
        writer.write(tally: range.lowerBound)
        writer.write(tally: range.upperBound)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        let kind = try reader.read(UInt8.self)
        let lower = try reader.readSize()
        let upper = try reader.readSize()
        guard lower <= upper, kind < 2 else { throw .badValue("part of a file", offset: reader.offset) }
        self = kind == 0 ? .rowGroups(lower..<upper) : .bytes(lower..<upper)
    }
}

extension InputSplit: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.write(UInt32(id))
        writer.write(UInt32(dataset))
        writer.write(UInt32(file))
        writer.write(path)
        writer.write(texts: columns)
        writer.write(optional: part) { $1.encode(to: &$0) }
        writer.write(tally: firstRow)
        writer.write(optional: rowCount) { $0.write(tally: $1) }
        writer.write(array: foundTypes)
        fingerprint.encode(to: &writer)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        id = Int(try reader.read(UInt32.self))
        dataset = Int(try reader.read(UInt32.self))
        file = Int(try reader.read(UInt32.self))
        path = try reader.readText()
        columns = try reader.readTexts()
        part = try reader.readOptional { reader throws(ByteError) in try FilePart(from: &reader) }
        firstRow = try reader.readSize()
        rowCount = try reader.readOptional { reader throws(ByteError) in try reader.readSize() }
        foundTypes = try reader.readArray()
        fingerprint = try InputFingerprint(from: &reader)
    }
}

extension PlannedDataset: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.write(role.rawValue)
        writer.write(UInt32(position))
        writer.write(name)
        writer.write(each: numbers) {
            $0.write($1.name)
            $0.write(UInt32($1.number))
            $0.write(texts: $1.columns)
        }
        writer.write(each: categories) {
            $0.write($1.column)
            $0.write(UInt32($1.category))
        }
        writer.write(each: attributes) { $1.encode(to: &$0) }
        writer.write(optional: rowCount) { $0.write(tally: $1) }
        writer.write(tally: byteCount)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        guard let role = Role(rawValue: try reader.read()) else { throw .badValue("role", offset: reader.offset) }
        self.role = role
        position = Int(try reader.read(UInt32.self))
        name = try reader.readText()
        numbers = try reader.readEach { reader throws(ByteError) in
            PlannedNumber(
                name: try reader.readText(), number: Int(try reader.read(UInt32.self)), columns: try reader.readTexts())
        }
        categories = try reader.readEach { reader throws(ByteError) in
            PlannedCategory(column: try reader.readText(), category: Int(try reader.read(UInt32.self)))
        }
        attributes = try reader.readEach { reader throws(ByteError) in try PlannedAttribute(from: &reader) }
        rowCount = try reader.readOptional { reader throws(ByteError) in try reader.readSize() }
        byteCount = try reader.readSize()
    }
}

extension PlannedAttribute: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.write(name)
        writer.write(kind.rawValue)
        writer.write(precision.rawValue)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        name = try reader.readText()
        guard let kind = Kind(rawValue: try reader.read()), let precision = Precision(rawValue: try reader.read()),
            kind == .number || precision == .feature
        else {
            throw .badValue("attribute kind", offset: reader.offset)
        }
        self.kind = kind
        self.precision = precision
    }
}

extension ByteReader {
    /// What a task has counted.
    package mutating func readTally() throws(ByteError) -> Int { try readNumber(upTo: Self.mostCounted) }

    /// A place in a file, or the rows or bytes of files.
    mutating func readSize() throws(ByteError) -> Int { try readNumber(upTo: 1 << 48) }

    private mutating func readNumber(upTo limit: Int64) throws(ByteError) -> Int {
        let value = try read(UInt64.self)
        guard value <= limit else { throw .badValue("count", offset: offset - 8) }
        return Int(value)
    }
}
