import Bytes
import ClusterProtocol
import Testing

@testable import ClusterCore

private let hello = Hello(version: "0", host: "h", process: 1, threads: 1)

private func at(_ seconds: Double) -> Instant { Instant(.milliseconds(Int64(seconds * 1000))) }

/// What is sent, as short texts.
private func sent(_ effects: [Coordinator.Effect]) -> [String] {
    effects.compactMap { effect in
        guard case .send(let worker, let message) = effect else { return nil }
        switch message {
        case .perform(let task, let stage, _): return "\(worker.number): \(stage) \(task.index)"
        case .ping: return nil
        default: return "\(worker.number): \(message)"
        }
    }
}

@Suite struct CoordinatorTaskTests {
    private func coordinator(workers: Int, tasks: Int) -> (Coordinator, [String]) {
        var coordinator = Coordinator()
        for number in 1...workers { _ = coordinator.handle(.joined(WorkerID(UInt64(number)), hello), at: at(0)) }
        let effects = coordinator.handle(
            .begin(.tasks(.ingest, payloads: (0..<tasks).map { [UInt8($0)] })), at: at(0))
        return (coordinator, sent(effects))
    }

    @Test func tasksAreSharedOut() {
        let (_, sent) = coordinator(workers: 2, tasks: 5)
        #expect(sent == ["1: ingest 0", "2: ingest 1", "1: ingest 2", "2: ingest 3"])
    }

    @Test func resultsStandInTheOrderOfTheTasks() {
        var (coordinator, _) = coordinator(workers: 1, tasks: 2)
        let worker = WorkerID(1)
        _ = coordinator.handle(.received(worker, .finished(TaskID(work: 1, index: 1), result: [11])), at: at(1))
        let last = coordinator.handle(.received(worker, .finished(TaskID(work: 1, index: 0), result: [10])), at: at(1))
        guard case .tasksFinished(let results) = last.last else {
            Issue.record("\(last)")
            return
        }
        #expect(results == [[10], [11]])
    }

    @Test func aResultCountsOnceAndAnOldOneNever() {
        var (coordinator, _) = coordinator(workers: 1, tasks: 2)
        let first = TaskID(work: 1, index: 0)
        #expect(!coordinator.handle(.received(WorkerID(1), .finished(first, result: [1])), at: at(1)).isEmpty)
        #expect(coordinator.handle(.received(WorkerID(1), .finished(first, result: [1])), at: at(1)).isEmpty)
        let old = TaskID(work: 0, index: 1)
        #expect(coordinator.handle(.received(WorkerID(1), .finished(old, result: [1])), at: at(1)).isEmpty)
    }

    @Test func aLostWorkersTasksGoToOthers() {
        var (coordinator, _) = coordinator(workers: 2, tasks: 4)
        let effects = coordinator.handle(.lost(WorkerID(1), .disconnected), at: at(1))
        // Worker 2 has as many as it may; the tasks come when it has done one.
        #expect(sent(effects) == [])
        let next = coordinator.handle(
            .received(WorkerID(2), .finished(TaskID(work: 1, index: 1), result: [])), at: at(1))
        #expect(sent(next) == ["2: ingest 0"])
    }

    @Test func silenceIsFirstSuspectThenLost() {
        var (coordinator, _) = coordinator(workers: 1, tasks: 1)
        #expect(
            !coordinator.handle(.tick, at: at(4.9)).contains { if case .report(.suspect) = $0 { true } else { false } })
        #expect(
            coordinator.handle(.tick, at: at(5)).contains { if case .report(.suspect) = $0 { true } else { false } })
        #expect(
            !coordinator.handle(.tick, at: at(6)).contains { if case .report(.suspect) = $0 { true } else { false } })
        let effects = coordinator.handle(.tick, at: at(15))
        #expect(effects.contains { if case .report(.lost(_, _, 0)) = $0 { true } else { false } })
        #expect(effects.contains { if case .report(.waitingForWorkers) = $0 { true } else { false } })
    }

    @Test func aBeatIsASignOfLife() {
        var (coordinator, _) = coordinator(workers: 1, tasks: 1)
        _ = coordinator.handle(.received(WorkerID(1), .beat(progress: 0)), at: at(14))
        let effects = coordinator.handle(.tick, at: at(16))
        #expect(!effects.contains { if case .report(.lost) = $0 { true } else { false } })
    }

    @Test func withoutWorkersTheRunWaitsAndGoesOnWithTheNext() {
        var coordinator = Coordinator()
        _ = coordinator.handle(.begin(.tasks(.bin, payloads: [[1]])), at: at(0))
        let isWaiting = { (effects: [Coordinator.Effect]) in
            effects.contains { if case .report(.waitingForWorkers) = $0 { true } else { false } }
        }
        #expect(!isWaiting(coordinator.handle(.tick, at: at(9))))
        #expect(isWaiting(coordinator.handle(.tick, at: at(10))))
        #expect(!isWaiting(coordinator.handle(.tick, at: at(11))))
        #expect(sent(coordinator.handle(.joined(WorkerID(1), hello), at: at(12))) == ["1: bin 0"])
    }

    @Test func theMinimumOfWorkersIsWaitedForOnce() {
        var limits = Coordinator.Limits()
        limits.minimumWorkers = 2
        var coordinator = Coordinator(limits: limits)
        _ = coordinator.handle(.begin(.tasks(.bin, payloads: [[1], [2], [3], [4]])), at: at(0))
        #expect(sent(coordinator.handle(.joined(WorkerID(1), hello), at: at(0))) == [])
        #expect(sent(coordinator.handle(.joined(WorkerID(2), hello), at: at(0))).count == 4)
        _ = coordinator.handle(.lost(WorkerID(2), .disconnected), at: at(0))
        #expect(
            sent(
                coordinator.handle(.received(WorkerID(1), .finished(TaskID(work: 1, index: 0), result: [])), at: at(0))
            ).count == 1)
    }

    @Test func badInputEndsTheWorkAtOnceAndABadMachineAfterSomeSeconds() {
        var (coordinator, _) = coordinator(workers: 1, tasks: 1)
        let task = TaskID(work: 1, index: 0)
        let machine = WorkerMessage.failed(task, Failure(.machine, "disk"))
        for (failing, next) in [(0.0, 1.0), (1.0, 3.0), (3.0, 7.0)] {
            let effects = coordinator.handle(.received(WorkerID(1), machine), at: at(failing))
            #expect(!effects.contains { if case .workFailed = $0 { true } else { false } })
            #expect(sent(coordinator.handle(.tick, at: at(next))) == ["1: ingest 0"])
        }
        let last = coordinator.handle(.received(WorkerID(1), machine), at: at(7))
        guard case .workFailed(let failure) = last.last else {
            Issue.record("\(last)")
            return
        }
        #expect(failure.message == "disk (worker 1, on h)")

        var (other, _) = self.coordinator(workers: 1, tasks: 1)
        _ = other.handle(.received(WorkerID(1), .failed(task, Failure(.input, "bad file"))), at: at(0))
        let input = other.handle(.looked(task, .failed(Failure(.input, "bad file"))), at: at(0))
        guard case .workFailed = input.last else {
            Issue.record("\(input)")
            return
        }
    }

    @Test func aTaskThatKillsThreeWorkersEndsTheWork() {
        var (coordinator, _) = coordinator(workers: 3, tasks: 1)
        _ = coordinator.handle(.lost(WorkerID(1), .disconnected), at: at(0))
        _ = coordinator.handle(.lost(WorkerID(2), .disconnected), at: at(5))
        let effects = coordinator.handle(.lost(WorkerID(3), .disconnected), at: at(10))
        #expect(effects.contains { if case .workFailed = $0 { true } else { false } })
    }

    /// Whatever it did before, and the next worker does the task.
    @Test func whoSendsAResultOfSomethingElseIsExpelled() {
        var coordinator = Coordinator()
        for number in 1...2 as ClosedRange<UInt64> {
            _ = coordinator.handle(.joined(WorkerID(number), hello), at: at(0))
        }
        let tasks = Coordinator.Work.tasks(.bin, payloads: [[0], [1]], accepts: { $1.count == 1 + $0 })
        _ = coordinator.handle(.begin(tasks), at: at(0))
        func finished(_ task: UInt32, _ result: [UInt8], by worker: UInt64) -> [Coordinator.Effect] {
            coordinator.handle(
                .received(WorkerID(worker), .finished(TaskID(work: 1, index: task), result: result)), at: at(1))
        }
        let refused = finished(0, [1, 2], by: 1)
        #expect(refused.contains { if case .forget(WorkerID(1)) = $0 { true } else { false } })
        #expect(!refused.contains { if case .persist = $0 { true } else { false } })
        #expect(sent(refused).first?.contains("refused") == true && sent(refused).contains("2: bin 0"))
        #expect(coordinator.history.counters[.expelledBadResults] == 1)
        _ = finished(1, [11, 12], by: 2)
        guard case .tasksFinished(let results) = finished(0, [10], by: 2).last else {
            Issue.record("the tasks are not finished")
            return
        }
        #expect(results == [[10], [11, 12]])
    }

    @Test func aTaskOfWhichEachResultIsRefusedEndsTheWork() {
        var coordinator = Coordinator()
        for number in 1...3 as ClosedRange<UInt64> {
            _ = coordinator.handle(.joined(WorkerID(number), hello), at: at(0))
        }
        _ = coordinator.handle(.begin(.tasks(.bin, payloads: [[0]], accepts: { _, _ in false })), at: at(0))
        let last =
            (1...3 as ClosedRange<UInt64>).map { worker in
                coordinator.handle(
                    .received(WorkerID(worker), .finished(TaskID(work: 1, index: 0), result: [])),
                    at: at(5 * Double(worker)))
            }.last ?? []
        #expect(last.contains { if case .workFailed = $0 { true } else { false } })
    }

    /// A machine that fails takes many workers with it; the tasks are not to blame.
    @Test func workersThatDieTogetherAreOneLoss() {
        var (coordinator, _) = coordinator(workers: 8, tasks: 1)
        for worker in 1...7 as ClosedRange<UInt64> {
            let effects = coordinator.handle(.lost(WorkerID(worker), .disconnected), at: at(0.1 * Double(worker)))
            #expect(!effects.contains { if case .workFailed = $0 { true } else { false } })
            #expect(sent(effects) == ["\(worker + 1): ingest 0"])
        }
    }

    @Test func anUnknownWorkerIsForgotten() {
        var coordinator = Coordinator()
        let effects = coordinator.handle(.received(WorkerID(9), .beat(progress: 1)), at: at(0))
        guard case .forget(WorkerID(9)) = effects.first else {
            Issue.record("\(effects)")
            return
        }
    }
}
