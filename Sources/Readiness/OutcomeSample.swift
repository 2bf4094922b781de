import Bytes
import Features

/// Some rows whose outcome is known, with the bins of all their features: what it takes to find features that give the outcome
/// away together. Adds up over shards in any order.
struct OutcomeSample: Sendable, Equatable {
    /// A hash of each row's profile.
    private var keys: [UInt64] = []
    /// As `FeatureOutcomes.group` counts them.
    private var groups: [UInt8] = []
    /// By feature, then row.
    private var bins: [[UInt8]]

    /// Of each shard; a shard is a random part of all profiles.
    private static let rowsOfShard = 1024
    /// Looks at a row for a pair of features.
    private static let mostLooks = 1 << 25
    /// How many parts the values of a feature are told apart by, besides the missing one.
    private static let parts = 7
    /// Fewer validation rows of a kind prove nothing where thousands of pairs are tried.
    private static let leastRows = 30

    var featureCount: Int { bins.count }

    init(features: Int) { bins = Array(repeating: [], count: features) }

    /// Adds those rows of a shard that have the lowest keys.
    mutating func add(
        keys own: [UInt64], groups ownGroups: [UInt8], bins ownBins: (_ feature: Int) -> ArraySlice<UInt8>
    ) {
        let known = own.indices.filter { ownGroups[$0] != FeatureOutcomes.noGroup }
        let chosen = known.sorted { own[$0] < own[$1] }.prefix(Self.rowsOfShard)
        keys += chosen.map { own[$0] }
        groups += chosen.map { ownGroups[$0] }
        for feature in bins.indices {
            let column = ownBins(feature)
            bins[feature] += chosen.map { column[column.startIndex + $0] }
        }
    }

    /// Adds another shard's, of as many features. Holds no more rows than the shards that are sampled have.
    mutating func merge(_ other: OutcomeSample) {
        keys += other.keys
        groups += other.groups
        for feature in bins.indices { bins[feature] += other.bins[feature] }
        if keys.count > Self.mostRows { keepLowest() }
    }

    /// Of all shards that are sampled. More come only from a worker that sends what it was not asked for.
    private static let mostRows = FeatureOutcomes.shardLimit * rowsOfShard

    private mutating func keepLowest() {
        let kept = keys.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }.prefix(Self.mostRows)
        keys = kept.map { keys[$0] }
        groups = kept.map { groups[$0] }
        for feature in bins.indices { bins[feature] = kept.map { bins[feature][$0] } }
    }

    /// Two features that tell who has the outcome, and how well: the AUC on validation profiles when pairs of values are ranked by
    /// the outcome's rate among training profiles.
    struct Pair: Equatable {
        var first: Int
        var second: Int
        var auc: Double
    }

    /// The pair that gives most away, if it does so beyond `limit`, and by a third of what neither does alone.
    ///
    /// - Parameter excluded: features that are known to give the outcome away.
    /// Cost: features squared times rows, at most 2^25 looks.
    func suspiciousPair(beyond limit: Double, besides excluded: Set<Int>) -> Pair? {
        let features = bins.indices.filter { !excluded.contains($0) }
        let pairs = features.count * (features.count - 1) / 2
        guard pairs > 0 else { return nil }
        let order = keys.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }.prefix(max(1, Self.mostLooks / pairs))
        let groups = order.map { self.groups[$0] }
        let rows = (0..<FeatureOutcomes.groupCount).map { group in groups.count { Int($0) == group } }
        guard rows.allSatisfy({ $0 >= Self.leastRows }) else { return nil }
        let columns = features.map { feature in parts(of: order.map { bins[feature][$0] }) }
        let nothing = [UInt8](repeating: 0, count: groups.count)
        var cells = PairCells()
        let alone = columns.map { cells.auc(of: $0, nothing, groups) ?? 0.5 }
        var best: Pair?
        for second in features.indices {
            for first in 0..<second {
                guard let auc = cells.auc(of: columns[first], columns[second], groups), auc > limit else { continue }
                let single = max(alone[first], alone[second])
                guard 1 - auc < (1 - single) * 2 / 3, auc > best?.auc ?? 0 else { continue }
                best = Pair(first: features[first], second: features[second], auc: auc)
            }
        }
        return best
    }

    /// Neighbouring bins together, in parts of about equally many rows; the missing one by itself.
    private func parts(of column: [UInt8]) -> [UInt8] {
        var counts = [Int](repeating: 0, count: 256)
        for bin in column { counts[Int(bin)] += 1 }
        let known = column.count - counts[0]
        var parts = [UInt8](repeating: 0, count: 256)
        var below = 0
        for bin in 1..<256 {
            parts[bin] = UInt8(1 + min(Self.parts - 1, Self.parts * (below + counts[bin] / 2) / max(1, known)))
            below += counts[bin]
        }
        return column.map { parts[Int($0)] }
    }
}

/// How often pairs of values meet the outcome: 8 x 8 cells of four groups each, used again for each pair.
struct PairCells {
    static let width = 8
    private var counts = [Int64](repeating: 0, count: Self.width * Self.width * FeatureOutcomes.groupCount)

    /// As `FeatureOutcomes.auc(of:)` of one feature, of the pairs of two features' parts, each under `width`; nil with too few
    /// validation rows of a kind.
    ///
    /// Cost: a look at each row, and some microseconds.
    mutating func auc(of first: [UInt8], _ second: [UInt8], _ groups: [UInt8]) -> Double? {
        for index in counts.indices { counts[index] = 0 }
        for row in groups.indices {
            let cell = Int(first[row]) &* Self.width &+ Int(second[row])
            counts[cell &* FeatureOutcomes.groupCount &+ Int(groups[row])] &+= 1
        }
        return FeatureOutcomes.auc(counts[...])
    }
}

extension OutcomeSample: FieldCodable {
    static let fields = FieldList(filling: { OutcomeSample(features: 0) }, \.keys, \.groups, \.bins)
        .check("sample of outcomes") { sample in
            let count = sample.keys.count
            return count <= rowsOfShard && sample.groups.count == count
                && sample.groups.allSatisfy { $0 < FeatureOutcomes.groupCount }
                && sample.bins.allSatisfy { $0.count == count }
        }
}
