import Bytes
import ClusterProtocol
import Events
import InstanceFile
import Learning
import Readiness
import Scoring
import Tables

/// What scoring found over all shards.
struct Scored {
    var summary: ScoreSummary
    var context: ScoreContext
    var explanation: ExplanationSummary
    /// The parts of all outputs, in the order of their paths.
    var files: [OutputFile]
}

extension Run {
    /// Scores every eligible profile, compares the scores, explains them, fills the segments, and has all of it written.
    func score(
        _ prepared: Prepared, _ binned: Binned, _ trained: Trained, _ context: inout RunContext
    ) throws(RunError) -> Scored {
        let summary = try context.timed(.score, "Scoring") { context throws(RunError) in
            try context.sumByShard(.score, into: ScoreSummary(features: trained.model.features.count))
        }
        let comparison = ScoreContext(
            margins: summary.margins, probability: summary.probability,
            twins: Twins(trained.model, binned.counts.scored.moments) {
                binned.counts.byFeature.outcomes(of: $0).map(\.rows)
            })
        return try context.timed(.explain, "Explaining and segmenting") { context throws(RunError) in
            try context.write(.scoreContext, comparison)
            let nothing = ExplanationSummary(segments: context.instance.segments.count, model: trained.model)
            let (explanation, files) = try context.explain(into: nothing, scoreDate: prepared.recipe.scoreDate)
            return Scored(summary: summary, context: comparison, explanation: explanation, files: files)
        }
    }
}

extension RunContext {
    /// Has every shard explained and written; the sum, and the files in the order of their paths.
    fileprivate func explain(
        into nothing: ExplanationSummary, scoreDate: Timestamp?
    ) throws(RunError) -> (ExplanationSummary, [OutputFile]) {
        let folders = instance.partedOutputs
        for folder in folders + ["model"] { try makeResultsFolder(folder) }
        let tasks = (0..<plan.shardCount).map { ExplainTask(shard: $0, scoreDate: scoreDate).encoded }
        let results = try results(.explain, tasks) { shard, bytes in
            let part = try ExplainResult(decoding: bytes)
            return nothing.fits(part.summary) && part.outputs.are(folders, shard: shard) ? part : nil
        }
        var sum = nothing
        var files: [OutputFile] = []
        // One after the other, for decoded they take many times the memory.
        do throws(ByteError) {
            for bytes in results {
                let part = try ExplainResult(decoding: bytes)
                sum.add(part.summary)
                files += part.outputs.files
            }
        } catch {
            throw .failed("a worker's result (\(Stage.explain)) cannot be read: \(error)")
        }
        return (sum, files.sorted { $0.path < $1.path })
    }
}
