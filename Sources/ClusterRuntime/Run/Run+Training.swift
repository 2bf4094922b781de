import Bytes
import ClusterProtocol
import Customers
import Learning

/// The model and what is known of its quality.
struct Trained {
    var model: Model
    /// Raw margins on profiles that were held out, over all labelled snapshots.
    var holdOut: MarginHistogram
    /// Margins of a model trained on earlier snapshots, on held-out profiles of the latest labelled one: apart in time and
    /// in profile. nil when there is only one.
    var backTest: MarginHistogram?
    /// Trees and validation loss of each growth that was tried.
    var tried: [Candidate]

    struct Candidate {
        var growth: Growth
        var trees: Int
        var validationLoss: Double?
    }
}

extension Run {
    /// Places of models in the store.
    private enum Place {
        static let chosen = TaskExecutor.chosenModel
        static let symmetric = 1
        static let depthwise = 2
        static let backTest = 3
    }

    /// Trains the model that scores, chooses between tree shapes where asked to, calibrates it, and back-tests it.
    func train(_ prepared: Prepared, _ binned: Binned, _ run: inout RunState) throws(RunError) -> Trained {
        let snapshots = Snapshots(prepared.recipe)
        let growths: [Growth] =
            switch run.instance.model.growth {
            case .auto: [.symmetric, .depthwise]
            case .symmetric: [.symmetric]
            case .depthwise: [.depthwise]
            }
        var candidates: [(place: Int, model: Model)] = []
        var tried: [Trained.Candidate] = []
        for growth in growths {
            let place = growth == .symmetric ? Place.symmetric : Place.depthwise
            let (model, losses) = try fit(
                growth, on: snapshots.training, binned, "Training \(growth) trees", at: place, &run)
            candidates.append((place, model))
            tried.append(
                Trained.Candidate(growth: growth, trees: model.ensemble.trees.count, validationLoss: losses.min()))
        }
        let places = candidates.map(\.place)
        let evaluation = try evaluate(places, on: snapshots.training, onlyValidation: true, "Comparing models", &run)
        let best = candidates.count == 2 && evaluation.paired.prefersSecond ? 1 : 0
        var model = candidates[best].model
        model.calibration = Calibration(fitting: evaluation.margins[best])
        let bytes = model.encoded
        try run.stored { () throws(StoreError) in try run.store.write(.model(Place.chosen), bytes) }

        var backTest: MarginHistogram?
        if !snapshots.backTest.isEmpty, hasBothOutcomes(binned.counts, snapshots.backTest) {
            _ = try fit(
                model.growth, on: snapshots.backTest, binned, "Back-test: training on the past", at: Place.backTest,
                &run)
            backTest = try evaluate(
                [Place.backTest], on: [1], onlyValidation: true, "Back-test: measuring", &run
            ).margins[0]
        }
        return Trained(model: model, holdOut: evaluation.margins[best], backTest: backTest, tried: tried)
    }

    private func hasBothOutcomes(_ counts: RowCounts, _ snapshots: [UInt8]) -> Bool {
        let (rows, positives) = totals(counts, snapshots)
        return positives > 0 && positives < rows
    }

    private func totals(_ counts: RowCounts, _ snapshots: [UInt8]) -> (rows: Int, positives: Int) {
        snapshots.reduce(into: (0, 0)) { sum, snapshot in
            sum.0 += Int(counts.training[Int(snapshot)].rows)
            sum.1 += Int(counts.training[Int(snapshot)].positives)
        }
    }

    /// Trains one model over the cluster and leaves it in the store.
    private func fit(
        _ growth: Growth, on snapshots: [UInt8], _ binned: Binned, _ title: String, at place: Int, _ run: inout RunState
    ) throws(RunError) -> (Model, losses: [Double]) {
        let options = run.instance.model
        let settings: TrainingSettings
        do throws(TrainingSettingsError) {
            settings = try TrainingSettings(
                growth: growth, bins: options.bins, learningRate: options.learningRate, maximumTrees: options.trees,
                stopAfter: options.stopAfter, depth: options.depth, seed: UInt64(clamping: options.seed))
        } catch {
            throw .input("model: \(error)")
        }
        let (rows, positives) = totals(binned.counts, snapshots)
        guard positives > 0, positives < rows else {
            throw .input("of \(rows) profiles to train on, \(positives) have the outcome: both kinds are needed")
        }
        let booster = Booster(settings: settings, binCounts: binned.binCounts, positives: positives, rows: rows)
        let specification = FitSpecification(
            settings: settings, snapshots: snapshots, base: booster.base, binCounts: binned.binCounts)
        let (model, losses) = try run.timed(.train, title) { run throws(RunError) in
            let (ensemble, losses) = try run.waiting { () throws(CoordinatorService.Interruption) in
                try run.service.fit(specification: specification.encoded, shards: run.plan.shardCount, booster)
            }
            let model = Model(
                features: binned.binning.features, ensemble: ensemble, calibration: .identity, settings: settings)
            try run.stored { () throws(StoreError) in try run.store.write(.model(place), model.encoded) }
            return (model, losses)
        }
        // The first loss is of no tree.
        run.note(trees: losses.isEmpty ? model.ensemble.trees.count : losses.count - 1)
        return (model, losses)
    }

    private func evaluate(
        _ models: [Int], on snapshots: [UInt8], onlyValidation: Bool, _ title: String, _ run: inout RunState
    ) throws(RunError) -> Evaluation {
        try run.timed(.evaluate, title) { run throws(RunError) in
            var parts = try run.perform(
                .evaluate,
                (0..<run.plan.shardCount).map { shard in
                    EvaluateTask(shard: shard, models: models, snapshots: snapshots, onlyValidation: onlyValidation)
                }, as: Evaluation.self)
            var sum = parts.removeFirst()
            for part in parts { sum.add(part) }
            return sum
        }
    }
}
