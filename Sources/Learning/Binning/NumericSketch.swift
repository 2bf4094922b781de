package import Bytes

/// What a numeric feature's bins are made from: its distinct values in ascending order, each with how often it occurs.
///
/// Exact, so it is meant for a sample of the rows; the sum of several does not depend on their order. Missing values
/// (NaN) are left out, -0 counts as 0.
package struct NumericSketch: Sendable, Equatable {
    /// Strictly ascending.
    package private(set) var values: [Float] = []
    /// As many as `values`, each at least 1.
    package private(set) var counts: [Int] = []

    package init() {}

    /// Cost: one sort of the values.
    package init(values column: [Float]) {
        var sorted = column.filter { !$0.isNaN }
        sorted.sort()
        for value in sorted {
            if let last = values.last, last == value {
                counts[counts.count - 1] += 1
            } else {
                // Adding +0 turns -0 into +0 and leaves every other value as it is.
                values.append(value + 0)
                counts.append(1)
            }
        }
    }

    /// How many values there are, repeated ones included.
    package var total: Int { counts.reduce(0, +) }

    /// The least value that so large a share of all is at most; infinite where there is none.
    package func quantile(_ share: Double) -> Float {
        let wanted = share * Double(total)
        var seen = 0
        for (value, count) in zip(values, counts) {
            seen += count
            if Double(seen) >= wanted { return value }
        }
        return .infinity
    }

    /// How many values are above a limit.
    package func count(above limit: Float) -> Int {
        zip(values, counts).reduce(0) { $1.0 > limit ? $0 + $1.1 : $0 }
    }

    /// Adds another sample's counts. Commutes and associates.
    package mutating func merge(_ other: NumericSketch) {
        var mergedValues: [Float] = []
        var mergedCounts: [Int] = []
        mergedValues.reserveCapacity(values.count + other.values.count)
        mergedCounts.reserveCapacity(values.count + other.values.count)
        var i = 0
        var j = 0
        while i < values.count || j < other.values.count {
            let takesOwn = j == other.values.count || (i < values.count && values[i] <= other.values[j])
            let takesOther = i == values.count || (j < other.values.count && other.values[j] <= values[i])
            mergedValues.append(takesOwn ? values[i] : other.values[j])
            mergedCounts.append((takesOwn ? counts[i] : 0) + (takesOther ? other.counts[j] : 0))
            if takesOwn { i += 1 }
            if takesOther { j += 1 }
        }
        values = mergedValues
        counts = mergedCounts
    }
}

extension NumericSketch: ByteCodable {
    /// The least and the most of what one count may be once decoded: so many that sums of many sketches cannot overflow.
    private static let allowedCounts = 1...(1 << 32)

    package func encode(to writer: inout ByteWriter) {
        writer.write(array: values)
        writer.write(narrow: counts.map(Int64.init))
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        let values = try reader.readArray(of: Float.self)
        let counts = try reader.readNarrow(of: Int64.self)
        guard values.count == counts.count else {
            throw .badValue("number of counts in a numeric sketch", offset: start)
        }
        for index in values.indices {
            // Also refuses NaN, for which every comparison is false.
            guard index == 0 ? values[0] == values[0] : values[index - 1] < values[index] else {
                throw .badValue("order of values in a numeric sketch", offset: start)
            }
            guard Self.allowedCounts ~= Int(counts[index]) else {
                throw .badValue("count in a numeric sketch", offset: start)
            }
        }
        self.values = values.map { $0 + 0 }
        self.counts = counts.map(Int.init)
    }
}
