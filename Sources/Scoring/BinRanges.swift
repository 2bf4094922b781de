package import Bytes
package import Learning

/// The values of the scored profiles, feature by feature: from where to where each bin's go, and how features move together.
/// Adds up over shards in any order.
package struct BinRanges: FieldCodable, Equatable {
    /// Where in `lowest` and `highest` each feature's bins are; one more than there are features.
    private var offsets: [Int]
    /// By feature, then bin; infinities where a bin has no number.
    private var lowest: [Float]
    private var highest: [Float]
    package private(set) var moments: BinMoments

    /// Of no profile.
    package init(binCounts: [Int]) {
        offsets = binCounts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
        lowest = [Float](repeating: .infinity, count: offsets[binCounts.count])
        highest = [Float](repeating: -.infinity, count: offsets[binCounts.count])
        moments = BinMoments()
    }

    /// Adds a feature's numbers and the bins that they are in.
    package mutating func add(_ values: ArraySlice<Float>, bins: ArraySlice<UInt8>, feature: Int) {
        let start = offsets[feature]
        for (value, bin) in zip(values, bins) where bin != 0 {
            // So that minus zero is none.
            let value = value + 0
            let place = start + Int(bin)
            if value < lowest[place] { lowest[place] = value }
            if value > highest[place] { highest[place] = value }
        }
    }

    /// Adds how the bins of a sample of a shard's scored profiles, its first rows, go together.
    package mutating func add(_ matrix: BinnedMatrix, scored: Int) { moments.add(matrix, rows: scored) }

    /// From where to where the numbers of a bin go; nil where it has none.
    package func range(_ feature: Int, bin: Int) -> ClosedRange<Float>? {
        let place = offsets[feature] + bin
        guard lowest[place].isFinite, highest[place].isFinite, lowest[place] <= highest[place] else { return nil }
        return lowest[place]...highest[place]
    }

    package func fits(_ other: BinRanges) -> Bool {
        offsets == other.offsets && moments.fits(other.moments)
            && (other.moments.features == 0 || other.moments.features == offsets.count - 1)
    }

    /// Commutes and associates.
    package mutating func add(_ other: BinRanges) {
        for place in lowest.indices {
            if other.lowest[place] < lowest[place] { lowest[place] = other.lowest[place] }
            if other.highest[place] > highest[place] { highest[place] = other.highest[place] }
        }
        moments.add(other.moments)
    }

    package static let fields = FieldList(
        filling: { BinRanges(binCounts: []) }, \.offsets, \.lowest, \.highest, \.moments
    ).check("values of scored profiles") { ranges in
        let offsets = ranges.offsets
        return offsets.first == 0 && zip(offsets, offsets.dropFirst()).allSatisfy { $0 <= $1 }
            && ranges.lowest.count == offsets.last && ranges.highest.count == offsets.last
            && !ranges.lowest.contains(where: \.isNaN) && !ranges.highest.contains(where: \.isNaN)
    }
}
