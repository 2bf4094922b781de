import Bytes
import ClusterProtocol
import DistributedLearning
import Foundation
import Learning
import Scoring
import Tables

@testable import ClusterCore
@testable import ClusterTransport
@testable import Events
@testable import Features
@testable import InstanceFile
@testable import Pipeline
@testable import Readiness

/// Readers of what goes between the coordinator and its workers in a run, and of what stages leave in the store.
extension FuzzTests {
    static let runReaders: [Reader] =
        [
            // What a worker says, to a coordinator that waits for its tasks, or for its answers in training.
            Reader(name: "told-coordinator", seeds: Talk.toCoordinator) { bytes in
                guard let message = try? WorkerMessage(decoding: bytes) else { return false }
                var (tasks, fit) = (Talk.coordinatorOfTasks, Talk.coordinatorOfFit)
                _ = tasks.handle(.received(Talk.worker, message), at: Talk.now)
                _ = fit.handle(.received(Talk.worker, message), at: Talk.now)
                return true
            },
            // Orders, to a worker that holds shards.
            Reader(name: "told-worker", seeds: Talk.toWorker) { bytes in
                guard let message = try? CoordinatorMessage(decoding: bytes) else { return false }
                return Talk.train(message)
            },
        ]
        + StageRegistry.tasks.map { $0.stage }.map { stage in
            Reader(name: "task-\(stage)", seeds: [SmallRun.shared.tasks[stage] ?? []]) { bytes in
                (try? SmallRun.shared.executor().perform(stage, bytes)) != nil
            }
        }
        + stages.map { stage in
            Reader(name: "result-\(stage)", seeds: [SmallRun.shared.results[stage] ?? []]) { bytes in
                SmallRun.shared.takes(bytes, of: stage)
            }
        }
        + StoredFile.all.map { file in
            // Behind the checksum, which guards against damage and not against intent.
            Reader(name: "stored-\(file.name)", seeds: [file.content]) { file.read($0) }
        }

    private static let stages = StageRegistry.tasks.map { $0.stage } + [.regress]
}

extension SmallRun {
    /// Adds a task's result to the sum of all, as the coordinator does, and does with the sum what it does; whether it could.
    func takes(_ bytes: [UInt8], of stage: Stage) -> Bool {
        do {
            switch stage {
            case .ingest:
                let sum = try adding(bytes, to: ingested)
                var readiness = Readiness(name: instance.name)
                readiness.add(sum, instance: instance, plan: plan, today: Timestamp(microseconds: 0))
                _ = try? FeatureRecipe.make(instance: instance, plan: plan, ingested: sum)
            case .label:
                _ = RowChoice(of: try adding(bytes, to: labels).scaled(from: 1, to: 1 << 20), limit: 1000, seed: 1)
            case .assemble:
                var readiness = Readiness(name: instance.name)
                readiness.add(
                    try adding(bytes, to: assembled), recipe: recipe, instance: instance, plan: plan,
                    latest: ingested.latest)
            case .sketch:
                _ = FeatureBinning(
                    sketch: try adding(bytes, to: sketch), recipe: recipe, maximumBins: 16, rows: assembled.rows[1],
                    labels: assembled.numbers)
            case .bin: try takeCounts(bytes)
            case .regress: return try takeRegression(bytes)
            case .evaluate: try takeEvaluation(bytes)
            case .score:
                let sum = try adding(bytes, to: scored)
                _ = ScoreContext(margins: sum.margins, probability: sum.probability, twins: Twins(features: 1))
                    .score(ofProbability: 0.5)
            case .explain: return try takeExplanation(bytes)
            case .predict:
                let part = try SummedParts<PredictionSummary>(decoding: bytes)
                guard predicted.fits(part.summary) else { return false }
                var sum = predicted
                sum.add(part.summary)
                _ = (sum.meanMargin, sum.meanMagnitudes)
            case .export:
                let files = try OutputFiles(decoding: bytes).files
                _ =
                    files.reduce(0) { $0 + $1.bytes << Self.doublings }
                    + files.reduce(0) { $0 + $1.rows << Self.doublings }
            case .measure:
                let margins = try adding(bytes, to: MeasuredOutcomes()).margins
                _ = (margins.auc, margins.aucInterval, margins.deciles())
            default: return false
            }
            return true
        } catch {
            return false
        }
    }

    private func takeCounts(_ bytes: [UInt8]) throws {
        var readiness = Readiness(name: instance.name)
        let sum = try adding(bytes, to: counts)
        _ = Twins(model, sum.scored.moments) { sum.byFeature.outcomes(of: $0).map(\.rows) }.names(
            model.features)
        for feature in model.features.indices {
            for bin in 0..<model.features[feature].bins.binCount { _ = sum.scored.range(feature, bin: bin) }
        }
        readiness.add(
            sum.byFeature, of: binning.features.map { ($0.code, $0.name) },
            recipe: recipe, plan: plan)
    }

    private func takeRegression(_ bytes: [UInt8]) throws -> Bool {
        var regression = LogisticRegression(features: binning.features.map(\.bins), base: -1)
        let sums = try RegressionSums(decoding: bytes)
        guard regression.noSums.fits(sums) else { return false }
        _ = regression.receive(sums)
        let layout = regression.layout.bins
        let scores = AdditiveModel(intercept: 0, scores: Array(repeating: 1, count: layout.totalBins))
        _ = try scores.centred(layout: layout, binWeights: sums.weights)
            .trees(layout: layout, binWeights: sums.weights)
        return true
    }

    private func takeEvaluation(_ bytes: [UInt8]) throws {
        let sum = try adding(bytes, to: evaluation)
        for group in sum.groups {
            for held in group.models {
                let margins = held.margins
                _ = (Calibration(fitting: margins), margins.auc, held.calibrated(), margins.quantiles(100))
                _ = AUCPrediction(dates: [held, held, held])
                    .interval(around: held, isOfOneDate: true, profiles: 1)
            }
            _ = group[0, 1].prefersSecond
        }
    }

    private func takeExplanation(_ bytes: [UInt8]) throws -> Bool {
        let part = try SummedParts<ExplanationSummary>(decoding: bytes)
        guard explained.fits(part.summary) else { return false }
        var sum = explained
        sum.add(part.summary)
        _ = part.outputs.files.reduce(0) { $0 + $1.bytes << Self.doublings }
        for place in sum.factors.features.indices { _ = sum.factors.effect(place, groups: 0..<3) }
        _ = sum.scores.reduce(0, +) + (sum.buckets + sum.segments).reduce(0) { $0 + $1.profiles }
        let details = FactorDetails(
            model: model, names: model.features.map(\.name),
            values: BinRanges(binCounts: model.features.map(\.bins.binCount)), outcomes: FeatureOutcomes())
        _ = Insights.suggestions(
            sum.reasons, details, buckets: sum.buckets, meanProbability: 0.1, isChurn: false)
        return true
    }

    /// As many results as a run may have tasks: 2^20.
    private static let doublings = 20

    /// Of the one result as many as there may be, but for the sketches and the regression, of which there are fewer.
    private func adding<Sum: ShardSum>(_ bytes: [UInt8], to sum: Sum) throws -> Sum {
        let part = try Sum(decoding: bytes)
        var sum = sum
        guard sum.fits(part) else { throw Failure(.machine, "it does not fit") }
        sum.add(part)
        for _ in 0..<(sum is RegressionSums ? 6 : sum is FeatureSketch ? 0 : Self.doublings) {
            let half = sum
            sum.add(half)
        }
        return sum
    }
}

/// A file of the store, and the tasks that read it.
struct StoredFile: Sendable {
    var name: String
    var path: ShardStore.Name
    var stages: [Stage]
    /// Within its seal.
    var content: [UInt8]

    init(_ name: String, _ path: ShardStore.Name, _ stages: [Stage]) {
        (self.name, self.path, self.stages) = (name, path, stages)
        do {
            let stored = Array(try SmallRun.shared.store.bytes(path).dropFirst(ChecksummedEnvelope.headerSize))
            // What is packed is damaged within.
            content =
                if case .features = path { try Packed<AssembledShard>(decoding: stored).value.encoded } else { stored }
        } catch {
            preconditionFailure("\(error)")
        }
    }

    static let all = [
        StoredFile("plan", .plan, [.ingest, .label, .assemble]),
        StoredFile("recipe", .recipe, [.assemble, .sketch, .bin, .export]),
        StoredFile("binning", .bins, [.bin]),
        StoredFile("context", .scoreContext, [.explain]),
        StoredFile("features", .features(shard: 0), [.sketch, .bin, .score, .explain, .export]),
        StoredFile("bins", .binned(shard: 0), [.evaluate, .score, .explain]),
        StoredFile("scores", .scores(shard: 0), [.explain]),
        StoredFile("models", .model(TaskExecutor.chosenModel), [.evaluate, .score, .explain]),
    ]

    /// Puts other content in its place for as long as it takes to do the tasks; whether all could be done.
    func read(_ bytes: [UInt8]) -> Bool {
        let run = SmallRun.shared
        let isModel = if case .model = path { true } else { false }
        func put(_ content: [UInt8]) {
            var writer = ByteWriter()
            if case .features = path { writer.write(false, content) } else { writer.append(content) }
            let bytes = writer.bytes
            let sealed =
                isModel
                ? Model.sealed(bytes)
                : ChecksummedEnvelope.seal(bytes, name: ShardStore.seal, version: ShardStore.version)
            _ = FileManager.default.createFile(atPath: run.store.path(path), contents: Data(sealed))
        }
        put(bytes)
        defer { put(content) }
        do {
            let executor = try run.executor()
            var failures = 0
            for stage in stages {
                do {
                    _ = try executor.perform(stage, run.tasks[stage] ?? [])
                } catch {
                    failures += 1
                }
            }
            if case .binned = path {
                _ = try RegressionLearner([0], run.regressionSpecification, from: run.store)
                _ = try BoostingLearner([0], run.specification, from: run.store)
            }
            return failures == 0
        } catch {
            return false
        }
    }
}

/// A coordinator and a worker in the middle of something, for messages to come to.
enum Talk {
    static let worker = WorkerID(1)
    static let now = Instant(.seconds(1))

    private static func coordinator(_ work: Coordinator.Work) -> Coordinator {
        var coordinator = Coordinator()
        _ = coordinator.handle(.joined(worker, Hello(version: "1", host: "h", process: 1, threads: 4)), at: now)
        _ = coordinator.handle(.begin(work), at: now)
        return coordinator
    }

    static let coordinatorOfTasks = coordinator(.tasks(.score, payloads: [[1], [2], [3]]))
    static let coordinatorOfFit: Coordinator = {
        let run = SmallRun.shared
        return coordinator(
            .fit(
                .train, specification: run.specification.encoded, shards: run.plan.shardCount,
                BoostingFit(run.booster())))
    }()

    /// The assignment of all shards with which training begins.
    private static let assignment: ShardAssignment = {
        let run = SmallRun.shared
        let fit = FitSession(
            number: 1, stage: .train, specification: run.specification.encoded, shards: run.plan.shardCount,
            fit: BoostingFit(run.booster()), at: now)
        return fit.assignment(of: (0..<run.plan.shardCount).map(UInt32.init))
    }()

    private static let pool = ComputePool(threads: 1)

    /// The worker's answer to it.
    private static let answer: Partial = {
        do {
            var fit = try begun(assignment)
            return try fit.assign(assignment, on: pool)
        } catch {
            preconditionFailure("\(error)")
        }
    }()

    private static let order: CoordinatorMessage = {
        var booster = SmallRun.shared.booster()
        _ = booster.start()
        guard case .order(let order) = try? booster.receive(TrainingReply(decoding: answer.reply)) else {
            preconditionFailure("nothing to ask")
        }
        return .order(fit: 1, sequence: 1, order.encoded)
    }()

    static let toCoordinator: [[UInt8]] =
        ([.partial(answer), .numbered(1, .partial(answer)), .recomputed(number: 1, answer)] + Seeds.workerMessages)
        .map { (message: WorkerMessage) in message.encoded }

    static let toWorker: [[UInt8]] = [
        CoordinatorMessage.assign(assignment).encoded, order.encoded,
        CoordinatorMessage.recompute(number: 1, assignment).encoded,
    ]

    private static func begun(_ assignment: ShardAssignment) throws -> ShardGroupsFit<BoostingLearner> {
        try ShardGroupsFit(assignment, SmallRun.shared.store)
    }

    /// Has a worker follow an assignment, or an order after the good one; whether it could.
    static func train(_ message: CoordinatorMessage) -> Bool {
        do {
            switch message {
            case .assign(let assignment), .recompute(_, let assignment):
                var fit = try begun(assignment)
                _ = try fit.assign(assignment, on: pool)
            case .order(_, let sequence, let order):
                var fit = try begun(assignment)
                _ = try fit.assign(assignment, on: pool)
                _ = try fit.answer(sequence: sequence, order, on: pool)
            default: return false
            }
            return true
        } catch {
            return false
        }
    }
}
