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

extension AttributeBlock: FieldCodable {
    package static let name: StaticString = "PROPATTR"
    package static let version: UInt32 = 2

    /// Whether a sealed block is one of these.
    package static func isOne(_ bytes: [UInt8]) -> Bool { bytes.starts(with: "PROPATTR".utf8) }

    package static let fields = FieldList(
        filling: Self.init, \.dataset, \.file, \.identity, \.row, \.labels, \.attributes
    ).check("row count of an attribute column") { block in
        let count = block.rowCount
        return block.row.count == count && block.labels.map { $0.count == count } ?? true
            && block.attributes.allSatisfy { $0.count == count }
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
