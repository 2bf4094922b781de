import ClusterProtocol
import Testing

@testable import ClusterCore

private func at(_ seconds: Double) -> Instant { Instant(.milliseconds(Int64(seconds * 1000))) }

private let welcome = Welcome(
    worker: WorkerID(4), run: 1, instanceText: "", instanceFile: "", baseDirectory: "", workspace: "")

@Suite struct WorkerTests {
    private func names(_ effects: [Worker.Effect]) -> [String] {
        effects.map { effect in
            switch effect {
            case .send(.hello): "hello"
            case .send(.beat): "beat"
            case .send(.goodbye): "goodbye"
            case .send(.numbered(_, .finished)): "finished"
            case .send(.numbered(_, .failed)): "failed"
            case .configure: "configure"
            case .perform(_, let task, _, _): "perform \(task.index)"
            case .reset: "reset"
            case .leave(let departure): "leave \(departure)"
            case .report: "report"
            default: "\(effect)"
            }
        }
    }

    private func worker(registeredAt seconds: Double) -> Worker {
        var worker = Worker(hello: Hello(version: "0", host: "h", process: 1, threads: 1))
        _ = worker.handle(.tick, at: at(seconds))
        _ = worker.handle(.received(.welcome(welcome)), at: at(seconds))
        return worker
    }

    @Test func itAsksEverySecondUntilItIsWelcome() {
        var worker = Worker(hello: Hello(version: "0", host: "h", process: 1, threads: 1))
        #expect(names(worker.handle(.tick, at: at(0))) == ["report", "hello"])
        #expect(names(worker.handle(.tick, at: at(0.5))) == [])
        #expect(names(worker.handle(.tick, at: at(1))) == ["hello"])
        #expect(names(worker.handle(.received(.welcome(welcome)), at: at(1.1))) == ["configure", "report"])
        #expect(worker.id == WorkerID(4))
        #expect(names(worker.handle(.tick, at: at(1.5))) == [])
        #expect(names(worker.handle(.tick, at: at(2.2))) == ["beat"])
    }

    @Test func itStartsOverWhenItIsNotKnownOrHearsNothing() {
        var unknown = worker(registeredAt: 0)
        #expect(names(unknown.handle(.received(.registerAgain), at: at(1))) == ["report", "reset", "hello"])
        var alone = worker(registeredAt: 0)
        _ = alone.handle(.received(.ping), at: at(20))
        #expect(!names(alone.handle(.tick, at: at(49))).contains("reset"))
        #expect(names(alone.handle(.tick, at: at(50))) == ["report", "reset", "hello"])
    }

    @Test func workOfAnEarlierRegistrationIsNotSent() {
        var worker = worker(registeredAt: 0)
        let task = TaskID(work: 1, index: 7)
        #expect(names(worker.handle(.received(.perform(task, .bin, payload: [])), at: at(1))) == ["perform 7"])
        #expect(names(worker.handle(.finished(WorkerID(3), task, .success([])), at: at(1))) == [])
        #expect(names(worker.handle(.finished(WorkerID(4), task, .success([])), at: at(1))) == ["finished"])
        #expect(
            names(worker.handle(.finished(WorkerID(4), task, .failure(Failure(.input, "x"))), at: at(1))) == ["failed"])
    }

    /// Else it would be given work that its threads cannot do.
    @Test func itRegistersAgainWhenItsThreadsAreFree() {
        var worker = worker(registeredAt: 0)
        let task = TaskID(work: 1, index: 7)
        _ = worker.handle(.received(.perform(task, .bin, payload: [])), at: at(1))
        #expect(names(worker.handle(.received(.registerAgain), at: at(2))) == ["report", "reset"])
        #expect(names(worker.handle(.tick, at: at(3))) == [])
        #expect(names(worker.handle(.finished(WorkerID(4), task, .success([])), at: at(4))) == [])
        #expect(names(worker.handle(.tick, at: at(5))) == ["hello"])
    }

    @Test func itsPatienceWithACoordinatorThatHasGoneEnds() {
        var worker = worker(registeredAt: 0)
        _ = worker.handle(.received(.registerAgain), at: at(1))
        #expect(names(worker.handle(.tick, at: at(600.9))) == ["hello"])
        #expect(names(worker.handle(.tick, at: at(601))) == ["leave coordinatorGone"])
        var early = Worker(hello: Hello(version: "0", host: "h", process: 1, threads: 1))
        _ = early.handle(.tick, at: at(0))
        #expect(names(early.handle(.tick, at: at(100_000))) == ["hello"])
    }

    /// At once, and not when it has been under way for long.
    @Test func whatACutConnectionLostIsSentAgain() {
        var worker = worker(registeredAt: 0)
        func sent(_ effects: [Worker.Effect]) -> [UInt64] {
            effects.compactMap { if case .send(.numbered(let number, _)) = $0 { number } else { nil } }
        }
        func finish(_ index: UInt32) -> [Worker.Effect] {
            _ = worker.handle(
                .received(.perform(TaskID(work: 1, index: index), .bin, payload: [])), at: at(0.1))
            return worker.handle(
                .finished(WorkerID(4), TaskID(work: 1, index: index), .success(Array(repeating: 0, count: 3 << 20))),
                at: at(0.2))
        }
        // The third has no credit until one of the others has arrived.
        #expect([0, 1, 2].map { sent(finish($0)) } == [[1], [2], []])
        #expect(sent(worker.handle(.dataConnected, at: at(0.3))) == [1, 2])
        #expect(sent(worker.handle(.received(.acknowledged(1)), at: at(0.4))) == [3])
        #expect(sent(worker.handle(.dataConnected, at: at(0.5))) == [2, 3])
    }

    @Test func itLeavesWhenToldTo() {
        var over = worker(registeredAt: 0)
        #expect(names(over.handle(.received(.stop), at: at(1))) == ["goodbye", "leave runIsOver"])
        #expect(names(over.handle(.tick, at: at(2))) == [])
        var refused = worker(registeredAt: 0)
        #expect(names(refused.handle(.received(.refused(reason: "old")), at: at(1))) == ["leave refused(\"old\")"])
        var asked = worker(registeredAt: 0)
        let last = asked.id
        #expect(names(asked.handle(.leave, at: at(1))) == ["goodbye", "leave asked"])
        // It is this one's goodbye: who has no number is not known.
        #expect(last != nil && asked.sender == last && asked.id == nil)
    }
}
