import ClusterProtocol
import Testing

@testable import ClusterCore

private func at(_ seconds: Double) -> Instant { Instant(.milliseconds(Int64(seconds * 1000))) }

/// A queue whose changes may stand in an expectation.
private final class Tasks {
    private var queue: TaskQueue

    init(_ payloads: [[UInt8]]) { queue = TaskQueue(work: 1, stage: .bin, payloads: payloads) }

    var results: [[UInt8]?] { queue.results }
    var hasWaiting: Bool { queue.hasWaiting }
    func leased(to worker: WorkerID) -> Int { queue.leased(to: worker) }
    func giveBackAll(of worker: WorkerID) -> Int { queue.giveBackAll(of: worker, counting: true) }

    func lease(to worker: WorkerID, at now: Instant) -> UInt32? { index(queue.lease(to: worker, among: [:], at: now)) }
    func leaseLate(to worker: WorkerID, at now: Instant) -> UInt32? {
        index(queue.leaseLate(to: worker, among: [:], at: now))
    }

    func finish(_ index: UInt32, _ result: [UInt8], by worker: WorkerID, at now: Instant) -> Bool {
        let task = TaskID(work: 1, index: index)
        return if case .done = queue.finish(task, result: result, by: worker, on: "", at: now) { true } else { false }
    }

    private func index(_ message: CoordinatorMessage?) -> UInt32? {
        guard case .perform(let task, _, _) = message else { return nil }
        return task.index
    }
}

@Suite struct LateWorkTests {
    private let one = WorkerID(1)
    private let two = WorkerID(2)

    @Test func anIdleWorkerDoesWhatAnotherIsLateWith() {
        let queue = Tasks([[0], [1]])
        #expect(queue.lease(to: one, at: at(0)) == 0)
        #expect(queue.lease(to: two, at: at(0)) == 1)
        #expect(queue.finish(1, [], by: two, at: at(1)))
        // How long tasks take is not known yet.
        #expect(queue.leaseLate(to: two, at: at(29)) == nil)
        #expect(queue.leaseLate(to: two, at: at(30)) == 0)
        #expect(queue.finish(0, [5], by: two, at: at(31)))
        // The first one's result is not wanted any more; only now has it room for another.
        #expect(queue.leased(to: one) == 1)
        #expect(!queue.finish(0, [6], by: one, at: at(32)))
        #expect(queue.leased(to: one) == 0 && queue.results == [[5], []])
    }

    @Test func lateIsTwiceAsLongAsUsual() {
        let queue = Tasks(Array(repeating: [], count: 4))
        for _ in 0..<4 { _ = queue.lease(to: one, at: at(0)) }
        for index in 0..<3 { _ = queue.finish(UInt32(index), [], by: one, at: at(4)) }
        #expect(queue.leaseLate(to: two, at: at(7.9)) == nil)
        #expect(queue.leaseLate(to: two, at: at(8)) == 3)
        // Where two are late, a third waits for twice as long.
        #expect(queue.leaseLate(to: WorkerID(3), at: at(23.9)) == nil)
        #expect(queue.leaseLate(to: WorkerID(3), at: at(24)) == 3)
    }

    /// Two workers of two threads, one of which hangs in each: either has a thread for what the other is late with.
    @Test func whoHangsInOneTaskDoesWhatOthersHangIn() {
        var coordinator = Coordinator()
        for worker in [one, two] {
            _ = coordinator.handle(.joined(worker, Hello(version: "", host: "", process: 1, threads: 2)), at: at(0))
        }
        _ = coordinator.handle(.begin(.tasks(.bin, payloads: [[0], [1]])), at: at(0))
        for second in [10.0, 20, 30] {
            for worker in [one, two] {
                _ = coordinator.handle(.received(worker, .beat(progress: 0)), at: at(second))
            }
        }
        let given = coordinator.handle(.tick, at: at(31)).compactMap { effect -> String? in
            guard case .send(let worker, .perform(let task, _, _)) = effect else { return nil }
            return "\(worker.number): \(task.index)"
        }
        #expect(given.sorted() == ["1: 1", "2: 0"])
    }

    @Test func aTaskWhoseSecondWorkerIsLostStaysWithTheFirst() {
        let queue = Tasks([[0]])
        _ = queue.lease(to: one, at: at(0))
        _ = queue.leaseLate(to: two, at: at(40))
        #expect(queue.giveBackAll(of: two) == 0 && !queue.hasWaiting)
        #expect(queue.giveBackAll(of: one) == 1 && queue.hasWaiting)
    }

    @Test func dataIsKeptUntilItIsAcknowledgedAndSentAgain() {
        var outbox = SendWindow()
        let megabyte = WorkerMessage.finished(TaskID(work: 1, index: 0), result: Array(repeating: 0, count: 1 << 20))
        for _ in 0..<3 { outbox.put(megabyte) }
        func sent(_ seconds: Double) -> [UInt64] {
            outbox.send(at: at(seconds), credit: 2_200_000, patience: .seconds(10)).map {
                if case .numbered(let number, _) = $0 { number } else { 0 }
            }
        }
        #expect(sent(0) == [1, 2])
        #expect(sent(1) == [])
        outbox.acknowledge(1)
        #expect(sent(2) == [3])
        // A megabyte has a second more.
        #expect(sent(10.9) == [])
        #expect(sent(11.1) == [2])
        for number in [1, 2, 3] as [UInt64] { outbox.acknowledge(number) }
        #expect(outbox.underWay == 0 && sent(100) == [])
    }

    @Test func whatIsLargerThanTheCreditGoesAlone() {
        var outbox = SendWindow()
        for _ in 0..<2 { outbox.put(.finished(TaskID(work: 1, index: 0), result: Array(repeating: 0, count: 9000))) }
        #expect(outbox.send(at: at(0), credit: 100, patience: .seconds(10)).count == 1)
        outbox.acknowledge(1)
        #expect(outbox.send(at: at(0), credit: 100, patience: .seconds(10)).count == 1)
    }
}

/// Work goes first to who has what it needs.
@Suite struct ShardHomesTests {
    private let one = WorkerID(1)
    private let two = WorkerID(2)

    private func homes(_ shards: [UInt32: WorkerID]) -> ShardHomes {
        var homes = ShardHomes()
        for (shard, worker) in shards { homes.note(worker, has: shard) }
        return homes
    }

    private func lease(_ queue: inout TaskQueue, _ worker: WorkerID, _ homes: ShardHomes) -> UInt32? {
        guard case .perform(let task, _, _) = queue.lease(to: worker, among: [:], homes: homes, at: Instant(.zero))
        else {
            return nil
        }
        return task.index
    }

    @Test func tasksGoToWhoHasTheirShardAndNobodyIsIdle() {
        var queue = TaskQueue(work: 1, stage: .bin, payloads: Array(repeating: [], count: 5), areShards: true)
        let homes = homes([1: one, 3: one, 0: two, 4: two])
        #expect((0..<3).map { _ in lease(&queue, one, homes) } == [1, 3, 2])
        // What is left is the other's: the one that it would come to last.
        #expect(lease(&queue, one, homes) == 4)
        #expect(lease(&queue, two, homes) == 0)
        #expect(lease(&queue, two, homes) == nil)
        // Tasks that are not about shards go in their order.
        var splits = TaskQueue(work: 1, stage: .ingest, payloads: Array(repeating: [], count: 2))
        #expect((0..<2).map { _ in lease(&splits, two, homes) } == [0, 1])
    }

    @Test func whatAWorkerCouldNotDoGoesToOthersFirst() {
        var queue = TaskQueue(work: 1, stage: .bin, payloads: Array(repeating: [], count: 3), areShards: true)
        let homes = homes([0: one, 1: two])
        #expect(lease(&queue, one, homes) == 0)
        _ = queue.fail(TaskID(work: 1, index: 0), by: one, .machine, at: Instant(.zero))
        #expect(lease(&queue, one, homes) == 2)
        #expect(lease(&queue, one, homes) == 1)
        #expect(lease(&queue, two, homes) == 0)
        _ = queue.fail(TaskID(work: 1, index: 0), by: two, .machine, at: Instant(.zero))
        #expect(lease(&queue, one, homes) == 0)
    }

    @Test func whoHasGoneHasNothing() {
        var homes = homes([0: one])
        homes.note(two, has: 0)
        homes.forget(one)
        #expect(!homes.has(one, 0) && homes.has(two, 0) && !homes.isNowhere(0))
        homes.forget(two)
        #expect(homes.isNowhere(0))
    }

    @Test func shardsOfAFitGoToWhoHasThemAsFarAsLoadsAllow() {
        let homes = homes([0: two, 1: two, 2: two, 3: one])
        var owners: [WorkerID?] = Array(repeating: nil, count: 4)
        let given = ShardBalance().assign(&owners, to: [(one, 1), (two, 1)], homes)
        #expect(given.map(\.0) == [one, two])
        #expect(given.map(\.1) == [[2, 3], [0, 1]])
        #expect(owners == [two, two, one, one])
    }
}
