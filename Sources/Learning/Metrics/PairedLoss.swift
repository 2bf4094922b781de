package import Bytes

/// How much lower the log loss of a second model is than that of a first, row by row on the same rows.
///
/// In fixed point, so that shards add up to the same in any order.
package struct PairedLoss: Sendable, Equatable {
    private static let unitsPerNat = 16_777_216.0
    /// A single row counts for no more than this, either way: at the margins that models give, none reaches it.
    private static let largestDifference = 64.0

    package private(set) var rows = 0
    /// First less second, in units of 2^-24.
    private var sum: Int64 = 0
    /// In units of 2^-48.
    private var sumOfSquares: Int128 = 0

    package init() {}

    /// Adds a row, given its log-odds by both models.
    package mutating func add(first: Double, second: Double, isPositive: Bool) {
        let difference =
            logLoss(margin: first, isPositive: isPositive) - logLoss(margin: second, isPositive: isPositive)
        let limit = Self.largestDifference
        // Written so that NaN counts as no difference.
        let bounded =
            difference > limit ? limit : difference < -limit ? -limit : difference == difference ? difference : 0
        let units = Int64((bounded * Self.unitsPerNat).rounded())
        rows += 1
        sum &+= units
        sumOfSquares &+= Int128(units) * Int128(units)
    }

    /// Adds other rows' sums. Commutes and associates.
    package mutating func add(_ other: PairedLoss) {
        rows &+= other.rows
        sum &+= other.sum
        sumOfSquares &+= other.sumOfSquares
    }

    /// By how much the second model's log loss is lower, in nats a row, and that difference's standard error; nil with fewer than two rows.
    package var difference: (mean: Double, standardError: Double)? {
        guard rows > 1 else { return nil }
        let count = Double(rows)
        let mean = Double(sum) / Self.unitsPerNat / count
        let meanSquare = Double(sumOfSquares) / (Self.unitsPerNat * Self.unitsPerNat) / count
        let variance = max(0, meanSquare - mean * mean) * count / (count - 1)
        return (mean, (variance / count).squareRoot())
    }

    /// Whether the second model is better by more than one standard error: less could be luck.
    package var prefersSecond: Bool {
        guard let difference else { return false }
        return difference.mean > difference.standardError
    }
}

extension PairedLoss: FieldCodable {
    package static let fields = FieldList(filling: Self.init, \.rows, \.sum, \.sumOfSquares)
        .check("paired loss") { $0.sumOfSquares >= 0 }
}
