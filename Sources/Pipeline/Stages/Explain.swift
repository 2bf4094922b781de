import Bytes
import ClusterProtocol
import Events
import Features
import InstanceFile
import Learning
import Scoring
import Tables

extension Stage { static let explain = Stage("explain") }

/// Scores are compared with everybody's and explained, segments are filled, and all of it is written.
enum ExplainStage: TaskStage {
    typealias Result = SummedParts<ExplanationSummary>

    static let stage = Stage.explain

    static func perform(_ task: ExplainTask, by executor: TaskExecutor) throws(Failure) -> Result {
        try executor.explain(task)
    }

    static func files(ofTask task: Int, _ result: Result, of plan: InputPlan) -> [SharedFile] {
        result.outputs.parts(ofShard: task)
    }
}

struct ExplainTask: FieldCodable {
    var shard: Int
    var scoreDate: Timestamp?

    static let fields = FieldList(Self.init, \.shard, \.scoreDate)
}

/// One shard's scores compared with everybody's, and the reasons for them.
struct ExplainedShard {
    let number: Int
    let recipe: FeatureRecipe
    let features: AssembledShard
    let twins: Twins
    let scored: ScoredShard
    let scores: [Double]
    let percentiles: [UInt8]
    let buckets: [Bucket]
    let factors: ProfileFactors

    var scoreColumns: [Column] {
        ScoreColumns(
            scores: scores, probabilities: scored.probabilities, percentiles: percentiles, buckets: buckets
        ).columns
    }
}

extension TaskExecutor {
    /// Compares one shard's scores with everybody's, explains them, decides who is in which segment, and writes the
    /// shard's parts of all outputs.
    func explain(_ task: ExplainTask) throws(Failure) -> SummedParts<ExplanationSummary> {
        let (model, _) = try chosen.load(store)
        var summary = ExplanationSummary(segments: instance.segments.count, model: model)
        let shard = try explained(task.shard, &summary)
        let part = OutputFiles.part(task.shard)
        var outputs = OutputFiles()
        outputs.files.append(try write("scores/\(part)", scoresTable(shard, task.scoreDate)))
        outputs.files.append(
            try write(
                "factors/\(part)",
                try factorsTable(
                    task.shard, shard.features, shard.factors, shard.scored.identities, model,
                    names: shard.twins.names(model.features))))
        if instance.enrich { outputs.files.append(try write("profiles/\(part)", try enriched(shard))) }
        if instance.segments.isEmpty { return SummedParts(summary: summary, outputs: outputs) }
        let scope = try scope(shard)
        for (index, segment) in instance.segments.enumerated() {
            let rows = scope.members(of: segment)
            for row in rows { summary.segments[index].add(probability: shard.scored.probabilities[row]) }
            let members = SegmentMembers.table(
                rows, of: shard.scored.identities, scores: shard.scores, probabilities: shard.scored.probabilities)
            outputs.files.append(try write("segments/\(slug(segment.name))/\(part)", members))
        }
        return SummedParts(summary: summary, outputs: outputs)
    }

    private func explained(_ number: Int, _ summary: inout ExplanationSummary) throws(Failure) -> ExplainedShard {
        let context: ScoreContext = try read(.scoreContext)
        let recipe: FeatureRecipe = try read(.recipe)
        let scored: ScoredShard = try read(.scores(shard: number))
        let features = try assembled(number, by: recipe)
        guard features.rowSnapshot.count(where: { $0 == 0 }) == scored.identities.count else {
            throw Failure(.machine, "shard \(number): scores and features do not fit together")
        }
        let scores = scored.probabilities.map(context.score)
        let percentiles = scored.margins.map(context.percentile)
        let buckets = zip(scores, percentiles).map { Bucket(score: $0, percentile: $1, instance.buckets) }
        for (row, bucket) in buckets.enumerated() {
            summary.add(score: scores[row], bucket, probability: scored.probabilities[row])
        }
        let factors = try factors(number, scored, buckets, context.twins, &summary)
        return ExplainedShard(
            number: number, recipe: recipe, features: features, twins: context.twins, scored: scored, scores: scores,
            percentiles: percentiles, buckets: buckets, factors: factors)
    }

    /// How many factors of a profile are kept.
    static let factorLimit = 10
    /// Rows explained at a time: what bounds the memory of their contributions.
    static let block = 4096

    /// Explains one shard's scores, and adds to the summary what the profiles of each bucket have in common.
    private func factors(
        _ number: Int, _ scored: ScoredShard, _ buckets: [Bucket], _ twins: Twins, _ summary: inout ExplanationSummary
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
