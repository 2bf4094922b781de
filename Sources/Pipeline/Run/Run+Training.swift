import Bytes
import ClusterProtocol
import DistributedLearning
import Events
import Features
import InstanceFile
import Learning

/// The model and what is known of its quality.
struct Trained {
    var kind: ModelKind
    var model: Model
    /// On profiles that were held out, over all labelled snapshots.
    var holdOut: HeldOutMargins
    /// Of a model that knows earlier snapshots only, on held-out profiles of the latest labelled one: apart in time and in
    /// profile. nil when there is only one.
    var backTest: BackTest?
    /// Trees and validation loss of each growth that was tried.
    var tried: [Candidate]
    /// The model on the held-out profiles of each labelled snapshot, the latest first.
    var bySnapshot: [HeldOutMargins] = []
    /// A logistic regression on the same rows; nil where it is the model.
    var baseline: Baseline?

    /// What any model should beat, measured as the model is.
    struct Baseline {
        var holdOut: HeldOutMargins
        var calibration: Calibration
        var backTest: BackTest?
        /// By how much its loss is lower than the model's, row by row, both calibrated: on the back-test where there is one.
        var gain = PairedLoss()
    }

    struct BackTest {
        var margins: HeldOutMargins
        /// From held-out profiles of the earlier snapshots.
        var calibration: Calibration
    }

    struct Candidate {
        var settings: TrainingSettings
        var trees: Int
        var validationLoss: Double?
        var isChosen = false
        /// How many rows it learned from, where that was a part of them.
        var rows: Int?
    }
}

extension Run {
    /// Places of models in the store.
    private enum Place {
        static let chosen = TaskExecutor.chosenModel
        static let symmetric = 1
        static let depthwise = 2
        static let backTest = 3
        static let logistic = 4
        static let logisticBackTest = 5
        /// Of what was chosen on a part of the rows.
        static let whole = 6
        /// Of the first model that tuning tries; the others' follow.
        static let tuned = 16
    }

    /// Trains the model that scores, chooses between tree shapes where asked to, calibrates it, and back-tests it; and the
    /// logistic regression that it is shown beside.
    func train(_ prepared: Prepared, _ binned: Binned, _ context: inout RunContext) throws(RunError) -> Trained {
        let snapshots = Snapshots(prepared.recipe)
        let isBackTested = !snapshots.backTest.isEmpty && hasBothOutcomes(binned.counts, snapshots.backTest)
        let kind = context.instance.model[HyperParameters.kind]
        let logistic = try regress(on: snapshots.training, binned, "Logistic regression", at: Place.logistic, &context)
        var tried: [Fitted] = []
        let chosen =
            kind == .trees
            ? try chooseTrees(beside: logistic, on: snapshots.training, binned, &tried, &context)
            : try compare([logistic], beside: nil, on: snapshots.training, &context)
        var model = chosen.best.model
        model.calibration = Calibration(fitting: chosen.holdOut.margins)
        try context.keep(model, at: Place.chosen)
        var trained = Trained(
            kind: kind, model: model, holdOut: chosen.holdOut,
            tried: tried.map {
                Trained.Candidate(
                    settings: $0.model.settings, trees: $0.model.ensemble.trees.count,
                    validationLoss: $0.validationLoss,
                    isChosen: $0.place == chosen.best.place, rows: $0.rows)
            })
        trained.baseline = chosen.baseline.map {
            Trained.Baseline(holdOut: $0, calibration: Calibration(fitting: $0.margins))
        }
        try measure(&trained, chosen.best, beside: logistic, on: snapshots.training, &context)
        if isBackTested { try backTest(&trained, on: snapshots.backTest, binned, &context) }
        return trained
    }

    /// A model in the store.
    struct Fitted {
        var place: Int
        var model: Model
        /// How many rows it learned from, where that was a part of them.
        var rows: Int?
        /// With 0, 1, 2, ... trees; empty where there are no validation rows.
        var validationLosses: [Double] = []
        /// The lowest, of the trees that were kept.
        var validationLoss: Double? { validationLosses.min() }
    }

    /// The better of two models, and how it and the baseline do on the held-out profiles.
    private struct Compared {
        var best: Fitted
        var holdOut: HeldOutMargins
        var baseline: HeldOutMargins?
    }

    /// Rows that are enough to choose between trees of several shapes and settings; those chosen then learn from all.
    private static let choiceSampleLimit = 200_000

    /// The best trees of those that are to be tried, on all rows.
    private func chooseTrees(
        beside logistic: Fitted, on snapshots: [UInt8], _ binned: Binned, _ tried: inout [Fitted],
        _ context: inout RunContext
    ) throws(RunError) -> Compared {
        let (model, rows) = (context.instance.model, Int(try trainable(binned.counts, snapshots).chosen))
        let (growths, isTuned) = (model[HyperParameters.growth].growths, model[HyperParameters.tune])
        // Where there is but one to try, it learns from all rows at once.
        let sampleUpTo =
            growths.count > 1 || isTuned ? SketchTask.threshold(limit: Self.choiceSampleLimit, rows: rows) : .max
        let part: UInt64? = sampleUpTo == .max ? nil : sampleUpTo
        for growth in growths {
            let place = growth == .symmetric ? Place.symmetric : Place.depthwise
            let settings = try settings(growth, context.instance, rows: rows)
            tried.append(
                try fit(
                    settings, on: snapshots, part: part, binned,
                    part == nil ? "Training \(growth) trees" : "Trying \(growth) trees", at: place, &context))
        }
        var best = try compare(tried, beside: logistic, on: snapshots, &context)
        if isTuned { best = try tune(best, beside: logistic, on: snapshots, part, binned, &tried, &context) }
        guard part != nil else { return best }
        let settings = best.best.model.settings
        let whole = try fit(
            settings, on: snapshots, binned, "Training \(settings.growth) trees", at: Place.whole, &context)
        tried.append(whole)
        return try compare([whole], beside: logistic, on: snapshots, &context)
    }

    /// The first of one or two models, unless the second is better by more than could be luck.
    private func compare(
        _ fits: [Fitted], beside logistic: Fitted?, on snapshots: [UInt8], _ context: inout RunContext
    ) throws(RunError) -> Compared {
        let places = fits.map(\.place) + (logistic.map { [$0.place] } ?? [])
        let evaluation = try evaluate(places, on: [snapshots], "Comparing models", &context)[0]
        let best = fits.count == 2 && evaluation[0, 1].prefersSecond ? 1 : 0
        return Compared(
            best: fits[best], holdOut: evaluation.models[best],
            baseline: logistic == nil ? nil : evaluation.models[fits.count])
    }

    /// Measures the chosen model date by date, and the logistic regression against it.
    private func measure(
        _ trained: inout Trained, _ best: Fitted, beside logistic: Fitted, on snapshots: [UInt8],
        _ context: inout RunContext
    ) throws(RunError) {
        var places = [best.place]
        var calibrations = [trained.model.calibration]
        if let baseline = trained.baseline {
            places.append(logistic.place)
            calibrations.append(baseline.calibration)
        }
        let dates = try evaluate(
            places, calibrations, on: snapshots.map { [$0] }, "Measuring date by date", &context)
        trained.bySnapshot = dates.map { $0.models[0] }
        if trained.baseline != nil { for date in dates { trained.baseline?.gain.add(date[0, 1]) } }
    }

    /// Tries variations of the best settings so far; the best of them, by validation loss, has to be better than the model by
    /// more than could be luck.
    private func tune(
        _ current: Compared, beside logistic: Fitted, on snapshots: [UInt8], _ part: UInt64?, _ binned: Binned,
        _ tried: inout [Fitted], _ context: inout RunContext
    ) throws(RunError) -> Compared {
        var challenger: Fitted?
        let variations = current.best.model.settings.variations
        for (index, settings) in variations.enumerated() {
            let fitted = try fit(
                settings, on: snapshots, part: part, binned, "Tuning, \(index + 1) of \(variations.count)",
                at: Place.tuned + index,
                &context)
            tried.append(fitted)
            if let loss = fitted.validationLoss, loss < challenger?.validationLoss ?? .infinity { challenger = fitted }
        }
        guard let challenger else { return current }
        return try compare([current.best, challenger], beside: logistic, on: snapshots, &context)
    }

    /// Trains the same on earlier snapshots and measures on the latest labelled one.
    private func backTest(
        _ trained: inout Trained, on snapshots: [UInt8], _ binned: Binned, _ context: inout RunContext
    ) throws(RunError) {
        var places: [Int] = []
        if trained.kind == .trees {
            _ = try fit(
                trained.model.settings, on: snapshots, binned, "Back-test: training on the past", at: Place.backTest,
                &context)
            places.append(Place.backTest)
        }
        _ = try regress(
            on: snapshots, binned, "Back-test: logistic regression", at: Place.logisticBackTest, &context)
        places.append(Place.logisticBackTest)
        let past = try evaluate(places, on: [snapshots], "Back-test: calibrating on the past", &context)[0]
        let calibrations = past.models.map { Calibration(fitting: $0.margins) }
        let measured = try evaluate(places, calibrations, on: [[1]], "Back-test: measuring", &context)[0]
        let tests = zip(measured.models, calibrations).map { Trained.BackTest(margins: $0, calibration: $1) }
        trained.backTest = tests[0]
        trained.baseline?.backTest = tests.last
        if trained.baseline != nil { trained.baseline?.gain = measured[0, 1] }
    }

    private func regress(
        on snapshots: [UInt8], _ binned: Binned, _ title: String, at place: Int, _ context: inout RunContext
    ) throws(RunError) -> Fitted {
        let total = try trainable(binned.counts, snapshots)
        let model = try regress(on: snapshots, binned, of: total, title, at: place, &context)
        return Fitted(place: place, model: model)
    }

    private func hasBothOutcomes(_ counts: RowCounts, _ snapshots: [UInt8]) -> Bool {
        let total = total(counts, snapshots)
        return total.positives > 0 && total.positives < total.rows
    }

    private func total(_ counts: RowCounts, _ snapshots: [UInt8]) -> RowCounts.Outcomes {
        snapshots.reduce(into: RowCounts.Outcomes()) { $0.add(counts.training[Int($1)]) }
    }

    private func trainable(
        _ counts: RowCounts, _ snapshots: [UInt8], for objective: Objective = .logLoss
    ) throws(RunError) -> RowCounts.Outcomes {
        let total = total(counts, snapshots)
        switch objective.labels {
        case .outcomes where !hasBothOutcomes(counts, snapshots):
            throw .input(
                "of \(total.rows) profiles to train on, \(total.positives) have the outcome: both kinds are needed")
        case .numbers where total.rows == 0: throw .input("all profiles that have a label are held out of training")
        case .outcomes, .numbers: return total
        }
    }

    /// - Parameter rows: how many training rows there are.
    func settings(_ growth: Growth, _ instance: Instance, rows: Int) throws(RunError) -> TrainingSettings {
        let (options, objective) = (instance.model, instance.objective)
        let sampling: RowSampling =
            switch options[HyperParameters.rowSampling] {
            // Of the rows, not of those drawn, is what a minimum is meant for.
            case .auto:
                options[HyperParameters.minimumChildCount] > 1 || !objective.isSampledByGradient
                    ? .uniform(1) : .automatic(rows: rows)
            case .gradient: .gradient
            case .share(let share): .uniform(share)
            }
        do throws(TrainingSettingsError) {
            return try TrainingSettings(options, objective: objective, growth: growth, rowSampling: sampling)
        } catch {
            throw .input("model: \(error)")
        }
    }

    /// Trains one model over the cluster and leaves it in the store.
    ///
    /// - Parameter part: rows learn whose sampling hash is at most this; nil: all.
    func fit(
        _ settings: TrainingSettings, on snapshots: [UInt8], part: UInt64? = nil, _ binned: Binned, _ title: String,
        at place: Int, _ context: inout RunContext
    ) throws(RunError) -> Fitted {
        let total = try trainable(binned.counts, snapshots, for: settings.objective)
        let booster = Booster(
            settings: settings, binCounts: binned.binCounts, labelSum: total.labelSum, rows: Int(total.rows),
            rowScale: binned.rowScale)
        let specification = FitSpecification(
            settings: settings, snapshots: snapshots, sampleUpTo: part ?? .max, base: booster.base,
            leastDrawn: GradientScale.leastDrawn(
                weight: (Double(total.weight) * 0x1p-20, Double(total.positiveWeight) * 0x1p-20),
                rate: total.labelSum / Double(max(1, total.rows))),
            binCounts: binned.binCounts)
        let rows = part.map { Int(Double(total.chosen) * Double($0) * 0x1p-64) }
        let heldOut = snapshots.reduce(0) { $0 + Int(binned.counts.validation[Int($1)].chosen) }
        let need = FitNeed(rows: (rows ?? Int(total.chosen)) + heldOut, features: binned.binning.features.count)
        let (model, losses) = try context.timed(.train, title) { context throws(RunError) in
            let outcome = try context.fit(.train, specification: specification.encoded, needing: need) {
                BoostingFit(booster, after: $0)
            } reading: { bytes in
                let outcome = try BoostingOutcome(decoding: bytes)
                let isPossible = outcome.ensemble.trees.allSatisfy { $0.isPossible(binCounts: binned.binCounts) }
                return isPossible ? outcome : nil
            }
            let model = Model(
                features: binned.binning.features, ensemble: outcome.ensemble, calibration: .identity,
                settings: settings)
            try context.keep(model, at: place)
            return (model, outcome.losses)
        }
        // The first loss is of no tree.
        context.note(trees: losses.isEmpty ? model.ensemble.trees.count : losses.count - 1)
        return Fitted(place: place, model: model, rows: rows, validationLosses: losses)
    }

    private func evaluate(
        _ models: [Int], _ calibrations: [Calibration]? = nil, on groups: [[UInt8]], _ title: String,
        _ context: inout RunContext
    ) throws(RunError) -> [Evaluation] {
        let calibrations = calibrations ?? models.map { _ in .identity }
        return try context.timed(.evaluate, title) { context throws(RunError) in
            try context.sum(
                .evaluate,
                (0..<context.plan.shardCount).map { shard in
                    EvaluateTask(shard: shard, models: models, calibrations: calibrations, groups: groups)
                }, into: Evaluations(models: models.count, groups: groups.count)
            ).groups
        }
    }
}
