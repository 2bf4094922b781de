import Bytes

/// Which rows a tree learns from and which features it may split.
///
/// A function of seed, purpose, tree, and row or feature, never of a stream of random numbers: the same on whichever worker a row is.
struct Sampling: Sendable {
    private enum Purpose { static let rows: UInt64 = 0x726F_7773, features: UInt64 = 0x6665_6174 }

    private let rowSampling: RowSampling
    private let rowSalt: UInt32
    private let featureSeed: UInt64
    private let featureShare: Double

    init(_ settings: TrainingSettings, tree: Int) {
        func seed(_ purpose: UInt64) -> UInt64 {
            StableHash.mix(StableHash.mix(settings.seed, purpose), UInt64(truncatingIfNeeded: tree))
        }
        rowSampling = settings.rowSampling
        rowSalt = UInt32(truncatingIfNeeded: seed(Purpose.rows))
        featureSeed = seed(Purpose.features)
        featureShare = settings.featureSampling
    }

    /// Those of `rows` that take part, in their order.
    ///
    /// - Parameters:
    ///   - keys: one a row of the matrix.
    ///   - gradients: likewise, as `ObjectiveDefinition.computeGradients` made them for the same sampling.
    func sample(_ rows: [UInt32], keys: [UInt32], gradients: [UInt16]) -> [UInt32] {
        switch rowSampling {
        case .uniform(1): return rows
        case .uniform(let share):
            let limit = UInt32(share * 0x1p32)
            return rows.filter { lowbias32(keys[Int($0)] ^ rowSalt) < limit }
        case .gradient: return drawn(rows, gradients)
        }
    }

    /// A share of `count` features, at least one, ascending: those with the lowest hashes.
    func features(of count: Int) -> [Int] {
        guard featureShare < 1 else { return Array(0..<count) }
        let kept = max(1, Int((featureShare * Double(count)).rounded()))
        let hashed = (0..<count).map { (hash: StableHash.mix(featureSeed, UInt64($0)), feature: $0) }
        return hashed.sorted { $0 < $1 }.prefix(kept).map(\.feature).sorted()
    }
}
