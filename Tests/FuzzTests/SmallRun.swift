import Bytes
import ClusterCore
import ClusterProtocol
import DistributedLearning
import Foundation
import Learning
import Scoring
import Tables
import TestSupport

@testable import ClusterTransport
@testable import Events
@testable import Features
@testable import InstanceFile
@testable import Pipeline
@testable import Readiness

/// A run of a few profiles, stage by stage in this process: the store's files, the tasks and their results that bad ones
/// are made of, and what the coordinator and the workers do with them.
struct SmallRun: Sendable {
    static let shared: SmallRun = {
        do {
            // It lasts as long as the process.
            atexit { try? FileManager.default.removeItem(atPath: SmallRun.shared.folder.path) }
            return try SmallRun()
        } catch {
            preconditionFailure("\(error)")
        }
    }()

    /// The model's place that no stage but evaluation looks at.
    private static let rival = 1

    private let folder: TemporaryFolder
    private let welcome: Welcome
    let instance: Instance
    let plan: InputPlan
    let ingested: IngestSummary
    let recipe: FeatureRecipe
    let labels: LabelCounts
    let assembled: AssembleSummary
    let sketch: FeatureSketch
    let binning: FeatureBinning
    let counts: RowCounts
    let regressed: RegressionSums
    let evaluation: Evaluations
    let model: Model
    let scored: ScoreSummary
    let predicted: PredictionSummary
    let explained: ExplanationSummary
    let specification: FitSpecification
    let regressionSpecification: RegressionSpecification
    /// A good task of each stage, for the first shard.
    let tasks: [Stage: [UInt8]]
    /// What the first shard's tasks gave.
    let results: [Stage: [UInt8]]

    var store: ShardStore { Workspace(directory: welcome.workspace).store }
    var binCounts: [Int] { binning.features.map(\.bins.binCount) }

    /// A worker that has kept nothing in memory.
    func executor() throws -> TaskExecutor { try TaskExecutor(welcome) }

    /// What a coordinator has that has just begun to train.
    func booster() -> Booster {
        Booster(settings: specification.settings, binCounts: binCounts, labelSum: 20, rows: 50)
    }

    private init() throws {
        folder = try TemporaryFolder()
        try folder.write(Self.events(), to: "events.csv")
        try folder.write(Self.profiles(), to: "profiles.csv")
        welcome = Welcome(
            worker: WorkerID(1), run: 1, instanceText: Self.instanceText, instanceFile: folder.path("instance.yaml"),
            baseDirectory: folder.path, workspace: folder.path("work"))
        let executor = try TaskExecutor(welcome)
        instance = executor.instance
        let store = executor.store
        try store.create()
        for name in ["scores", "factors", "profiles", "segments/ready", "features"] {
            try Files.makeDirectory("\(executor.workspace.results)/\(name)")
        }
        var tasks: [Stage: [UInt8]] = [:]
        var results: [Stage: [UInt8]] = [:]
        func perform<Result: ByteCodable>(_ stage: Stage, _ each: [some ByteCodable]) throws -> [Result] {
            let all = try each.map { try executor.perform(stage, $0.encoded) }
            tasks[stage] = each[0].encoded
            results[stage] = all[0]
            return try all.map { try Result(decoding: $0) }
        }

        plan = try InputPlan(surveying: instance, today: Timestamp(microseconds: 1_735_689_600_000_000))
        try store.write(.plan, sealing: plan)
        var ingested = IngestSummary(instance: instance, plan: plan)
        for part: IngestSummary in try perform(.ingest, plan.splits.map { IngestTask(split: $0.id) }) {
            ingested.add(part)
        }
        self.ingested = ingested
        let recipe = try FeatureRecipe.make(instance: instance, plan: plan, ingested: ingested)
        self.recipe = recipe
        try store.write(.recipe, sealing: recipe)
        let shards = 0..<plan.shardCount
        let ofShards = shards.map { ShardTask(shard: $0) }
        var labels = LabelCounts()
        for part: LabelCounts in try perform(.label, shards.map { LabelTask(shard: $0, recipe: recipe) }) {
            labels.add(part)
        }
        self.labels = labels
        var assembled = AssembleSummary(recipe: recipe)
        for part: AssembleSummary in try perform(.assemble, ofShards) { assembled.add(part) }
        self.assembled = assembled
        let snapshots = (1..<recipe.snapshots.count).map(UInt8.init)
        var sketch = FeatureSketch(recipe)
        for part: FeatureSketch in try perform(
            .sketch,
            shards.map {
                SketchTask(
                    shard: $0, sampleUpTo: .max, scoringUpTo: .max, categorySnapshots: snapshots, labels: LabelRange())
            })
        { sketch.add(part) }
        self.sketch = sketch
        binning = FeatureBinning(
            sketch: sketch, recipe: recipe, maximumBins: 16, rows: assembled.rows.dropFirst().reduce(0, +),
            labels: LabelRange())
        try store.write(.bins, sealing: binning)
        var counts = RowCounts(binning, recipe)
        for part: RowCounts in try perform(.bin, ofShards) { counts.add(part) }
        self.counts = counts
        let binCounts = binning.features.map(\.bins.binCount)

        let regression = LogisticRegression(features: binning.features.map(\.bins), base: -1)
        var regressed = regression.noSums
        regressionSpecification = RegressionSpecification(
            snapshots: snapshots, sampleUpTo: .max, layout: regression.layout)
        let order = RegressionOrder(scores: regression.start, weighsBins: true)
        for shard in shards {
            let part = try RegressionLearner([UInt32(shard)], regressionSpecification, from: store).perform(order)
            if shard == 0 { results[.regress] = part.encoded }
            regressed.add(part)
        }
        self.regressed = regressed

        let settings = try TrainingSettings(
            growth: .depthwise, learningRate: 0.3, maximumTrees: 3, depth: 3, minimumChildHessian: 0.1)
        var booster = Booster(settings: settings, binCounts: binCounts, labelSum: 20, rows: 50)
        specification = FitSpecification(
            settings: settings, snapshots: snapshots, base: booster.base, binCounts: binCounts)
        var learner = try BoostingLearner(shards.map(UInt32.init), specification, from: store)
        var step = Booster.Step.order(booster.start())
        while case .order(let order) = step { step = booster.receive(try learner.perform(order)) }
        guard case .finished(let ensemble) = step, !ensemble.trees.isEmpty else {
            throw Failure(.machine, "no tree grew")
        }
        model = Model(features: binning.features, ensemble: ensemble, calibration: .identity, settings: settings)
        for place in [TaskExecutor.chosenModel, Self.rival] { try store.write(.model(place), model.encoded) }
        var evaluation = Evaluations(models: 2, groups: 2)
        for part: Evaluations in try perform(
            .evaluate,
            shards.map {
                EvaluateTask(
                    shard: $0, models: [TaskExecutor.chosenModel, Self.rival],
                    calibrations: [.identity, .identity], groups: [snapshots, [1]])
            })
        { evaluation.add(part) }
        self.evaluation = evaluation

        var scored = ScoreSummary(features: model.features.count)
        for part: ScoreSummary in try perform(.score, ofShards) { scored.add(part) }
        self.scored = scored
        try store.write(
            .scoreContext,
            sealing: ScoreContext(
                margins: scored.margins, probability: scored.probability, twins: Twins(features: model.features.count)))
        // Writes to the places of what is explained, which is read again.
        var predicted = PredictionSummary(features: model.features.count)
        for part: SummedParts<PredictionSummary> in try perform(
            .predict, shards.map { [recipe] in ExplainTask(shard: $0, scoreDate: recipe.scoreDate) })
        { predicted.add(part.summary) }
        self.predicted = predicted
        var explained = ExplanationSummary(segments: instance.segments.count, model: model)
        for part: SummedParts<ExplanationSummary> in try perform(
            .explain, shards.map { [recipe] in ExplainTask(shard: $0, scoreDate: recipe.scoreDate) })
        { explained.add(part.summary) }
        self.explained = explained
        let _: [OutputFiles] = try perform(.export, ofShards)
        // What explaining left: predicting writes to the same places again.
        let earlierRun = folder.path("earlier")
        try FileManager.default.copyItem(atPath: executor.workspace.results, toPath: earlierRun)
        let earlier = try executor.workspace.number(ofEarlierRun: earlierRun)
        let date = recipe.scoreDate ?? Timestamp(microseconds: 0)
        let _: [MeasuredOutcomes] = try perform(
            .measure,
            shards.map { [plan] in
                MeasureOutcomesTask(shard: $0, earlier: earlier, shards: plan.shardCount, scoreDate: date)
            })
        self.tasks = tasks
        self.results = results
    }

    private static let instanceText = """
        version: 1
        name: Buys again
        propensity: conversion
        events:
          - path: events.csv
            identity: id
            timestamp: at
            type: { column: type }
            numbers: [amount]
            categories: [country]
        profiles: [{ path: profiles.csv, identity: id }]
        goal: { will: occur, any_of: [{ event: Purchase }], within: 30d }
        eligible: { any_of: [{ event: Purchase }], in_last: 365d }
        custom_events: [{ name: Big, all_of: [{ event: Purchase }, { field: amount, gt: 50 }] }]
        as_of: 2024-10-01
        enrich: true
        segments: [{ name: Ready, any_of: [{ field: score, gte: 50 }, { field: member, equals: true }] }]
        """

    private static func events() -> String {
        var random = SplitMix(seed: 1)
        var text = "id,at,type,amount,country\n"
        for _ in 0..<500 {
            let (month, day) = (1 + random.below(9), 1 + random.below(28))
            let type = random.oneIn(3) ? "View" : "Purchase"
            let country = ["France", "Italy", ""][random.below(3)]
            text +=
                "c\(random.below(60)),2024-0\(month)-\(day < 10 ? "0" : "")\(day),\(type),\(random.below(90)),\(country)\n"
        }
        return text
    }

    private static func profiles() -> String {
        var random = SplitMix(seed: 2)
        return "id,age,member,since,city\n"
            + (0..<60).map { id in
                "c\(id),\(20 + random.below(50)),\(random.oneIn(2)),2023-0\(1 + random.below(9))-01,\(["Rome", "Paris"][id % 2])\n"
            }.joined()
    }
}
