package import Bytes

/// A loss summed over rows, in whole units, so that shards add up to the same in any order.
package struct LossSums: Sendable, Equatable, FieldCodable {
    /// A loss of 1, of the log loss a nat, is so many units.
    package static let unitsPerNat = 16_777_216.0

    package var rows: Int64
    package var loss: Int64

    package init(rows: Int64 = 0, loss: Int64 = 0) {
        self.rows = rows
        self.loss = loss
    }

    /// The mean loss of a row, of the log loss in nats; nil without rows.
    package var mean: Double? { rows > 0 ? Double(loss) / (Double(rows) * Self.unitsPerNat) : nil }

    /// A row's loss in units, rounded; at most 2^28, that of a loss of 16.
    @inline(__always)
    static func units(_ loss: Double) -> Int64 {
        // Adding 3 * 2^51 leaves the nearest whole number in the low bits.
        Int64(bitPattern: (loss * unitsPerNat + 0x1.8p52).bitPattern &- (0x1.8p52).bitPattern)
    }

    package mutating func add(_ other: LossSums) {
        rows &+= other.rows
        loss &+= other.loss
    }

    package static let fields = FieldList(Self.init, \.rows, \.loss)
        .check("loss sums") { $0.rows >= 0 && $0.loss >= 0 }
}
