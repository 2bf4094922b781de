package import Bytes

/// Rows of a profile table, or of a ready feature table, that belong to one shard.
package struct AttributeBlock: Sendable, Equatable {
    package enum Values: Sendable, Equatable {
        /// Numbers and booleans (0, 1); NaN is missing.
        case numbers([Double])
        /// Microseconds since 1970; `missingDate` is missing.
        case dates([Int64])
        case texts(EventBlock.Texts)

        package var count: Int {
            switch self {
            case .numbers(let values): values.count
            case .dates(let values): values.count
            case .texts(let values): values.codes.count
            }
        }
    }

    package static let missingDate = Int64.min
    /// Index into `InputPlan.datasets`.
    package var dataset = 0
    /// The place of the file among its dataset's files.
    package var file = 0
    package var identity: [String] = []
    /// The row's number in its file.
    package var row: [UInt64] = []
    /// Unknown of rows that are scored but not trained on; nil for a profile table.
    package var labels: LabelColumn?
    /// By attribute of the dataset.
    package var attributes: [Values] = []

    package var rowCount: Int { identity.count }
}

extension AttributeBlock: ByteCodable {
    package static let name: StaticString = "PROPATTR"
    package static let version: UInt32 = 2

    /// Whether a sealed block is one of these.
    package static func isOne(_ bytes: [UInt8]) -> Bool { bytes.starts(with: "PROPATTR".utf8) }

    package func encode(to writer: inout ByteWriter) {
        writer.write(UInt32(dataset))
        writer.write(UInt32(file))
        writer.write(texts: identity)
        writer.write(array: row)
        writer.write(optional: labels) { $1.encode(to: &$0) }
        writer.write(each: attributes) { $1.encode(to: &$0) }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        dataset = Int(try reader.read(UInt32.self))
        file = Int(try reader.read(UInt32.self))
        identity = try reader.readTexts()
        row = try reader.readArray()
        labels = try reader.readOptional { reader throws(ByteError) in try LabelColumn(from: &reader) }
        attributes = try reader.readEach { reader throws(ByteError) in try Values(from: &reader) }
        guard row.count == rowCount, labels.map({ $0.count == rowCount }) ?? true,
            attributes.allSatisfy({ $0.count == rowCount })
        else { throw .badValue("row count of an attribute column", offset: reader.offset) }
    }
}

extension AttributeBlock.Values: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        switch self {
        case .numbers(let values):
            writer.write(UInt8(0))
            writer.write(array: values)
        case .dates(let values):
            writer.write(UInt8(1))
            writer.write(array: values)
        case .texts(let values):
            writer.write(UInt8(2))
            values.encode(to: &writer)
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .numbers(try reader.readArray())
        case 1: self = .dates(try reader.readArray())
        case 2: self = .texts(try EventBlock.Texts(from: &reader))
        default: throw .badValue("kind of attribute column", offset: reader.offset - 1)
        }
    }
}
