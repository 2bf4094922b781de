import Bytes
import ClusterProtocol
import Events
import Features
import InstanceFile
import Learning
import Scoring

/// The most influential factors of a shard's profiles, in the order of the profiles, the largest factor first.
struct ProfileFactors: ByteCodable {
    /// Factors of profile `i` stand at `start[i] ..< start[i + 1]`.
    var start: [UInt32] = [0]
    /// Index into the model's features.
    var feature: [UInt32] = []
    /// Calibrated log-odds.
    var contribution: [Float] = []
    var importance: [UInt8] = []

    var profiles: Int { start.count - 1 }

    init() {}

    func places(of profile: Int) -> Range<Int> { Int(start[profile])..<Int(start[profile + 1]) }

    mutating func append(_ factors: [Factor]) {
        for factor in factors {
            feature.append(UInt32(factor.feature))
            contribution.append(Float(factor.contribution))
            importance.append(factor.importance.rawValue)
        }
        start.append(UInt32(feature.count))
    }

    func encode(to writer: inout ByteWriter) {
        writer.write(array: start)
        writer.write(array: feature)
        writer.write(array: contribution)
        writer.write(array: importance)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        start = try reader.readArray()
        feature = try reader.readArray()
        contribution = try reader.readArray()
        importance = try reader.readArray()
        guard start.first == 0, start.last.map(Int.init) == feature.count,
            zip(start, start.dropFirst()).allSatisfy({ $0 <= $1 }),
            contribution.count == feature.count, importance.count == feature.count,
            importance.allSatisfy({ Importance(rawValue: $0) != nil })
        else { throw .badValue("factors of a shard", offset: reader.offset) }
    }
}

extension FactorSummary {
    /// By bucket, of the features that the model uses.
    init(of model: Model) {
        let features = model.ensemble.usedFeatures
        self.init(
            groups: Bucket.allCases.count, features: features,
            binCounts: features.map { model.features[$0].bins.binCount })
    }
}

extension TaskExecutor {
    /// How many factors of a profile are kept.
    static let factorLimit = 10
    /// Rows explained at a time: what bounds the memory of their contributions.
    private static let block = 4096

    /// Explains one shard's scores, and adds to the summary what the profiles of each bucket have in common.
    func explain(
        _ number: Int, _ scored: ScoredShard, _ buckets: [Bucket], _ twins: Twins, _ summary: inout SegmentSummary
    ) throws(Failure) -> ProfileFactors {
        let (model, tables) = try chosen.load(store)
        let rows = try binned(number, for: [model])
        let count = rows.scoredCount
        guard scored.margins.count == count, twins.leaders.count == model.features.count else {
            throw Failure(.machine, "shard \(number): scores and bins do not fit together")
        }
        let (width, slope) = (model.features.count, model.calibration.slope)
        var factors = ProfileFactors()
        let followers = twins.followers
        var contributions: [Float] = []
        for start in stride(from: 0, to: count, by: Self.block) {
            let end = min(count, start + Self.block)
            tables.contributions(of: rows.matrix, rows: start..<end, into: &contributions)
            for row in start..<end {
                let first = (row - start) * width
                let total = contributions[first..<first + width].reduce(tables.base) { $0 + Double($1) }
                summary.additivityGap = max(summary.additivityGap, abs(total - Double(scored.margins[row])))
                for (feature, leader) in followers {
                    contributions[first + leader] += contributions[first + feature]
                    contributions[first + feature] = 0
                }
                let own = contributions[first..<first + width]
                let largest = topFactors(contributions: own, slope: slope, limit: Self.factorLimit)
                factors.append(largest)
                summary.factors.add(
                    contributions: own, slope: slope, factors: largest, group: Int(buckets[row].rawValue))
                summary.reasons.add(largest, bucket: buckets[row], probability: scored.probabilities[row]) {
                    let bins = rows.matrix.bins(of: $0)
                    return bins[bins.startIndex + row]
                }
            }
        }
        let groups = buckets.map(\.rawValue)
        for (place, feature) in summary.factors.features.enumerated() {
            summary.factors.add(bins: rows.matrix.bins(of: feature).prefix(count), place: place, groups: groups)
        }
        return factors
    }
}
