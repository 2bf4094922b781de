import InstanceFile
import Learning
import Readiness
import RunOutputs
import Scoring

extension Insights {
    /// How many of a bucket's factors are described.
    static let factorLimit = 30

    /// Codes of the factors that move a bucket's profiles most, largest mean magnitude first.
    static func largest(in bucket: Bucket, _ summary: FactorSummary, _ model: Model) -> [String] {
        ordered(summary, groups: bucket.group).prefix(factorLimit).map { model.features[summary.features[$0]].code }
    }

    /// All that contribute, largest mean magnitude first.
    static func factors(
        _ summary: FactorSummary, _ details: FactorDetails, detailed: Set<String>
    ) -> [InsightsFile.Factor] {
        ordered(summary, groups: 0..<summary.groups).map { place in
            let number = summary.features[place]
            let feature = details.model.features[number]
            var factor = InsightsFile.Factor(
                code: feature.code, name: details.names[number], kind: feature.bins.kind,
                effect: InsightsFile.Effect(summary.effect(place, groups: 0..<summary.groups)))
            if detailed.contains(feature.code) {
                factor.byBucket = InsightsFile.ByBucket { InsightsFile.Effect(summary.effect(place, groups: $0.group)) }
                factor.values = InsightsFile.Values(
                    number, details,
                    InsightsFile.ByBucket { summary.valueCounts(place, group: $0.group.lowerBound).map(Int.init) })
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

extension InsightsFile.ByBucket {
    init(_ value: (Bucket) -> Value) { self.init(low: value(.low), medium: value(.medium), high: value(.high)) }
}

extension InsightsFile.Effect {
    init(_ effect: FactorSummary.Effect) {
        let count = Double(max(1, effect.profiles))
        self.init(
            meanContribution: effect.contribution / count, meanMagnitude: effect.magnitude / count,
            coverage: Double(effect.known) / count, topShare: Double(effect.top) / count)
    }
}

/// What is told of factors besides their effects.
struct FactorDetails {
    var model: Model
    /// By feature.
    var names: [String]
    var values: BinRanges
    var outcomes: FeatureOutcomes

    /// From where to where a feature's bins go, the missing one first.
    func ranges(_ feature: Int) -> [ClosedRange<Float>?] {
        (0..<model.features[feature].bins.binCount).map { values.range(feature, bin: $0) }
    }
}

extension InsightsFile.Values {
    init(_ feature: Int, _ details: FactorDetails, _ counts: InsightsFile.ByBucket<[Int]>) {
        let known = details.outcomes.outcomes(of: feature)
        self.init(rows: known.map { Int($0.rows) }, outcomes: known.map { Int($0.outcomes) }, counts: counts)
        switch details.model.features[feature].bins {
        case .numeric(let edges):
            self.edges = edges.map(Double.init)
            let ranges = details.ranges(feature)
            lowest = ranges.map { $0.map { $0.lowerBound.asWritten } }
            highest = ranges.map { $0.map { $0.upperBound.asWritten } }
        case .categorical(let values): categories = values
        }
    }
}
