import Customers
import Explaining
import Learning
import Segments

extension Insights {
    /// How many of a bucket's factors are described.
    static let factorLimit = 30

    /// What a feature that the model uses does to the scores.
    struct Factor: Codable {
        var code: String
        var name: String
        /// numeric or categorical.
        var kind: String
        /// Over all scored profiles.
        var effect: Effect
        /// Of factors that are among the first of some bucket.
        var byBucket: ByBucket<Effect>?
        var values: Values?
    }

    /// Means over profiles; all 0 where there are none.
    struct Effect: Codable {
        /// Mean of the contributions, log-odds.
        var meanContribution: Double
        /// Mean of their magnitudes.
        var meanMagnitude: Double
        /// Share of the profiles that have a value.
        var coverage: Double
        /// Share of the profiles of which it is one of the most influential factors.
        var topShare: Double
    }

    struct ByBucket<Value: Codable>: Codable {
        var low: Value
        var medium: Value
        var high: Value

        init(_ value: (Bucket) -> Value) {
            low = value(.low)
            medium = value(.medium)
            high = value(.high)
        }
    }

    /// How many profiles have which values. The first count is of those without one.
    struct Values: Codable {
        /// Of numbers, by count: the lowest and the highest that any profile has; nil where none has one.
        var lowest: [Double?]?
        var highest: [Double?]?
        /// By count, of the latest date whose outcome is known: rows of a random part of the profiles, and outcomes among them.
        var rows: [Int]?
        var outcomes: [Int]?
        /// Of numbers: value x is counted in the first place after the missing ones whose edge is at least x, in the last if none is.
        var edges: [Double]?
        /// Of categories, in the order of their outcome rates: one count each; all others are in the last.
        var categories: [String]?
        var counts: ByBucket<[Int]>
    }

    /// Codes of the factors that move a bucket's profiles most, largest mean magnitude first.
    static func largest(in bucket: Bucket, _ summary: FactorSummary, _ model: Model) -> [String] {
        ordered(summary, groups: bucket.group).prefix(factorLimit).map { model.features[summary.features[$0]].code }
    }

    /// All that contribute, largest mean magnitude first.
    static func factors(_ summary: FactorSummary, _ details: FactorDetails, detailed: Set<String>) -> [Factor] {
        ordered(summary, groups: 0..<summary.groups).map { place in
            let number = summary.features[place]
            let feature = details.model.features[number]
            var factor = Factor(
                code: feature.code, name: details.names[number], kind: feature.bins.kind,
                effect: Effect(summary.effect(place, groups: 0..<summary.groups)))
            if detailed.contains(feature.code) {
                factor.byBucket = ByBucket { Effect(summary.effect(place, groups: $0.group)) }
                factor.values = Values(
                    number, details,
                    ByBucket { summary.valueCounts(place, group: $0.group.lowerBound).map(Int.init) })
            }
            return factor
        }
    }

    /// Places of factors that contribute, largest magnitude first, ties in the order of the features.
    private static func ordered(_ summary: FactorSummary, groups: Range<Int>) -> [Int] {
        let magnitudes = summary.features.indices.map { summary.effect($0, groups: groups).magnitude }
        return summary.features.indices.filter { magnitudes[$0] > 0 }
            .sorted { (magnitudes[$1], $0) < (magnitudes[$0], $1) }
    }
}

extension Bucket {
    fileprivate var group: Range<Int> { Int(rawValue)..<Int(rawValue) + 1 }
}

extension FeatureBins {
    fileprivate var kind: String {
        switch self {
        case .numeric: "numeric"
        case .categorical: "categorical"
        }
    }
}

extension Insights.Effect {
    init(_ effect: FactorSummary.Effect) {
        let count = Double(max(1, effect.profiles))
        meanContribution = effect.contribution / count
        meanMagnitude = effect.magnitude / count
        coverage = Double(effect.known) / count
        topShare = Double(effect.top) / count
    }
}

/// What is told of factors besides their effects.
struct FactorDetails {
    var model: Model
    /// By feature.
    var names: [String]
    var values: ScoredValues
    var outcomes: FeatureOutcomes

    /// From where to where a feature's bins go, the missing one first.
    func ranges(_ feature: Int) -> [ClosedRange<Float>?] {
        (0..<model.features[feature].bins.binCount).map { values.range(feature, bin: $0) }
    }
}

extension Insights.Values {
    init(_ feature: Int, _ details: FactorDetails, _ counts: Insights.ByBucket<[Int]>) {
        self.counts = counts
        switch details.model.features[feature].bins {
        case .numeric(let edges):
            self.edges = edges.map(Double.init)
            let ranges = details.ranges(feature)
            lowest = ranges.map { $0.map { $0.lowerBound.asWritten } }
            highest = ranges.map { $0.map { $0.upperBound.asWritten } }
        case .categorical(let values): categories = values
        }
        let known = details.outcomes.outcomes(of: feature)
        rows = known.map { Int($0.rows) }
        outcomes = known.map { Int($0.outcomes) }
    }
}
