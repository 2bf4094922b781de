import ClusterProtocol
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
        booster = Booster(settings: try TrainingSettings(), binCounts: [3], positives: 1, rows: 2)
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
        handle(.begin(.fit(specification: [], shards: 2, booster)), seconds).compactMap { effect in
            guard case .send(let worker, .adopt(let adoption)) = effect else { return nil }
            return "\(worker.number): \(adoption.shards)"
        }
    }

    private mutating func answer(_ worker: WorkerID, fit: UInt32, _ shards: [UInt32], _ seconds: Int64) {
        _ = handle(.received(worker, .partial(Partial(fit: fit, sequence: 0, shards: shards, reply: nothing))), seconds)
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
}
