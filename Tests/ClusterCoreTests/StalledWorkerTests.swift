import Bytes
import ClusterProtocol
import DistributedLearning
import Learning
import Testing

@testable import ClusterCore

/// Workers that beat, and whose threads do nothing any more.
@Suite struct StalledWorkerTests {
    private let one = WorkerID(1)
    private let two = WorkerID(2)
    private let booster: Booster
    /// After which there is nothing to split.
    private let nothing: TrainingReply
    private var coordinator = Coordinator()

    init() throws {
        booster = Booster(settings: try TrainingSettings(), binCounts: [3], labelSum: 1, rows: 2)
        nothing = TrainingReply(
            histogram: Histogram(layout: booster.layout, nodes: 1), rows: [2], validation: LossSums())
        for worker in [one, two] {
            _ = handle(.joined(worker, Hello(version: "", host: "", process: 1, threads: 1)), 0)
        }
    }

    private mutating func handle(_ event: Coordinator.Event, _ seconds: Int64) -> [Coordinator.Effect] {
        coordinator.handle(event, at: Instant(.seconds(seconds)))
    }

    /// Who is given which shards of a fit of two.
    private mutating func begin(_ seconds: Int64) -> [String] {
        handle(.begin(.fit(.train, specification: [], shards: 2, BoostingFit(booster))), seconds).compactMap { effect in
            guard case .send(let worker, .assign(let assignment)) = effect else { return nil }
            return "\(worker.number): \(assignment.shards)"
        }
    }

    private mutating func answer(_ worker: WorkerID, fit: UInt32, _ shards: [UInt32], _ seconds: Int64) {
        _ = handle(
            .received(worker, .partial(Partial(fit: fit, sequence: 0, shards: shards, reply: nothing.encoded))), seconds
        )
    }

    @Test mutating func theyGetNoShardsOfTheNextFitUntilTheyAnswer() {
        #expect(begin(0) == ["1: [0]", "2: [1]"])
        answer(one, fit: 1, [0], 1)
        for worker in [one, two] { _ = handle(.received(worker, .beat(progress: 0)), 30) }
        let effects = handle(.tick, 31)
        #expect(effects.contains { if case .report(.stalled(two, _)) = $0 { true } else { false } })
        answer(one, fit: 1, [1], 32)
        #expect(begin(33) == ["1: [0, 1]"])
        answer(one, fit: 2, [0, 1], 34)
        #expect(begin(35) == ["1: [0, 1]"])
        answer(one, fit: 3, [0, 1], 36)
        // What it owed comes, and has no other use.
        answer(two, fit: 1, [1], 37)
        #expect(begin(38) == ["1: [0]", "2: [1]"])
    }

    @Test mutating func whereAllAreStalledTheyAreWhatThereIs() {
        #expect(begin(0) == ["1: [0]", "2: [1]"])
        answer(one, fit: 1, [0], 1)
        for worker in [one, two] { _ = handle(.received(worker, .beat(progress: 0)), 30) }
        _ = handle(.tick, 31)
        answer(one, fit: 1, [1], 32)
        _ = handle(.lost(one, .disconnected), 33)
        #expect(begin(34) == ["2: [0, 1]"])
    }

    /// Who is given which of four tasks.
    private mutating func beginTasks(_ seconds: Int64) -> [String] {
        given(handle(.begin(.tasks(.bin, payloads: Array(repeating: [], count: 4))), seconds))
    }

    private func given(_ effects: [Coordinator.Effect]) -> [String] {
        effects.compactMap { effect in
            guard case .send(let worker, .perform(let task, _, _)) = effect else { return nil }
            return "\(worker.number): \(task.index)"
        }
    }

    private mutating func finish(_ worker: WorkerID, work: UInt32, _ index: UInt32, _ seconds: Int64) -> [String] {
        given(handle(.received(worker, .finished(TaskID(work: work, index: index), result: [])), seconds))
    }

    /// The second hangs at two tasks, which the first then does too.
    private mutating func hangAtTwoTasks() {
        #expect(beginTasks(0) == ["1: 0", "2: 1", "1: 2", "2: 3"])
        _ = finish(one, work: 1, 0, 1)
        _ = finish(one, work: 1, 2, 1)
        for worker in [one, two] { _ = handle(.received(worker, .beat(progress: 0)), 30) }
        #expect(given(handle(.tick, 31)) == ["1: 1"])
        #expect(finish(one, work: 1, 1, 32) == ["1: 3"])
        #expect(finish(one, work: 1, 3, 33) == [])
    }

    @Test mutating func theyGetNoTasksOfTheNextQueueUntilTheyReport() {
        hangAtTwoTasks()
        #expect(beginTasks(34) == ["1: 0", "1: 1"])
        #expect(finish(one, work: 2, 0, 35) == ["1: 2"])
        // One that it owed comes; it still has another, and room for one more.
        #expect(finish(two, work: 1, 1, 36) == [])
        #expect(finish(two, work: 1, 3, 36) == ["2: 3"])
    }

    @Test mutating func whoOwesTasksGetsNoShardsUntilItReports() {
        hangAtTwoTasks()
        #expect(begin(34) == ["1: [0, 1]"])
        answer(one, fit: 2, [0, 1], 35)
        _ = finish(two, work: 1, 1, 36)
        #expect(begin(37) == ["1: [0, 1]"])
        answer(one, fit: 3, [0, 1], 38)
        _ = finish(two, work: 1, 3, 39)
        #expect(begin(40) == ["1: [0]", "2: [1]"])
    }

    @Test mutating func whoIsLostOwesNothing() {
        hangAtTwoTasks()
        _ = handle(.lost(two, .disconnected), 34)
        _ = handle(.joined(WorkerID(3), Hello(version: "", host: "", process: 1, threads: 1)), 35)
        #expect(beginTasks(36) == ["1: 0", "3: 1", "1: 2", "3: 3"])
    }
}
