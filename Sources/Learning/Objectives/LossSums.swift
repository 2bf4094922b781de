package import Bytes

/// The log loss summed over rows, in whole units, so that shards add up to the same in any order.
package struct LossSums: Sendable, Equatable, ByteCodable {
    /// A loss of 1 nat is so many units.
    package static let unitsPerNat = 16_777_216.0

    package var rows: Int64
    package var loss: Int64

    package init(rows: Int64 = 0, loss: Int64 = 0) {
        self.rows = rows
        self.loss = loss
    }

    /// The mean log loss of a row, in nats; nil without rows.
    package var mean: Double? { rows > 0 ? Double(loss) / (Double(rows) * Self.unitsPerNat) : nil }

    package mutating func add(_ other: LossSums) {
        rows &+= other.rows
        loss &+= other.loss
    }

    package func encode(to writer: inout ByteWriter) {
        writer.write(rows)
        writer.write(loss)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        rows = try reader.read()
        loss = try reader.read()
        guard rows >= 0, loss >= 0 else { throw .badValue("loss sums", offset: start) }
    }
}
