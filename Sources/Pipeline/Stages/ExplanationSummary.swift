import Bytes
import InstanceFile
import Learning
import Scoring

/// What comparing, explaining and segmenting a shard adds to the whole.
struct ExplanationSummary: ShardSum, FieldCodable {
    /// How many equal parts of the scores' range, 0...100, are counted.
    static let scoreParts = 100

    var buckets: [Population]
    var segments: [Population]
    /// Profiles whose score is in [i, i + 1), those of 100 in the last.
    var scores: [Int64]
    /// By bucket.
    var factors: FactorSummary
    var reasons: ReasonCounts
    /// The largest gap between a profile's margin and what its contributions and the base add up to.
    var additivityGap = 0.0

    mutating func add(score: Double, _ bucket: Bucket, probability: Double) {
        buckets[Int(bucket.rawValue)].add(probability: probability)
        scores[min(Self.scoreParts - 1, Int(score))] += 1
    }

    /// Adds another shard's, which must fit.
    mutating func add(_ other: ExplanationSummary) {
        for index in buckets.indices { buckets[index].add(other.buckets[index]) }
        for index in segments.indices { segments[index].add(other.segments[index]) }
        for index in scores.indices { scores[index] &+= other.scores[index] }
        factors.add(other.factors)
        reasons.add(other.reasons)
        additivityGap = max(additivityGap, other.additivityGap)
    }

    /// Whether both are of the same segments, features and bins.
    func fits(_ other: ExplanationSummary) -> Bool {
        buckets.count == other.buckets.count && segments.count == other.segments.count
            && scores.count == other.scores.count && factors.fits(other.factors)
            && reasons.fits(other.reasons)
    }

    static let fields = FieldList(
        Self.init, \.buckets, \.segments, \.scores, \.factors, \.reasons, \.additivityGap
    ).check("segment summary") { summary in
        summary.additivityGap >= 0 && summary.additivityGap.isFinite
            && (summary.buckets + summary.segments).allSatisfy(\.isPossible)
            && summary.scores.allSatisfy { 0...ByteReader.mostCounted ~= $0 }
    }
}

extension ExplanationSummary {
    init(segments count: Int, model: Model) {
        buckets = Array(repeating: Population(), count: Bucket.allCases.count)
        segments = Array(repeating: Population(), count: count)
        scores = Array(repeating: 0, count: Self.scoreParts)
        factors = FactorSummary(of: model)
        reasons = ReasonCounts(of: model)
    }
}
