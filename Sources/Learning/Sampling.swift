import Bytes

/// Which rows a tree learns from and which features it may split.
///
/// A function of seed, purpose, tree, and row or feature, never of a stream of random numbers: the same on whichever worker a row is.
struct Sampling: Sendable {
    private enum Purpose { static let rows: UInt64 = 0x726F_7773, features: UInt64 = 0x6665_6174 }

    private let rowSalt: UInt32
    /// A row takes part when its hash is below; nil: all do.
    private let rowLimit: UInt32?
    private let featureSeed: UInt64
    private let featureShare: Double

    init(_ settings: TrainingSettings, tree: Int) {
        func seed(_ purpose: UInt64) -> UInt64 {
            StableHash.mix(StableHash.mix(settings.seed, purpose), UInt64(truncatingIfNeeded: tree))
        }
        rowSalt = UInt32(truncatingIfNeeded: seed(Purpose.rows))
        rowLimit = settings.rowSampling < 1 ? UInt32(settings.rowSampling * 0x1p32) : nil
        featureSeed = seed(Purpose.features)
        featureShare = settings.featureSampling
    }

    /// Those of `rows` that take part, in their order.
    ///
    /// - Parameter keys: one a row of the matrix.
    func sample(_ rows: [UInt32], keys: [UInt32]) -> [UInt32] {
        guard let rowLimit else { return rows }
        return rows.filter { lowbias32(keys[Int($0)] ^ rowSalt) < rowLimit }
    }

    /// A share of `count` features, at least one, ascending: those with the lowest hashes.
    func features(of count: Int) -> [Int] {
        guard featureShare < 1 else { return Array(0..<count) }
        let kept = max(1, Int((featureShare * Double(count)).rounded()))
        let hashed = (0..<count).map { (hash: StableHash.mix(featureSeed, UInt64($0)), feature: $0) }
        return hashed.sorted { $0 < $1 }.prefix(kept).map(\.feature).sorted()
    }
}
