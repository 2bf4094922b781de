import Bytes
import ClusterCore
import ClusterProtocol
import DistributedLearning
import Learning

/// A coordinator process: the real state machine and the real journal's format, and what its shell does around them.
struct SimulatedCoordinator {
    enum Progress {
        case goesOn
        case finished
        /// The run gave up: a disk was full, or too many workers died at one task. It can be started again.
        case failed(String)
    }

    var core: Coordinator
    let run: UInt64
    var nextWorker: UInt64 = 1
    var peers: [WorkerID: Int] = [:]
    var workers: [Int: WorkerID] = [:]
    var isOver = false
    private(set) var step = 0
    private var known: JournaledSteps
    /// How many rounds of the current step stand in the journal.
    private(set) var roundsKept = 0
    /// A hash of all results so far: what the next step is asked.
    private var digest: UInt64 = 0
    /// Of each step.
    private(set) var outcomes: [[UInt8]] = []

    init(run: UInt64, limits: Coordinator.Limits, journal: JournaledSteps) {
        core = Coordinator(limits: limits)
        self.run = run
        known = journal
    }

    /// The work of the next step that is not done, and what to write down first.
    mutating func nextWork(_ world: SimulatedWorld) throws -> (Coordinator.Work, JournalRecord?)? {
        while step < world.steps.count {
            roundsKept = 0
            switch world.steps[step] {
            case .tasks(let stage, let count):
                let payloads = world.payloads(stage, count: count, after: digest)
                let known = try take(stage, parts: count)
                if let known, known.results.count == count {
                    finish((0..<count).flatMap { known.results[$0] ?? [] })
                    continue
                }
                return (
                    .tasks(
                        stage, payloads: payloads, finished: known?.results ?? [:], areShards: count == world.shards,
                        accepts: { world.isResult($1, stage, payloads[$0]) }),
                    known == nil ? .step(stage, digest: digest, parts: UInt32(count)) : nil
                )
            case .fit(let growth):
                let known = try take(SimulatedWorld.train, parts: 0)
                if let outcome = known?.outcome {
                    finish(outcome)
                    continue
                }
                let booster = try world.booster(growth)
                var fit = BoostingFit(booster)
                if let known, !known.checkpoints.isEmpty {
                    roundsKept = known.checkpoints.count
                    guard let resumed = BoostingFit(booster, after: known.checkpoints) else {
                        throw Violation("the journal's trees are not those of the fit")
                    }
                    fit = resumed
                }
                return (
                    .fit(
                        SimulatedWorld.train, specification: growth == .depthwise ? [1] : [0], shards: world.shards, fit
                    ),
                    known == nil ? .step(SimulatedWorld.train, digest: digest, parts: 0) : nil
                )
            }
        }
        return nil
    }

    private mutating func take(_ stage: Stage, parts: Int) throws -> JournaledSteps.Step? {
        guard let known = known.take() else { return nil }
        guard known.stage == stage, known.digest == digest, Int(known.parts) == parts else {
            throw Violation("the journal's step \(step) is \(known.stage), and the run's is \(stage)")
        }
        return known
    }

    mutating func finish(_ outcome: [UInt8]) {
        digest = outcome.withUnsafeBytes { StableHash.hash($0, seed: digest) }
        outcomes.append(outcome)
        step += 1
    }

    mutating func noteRound() { roundsKept += 1 }
}

/// What must never happen, and did.
package struct Violation: Error, Sendable, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
}
