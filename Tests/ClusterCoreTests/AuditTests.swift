import Bytes
import ClusterProtocol
import DistributedLearning
import Learning
import Testing

@testable import ClusterCore

/// Results that a second worker computes too.
@Suite struct AuditTests {
    private var coordinator: Coordinator

    init() {
        var limits = Coordinator.Limits()
        limits.audit = 1
        coordinator = Coordinator(limits: limits)
    }

    private mutating func handle(_ event: Coordinator.Event, _ seconds: Int64 = 0) -> [Coordinator.Effect] {
        coordinator.handle(event, at: Instant(.seconds(seconds)))
    }

    private mutating func join(_ hosts: String...) {
        for (number, host) in hosts.enumerated() {
            let hello = Hello(version: "", host: host, process: 1, threads: 1)
            _ = handle(.joined(WorkerID(UInt64(number + 1)), hello))
        }
    }

    private mutating func finish(_ worker: UInt64, _ result: [UInt8], _ seconds: Int64 = 0) -> [Coordinator.Effect] {
        handle(.received(WorkerID(worker), .finished(TaskID(work: 1, index: 0), result: result)), seconds)
    }

    private mutating func beginTask() -> [String] { given(handle(.begin(.tasks(.bin, payloads: [[1]])))) }

    private func given(_ effects: [Coordinator.Effect]) -> [String] {
        effects.compactMap { effect in
            guard case .send(let worker, .perform(let task, _, _)) = effect else { return nil }
            return "\(worker.number): \(task.index)"
        }
    }

    private func results(_ effects: [Coordinator.Effect]) -> [[UInt8]]? {
        effects.compactMap { if case .tasksFinished(let results) = $0 { results } else { nil } }.first
    }

    private func lost(_ effects: [Coordinator.Effect]) -> [WorkerID] {
        effects.compactMap { if case .report(.lost(let worker, .disagreed, _)) = $0 { worker } else { nil } }
    }

    private func failure(_ effects: [Coordinator.Effect]) -> String? {
        effects.compactMap { if case .workFailed(let failure) = $0 { failure.message } else { nil } }.first
    }

    /// Not one of the same host, though it comes first.
    @Test mutating func aResultIsComputedOnASecondHost() {
        join("a", "a", "b")
        #expect(beginTask() == ["1: 0"])
        let first = finish(1, [7])
        #expect(given(first) == ["3: 0"] && results(first) == nil)
        #expect(results(finish(3, [7])) == [[7]])
        #expect(coordinator.history.counters[.audited] == 1 && coordinator.history.counters[.unaudited] == 0)
    }

    @Test mutating func ofThreeTheOddOneIsSentAway() {
        join("a", "b", "c")
        #expect(beginTask() == ["1: 0"])
        #expect(given(finish(1, [6])) == ["2: 0"])
        #expect(given(finish(2, [7])) == ["3: 0"])
        let last = finish(3, [7])
        #expect(results(last) == [[7]] && lost(last) == [WorkerID(1)])
        #expect(coordinator.history.counters[.expelledDisagreed] == 1)
    }

    @Test mutating func twoThatDifferEndTheRunWhereThereIsNoThird() {
        join("a", "b")
        _ = (beginTask(), finish(1, [6]))
        // A third may come yet.
        #expect(failure(finish(2, [7])) == nil)
        let effects = handle(.tick, 10)
        #expect(
            failure(effects)?.hasPrefix("worker 1 on a and worker 2 on b computed different results of task 0 of bin")
                == true)
        #expect(failure(effects)?.contains("no third worker") == true)
    }

    @Test mutating func whereThereIsOneHostAnotherWorkerOfItAudits() {
        join("a", "a")
        _ = beginTask()
        #expect(given(finish(1, [7])) == ["2: 0"])
        #expect(results(finish(2, [7])) == [[7]])
    }

    @Test mutating func aThirdThatComesInTimeTellsWhoIsRight() {
        join("a", "b")
        _ = (beginTask(), finish(1, [6]), finish(2, [7]))
        let hello = Hello(version: "", host: "c", process: 1, threads: 1)
        #expect(given(handle(.joined(WorkerID(3), hello), 9)) == ["3: 0"])
        let last = finish(3, [7], 9)
        #expect(results(last) == [[7]] && lost(last) == [WorkerID(1)])
    }

    /// What an expelled worker has said before is no witness for the next liar.
    @Test mutating func whoIsExpelledIsNoWitness() {
        join("a", "b", "c")
        _ = handle(.begin(.tasks(.bin, payloads: [[1], [2]], accepts: { $1.count == 1 })))
        _ = finish(1, [6])
        // For something else.
        _ = handle(.received(WorkerID(1), .finished(TaskID(work: 1, index: 1), result: [])))
        #expect(results(finish(2, [6])) == nil && results(finish(3, [7])) == nil)
        #expect(coordinator.history.counters[.audited] == 0)
    }

    @Test mutating func aSingleWorkersResultIsTakenAsItIs() {
        join("a")
        _ = beginTask()
        // One that has gone may come back within seconds.
        #expect(results(finish(1, [7])) == nil && results(handle(.tick, 9)) == nil)
        #expect(results(handle(.tick, 10)) == [[7]])
        #expect(coordinator.history.counters[.unaudited] == 1)
    }

    @Test mutating func whoeverWasToAuditMayGo() {
        join("a", "b")
        _ = (beginTask(), finish(1, [7]))
        #expect(results(handle(.received(WorkerID(2), .goodbye))) == nil)
        #expect(results(handle(.tick, 10)) == [[7]])
    }

    /// For a while: what hangs does not end.
    @Test mutating func anAuditThatNeverComesIsNotWaitedForForever() {
        join("a", "b")
        _ = (beginTask(), finish(1, [7], 10))
        for worker in [1, 2] as [UInt64] { _ = handle(.received(WorkerID(worker), .beat(progress: 0)), 125) }
        #expect(results(handle(.tick, 129)) == nil)
        #expect(results(handle(.tick, 130)) == [[7]])
    }

    @Test func aHashChoosesAndNothingElse() {
        let audit = Audit(share: 0.25)
        let chosen = (0..<10_000).count { audit.chooses(UInt64($0) &* 0x9E37_79B9_7F4A_7C15) }
        #expect(2300...2700 ~= chosen, "\(chosen)")
        #expect(!Audit(share: 0).chooses(0) && Audit(share: 1).chooses(.max))
    }

    // MARK: Training

    private let booster: Booster? = (try? TrainingSettings()).map {
        Booster(settings: $0, binCounts: [3], labelSum: 1, rows: 2)
    }

    private func reply(_ gradient: Int64) throws -> TrainingReply {
        var histogram = Histogram(layout: try #require(booster).layout, nodes: 1)
        histogram.gradients[1] = gradient
        histogram.hessians[1] = 9
        return TrainingReply(histogram: histogram, rows: [4], validation: LossSums(rows: 1, loss: 5))
    }

    private mutating func answer(_ worker: UInt64, _ gradient: Int64) throws -> [Coordinator.Effect] {
        let partial = Partial(fit: 1, sequence: 0, shards: [0], reply: try reply(gradient).encoded)
        return handle(.received(WorkerID(worker), .partial(partial)))
    }

    private mutating func recompute(_ worker: UInt64, _ gradient: Int64) throws -> [Coordinator.Effect] {
        let partial = Partial(fit: 1, sequence: 0, shards: [0], reply: try reply(gradient).encoded)
        return handle(.received(WorkerID(worker), .recomputed(number: 1, partial)))
    }

    private func asked(_ effects: [Coordinator.Effect]) -> [UInt64] {
        effects.compactMap { if case .send(let worker, .recompute) = $0 { worker.number } else { nil } }
    }

    private func isOver(_ effects: [Coordinator.Effect]) -> Bool {
        effects.contains { if case .fitFinished = $0 { true } else { false } }
    }

    /// Nothing is to be learned from one bin, so that the fit is over with the first answer that counts.
    @Test mutating func anAnswerCountsOnceAnotherWorkerHasGivenIt() throws {
        join("a", "b")
        _ = handle(.begin(.fit(.train, specification: [], shards: 1, BoostingFit(try #require(booster)))))
        let first = try answer(1, 5)
        #expect(asked(first) == [2] && !isOver(first))
        #expect(isOver(try recompute(2, 5)))
        #expect(coordinator.history.counters[.audited] == 1)
    }

    @Test mutating func whoAnswersOtherwiseThanTwoIsSentAway() throws {
        join("a", "b", "c")
        _ = handle(.begin(.fit(.train, specification: [], shards: 1, BoostingFit(try #require(booster)))))
        let second = asked(try answer(1, 6))
        let third = asked(try recompute(second[0], 5))
        #expect(Set(second + third) == [2, 3])
        let last = try recompute(third[0], 5)
        #expect(isOver(last) && lost(last) == [WorkerID(1)])
    }

    @Test mutating func twoAnswersThatDifferEndTheRunWhereThereIsNoThird() throws {
        join("a", "b")
        _ = handle(.begin(.fit(.train, specification: [], shards: 1, BoostingFit(try #require(booster)))))
        _ = try answer(1, 6)
        #expect(failure(try recompute(2, 5)) == nil)
        let why = failure(handle(.tick, 10))
        #expect(
            why?.hasPrefix("worker 1 on a and worker 2 on b computed different sums of gradients for tree 0") == true)
    }

    @Test mutating func anAnswerOfASingleWorkerCounts() throws {
        join("a")
        _ = handle(.begin(.fit(.train, specification: [], shards: 1, BoostingFit(try #require(booster)))))
        #expect(!isOver(try answer(1, 5)))
        #expect(isOver(handle(.tick, 10)))
    }

    @Test mutating func whoCannotComputeItAgainIsNoneToWaitFor() throws {
        join("a", "b")
        _ = handle(.begin(.fit(.train, specification: [], shards: 1, BoostingFit(try #require(booster)))))
        _ = try answer(1, 5)
        #expect(isOver(handle(.received(WorkerID(2), .recomputed(number: 1, nil)))))
        #expect(coordinator.history.counters[.unaudited] == 1)
    }
}
