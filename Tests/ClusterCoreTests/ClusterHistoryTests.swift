import ClusterProtocol
import Learning
import Testing

@testable import ClusterCore

private func at(_ seconds: Double) -> Instant { Instant(.milliseconds(Int64(seconds * 1000))) }
private func hello(_ process: Int32) -> Hello { Hello(version: "1", host: "h", process: process, threads: 1) }
private func done(_ index: UInt32) -> WorkerMessage { .finished(TaskID(work: 1, index: index), result: []) }

@Suite struct ClusterHistoryTests {
    private let one = WorkerID(1)
    private let two = WorkerID(2)
    private let three = WorkerID(3)

    @Test func whatHappensIsCountedAndKept() throws {
        var coordinator = Coordinator()
        _ = coordinator.handle(.joined(one, hello(1), name: "lab"), at: at(1))
        _ = coordinator.handle(.joined(two, hello(2)), at: at(1))
        _ = coordinator.handle(.begin(.tasks(.bin, payloads: Array(repeating: [], count: 4))), at: at(2))
        _ = coordinator.handle(.received(one, done(0)), at: at(3))
        // Sent again, as what is not acknowledged is; and of work that is over.
        _ = coordinator.handle(.received(one, done(0)), at: at(3))
        _ = coordinator.handle(.received(one, .finished(TaskID(work: 0, index: 1), result: [])), at: at(3))
        _ = coordinator.handle(.lost(two, .disconnected), at: at(4))
        _ = coordinator.handle(.joined(three, hello(2)), at: at(5))
        _ = coordinator.handle(.refused(.version("another version")), at: at(6))
        _ = coordinator.handle(.received(three, .goodbye), at: at(7))
        for task in [1, 2, 3] as [UInt32] { _ = coordinator.handle(.received(one, done(task)), at: at(8)) }

        let counters = coordinator.history.counters
        let expected: [Counters.Kind: Int] = [
            .joined: 3, .registeredAgain: 1, .stopped: 1, .lost: 1, .refusedVersions: 1, .duplicates: 2, .retries: 3,
        ]
        for kind in Counters.Kind.allCases { #expect(counters[kind] == expected[kind] ?? 0, "\(kind)") }

        let attendance = coordinator.history.attendance
        try #require(attendance.map(\.worker) == [one, two, three])
        #expect(attendance.map(\.name) == ["lab", nil, nil] && attendance.map(\.tasks) == [4, 0, 0])
        #expect(
            attendance.map(\.exit) == [nil, .disconnected, .left] && attendance.map(\.left) == [nil, at(4), at(7)])
        #expect(
            coordinator.history.faults.map(\.what) == [
                "worker 2 was lost: its connection is gone", "turned a peer away: another version",
            ])
    }

    @Test func silenceIsExpulsion() {
        var coordinator = Coordinator()
        _ = coordinator.handle(.joined(one, hello(1)), at: at(0))
        _ = coordinator.handle(.tick, at: at(20))
        #expect(coordinator.history.counters[.expelledSilent] == 1 && coordinator.history.counters[.lost] == 0)
        #expect(coordinator.history.attendance[0].exit?.kind == "expelled")
    }

    @Test func faultsAreFewShortAndHarmless() {
        var coordinator = Coordinator()
        for number in 0..<50 {
            let error = "\u{1B}[2J\(number) " + String(repeating: "x", count: 9000)
            _ = coordinator.handle(.refused(.frame(error)), at: at(Double(number)))
        }
        let faults = coordinator.history.faults
        #expect(faults.count == ClusterHistory.mostFaults && faults.last?.time == at(49))
        #expect(faults.allSatisfy { $0.what.utf8.count <= 300 && !$0.what.contains("\u{1B}") })
        #expect(coordinator.history.counters[.refusedFrames] == 50)
    }

    @Test func theStatusTellsWhatEachDoes() throws {
        var coordinator = Coordinator()
        _ = coordinator.handle(.joined(one, hello(1), name: "lab"), at: at(0))
        _ = coordinator.handle(.joined(two, hello(2)), at: at(1))
        _ = coordinator.handle(.begin(.tasks(.score, payloads: Array(repeating: [], count: 5))), at: at(2))
        for task in [0, 2] as [UInt32] { _ = coordinator.handle(.received(one, done(task)), at: at(4)) }
        let status = coordinator.status(title: "Scoring", at: at(6))
        #expect(status.work == ClusterStatus.Work(stage: .score, finished: 2, of: 5, seconds: 4, rate: 0.5))
        #expect(status.members.map(\.tasks) == [1, 2] && status.members.map(\.done) == [2, 0])
        #expect(status.members.map(\.name) == ["lab", ""] && status.members.map(\.heard) == [2, 5])
        #expect(!status.isWaiting && status.workers == 2)
    }

    @Test func whoAsksIsNoWorkerAndAWorkerThatAsksStaysOne() {
        var coordinator = Coordinator()
        _ = coordinator.handle(.joined(one, hello(1)), at: at(0))
        #expect(coordinator.handle(.received(one, .askStatus), at: at(1)).isEmpty)
        #expect(coordinator.memberIDs == [one])
    }

    @Test func fewerWorkersMayBeEnough() {
        var limits = Coordinator.Limits()
        limits.minimumWorkers = 2
        var coordinator = Coordinator(limits: limits)
        _ = coordinator.handle(.begin(.tasks(.bin, payloads: [[1]])), at: at(0))
        func leases(_ effects: [Coordinator.Effect]) -> Int {
            effects.count { if case .send(_, .perform) = $0 { true } else { false } }
        }
        #expect(leases(coordinator.handle(.joined(one, hello(1)), at: at(0))) == 0)
        #expect(leases(coordinator.handle(.expect(workers: 1), at: at(1))) == 1)
    }
}
