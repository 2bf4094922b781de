import ClusterProtocol
import Customers
import Learning

extension Run {
    /// Rows that a logistic regression learns from; a few hundred weights are no better known from more.
    private static let regressionSampleLimit = 500_000
    /// Into how many tasks a step is divided at most, whatever the cluster.
    private static let regressionTasks = 64

    /// Fits a logistic regression on the bins and leaves it in the store, as trees of one feature each.
    ///
    /// - Parameters:
    ///   - rows: how many training rows there are, and how many of them have the outcome: some must and some must not.
    func regress(
        on snapshots: [UInt8], _ binned: Binned, rows: Int, positives: Int, _ title: String, at place: Int,
        _ run: inout RunState
    ) throws(RunError) -> Model {
        let settings = try settings(.depthwise, run.instance.model)
        let base = Booster(
            settings: settings, binCounts: binned.binCounts, positives: positives, rows: rows
        ).base
        var regression = LogisticRegression(features: binned.binning.features.map(\.bins), base: base)
        return try run.timed(.regress, title) { run throws(RunError) in
            let bytes = try run.once(.regress, asked: [UInt8(place)] + snapshots) { () throws(RunError) in
                var scores = regression.start
                while true {
                    let sums = try sums(at: scores, on: snapshots, binned, rows: rows, regression.layout, run)
                    switch regression.receive(sums) {
                    case .evaluate(let next): scores = next
                    case .finished(let found): return try Self.model(found, regression, binned, settings).encoded
                    }
                }
            }
            try run.stored { () throws(StoreError) in try run.store.write(.model(place), bytes) }
            do throws(ModelError) {
                return try Model(decoding: bytes)
            } catch {
                throw .failed("the model that the journal holds cannot be read: \(error)")
            }
        }
    }

    private func sums(
        at scores: BinScores, on snapshots: [UInt8], _ binned: Binned, rows: Int, _ layout: HistogramLayout,
        _ run: borrowing RunState
    ) throws(RunError) -> RegressionSums {
        let shards = run.plan.shardCount
        let count = min(shards, Self.regressionTasks)
        let sampleUpTo = SketchTask.threshold(limit: Self.regressionSampleLimit, rows: rows)
        let tasks = (0..<count).map { part in
            RegressTask(
                shards: (shards * part / count)..<(shards * (part + 1) / count), snapshots: snapshots,
                sampleUpTo: sampleUpTo, binCounts: binned.binCounts, scores: scores)
        }
        return try run.sum(.regress, tasks, into: RegressionSums(layout: layout))
    }

    private static func model(
        _ scores: BinScores, _ regression: LogisticRegression, _ binned: Binned, _ settings: TrainingSettings
    ) throws(RunError) -> Model {
        let scores = scores.centred(layout: regression.layout, binWeights: regression.binWeights)
        do throws(TrainingError) {
            let trees = try scores.trees(layout: regression.layout, binWeights: regression.binWeights)
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
