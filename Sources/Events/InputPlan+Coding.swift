package import Bytes
package import InstanceFile
package import Tables

extension InputPlan: FieldCodable {
    package static let fields = FieldList(
        filling: Self.init, \.datasets, \.splits, \.shardCount, \.numbers, \.categories, \.warnings, \.notes,
        \.endOfToday
    )
    .check("shard count") { ShardMap.canBe(shardCount: $0.shardCount) }
    .check("field number") { plan in
        plan.datasets.allSatisfy { dataset in
            dataset.numbers.allSatisfy { $0.number < plan.numbers.count && !$0.columns.isEmpty }
                && dataset.categories.allSatisfy { $0.category < plan.categories.count }
        }
    }
    .check("dataset number") { plan in plan.splits.allSatisfy { $0.dataset < plan.datasets.count } }
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
        writer.write(kind, UInt64(range.lowerBound), UInt64(range.upperBound))
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
        writer.write(id, dataset, file, path, columns, part, UInt64(firstRow), rowCount.map(UInt64.init))
        writer.write(foundTypes, fingerprint)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        id = try reader.read()
        dataset = try reader.read()
        file = try reader.read()
        path = try reader.read()
        columns = try reader.read()
        part = try reader.read()
        firstRow = try reader.readSize()
        rowCount = try reader.readOptional { reader throws(ByteError) in try reader.readSize() }
        foundTypes = try reader.read()
        fingerprint = try reader.read()
    }
}

extension PlannedDataset: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.write(role, position, name, numbers, categories, attributes, rowCount.map(UInt64.init))
        writer.write(UInt64(byteCount))
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        role = try reader.read()
        position = try reader.read()
        name = try reader.read()
        numbers = try reader.read()
        categories = try reader.read()
        attributes = try reader.read()
        rowCount = try reader.readOptional { reader throws(ByteError) in try reader.readSize() }
        byteCount = try reader.readSize()
    }
}

extension PlannedDataset.Role: ByteCodable {}

extension PlannedNumber: FieldCodable {
    package static let fields = FieldList(Self.init, \.name, \.number, \.columns)
}

extension PlannedCategory: FieldCodable {
    package static let fields = FieldList(Self.init, \.column, \.category)
}

extension PlannedAttribute: FieldCodable {
    package static let fields = FieldList(Self.init, \.name, \.kind, \.precision)
        .check("attribute kind") { $0.kind == .number || $0.precision == .feature }
}

extension PlannedAttribute.Kind: ByteCodable {}
extension PlannedAttribute.Precision: ByteCodable {}

extension ByteReader {
    /// A place in a file, or the rows or bytes of files.
    mutating func readSize() throws(ByteError) -> Int {
        let value = try read(UInt64.self)
        guard value <= 1 << 48 else { throw .badValue("size", offset: offset - 8) }
        return Int(value)
    }
}
