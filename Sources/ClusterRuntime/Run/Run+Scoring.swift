import Bytes
import ClusterProtocol
import Customers
import Learning
import Segments

/// What scoring found over all shards.
struct Scored {
    var summary: ScoreSummary
    var context: ScoreContext
    var segments: SegmentSummary
}

extension Run {
    /// Scores every eligible profile, compares the scores, explains them, and fills the segments.
    func score(_ trained: Trained, _ run: inout RunState) throws(RunError) -> Scored {
        let summary = try run.timed(.score, "Scoring") { run throws(RunError) in
            try run.sumByShard(.score, into: ScoreSummary(features: trained.model.features.count))
        }
        let context = ScoreContext(summary)
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
            let parts = try run.perform(
                .collect,
                (0..<run.plan.shardCount).map { CollectTask(shard: $0, scoreDate: prepared.recipe.scoreDate) },
                as: OutputFiles.self)
            return try Self.published(parts, of: folders)
        }
    }

    /// The files that workers say they have written, in the order of their paths, once it is known that they are what was
    /// asked for.
    static func published(_ parts: [OutputFiles], of folders: [String]) throws(RunError) -> [OutputFile] {
        for (shard, part) in parts.enumerated() where !part.are(folders, shard: shard) {
            throw .failed(
                "a worker's result names other files than shard \(shard)'s; look for a foreign worker, and add --fresh")
        }
        return parts.flatMap(\.files).sorted { $0.path < $1.path }
    }
}
