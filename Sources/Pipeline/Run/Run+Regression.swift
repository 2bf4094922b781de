import Bytes
import ClusterCore
import ClusterProtocol
import DistributedLearning
import InstanceFile
import Learning

extension Run {
    /// Rows that a logistic regression learns from; a few hundred weights are no better known from more.
    private static let regressionSampleLimit = 200_000

    /// Fits a logistic regression on the bins and leaves it in the store, as trees of one feature each.
    ///
    /// - Parameter total: the training rows: some must have the outcome and some must not.
    func regress(
        on snapshots: [UInt8], _ binned: Binned, of total: RowCounts.Outcomes, _ title: String, at place: Int,
        _ context: inout RunContext
    ) throws(RunError) -> Model {
        let rows = Int(total.rows)
        let settings = try settings(.depthwise, context.instance, rows: Int(total.chosen))
        let base = Float(settings.objective.base(labelSum: total.labelSum, rows: rows))
        let regression = LogisticRegression(
            features: binned.binning.features.map(\.bins), base: base, rowScale: binned.rowScale)
        let specification = RegressionSpecification(
            snapshots: snapshots,
            sampleUpTo: SketchTask.threshold(limit: Self.regressionSampleLimit, rows: Int(total.chosen)),
            layout: regression.layout)
        return try context.timed(.regress, title) { context throws(RunError) in
            let need = FitNeed(
                rows: min(Int(total.chosen), Self.regressionSampleLimit), features: binned.binning.features.count)
            let outcome = try context.fit(.regress, specification: specification.encoded, needing: need) {
                RegressionFit(regression, after: $0)
            } reading: { bytes in
                let outcome = try RegressionOutcome(decoding: bytes)
                return outcome.fits(regression.layout) ? outcome : nil
            }
            let model = try Self.model(outcome, regression.layout, binned, settings)
            try context.keep(model, at: place)
            return model
        }
    }

    private static func model(
        _ outcome: RegressionOutcome, _ layout: LinearLayout, _ binned: Binned, _ settings: TrainingSettings
    ) throws(RunError) -> Model {
        let scores = outcome.model.centred(layout: layout.bins, binWeights: outcome.binWeights)
        do throws(TrainingError) {
            let trees = try scores.trees(layout: layout.bins, binWeights: outcome.binWeights)
            let limit = Double(Tree.largestLeaf)
            return Model(
                features: binned.binning.features,
                ensemble: Ensemble(base: Float(min(max(scores.intercept, -limit), limit)), trees: trees),
                calibration: .identity, settings: settings)
        } catch {
            throw .failed(RunFailure(error))
        }
    }
}
