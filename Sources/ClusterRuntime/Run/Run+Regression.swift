import Bytes
import ClusterCore
import ClusterProtocol
import Customers
import Learning

extension Run {
    /// Rows that a logistic regression learns from; a few hundred weights are no better known from more.
    private static let regressionSampleLimit = 500_000
    /// Into how many tasks a step is divided, whatever the cluster: few rows are sooner summed than asked for.
    private static let regressionTasks = 8...64
    private static let rowsPerTask = 2048

    /// Fits a logistic regression on the bins and leaves it in the store, as trees of one feature each.
    ///
    /// - Parameters:
    ///   - rows: how many training rows there are, and how many of them have the outcome: some must and some must not.
    func regress(
        on snapshots: [UInt8], _ binned: Binned, rows: Int, positives: Int, _ title: String, at place: Int,
        _ run: inout RunState
    ) throws(RunError) -> Model {
        let settings = try settings(.depthwise, run.instance.model, rows: rows)
        let base = Booster(
            settings: settings, binCounts: binned.binCounts, positives: positives, rows: rows
        ).base
        var regression = LogisticRegression(features: binned.binning.features.map(\.bins), base: base)
        return try run.timed(.regress, title) { run throws(RunError) in
            let step = try run.step(
                .regress, asked: [[UInt8(place)] + snapshots], parts: LogisticRegression.mostEvaluations)
            let model: Model
            let features = binned.binning.features
            let known = run.usable(step.outcome) { bytes in
                let model = try Model(decoding: bytes)
                return model.features == features ? model : nil
            }
            if let known {
                model = known
            } else {
                let scores = try search(&regression, step, on: snapshots, rows: rows, run)
                model = try Self.model(scores, regression, binned, settings)
                try run.conclude(step, model.encoded)
            }
            try run.stored { () throws(StoreError) in try run.store.write(.model(place), model.encoded) }
            return model
        }
    }

    /// Asks for sums until the scores are found, from where the journal ends.
    private func search(
        _ regression: inout LogisticRegression, _ step: JournaledSteps.Step, on snapshots: [UInt8], rows: Int,
        _ run: borrowing RunState
    ) throws(RunError) -> BinScores {
        var scores = regression.start
        var part = 0
        while true {
            let nothing = regression.noSums
            let known = run.usable(step.results[part]) { bytes in
                let sums = try RegressionSums(decoding: bytes)
                return nothing.fits(sums) ? sums : nil
            }
            let sums: RegressionSums
            if let known {
                sums = known
            } else {
                sums = try self.sums(at: scores, on: snapshots, rows: rows, regression, run)
                try run.keep(.result(part: UInt32(part), sums.encoded), of: step)
            }
            switch regression.receive(sums) {
            case .evaluate(let next): scores = next
            case .finished(let found): return found
            }
            part += 1
        }
    }

    private func sums(
        at scores: LinearScores, on snapshots: [UInt8], rows: Int, _ regression: LogisticRegression,
        _ run: borrowing RunState
    ) throws(RunError) -> RegressionSums {
        let shards = run.plan.shardCount
        let wanted = min(rows, Self.regressionSampleLimit) / Self.rowsPerTask
        let count = min(shards, min(max(wanted, Self.regressionTasks.lowerBound), Self.regressionTasks.upperBound))
        let sampleUpTo = SketchTask.threshold(limit: Self.regressionSampleLimit, rows: rows)
        let nothing = regression.noSums
        let tasks = (0..<count).map { part in
            RegressTask(
                shards: (shards * part / count)..<(shards * (part + 1) / count), snapshots: snapshots,
                sampleUpTo: sampleUpTo, layout: regression.layout, scores: scores,
                weighsBins: !nothing.weights.isEmpty)
        }
        return try run.sum(.regress, tasks, into: nothing)
    }

    private static func model(
        _ scores: BinScores, _ regression: LogisticRegression, _ binned: Binned, _ settings: TrainingSettings
    ) throws(RunError) -> Model {
        let scores = scores.centred(layout: regression.layout.bins, binWeights: regression.binWeights)
        do throws(TrainingError) {
            let trees = try scores.trees(layout: regression.layout.bins, binWeights: regression.binWeights)
            let limit = Double(Tree.largestLeaf)
            return Model(
                features: binned.binning.features,
                ensemble: Ensemble(base: Float(min(max(scores.intercept, -limit), limit)), trees: trees),
                calibration: .identity, settings: settings)
        } catch {
            throw .failed("\(error)")
        }
    }
}
