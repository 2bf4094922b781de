/// What the contributions and the values of many profiles have in common, by group of profiles (buckets of their scores) and by feature.
///
/// Sums of contributions are in fixed point and everything else is counted, so that shards add up to the same in any order.
package struct FactorSummary: Sendable, Equatable {
    /// Units of a sum of contributions a unit of log-odds.
    static let unitsPerLogOdds = 1_048_576.0

    package let groups: Int
    /// The features that are summed up, by their places in the model, ascending; one that is not among them never contributes.
    package let features: [Int]
    /// Where in a group's `values` each feature's bins are; one more than there are features.
    let offsets: [Int]

    /// By group.
    package internal(set) var profiles: [Int64]
    /// By group, then feature.
    var contributions: [Int64]
    var magnitudes: [Int64]
    var top: [Int64]
    /// By group, then feature, then bin.
    var values: [Int64]

    /// - Parameters:
    ///   - features: places in the model, ascending.
    ///   - binCounts: `FeatureBins.binCount` of each of them.
    package init(groups: Int, features: [Int], binCounts: [Int]) {
        precondition(features.count == binCounts.count)
        let offsets = binCounts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
        self.groups = groups
        self.features = features
        self.offsets = offsets
        profiles = [Int64](repeating: 0, count: groups)
        contributions = [Int64](repeating: 0, count: groups * features.count)
        magnitudes = contributions
        top = contributions
        values = [Int64](repeating: 0, count: groups * offsets[features.count])
    }

    /// Adds a profile.
    ///
    /// - Parameters:
    ///   - contributions: of all the model's features, in log-odds of its margin.
    ///   - slope: the calibration's, which scales every contribution alike.
    ///   - factors: its most influential ones.
    package mutating func add(
        contributions own: ArraySlice<Float>, slope: Double, factors: [Factor], group: Int
    ) {
        profiles[group] += 1
        let first = group * features.count
        for (place, feature) in features.enumerated() {
            let value = own[own.startIndex + feature]
            if value == 0 { continue }
            let units = Int64((Double(value) * slope * Self.unitsPerLogOdds).rounded())
            contributions[first + place] &+= units
            magnitudes[first + place] &+= abs(units)
        }
        for factor in factors {
            if let place = place(of: factor.feature) { top[first + place] += 1 }
        }
    }

    /// Adds the values that profiles have of a feature, as bins.
    ///
    /// - Parameters:
    ///   - place: the feature's in `features`.
    ///   - ofRow: each profile's group.
    package mutating func add(bins: ArraySlice<UInt8>, place: Int, groups ofRow: [UInt8]) {
        let stride = offsets[features.count]
        for (bin, group) in zip(bins, ofRow) { values[Int(group) * stride + offsets[place] + Int(bin)] += 1 }
    }

    /// Adds other profiles. Commutes and associates.
    package mutating func add(_ other: FactorSummary) {
        precondition(fits(other), "summaries of different features")
        for index in profiles.indices { profiles[index] &+= other.profiles[index] }
        for index in contributions.indices {
            contributions[index] &+= other.contributions[index]
            magnitudes[index] &+= other.magnitudes[index]
            top[index] &+= other.top[index]
        }
        for index in values.indices { values[index] &+= other.values[index] }
    }

    /// Whether both are of the same groups, features and bins.
    package func fits(_ other: FactorSummary) -> Bool {
        groups == other.groups && features == other.features && offsets == other.offsets
    }

    private func place(of feature: Int) -> Int? {
        var (low, high) = (0, features.count)
        while low < high {
            let middle = (low + high) / 2
            if features[middle] < feature { low = middle + 1 } else { high = middle }
        }
        return low < features.count && features[low] == feature ? low : nil
    }
}

extension FactorSummary {
    /// A feature over the profiles of some groups.
    package struct Effect: Sendable, Equatable {
        package var profiles = 0
        /// Profiles that have a value.
        package var known = 0
        /// Profiles that have it among their most influential factors.
        package var top = 0
        /// Sums over the profiles, log-odds after calibration.
        package var contribution = 0.0
        package var magnitude = 0.0
    }

    /// - Parameter place: the feature's in `features`.
    package func effect(_ place: Int, groups range: Range<Int>) -> Effect {
        var effect = Effect()
        var (contribution, magnitude) = (Int64(0), Int64(0))
        for group in range {
            let index = group * features.count + place
            let counts = valueCounts(place, group: group)
            effect.profiles += Int(profiles[group])
            effect.known += Int(counts.dropFirst().reduce(0, &+))
            effect.top += Int(top[index])
            contribution &+= contributions[index]
            magnitude &+= magnitudes[index]
        }
        effect.contribution = Double(contribution) / Self.unitsPerLogOdds
        effect.magnitude = Double(magnitude) / Self.unitsPerLogOdds
        return effect
    }

    /// How many of a group's profiles have a value in which of a feature's bins; the first is of those without a value.
    package func valueCounts(_ place: Int, group: Int) -> ArraySlice<Int64> {
        let start = group * offsets[features.count]
        return values[(start + offsets[place])..<(start + offsets[place + 1])]
    }
}
