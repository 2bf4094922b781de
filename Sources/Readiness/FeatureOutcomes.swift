package import Bytes
import Events
package import Features

/// How often each bin of each feature meets the outcome, and how often dates lie ahead: what it takes to find features
/// that give the outcome away. Whole numbers that add up over shards in any order.
package struct FeatureOutcomes: Sendable, Equatable {
    /// Rows of training and of validation profiles, without and with the outcome.
    package static let groupCount = 4
    /// The group of a row whose outcome is not known.
    package static let noGroup: UInt8 = 255

    /// Only rows of the latest labelled snapshot count: a table that is newer than all snapshots gives the outcomes of the
    /// earlier ones away less clearly.
    package static func group(snapshot: UInt8, label: UInt8, isValidation: Bool) -> UInt8 {
        snapshot != 1 || label > 1 ? noGroup : label + (isValidation ? 2 : 0)
    }

    /// A shard is a random part of all profiles. So many of them tell what there is to tell, and the counts of thousands of
    /// shards would flood the coordinator.
    package static let shardLimit = 32

    /// Rows with a date after their as-of date.
    package struct DatesAhead: Sendable, PlainBytes, Equatable {
        package internal(set) var rows: Int64 = 0
        package internal(set) var ahead: Int64 = 0
        package internal(set) var rowsWithOutcome: Int64 = 0
        package internal(set) var aheadWithOutcome: Int64 = 0

        fileprivate var isPossible: Bool {
            0...ByteReader.mostCounted ~= rows && 0...rows ~= ahead && 0...rows ~= rowsWithOutcome
                && 0...rowsWithOutcome ~= aheadWithOutcome
        }
    }

    /// Of the binned features; empty where nothing was counted.
    private var binCounts: [Int] = []
    /// By feature, bin and group.
    private var counts: [Int64] = []
    /// By feature of the recipe; rows of features that are no past dates are not counted.
    package private(set) var dates: [DatesAhead] = []
    /// By group, how many rows one stands for that was chosen.
    private var every: [Int64] = [1, 1, 1, 1]
    private(set) var sample = OutcomeSample(features: 0)

    /// Nothing counted.
    package init() {}

    package init(binCounts: [Int], recipe: FeatureRecipe) {
        self.binCounts = binCounts
        counts = [Int64](repeating: 0, count: binCounts.reduce(0, +) * Self.groupCount)
        dates = recipe.features.map { _ in DatesAhead() }
        every = (0..<Self.groupCount).map {
            Int64(recipe.rowChoice.every(outcome: UInt8($0 & 1), isHeldOut: $0 >= 2))
        }
        sample = OutcomeSample(features: binCounts.count)
    }

    package var featureCount: Int { binCounts.count }

    /// Adds a shard's rows: for each its bin of each binned feature, its group, and the dates among its features.
    package mutating func add(
        shard: AssembledShard, recipe: FeatureRecipe, groups: [UInt8], bins: (_ feature: Int) -> ArraySlice<UInt8>
    ) {
        let rows = groups.indices.filter { groups[$0] != Self.noGroup }
        var start = 0
        for (feature, binCount) in binCounts.enumerated() {
            let bins = bins(feature)
            for row in rows {
                let bin = Int(bins[bins.startIndex + row])
                counts[(start + bin) * Self.groupCount + Int(groups[row])] += 1
            }
            start += binCount
        }
        let keys = shard.identities.map(Identity.hash)
        sample.add(keys: shard.rowProfile.map { keys[Int($0)] }, groups: groups, bins: bins)
        for (index, feature) in recipe.features.enumerated() {
            guard case .daysSinceAttribute = feature.source, case .numeric(let days) = shard.columns[index] else {
                continue
            }
            for row in rows {
                let hasOutcome = groups[row] & 1 == 1
                dates[index].rows += 1
                if hasOutcome { dates[index].rowsWithOutcome += 1 }
                // Also false of NaN, a missing date.
                guard days[row] < 0 else { continue }
                dates[index].ahead += 1
                if hasOutcome { dates[index].aheadWithOutcome += 1 }
            }
        }
    }

    /// Whether another shard's counts are of the same bins; those of a shard that counted nothing fit all.
    package func fits(_ other: FeatureOutcomes) -> Bool {
        other.binCounts.isEmpty
            || binCounts == other.binCounts && dates.count == other.dates.count && every == other.every
    }

    /// Adds another shard's counts, which must fit. Commutes and associates.
    package mutating func merge(_ other: FeatureOutcomes) {
        guard !other.binCounts.isEmpty else { return }
        if binCounts.isEmpty {
            self = other
            return
        }
        for index in counts.indices { counts[index] += other.counts[index] }
        sample.merge(other.sample)
        for index in dates.indices {
            dates[index].rows += other.dates[index].rows
            dates[index].ahead += other.dates[index].ahead
            dates[index].rowsWithOutcome += other.dates[index].rowsWithOutcome
            dates[index].aheadWithOutcome += other.dates[index].aheadWithOutcome
        }
    }
}

extension FeatureOutcomes {
    /// Fewer validation rows of a kind prove nothing.
    private static let leastRows: Int64 = 10

    /// How well a feature alone tells who has the outcome: the AUC on validation profiles when bins are ranked by the rate of
    /// the outcome among training profiles, equal rates counting half. The missing value is a bin like others.
    ///
    /// nil where there are too few validation rows of a kind to say.
    package func auc(of feature: Int) -> Double? { Self.auc(bins(of: feature).flatMap { $0 }[...]) }

    /// The same, of whether the feature has a value at all.
    package func aucOfPresence(of feature: Int) -> Double? {
        let bins = bins(of: feature)
        guard let missing = bins.first else { return nil }
        var known = [Int64](repeating: 0, count: Self.groupCount)
        for bin in bins.dropFirst() { for group in known.indices { known[group] += bin[group] } }
        return Self.auc((missing + known)[...])
    }

    /// How many rows have another value than the usual one, where all of them have the outcome: a value that is only there with
    /// it. By chance that hardly ever happens: the usual value is that of half of the rows or more, at most half of all have
    /// the outcome, and so many of them in a row.
    ///
    /// nil where some have not, or there are too few to say.
    package func rowsOnlyWithOutcome(of feature: Int) -> Int64? {
        // Where rows to learn from were chosen by their outcome, only the others tell.
        let isEven = every[0] == every[1]
        let bins = bins(of: feature).map { (without: (isEven ? $0[0] : 0) + $0[2], with: (isEven ? $0[1] : 0) + $0[3]) }
        let rows = bins.reduce(0) { $0 + $1.without + $1.with }
        let positives = bins.reduce(0) { $0 + $1.with }
        guard let usual = bins.max(by: { $0.without + $0.with < $1.without + $1.with }) else { return nil }
        let (othersWithout, othersWith) = (rows - positives - usual.without, positives - usual.with)
        let isUsual = 2 * (usual.without + usual.with) >= rows
        guard isUsual, 2 * positives <= rows, othersWithout == 0, othersWith >= Self.leastOnlyWithOutcome else {
            return nil
        }
        return othersWith
    }

    /// Rows and outcomes by bin, the missing one first, each row as often as it stands for; empty where nothing was counted.
    package func outcomes(of feature: Int) -> [(rows: Int64, outcomes: Int64)] {
        guard feature < featureCount else { return [] }
        return bins(of: feature).map { counts in
            let rows = zip(counts, every).map { $0 * $1 }
            return (rows.reduce(0, +), rows[1] + rows[3])
        }
    }

    /// The chance of so many outcomes in a row is under 2^-30.
    private static let leastOnlyWithOutcome: Int64 = 30

    /// The four counts of each bin.
    private func bins(of feature: Int) -> [[Int64]] {
        let start = binCounts[..<feature].reduce(0, +)
        return (start..<(start + binCounts[feature])).map {
            Array(counts[($0 * Self.groupCount)..<(($0 + 1) * Self.groupCount)])
        }
    }

    /// - Parameter counts: the four groups of each bin, bin by bin.
    static func auc(_ counts: ArraySlice<Int64>) -> Double? {
        func count(_ bin: Int, _ group: Int) -> Int64 { counts[counts.startIndex + bin * groupCount + group] }
        let bins = (0..<counts.count / groupCount).filter { bin in (0..<groupCount).contains { count(bin, $0) > 0 } }
        // Bins that no training profile has rank as the mean does.
        let negatives = bins.reduce(0) { $0 + count($1, 0) }
        let positives = bins.reduce(0) { $0 + count($1, 1) }
        func odds(_ bin: Int) -> (positives: Int128, negatives: Int128) {
            let (without, with) = (count(bin, 0), count(bin, 1))
            return without + with == 0
                ? (Int128(positives), Int128(negatives)) : (Int128(with), Int128(without))
        }
        func isLower(_ a: Int, _ b: Int) -> Bool {
            odds(a).positives * odds(b).negatives < odds(b).positives * odds(a).negatives
        }
        let ranked = bins.sorted(by: isLower)
        // Twice the number of pairs in the right order.
        var ordered: Int128 = 0
        var below: Int128 = 0
        var with: Int128 = 0
        var index = 0
        while index < ranked.count {
            var (tiedWith, tiedWithout): (Int128, Int128) = (0, 0)
            let first = ranked[index]
            while index < ranked.count, !isLower(first, ranked[index]) {
                tiedWith += Int128(count(ranked[index], 3))
                tiedWithout += Int128(count(ranked[index], 2))
                index += 1
            }
            ordered += tiedWith * (2 * below + tiedWithout)
            below += tiedWithout
            with += tiedWith
        }
        guard with >= leastRows, below >= leastRows else { return nil }
        return Double(ordered) / (2 * Double(with * below))
    }
}

extension FeatureOutcomes: FieldCodable {
    package static let fields = FieldList(filling: Self.init, \.binCounts, \.counts, \.dates, \.every, \.sample)
        .check("outcomes by feature", \.isPossible)

    private var isPossible: Bool {
        binCounts.allSatisfy { $0 < 1 << 16 } && counts.count == binCounts.reduce(0, +) * Self.groupCount
            && sample.featureCount == binCounts.count && counts.allSatisfy { 0...ByteReader.mostCounted ~= $0 }
            && dates.allSatisfy(\.isPossible) && every.count == Self.groupCount
            && every.allSatisfy { 1...ByteReader.mostCounted ~= $0 }
    }
}
