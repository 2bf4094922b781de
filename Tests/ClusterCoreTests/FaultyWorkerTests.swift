import Bytes
import ClusterProtocol
import DistributedLearning
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
        booster = Booster(settings: try TrainingSettings(), binCounts: [3], labelSum: 1, rows: 2)
        for worker in [one, two] { _ = join(worker, on: "\(worker)") }
    }

    private mutating func join(_ worker: WorkerID, on host: String, _ seconds: Int64 = 0) -> [Coordinator.Effect] {
        handle(.joined(worker, Hello(version: "", host: host, process: 1, threads: 1)), seconds)
    }

    /// Whether the coordinator's host is to look for itself, and to do what it looks at.
    private func looks(_ effects: [Coordinator.Effect]) -> [Bool] {
        effects.compactMap { if case .look(_, _, _, let isDone) = $0 { isDone } else { nil } }
    }

    private mutating func handle(_ event: Coordinator.Event, _ seconds: Int64 = 0) -> [Coordinator.Effect] {
        coordinator.handle(event, at: Instant(.seconds(seconds)))
    }

    private mutating func fail(
        _ worker: WorkerID, _ task: UInt32, _ kind: Failure.Kind, _ seconds: Int64 = 0
    ) -> [Coordinator.Effect] {
        handle(.received(worker, .failed(TaskID(work: 1, index: task), Failure(kind, "no such file"))), seconds)
    }

    private mutating func finish(_ worker: WorkerID, _ task: UInt32, _ seconds: Int64 = 0) -> [Coordinator.Effect] {
        handle(.received(worker, .finished(TaskID(work: 1, index: task), result: [])), seconds)
    }

    private func tasks(_ effects: [Coordinator.Effect]) -> [String] {
        effects.compactMap { effect in
            guard case .send(let worker, .perform(let task, _, _)) = effect else { return nil }
            return "\(worker.number): \(task.index)"
        }
    }

    private func assignments(_ effects: [Coordinator.Effect]) -> [String] {
        effects.compactMap { effect in
            guard case .send(let worker, .assign(let assignment)) = effect else { return nil }
            return "\(worker.number): \(assignment.shards)"
        }
    }

    private func failed(_ effects: [Coordinator.Effect]) -> Bool {
        effects.contains { if case .workFailed = $0 { true } else { false } }
    }

    private mutating func beginTasks(_ count: Int) -> [Coordinator.Effect] {
        handle(.begin(.tasks(.bin, payloads: Array(repeating: [], count: count))))
    }

    private mutating func beginFit() -> [String] {
        assignments(handle(.begin(.fit(.train, specification: [], shards: 2, BoostingFit(booster)))))
    }

    private mutating func answer(
        _ worker: WorkerID, _ shard: UInt32, _ sequence: UInt32 = 0, _ change: (inout TrainingReply) -> Void
    ) -> [Coordinator.Effect] {
        var reply = TrainingReply(
            histogram: Histogram(layout: booster.layout, nodes: 1), rows: [4], validation: LossSums(rows: 1, loss: 5))
        change(&reply)
        let partial = Partial(fit: 1, sequence: sequence, shards: [shard], reply: reply.encoded)
        return handle(.received(worker, .partial(partial)))
    }

    @Test(arguments: [Failure.Kind.input, .machine])
    mutating func aTaskThatAWorkerCannotDoGoesToAnother(_ kind: Failure.Kind) {
        #expect(tasks(beginTasks(5)) == ["1: 0", "2: 1", "1: 2", "2: 3"])
        // Said once; it gets nothing for a second, and then one task.
        #expect(fail(one, 0, kind).count == 1 && fail(one, 2, kind).isEmpty)
        #expect(tasks(finish(two, 1)) == ["2: 2"])
        #expect(tasks(handle(.tick, 1)) == ["1: 0"])
        #expect(fail(one, 0, kind, 1).count == 1)
        #expect(tasks(handle(.tick, 2)).isEmpty)
        // Who has done something is as good as others.
        #expect(tasks(handle(.tick, 3)) == ["1: 0"])
        #expect(tasks(finish(one, 0, 3)) == ["1: 4"])
    }

    /// It fails at once at whatever it is given, and the other is slow.
    @Test mutating func aMachineThatCanDoNothingCostsNothing() {
        var (given, ended, failures, done) = (beginTasks(40), false, 0, 0)
        var busyUntil: Int64 = 0
        var held: [UInt32] = []
        for second in 0..<1000 as Range<Int64> where done < 40 {
            _ = handle(.received(one, .beat(progress: 0)), second) + handle(.received(two, .beat(progress: 0)), second)
            given += handle(.tick, second)
            while let next = tasks(given).first {
                given.removeFirst(1 + (given.firstIndex { tasks([$0]) == [next] } ?? 0))
                let task = UInt32(next.dropFirst(3)) ?? 0
                if next.hasPrefix("2") { held.append(task) } else { given += fail(one, task, .machine, second) }
                failures += next.hasPrefix("1") ? 1 : 0
            }
            if second >= busyUntil, let task = held.first {
                held.removeFirst()
                given += finish(two, task, second)
                done += 1
                busyUntil = second + 20
            }
            ended = ended || failed(given)
        }
        #expect(done == 40 && !ended)
        #expect(10...16 ~= failures, "\(failures)")
    }

    /// Their failures say nothing of the others, who are busy.
    @Test mutating func machinesThatFailAtOnceDoNotEndTheWork() {
        for number in 3...6 as ClosedRange<UInt64> {
            _ = handle(.joined(WorkerID(number), Hello(version: "", host: "", process: 1, threads: 1)))
        }
        _ = beginTasks(12)
        for number in 1...5 as ClosedRange<UInt64> {
            for task in [number - 1, number + 5] {
                #expect(!failed(fail(WorkerID(number), UInt32(task), .machine, 20)))
            }
        }
    }

    @Test mutating func workersThatAreStoppedOneAfterTheOtherAreNoFault() {
        _ = beginTasks(1)
        for number in 3...8 as ClosedRange<UInt64> {
            let seconds = Int64(number) * 10
            _ = handle(.joined(WorkerID(number), Hello(version: "", host: "", process: 1, threads: 1)), seconds)
            #expect(!failed(handle(.received(WorkerID(number - 2), .goodbye), seconds)))
        }
    }

    /// Whatever workers say, the coordinator's own eyes tell.
    @Test(arguments: [Failure.Kind.input, .machine])
    mutating func anInputThatTwoHostsCannotReadIsReadByTheCoordinator(_ kind: Failure.Kind) {
        #expect(tasks(beginTasks(1)) == ["1: 0"])
        let first = fail(one, 0, .input)
        #expect(tasks(first) == ["2: 0"] && looks(first) == [])
        let second = fail(two, 0, .input)
        #expect(looks(second) == [true] && !failed(second))
        // Of a disk that is full nothing follows for the input.
        let ended = handle(.looked(TaskID(work: 1, index: 0), .failed(Failure(kind, "bad"))))
        #expect(failed(ended) == (kind == .input))
    }

    @Test mutating func whatTheCoordinatorCanReadIsDone() {
        _ = beginTasks(1)
        _ = (fail(one, 0, .input), fail(two, 0, .input))
        let effects = handle(.looked(TaskID(work: 1, index: 0), .did([7])))
        guard case .tasksFinished([[7]]) = effects.last else {
            Issue.record("\(effects)")
            return
        }
    }

    @Test mutating func workersOfOneBadHostCountAsOne() {
        _ = join(WorkerID(3), on: "\(one)")
        _ = beginTasks(1)
        let first = fail(one, 0, .input)
        #expect(tasks(first) == ["2: 0"] && looks(first) == [])
        // The other host is slow; the bad one tries again.
        for worker in [one, two, WorkerID(3)] { _ = handle(.received(worker, .beat(progress: 0)), 40) }
        #expect(tasks(handle(.tick, 41)).first?.hasSuffix(": 0") == true)
        let again = fail(WorkerID(3), 0, .input, 41) + fail(one, 0, .input, 41)
        #expect(looks(again) == [] && !failed(again))
    }

    /// The coordinator looks whether it is its own file that has changed.
    @Test mutating func anotherInputIsLookedAtAndNotDone() {
        _ = beginTasks(1)
        let first = fail(one, 0, .otherInput)
        #expect(looks(first) == [false] && tasks(first) == ["2: 0"])
        // Once at a time.
        #expect(looks(fail(two, 0, .otherInput)) == [])
        #expect(handle(.looked(TaskID(work: 1, index: 0), .isUnchanged)).isEmpty)
        #expect(tasks(handle(.tick, 1)) == ["1: 0"] && looks(fail(one, 0, .otherInput, 1)) == [false])
        #expect(failed(handle(.looked(TaskID(work: 1, index: 0), .failed(Failure(.input, "it changed"))), 1)))
    }

    @Test mutating func whatAWorkerSaysOfItsFailureIsHarmlessToATerminal() {
        _ = beginTasks(2)
        let failure = Failure(.machine, "\u{1B}[2J" + String(repeating: "x", count: 9000))
        let effects = handle(.received(one, .failed(TaskID(work: 1, index: 0), failure)))
        guard case .report(.failing(one, let what)) = effects.first else {
            Issue.record("\(effects.count) effects")
            return
        }
        #expect(what.hasPrefix("on worker 1 could not do task 0 of bin:  [2Jxxx") && what.count < 2100)
    }

    /// Nor those that have gone.
    @Test mutating func anInputThatOneMachineCannotReadIsNoBadInput() {
        _ = beginTasks(1)
        #expect(tasks(fail(one, 0, .input)) == ["2: 0"])
        _ = handle(.lost(one, .disconnected))
        for number in 3...4 as ClosedRange<UInt64> { _ = join(WorkerID(number), on: "\(number)") }
        #expect(looks(fail(two, 0, .machine)) == [])
        #expect(looks(fail(WorkerID(3), 0, .input)) == [])
        #expect(looks(fail(WorkerID(4), 0, .input)) == [true])
    }

    /// For some seconds: what passes is no reason.
    @Test(arguments: [Failure.Kind.machine, .otherInput])
    mutating func aTaskThatEachMachineFailsAtEndsTheWork(_ kind: Failure.Kind) {
        // The coordinator's own file is what it was.
        let seen = Coordinator.Event.looked(TaskID(work: 1, index: 0), .isUnchanged)
        #expect(tasks(beginTasks(1)) == ["1: 0"])
        #expect(tasks(fail(one, 0, kind)) == ["2: 0"] && handle(seen).isEmpty)
        #expect(!failed(fail(two, 0, kind)) && handle(seen).isEmpty)
        #expect(tasks(handle(.tick, 1)) == ["1: 0"])
        #expect(tasks(fail(one, 0, kind, 1)) == ["2: 0"] && handle(seen, 1).isEmpty)
        #expect(tasks(fail(two, 0, kind, 4)) == ["1: 0"] && handle(seen, 4).isEmpty)
        let ended = fail(one, 0, kind, 5) + handle(seen, 5)
        #expect(failed(ended))
    }

    @Test(arguments: [Failure.Kind.input, .machine])
    mutating func shardsThatAWorkerCannotTrainGoToAnother(_ kind: Failure.Kind) {
        #expect(beginFit() == ["1: [0]", "2: [1]"])
        let failure = WorkerMessage.fitFailed(fit: 1, Failure(kind, "no such file"))
        let first = handle(.received(one, failure))
        #expect(assignments(first) == ["2: [0]"] && !failed(first))
        // Once more, of another order: it has no shards that it could fail at.
        #expect(handle(.received(one, failure)).isEmpty)
        #expect(coordinator.history.counters[.couldNotTrain] == 1)
        // Training reads the store: nobody's input is bad.
        #expect(!failed(handle(.received(two, failure))))
    }

    /// Not to one whose threads hang, though it is the only one that has not just failed.
    @Test mutating func shardsWaitForAWorkerThatRests() {
        #expect(beginFit() == ["1: [0]", "2: [1]"])
        _ = answer(two, 1) { _ in }
        for worker in [one, two] { _ = handle(.received(worker, .beat(progress: 0)), 30) }
        #expect(assignments(handle(.tick, 31)) == ["2: [0]"])
        #expect(assignments(handle(.received(two, .fitFailed(fit: 1, Failure(.machine, "disk"))), 32)).isEmpty)
        for worker in [one, two] { _ = handle(.received(worker, .beat(progress: 0)), 32) }
        #expect(assignments(handle(.tick, 33)) == ["2: [0]", "2: [1]"])
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
        #expect(assignments(effects) == ["2: [0]"])
        #expect(effects.contains { if case .forget(WorkerID(1)) = $0 { true } else { false } })
        #expect(coordinator.history.counters[.expelledBadResults] == 1)
    }

    /// One bit of one bin: the features' sums differ.
    @Test mutating func whoseSumsContradictEachOtherIsExpelled() throws {
        let two = Booster(settings: try TrainingSettings(), binCounts: [3, 2], labelSum: 1, rows: 2)
        _ = handle(.begin(.fit(.train, specification: [], shards: 2, BoostingFit(two))))
        var histogram = Histogram(layout: two.layout, nodes: 1)
        histogram.gradients = [0, 3, 4, 7, 0]
        histogram.hessians = [0, 1, 1, 1, 1]
        func partial(_ histogram: Histogram) -> WorkerMessage {
            let reply = TrainingReply(histogram: histogram, rows: [4], validation: LossSums(rows: 1, loss: 5))
            return .partial(Partial(fit: 1, sequence: 0, shards: [0], reply: reply.encoded))
        }
        var flipped = histogram
        flipped.gradients[1] ^= 1 << 20
        let effects = handle(.received(one, partial(flipped)))
        #expect(
            effects.contains { if case .report(.lost(WorkerID(1), .badSums, workers: 1)) = $0 { true } else { false } })
        #expect(assignments(effects) == ["2: [0]"])
        #expect(coordinator.history.counters[.expelledBadResults] == 1)
        _ = handle(.received(self.two, partial(histogram)))
        #expect(coordinator.memberIDs == [self.two])
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
            // What the parent has on that side.
            if case .split(_, _, _, let counted) = awaited {
                for (index, node) in counted.enumerated() {
                    histogram.gradients[3 * index + 1 + node] = node == 0 ? 100_000 : -100_000
                    histogram.hessians[3 * index + 1 + node] = 100_000
                }
            }
            for (worker, shard) in [(one, 0), (two, 1)] as [(WorkerID, UInt32)] {
                effects = answer(worker, shard, sequence) { reply in
                    reply.histogram = histogram
                    reply.rows = Array(repeating: isBegin ? 4 : 2, count: awaited.levelNodes)
                    reply.validation = isBegin ? LossSums(rows: awaited.tree == 1 ? 0 : 1, loss: 5) : nil
                }
            }
        }
        #expect(effects.contains { if case .fitFinished = $0 { true } else { false } })
    }
}

extension Coordinator {
    /// The order that a fit waits for answers to.
    fileprivate var awaited: TrainingOrder? { fit.flatMap { try? TrainingOrder(decoding: $0.fit.order) } }
}
