import Bytes
import ClusterProtocol
import Customers
import Learning
import Segments
import Tables

/// What is known once the events have become features.
struct Prepared {
    var gathered: GatherSummary
    var recipe: FeatureRecipe
    var assembled: AssembleSummary
    var readiness: String
}

/// What is known once the features have become bins.
struct Binned {
    var binning: FeatureBinning
    var counts: RowCounts
    var binCounts: [Int] { binning.features.map(\.bins.binCount) }
}

extension Run {
    /// Rows that give their values to the bin edges.
    private static let sampleLimit = 200_000

    /// Gathers the events, decides what features to make of them, makes them, and checks that there is enough to learn from.
    func prepare(_ run: inout RunState) throws(RunError) -> Prepared {
        let plan = run.plan
        let gathered = try run.timed(.gather, "Gathering events") { run throws(RunError) in
            try run.stored { () throws(StoreError) in try run.store.write(.plan, sealing: plan) }
            var sum = GatherSummary(instance: run.instance, plan: plan)
            let tasks = plan.splits.map { GatherTask(split: $0.id) }
            for part in try run.perform(.gather, tasks, as: GatherSummary.self) { sum.merge(part) }
            return sum
        }
        let recipe: FeatureRecipe
        do throws(ReadinessError) {
            recipe = try FeatureRecipe.make(instance: run.instance, plan: plan, gathered: gathered)
        } catch {
            throw .input("\(error)")
        }
        for warning in recipe.warnings.dropFirst(plan.warnings.count) { observe(.warning(warning)) }
        let problems = SegmentProblem.find(
            in: run.instance.segments, features: recipe.features.map { ($0.code, $0.name) },
            attributes: recipe.features.compactMap(recipe.attributeName))
        guard problems.isEmpty else { throw .input(problems.map(\.description).joined(separator: "\n")) }
        let assembled = try run.timed(.assemble, "Assembling features") { run throws(RunError) in
            try run.stored { () throws(StoreError) in try run.store.write(.recipe, sealing: recipe) }
            var sum = AssembleSummary(recipe: recipe)
            for part in try run.performByShard(.assemble, as: AssembleSummary.self) { sum.merge(part) }
            return sum
        }
        do throws(ReadinessError) {
            try recipe.checkOutcomes(assembled, checks: run.instance.checks, latest: gathered.latest)
        } catch {
            throw .input("\(error)")
        }
        return Prepared(
            gathered: gathered, recipe: recipe, assembled: assembled,
            readiness: Self.describe(run.instance, gathered, recipe, assembled))
    }

    /// Chooses bins from a sample of all shards and turns every shard into them.
    func bin(_ prepared: Prepared, _ run: inout RunState) throws(RunError) -> Binned {
        let labelled = prepared.assembled.rows.dropFirst().reduce(0, +)
        let sampleUpTo = SketchTask.threshold(limit: Self.sampleLimit, rows: labelled)
        let categorySnapshots = Snapshots(prepared.recipe).categories
        let maximumBins = run.instance.model.bins
        let binning = try run.timed(.sketch, "Choosing bins") { run throws(RunError) in
            var sketches = try run.perform(
                .sketch,
                (0..<run.plan.shardCount).map { shard in
                    SketchTask(shard: shard, sampleUpTo: sampleUpTo, categorySnapshots: categorySnapshots)
                }, as: FeatureSketch.self)
            var sketch = sketches.removeFirst()
            for other in sketches { sketch.merge(other) }
            return FeatureBinning(sketch: sketch, recipe: prepared.recipe, maximumBins: maximumBins, rows: labelled)
        }
        guard !binning.features.isEmpty else {
            throw .input(
                "no feature varies between profiles, so that there is nothing to learn from; "
                    + "name more numbers, categories or attributes in the instance")
        }
        let counts = try run.timed(.bin, "Binning features") { run throws(RunError) in
            try run.stored { () throws(StoreError) in try run.store.write(.bins, sealing: binning) }
            var counts = RowCounts(snapshots: prepared.recipe.snapshots.count)
            for part in try run.performByShard(.bin, as: RowCounts.self) { counts.add(part) }
            return counts
        }
        return Binned(binning: binning, counts: counts)
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
