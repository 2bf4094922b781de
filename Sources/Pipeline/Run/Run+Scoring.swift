import Bytes
import ClusterProtocol
import Events
import InstanceFile
import Learning
import Readiness
import Scoring

/// What scoring found over all shards.
struct Scored {
    var summary: ScoreSummary
    var context: ScoreContext
    var segments: SegmentSummary
}

extension Run {
    /// Scores every eligible profile, compares the scores, explains them, and fills the segments.
    func score(_ binned: Binned, _ trained: Trained, _ run: inout RunState) throws(RunError) -> Scored {
        let summary = try run.timed(.score, "Scoring") { run throws(RunError) in
            try run.sumByShard(.score, into: ScoreSummary(features: trained.model.features.count))
        }
        let context = ScoreContext(
            margins: summary.margins, probability: summary.probability,
            twins: Twins(trained.model, binned.counts.scored.moments) {
                binned.counts.byFeature.outcomes(of: $0).map(\.rows)
            })
        let segments = try run.timed(.segment, "Explaining and segmenting") { run throws(RunError) in
            try run.stored { () throws(StoreError) in try run.store.write(.scoreContext, sealing: context) }
            return try run.sumByShard(
                .segment, into: SegmentSummary(segments: run.instance.segments.count, model: trained.model))
        }
        return Scored(summary: summary, context: context, segments: segments)
    }

    /// Has every shard's parts written; the files in the order of their paths.
    func collect(_ prepared: Prepared, _ run: inout RunState) throws(RunError) -> [OutputFile] {
        try run.timed(.collect, "Writing results") { run throws(RunError) in
            let folders = run.instance.partedOutputs
            for folder in folders + ["model"] {
                try run.stored { () throws(StoreError) in
                    try Files.makeDirectory("\(run.folder.workspace.results)/\(folder)")
                }
            }
            let tasks = (0..<run.plan.shardCount).map { CollectTask(shard: $0, scoreDate: prepared.recipe.scoreDate) }
            return try run.write(.collect, tasks, of: folders)
        }
    }
}

extension RunState {
    /// Has each shard's part of these outputs written by a task; the files in the order of their paths.
    ///
    /// - Parameter tasks: one a shard, in their order.
    func write(_ stage: Stage, _ tasks: [some ByteCodable], of folders: [String]) throws(RunError) -> [OutputFile] {
        let parts = try perform(stage, tasks, as: OutputFiles.self) { shard, part in part.are(folders, shard: shard) }
        return parts.flatMap(\.files).sorted { $0.path < $1.path }
    }
}
