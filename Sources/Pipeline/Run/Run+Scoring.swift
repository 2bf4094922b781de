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
            let (explanation, files) = try context.writeParts(
                .explain, scoreDate: prepared.recipe.scoreDate, into: nothing)
            return Scored(summary: summary, context: comparison, explanation: explanation, files: files)
        }
    }
}
