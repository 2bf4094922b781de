import ClusterProtocol
import Testing

@testable import ClusterCore
@testable import Learning

/// Workers that cannot do what they are asked, and workers that answer something else.
@Suite struct FaultyWorkerTests {
    private let one = WorkerID(1)
    private let two = WorkerID(2)
    private let booster: Booster
    private var coordinator = Coordinator()

    init() throws {
        booster = Booster(settings: try TrainingSettings(), binCounts: [3], positives: 1, rows: 2)
        for worker in [one, two] { _ = handle(.joined(worker, Hello(version: "", host: "", process: 1, threads: 1))) }
    }

    private mutating func handle(_ event: Coordinator.Event, _ seconds: Int64 = 0) -> [Coordinator.Effect] {
        coordinator.handle(event, at: Instant(.seconds(seconds)))
    }

    private mutating func fail(_ worker: WorkerID, _ task: UInt32, _ kind: Failure.Kind) -> [Coordinator.Effect] {
        handle(.received(worker, .failed(TaskID(work: 1, index: task), Failure(kind, "no such file"))))
    }

    private func tasks(_ effects: [Coordinator.Effect]) -> [String] {
        effects.compactMap { effect in
            guard case .send(let worker, .perform(let task, _, _)) = effect else { return nil }
            return "\(worker.number): \(task.index)"
        }
    }

    private func adoptions(_ effects: [Coordinator.Effect]) -> [String] {
        effects.compactMap { effect in
            guard case .send(let worker, .adopt(let adoption)) = effect else { return nil }
            return "\(worker.number): \(adoption.shards)"
        }
    }

    private func failed(_ effects: [Coordinator.Effect]) -> Bool {
        effects.contains { if case .workFailed = $0 { true } else { false } }
    }

    private mutating func beginTasks(_ count: Int) -> [Coordinator.Effect] {
        handle(.begin(.tasks(.bin, payloads: Array(repeating: [], count: count))))
    }

    private mutating func beginFit() -> [String] {
        adoptions(handle(.begin(.fit(specification: [], shards: 2, booster))))
    }

    private mutating func answer(
        _ worker: WorkerID, _ shard: UInt32, _ sequence: UInt32 = 0, _ change: (inout TrainingReply) -> Void
    ) -> [Coordinator.Effect] {
        var reply = TrainingReply(
            histogram: Histogram(layout: booster.layout, nodes: 1), rows: [2], validation: LossSums(rows: 1, loss: 5))
        change(&reply)
        let partial = Partial(fit: 1, sequence: sequence, shards: [shard], reply: reply)
        return handle(.received(worker, .partial(partial)))
    }

    @Test(arguments: [Failure.Kind.input, .machine])
    mutating func aTaskThatAWorkerCannotDoGoesToAnother(_ kind: Failure.Kind) {
        #expect(tasks(beginTasks(4)) == ["1: 0", "2: 1", "1: 2", "2: 3"])
        // Said once.
        #expect(fail(one, 0, kind).count == 1 && fail(one, 2, kind).isEmpty)
        let finished = handle(.received(two, .finished(TaskID(work: 1, index: 1), result: [])))
        #expect(tasks(finished) == ["2: 2"])
        // Once the other is gone, it is what there is.
        #expect(Set(tasks(handle(.lost(two, .disconnected)))) == ["1: 2", "1: 3"])
    }

    /// Those that could do it hang, and do not say so.
    @Test mutating func whoFailedOnceTriesAgainWhenNobodyElseDoes() {
        #expect(tasks(beginTasks(4)) == ["1: 0", "2: 1", "1: 2", "2: 3"])
        #expect(tasks(fail(one, 0, .machine)).isEmpty)
        #expect(tasks(handle(.received(one, .finished(TaskID(work: 1, index: 2), result: [])))).isEmpty)
        for worker in [one, two] { _ = handle(.received(worker, .beat(progress: 0)), 20) }
        #expect(tasks(handle(.tick, 29)).isEmpty)
        #expect(tasks(handle(.tick, 31)) == ["1: 0"])
        #expect(tasks(handle(.received(one, .finished(TaskID(work: 1, index: 0), result: [])), 32)) == ["1: 1"])
    }

    /// Their failures say nothing of the others, who are busy.
    @Test mutating func machinesThatFailAtOnceDoNotEndTheWork() {
        for number in 3...6 as ClosedRange<UInt64> {
            _ = handle(.joined(WorkerID(number), Hello(version: "", host: "", process: 1, threads: 1)))
        }
        var effects = beginTasks(12)
        var failures = 0
        while let next = tasks(effects).first(where: { "123".contains($0.prefix(1)) }) ?? nil {
            let parts = next.split(separator: ": ").compactMap { UInt32($0) }
            effects =
                Array(effects.drop { tasks([$0]) != [next] }.dropFirst())
                + fail(WorkerID(UInt64(parts[0])), parts[1], .machine)
            failures += 1
            #expect(!failed(effects))
        }
        #expect(failures == 3 * 6)
    }

    @Test mutating func workersThatAreStoppedOneAfterTheOtherAreNoFault() {
        _ = beginTasks(1)
        for number in 3...8 as ClosedRange<UInt64> {
            let seconds = Int64(number) * 10
            _ = handle(.joined(WorkerID(number), Hello(version: "", host: "", process: 1, threads: 1)), seconds)
            #expect(!failed(handle(.received(WorkerID(number - 2), .goodbye), seconds)))
        }
    }

    @Test mutating func anInputThatTwoWorkersCannotReadEndsTheWork() {
        #expect(tasks(beginTasks(1)) == ["1: 0"])
        let first = fail(one, 0, .input)
        #expect(tasks(first) == ["2: 0"] && !failed(first))
        #expect(failed(fail(two, 0, .input)))
    }

    @Test mutating func whatAWorkerSaysOfItsFailureIsHarmlessToATerminal() {
        _ = beginTasks(2)
        let failure = Failure(.machine, "\u{1B}[2J" + String(repeating: "x", count: 9000))
        let effects = handle(.received(one, .failed(TaskID(work: 1, index: 0), failure)))
        guard case .report(.failing(one, let what)) = effects.first else {
            Issue.record("\(effects.count) effects")
            return
        }
        #expect(what.hasPrefix("could not do task 0 of bin:  [2Jxxx") && what.count < 2100)
    }

    @Test mutating func aTaskThatEachMachineFailsAtTwiceEndsTheWork() {
        #expect(tasks(beginTasks(1)) == ["1: 0"])
        #expect(tasks(fail(one, 0, .machine)) == ["2: 0"])
        #expect(tasks(fail(two, 0, .machine)) == ["1: 0"])
        #expect(tasks(fail(one, 0, .machine)) == ["2: 0"])
        #expect(failed(fail(two, 0, .machine)))
    }

    @Test(arguments: [Failure.Kind.input, .machine])
    mutating func shardsThatAWorkerCannotTrainGoToAnother(_ kind: Failure.Kind) {
        #expect(beginFit() == ["1: [0]", "2: [1]"])
        let failure = WorkerMessage.fitFailed(fit: 1, Failure(kind, "no such file"))
        let first = handle(.received(one, failure))
        #expect(adoptions(first) == ["2: [0]"] && !failed(first))
        // Once more, of another order: it has no shards that it could fail at.
        #expect(handle(.received(one, failure)).isEmpty)
        #expect(coordinator.ledger.counters[.couldNotTrain] == 1)
        #expect(failed(handle(.received(two, failure))) == (kind == .input))
    }

    /// Whatever died before, a machine that fails is the first that does.
    @Test mutating func deathsAreNoFailuresOfTheTraining() {
        #expect(beginFit() == ["1: [0]", "2: [1]"])
        for number in 3...6 as ClosedRange<UInt64> {
            _ = handle(.joined(WorkerID(number), Hello(version: "", host: "", process: 1, threads: 1)))
            _ = handle(.lost(WorkerID(number - 2), .disconnected))
        }
        #expect(!failed(handle(.received(WorkerID(6), .fitFailed(fit: 1, Failure(.machine, "disk full"))))))
    }

    @Test mutating func whoAnswersSomethingElseIsExpelled() {
        #expect(beginFit() == ["1: [0]", "2: [1]"])
        let effects = answer(one, 0) { $0.rows.append(2) }
        #expect(adoptions(effects) == ["2: [0]"])
        #expect(effects.contains { if case .forget(WorkerID(1)) = $0 { true } else { false } })
        #expect(coordinator.ledger.counters[.expelledBadResults] == 1)
    }

    /// Each may be true, and their sum cannot.
    @Test mutating func forgedCountsOfRowsAddUpToSomething() {
        #expect(beginFit() == ["1: [0]", "2: [1]"])
        for (worker, shard) in [(one, 0), (two, 1)] as [(WorkerID, UInt32)] {
            let effects = answer(worker, shard) { $0.rows = [1 << 42] }
            #expect(coordinator.memberIDs.count == 2 && !failed(effects))
        }
    }

    /// One tree has validation rows and the next has not.
    @Test mutating func forgedLossesEndTheFit() {
        #expect(beginFit() == ["1: [0]", "2: [1]"])
        var effects: [Coordinator.Effect] = []
        for sequence in 0..<20 as Range<UInt32> {
            guard let awaited = coordinator.awaited else { break }
            let isBegin = if case .begin = awaited { true } else { false }
            var histogram = Histogram(layout: booster.layout, nodes: awaited.histogramNodes)
            if isBegin {
                histogram.gradients = [0, 100_000, -100_000]
                histogram.hessians = [0, 100_000, 100_000]
            }
            for (worker, shard) in [(one, 0), (two, 1)] as [(WorkerID, UInt32)] {
                effects = answer(worker, shard, sequence) { reply in
                    reply.histogram = histogram
                    reply.rows = Array(repeating: 2, count: awaited.levelNodes)
                    reply.validation = isBegin ? LossSums(rows: awaited.tree == 1 ? 0 : 1, loss: 5) : nil
                }
            }
        }
        #expect(effects.contains { if case .fitFinished = $0 { true } else { false } })
    }
}

extension Coordinator {
    /// The order that a fit waits for answers to.
    fileprivate var awaited: TrainingOrder? { if case .fit(let fit, _) = current { fit.booster.order } else { nil } }
}
