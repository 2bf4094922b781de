import Bytes
import ClusterProtocol
import Events
import Features
import Foundation
import InstanceFile
import Learning
import Readiness
import Reporting
import RunOutputs
import Scoring
import Tables

/// What is known once the events have become features.
struct Prepared {
    var ingested: IngestSummary
    var recipe: FeatureRecipe
    var assembled: AssembleSummary
    /// Without a stop.
    var readiness: Readiness
}

/// What is known once the features have become bins.
struct Binned {
    var binning: FeatureBinning
    var counts: RowCounts
    /// How many rows a row of weight 1 stands for.
    var rowScale: Double
    var binCounts: [Int] { binning.features.map(\.bins.binCount) }
}

extension Run {
    /// Rows that give their values to the bin edges.
    private static let sampleLimit = 200_000

    /// Does everything that comes before training, and checks on the way that the data support what is asked. What is
    /// in the way is collected as far as the steps can be taken nevertheless.
    ///
    /// - Throws: `cannotTrain` with all that was found, if any of it is a stop.
    func examine(_ context: inout RunContext) throws(RunError) -> (prepared: Prepared, binned: Binned) {
        func speak(_ readiness: inout Readiness, _ instance: Instance) {
            if case .features = instance.source { readiness.speakOfFeatureTable() }
            readiness.speakOfFiles(of: instance)
        }
        do throws(RunError) {
            var examined = try examineAll(&context)
            speak(&examined.prepared.readiness, context.instance)
            return examined
        } catch {
            guard case .cannotTrain(var readiness) = error else { throw error }
            speak(&readiness, context.instance)
            throw .cannotTrain(readiness)
        }
    }

    private func examineAll(_ context: inout RunContext) throws(RunError) -> (prepared: Prepared, binned: Binned) {
        let plan = context.plan
        let instance = context.instance
        var readiness = Readiness(name: instance.name)
        let ingested: IngestSummary
        do throws(RunError) {
            ingested = try ingest(&context)
        } catch {
            guard case .input(let message) = error else { throw error }
            readiness.add([Finding(.input, .stop, "", message)])
            throw .cannotTrain(readiness)
        }
        readiness.add(
            ingested, instance: instance, plan: plan,
            today: Timestamp(microseconds: Int64(context.started.timeIntervalSince1970 * 1e6)))
        var recipe: FeatureRecipe
        do throws(ReadinessError) {
            recipe = try FeatureRecipe.make(instance: instance, plan: plan, ingested: ingested)
        } catch {
            if !readiness.findings(.stop).contains(error.finding) { readiness.add([error.finding]) }
            throw .cannotTrain(readiness)
        }
        readiness.add(
            SegmentProblem.find(
                in: instance.segments, features: recipe.features.map { ($0.code, $0.name) },
                numbers: Set(recipe.features.filter { $0.kind == .numeric }.map(\.code)),
                attributes: recipe.features.compactMap(recipe.attributeName)
            ).map { Finding(.segment, .stop, "segments", $0.description) })
        recipe.rowChoice = try chooseRows(recipe, ingested, &context)
        let assembled = try assemble(recipe, &context)
        if !recipe.rowChoice.isAll {
            observe(
                .note(
                    "the model learns from \(assembled.chosen.learned) of \(assembled.labels.learned) rows "
                        + "(model: training_rows)"))
        }
        // What came of the scores that are replaced is asked of the events too.
        if !PriorRun.isThere(context.folder.output) { context.dropEvents() }
        readiness.add(assembled, recipe: recipe, instance: instance, plan: plan, latest: ingested.latest)
        if case .events(let source) = instance.source { readiness.eligible = source.eligible.words }
        guard recipe.hasVariedLabels(assembled) else { throw .cannotTrain(readiness) }
        let binned = try bin(recipe, assembled, &context)
        if binned.binning.features.isEmpty { readiness.add([.nothingVaries]) }
        readiness.add(binned.binning.outgrown.map(\.finding))
        // A number is not given away by who has it.
        if !instance.predictsNumber {
            readiness.add(
                binned.counts.byFeature, of: binned.binning.features.map { ($0.code, $0.name) }, recipe: recipe,
                plan: plan)
        }
        guard readiness.verdict != .cannotTrain else { throw .cannotTrain(readiness) }
        return (
            Prepared(ingested: ingested, recipe: recipe, assembled: assembled, readiness: readiness), binned
        )
    }

    func ingest(_ context: inout RunContext) throws(RunError) -> IngestSummary {
        try context.timed(.ingest, "Gathering events") { context throws(RunError) in
            let plan = context.plan
            try context.write(.plan, plan)
            let ingested = try context.sum(
                .ingest, plan.splits.map { IngestTask(split: $0.id) },
                into: IngestSummary(instance: context.instance, plan: plan))
            // Each task saw the file that was surveyed; between two of them a text may have changed where nobody looked.
            let change: String?
            do throws(TableError) {
                change = try context.watch.change()
            } catch {
                // The work is kept, for the store may answer later.
                throw .failed("\(error)")
            }
            if let change { throw .input(change) }
            return ingested
        }
    }

    /// Which of the labelled rows have features: all, where there cannot be more than the model learns from.
    private func chooseRows(
        _ recipe: FeatureRecipe, _ ingested: IngestSummary, _ context: inout RunContext
    ) throws(RunError) -> RowChoice {
        let model = context.instance.model
        let rows = ingested.datasets.reduce(0) { $0 + $1.rowsKept }
        guard let limit = model[HyperParameters.trainingRows].limit,
            rows * recipe.labelledSnapshots.count > limit
        else { return RowChoice() }
        return try context.timed(.label, "Counting labels") { context throws(RunError) in
            let shards = context.plan.shardCount
            let counted = LabelTask.shards(of: shards)
            let counts = try context.sum(
                .label, (0..<counted).map { LabelTask(shard: $0, recipe: recipe) }, into: LabelCounts()
            ).scaled(from: counted, to: shards)
            return counts.learned > limit
                ? RowChoice(of: counts, limit: limit, seed: UInt64(model[HyperParameters.seed])) : RowChoice()
        }
    }

    private func assemble(_ recipe: FeatureRecipe, _ context: inout RunContext) throws(RunError) -> AssembleSummary {
        try context.timed(.assemble, "Assembling features") { context throws(RunError) in
            try context.write(.recipe, recipe)
            return try context.sumByShard(.assemble, into: AssembleSummary(recipe: recipe))
        }
    }

    /// Chooses bins from a sample of all shards and turns every shard into them.
    private func bin(
        _ recipe: FeatureRecipe, _ assembled: AssembleSummary, _ context: inout RunContext
    ) throws(RunError) -> Binned {
        let chosen = assembled.chosen.learned + assembled.chosen.heldOut
        let sampleUpTo = SketchTask.threshold(limit: Self.sampleLimit, rows: chosen)
        let scoringUpTo = SketchTask.threshold(limit: Self.sampleLimit, rows: assembled.rows.first ?? 0)
        let categorySnapshots = Snapshots(recipe).categories
        let maximumBins = context.instance.model[HyperParameters.bins]
        let binning = try context.timed(.sketch, "Choosing bins") { context throws(RunError) in
            let sketch = try context.sum(
                .sketch,
                (0..<context.plan.shardCount).map { shard in
                    SketchTask(
                        shard: shard, sampleUpTo: sampleUpTo, scoringUpTo: scoringUpTo,
                        categorySnapshots: categorySnapshots,
                        labels: assembled.numbers)
                }, into: FeatureSketch(recipe))
            return FeatureBinning(
                sketch: sketch, recipe: recipe, maximumBins: maximumBins, rows: chosen, labels: assembled.numbers)
        }
        let counts = try context.timed(.bin, "Binning features") { context throws(RunError) in
            try context.write(.bins, binning)
            return try context.sumByShard(.bin, into: RowCounts(binning, recipe))
        }
        return Binned(binning: binning, counts: counts, rowScale: recipe.rowChoice.largestWeight)
    }
}

extension Finding {
    fileprivate static let nothingVaries = Finding(
        .noVaryingFeature, .stop, "", "no feature varies between profiles, so that there is nothing to learn from",
        change: "name more numbers, categories or attributes in the instance")
}

extension FeatureRecipe {
    /// Whether there are labels of both kinds, or numbers that differ.
    fileprivate func hasVariedLabels(_ assembled: AssembleSummary) -> Bool {
        if assembled.numbers.count > 0 { return assembled.numbers.isVaried }
        let with = assembled.positives.dropFirst().reduce(0, +)
        return with > 0 && with < assembled.rows.dropFirst().reduce(0, +)
    }
}

/// Which snapshots serve what: 0 is the score date, 1 the latest labelled one, and so on into the past.
struct Snapshots {
    /// All labelled ones.
    let training: [UInt8]
    /// Those whose outcome windows were over when the latest labelled one began: what the back-test trains on.
    let backTest: [UInt8]

    init(_ recipe: FeatureRecipe) {
        let count = recipe.snapshots.count
        training = (1..<max(1, count)).map(UInt8.init)
        guard count > 1, !recipe.isFeatureTable else {
            backTest = []
            return
        }
        let latest = recipe.snapshots[1].asOf
        backTest = training.filter { recipe.snapshots[Int($0)].asOf + recipe.outcomeWindow <= latest }
    }

    /// Those whose outcomes may order categories: when there is a back-test, none that it is measured on.
    var categories: [UInt8] { backTest.isEmpty ? training : backTest }
}
