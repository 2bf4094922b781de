package import Bytes
import InstanceFile
package import Learning

/// The most influential factors of a shard's profiles, in the order of the profiles, the largest factor first.
package struct ProfileFactors: FieldCodable {
    /// Factors of profile `i` stand at `start[i] ..< start[i + 1]`.
    package var start: [UInt32] = [0]
    /// Index into the model's features.
    package var feature: [UInt32] = []
    /// Calibrated log-odds.
    package var contribution: [Float] = []
    package var importance: [UInt8] = []

    package var profiles: Int { start.count - 1 }

    package init() {}

    package func places(of profile: Int) -> Range<Int> { Int(start[profile])..<Int(start[profile + 1]) }

    package mutating func append(_ factors: [Factor]) {
        for factor in factors {
            feature.append(UInt32(factor.feature))
            contribution.append(Float(factor.contribution))
            importance.append(factor.importance.rawValue)
        }
        start.append(UInt32(feature.count))
    }

    package static let fields = FieldList(filling: Self.init, \.start, \.feature, \.contribution, \.importance)
        .check("factors of a shard") { factors in
            let (start, count) = (factors.start, factors.feature.count)
            return start.first == 0 && start.last.map(Int.init) == count
                && zip(start, start.dropFirst()).allSatisfy { $0 <= $1 } && factors.contribution.count == count
                && factors.importance.count == count
                && factors.importance.allSatisfy { Importance(rawValue: $0) != nil }
        }
}

extension FactorSummary {
    /// By bucket, of the features that the model uses.
    package init(of model: Model) {
        let features = model.ensemble.usedFeatures
        self.init(
            groups: Bucket.allCases.count, features: features,
            binCounts: features.map { model.features[$0].bins.binCount })
    }
}
