import Bytes
import ClusterProtocol
import DistributedLearning
import Events
import Features
import InstanceFile
import Learning
import RunOutputs
import Scoring
import Tables

extension Run {
    /// Trains where the objective is a number, predicts every profile's and explains it, and puts the results in place.
    func predict(
        _ prepared: Prepared, _ binned: Binned, _ context: inout RunContext
    ) throws(RunError) -> RunSummary {
        var fits: [Fitted] = []
        let snapshots = Snapshots(prepared.recipe).training
        for growth in context.instance.model[HyperParameters.growth].growths {
            let settings = try settings(growth, context.instance, rows: Int(binned.counts.training[1].chosen))
            fits.append(
                try fit(settings, on: snapshots, binned, "Training \(growth) trees", at: fits.count + 1, &context))
        }
        // The first unless a later one is better.
        var best = fits[0]
        for fit in fits where fit.validationLoss ?? .infinity < best.validationLoss ?? .infinity { best = fit }
        var model = best.model
        model.calibration = binned.binning.labels.calibration
        try context.keep(model, at: TaskExecutor.chosenModel)
        let (summary, parts) = try context.timed(.predict, "Predicting and explaining") { context throws(RunError) in
            try context.writeParts(
                .predict, scoreDate: prepared.recipe.scoreDate,
                into: PredictionSummary(features: model.features.count))
        }
        let predictions = PredictionsFile(best, model, summary, prepared, binned, context.instance)
        let publication = Publication(
            prepared: prepared, binned: binned, model: model, parts: parts, profiles: predictions.profilesPredicted,
            seconds: context.seconds)
        let document: [UInt8]
        do throws(StoreError) {
            document = try RunJSON.encoded(predictions)
        } catch {
            throw .failed(RunFailure(error))
        }
        try publish(publication, [(PredictionsFile.name, document)], &context)
        return RunSummary(
            predictions, output: context.folder.output, seconds: publication.seconds,
            rejected: Self.rejections(prepared)
        ).saying(context.objects)
    }
}

extension PredictionsFile {
    fileprivate init(
        _ best: Run.Fitted, _ model: Model, _ summary: PredictionSummary, _ prepared: Prepared, _ binned: Binned,
        _ instance: Instance
    ) {
        let calibration = model.calibration
        func error(_ loss: Double?) -> Double? {
            loss.flatMap(model.objective.rootMeanSquaredError).map { $0 * calibration.slope }
        }
        let rows = binned.counts.validation.reduce(0) { $0 + $1.chosen }
        var quality: Quality?
        if let with = error(best.validationLoss), let without = error(best.validationLosses.first) {
            quality = Quality(rows: Int(rows), rootMeanSquaredError: with, rootMeanSquaredErrorOfMean: without)
        }
        let factors = zip(model.features, summary.meanMagnitudes).map { feature, magnitude in
            Factor(code: feature.code, name: feature.name, meanMagnitude: magnitude * calibration.slope)
        }
        let labels = binned.binning.labels
        self.init(
            name: instance.name, objective: instance.objective.rawValue,
            scoreDate: prepared.recipe.scoreDate?.description, profilesPredicted: Int(summary.profiles),
            meanPrediction: model.objective.prediction(ofMargin: calibration.margin(summary.meanMargin)),
            labels: Labels(rows: labels.count, least: Double(labels.least), largest: Double(labels.most)),
            holdOut: quality, growth: "\(model.growth)", trees: model.ensemble.trees.count,
            factors: factors.filter { $0.meanMagnitude > 0 }
                .sorted {
                    $0.meanMagnitude != $1.meanMagnitude ? $0.meanMagnitude > $1.meanMagnitude : $0.code < $1.code
                })
    }
}
