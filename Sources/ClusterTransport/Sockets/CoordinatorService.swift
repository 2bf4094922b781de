import Bytes
import CLinux
package import ClusterCore
package import ClusterProtocol
import Foundation
package import Logging
import Synchronization
package import ZeroMQ

/// The cluster as a run sees it: stages go in, results come out, and everything in between happens on another thread.
///
/// `perform` and `fit` wait; they are called by one thread at a time.
package final class CoordinatorService: Sendable {
    package enum Interruption: Error, Sendable {
        /// Ctrl-C, or a request to end.
        case interrupted
        case failed(Failure)
        case sockets(ZeroMQError)
    }

    /// Keeps what a coordinator that takes the place of this one must know; says why it could not.
    package typealias Journaling = @Sendable (JournalRecord) -> Failure?

    private enum Outcome: Sendable {
        case tasks([[UInt8]])
        case fit(outcome: [UInt8])
        case failed(Interruption)
    }

    /// How the workers are left.
    package enum Ending: Sendable {
        /// The run is over: they leave.
        case runIsOver
        /// It may go on under another coordinator: they look for it.
        case interrupted
    }

    private struct State {
        var work: (Coordinator.Work, Journaling?)?
        var outcome: Outcome?
        var ending: Ending?
        var isInterrupted = false
        var hasEnded = false
        /// Why no work can be done any more.
        var failure: Failure?
        /// So many workers are enough to begin with, from now on.
        var expected: Int?
        var title = ""
        var bytesReceived = 0
        var account: (history: ClusterHistory, time: Instant)?
        /// What this host made of tasks that it was to look at.
        var looks: [(TaskID, Coordinator.Look)] = []
    }

    private let state = Mutex(State())
    private let wakeUp: WakeUp
    private let done = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let report: @Sendable (Coordinator.Report) -> Void
    private let look: @Sendable (Stage, _ payload: [UInt8], _ isDone: Bool) -> Coordinator.Look
    /// Where this host does what it is to look at itself, one task after the other.
    private let eyes = DispatchQueue(label: "coordinator looks")

    /// Listens; reports come on the loop's thread.
    ///
    /// - Parameter look: what this host makes of a task's input; called on a thread of its own.
    package init(
        endpoint: Endpoint, keys: CoordinatorKeys?, invitation: CoordinatorLoop.Invitation, limits: Coordinator.Limits,
        logger: Logger,
        look: @escaping @Sendable (Stage, _ payload: [UInt8], _ isDone: Bool) -> Coordinator.Look,
        report: @escaping @Sendable (Coordinator.Report) -> Void
    ) throws(ZeroMQError) {
        // Answers of a level take the same arrays again and again, twice where the next level is held against them.
        keep_freed_memory(256 << 20, 4)
        self.look = look
        self.report = report
        wakeUp = try WakeUp()
        let started = Mutex<ZeroMQError?>(nil)
        let ready = DispatchSemaphore(value: 0)
        let thread = Thread { [self] in
            name_this_thread("coordinator")
            do throws(ZeroMQError) {
                try live(endpoint, keys, invitation, limits, logger) { ready.signal() }
            } catch {
                started.withLock { $0 = error }
                ready.signal()
            }
            // Only now, when the context is gone, has the last word to the workers been sent.
            state.withLock { $0.hasEnded = true }
            ended.signal()
        }
        thread.start()
        ready.wait()
        if let error = started.withLock({ $0 }) { throw error }
    }

    /// What workers have sent as results and sums so far, in bytes.
    package var bytesReceived: Int { state.withLock { $0.bytesReceived } }

    /// Who took part, as it stood when the last work was finished; nil before.
    package var account: (history: ClusterHistory, time: Instant)? { state.withLock { $0.account } }

    /// What the run does, in the user's words, for whoever asks the cluster how it goes.
    package func announce(_ title: String) { state.withLock { $0.title = title } }

    /// So many workers are enough to begin with: no more can be had.
    package func expect(workers: Int) {
        state.withLock { $0.expected = workers }
        wakeUp.signal()
    }

    /// Ends the wait of `perform` or `fit` with this failure, now and from now on. May be called from any thread.
    package func fail(_ failure: Failure) {
        state.withLock { $0.failure = $0.failure ?? failure }
        wakeUp.signal()
    }

    /// Has every payload's task done by some worker, but for those `finished`; results in the payloads' order.
    ///
    /// - Parameters:
    ///   - journal: keeps each result as it comes.
    ///   - accepts: whether a result can be that of a task; asked on the loop's thread.
    package func perform(
        _ stage: Stage, _ payloads: [[UInt8]], finished: [Int: [UInt8]], _ journal: Journaling?,
        accepts: @escaping @Sendable (_ task: Int, _ result: [UInt8]) -> Bool
    ) throws(Interruption) -> [[UInt8]] {
        switch wait(for: .tasks(stage, payloads: payloads, finished: finished, accepts: accepts), journal) {
        case .tasks(let results): return results
        case .failed(let interruption): throw interruption
        case .fit: preconditionFailure("tasks were asked for")
        }
    }

    /// Fits one model on all shards; its outcome.
    ///
    /// - Parameter journal: keeps each round as it is over.
    package func fit(
        _ stage: Stage, specification: [UInt8], shards: Int, _ fit: any DistributedFit, _ journal: Journaling?
    ) throws(Interruption) -> [UInt8] {
        switch wait(for: .fit(stage, specification: specification, shards: shards, fit), journal) {
        case .fit(let outcome): return outcome
        case .failed(let interruption): throw interruption
        case .tasks: preconditionFailure("a fit was asked for")
        }
    }

    /// Ends the wait of `perform` or `fit`, now and from now on. May be called from any thread.
    package func interrupt() {
        state.withLock { $0.isInterrupted = true }
        wakeUp.signal()
    }

    /// Closes the sockets, having told the workers to leave if the run is over.
    package func stop(_ ending: Ending) {
        state.withLock { $0.ending = ending }
        wakeUp.signal()
        ended.wait()
        ended.signal()
    }

    private func wait(for work: Coordinator.Work, _ journal: Journaling?) -> Outcome {
        let refused = state.withLock { state -> Interruption? in
            if let failure = state.failure { return .failed(failure) }
            if state.hasEnded || state.isInterrupted { return .interrupted }
            state.work = (work, journal)
            return nil
        }
        if let refused { return .failed(refused) }
        wakeUp.signal()
        done.wait()
        return state.withLock { state in
            defer { state.outcome = nil }
            return state.outcome ?? .failed(.interrupted)
        }
    }

    /// Listens, says so, and serves until the end. The sockets and their context go with the return from here.
    private func live(
        _ endpoint: Endpoint, _ keys: CoordinatorKeys?, _ invitation: CoordinatorLoop.Invitation,
        _ limits: Coordinator.Limits, _ logger: Logger,
        listening: () -> Void
    ) throws(ZeroMQError) {
        let context = try Context()
        // It must stand before anything listens, and goes after all sockets have.
        let authenticator = try keys?.authenticator(of: context, logger)
        defer { authenticator?.stop() }
        // The number tells runs apart on the wire and reaches no output.
        var loop = try CoordinatorLoop(
            endpoint: endpoint, keys: keys, run: UInt64.random(in: 1 ... .max), invitation: invitation, limits: limits,
            context: context, logger: logger)
        listening()
        do throws(ZeroMQError) {
            try serve(&loop)
        } catch {
            state.withLock { $0.failure = $0.failure ?? Failure(.machine, "\(error)") }
            finish(.failed(.sockets(error)))
        }
    }

    private func serve(_ loop: inout CoordinatorLoop) throws(ZeroMQError) {
        var isWorking = false
        var journal: Journaling?
        while true {
            let (work, ending, interruption, expected, title, looks) = state.withLock { state in
                defer {
                    state.work = nil
                    state.expected = nil
                    state.looks = []
                }
                let interruption =
                    state.isInterrupted ? Interruption.interrupted : state.failure.map { .failed($0) }
                return (state.work, state.ending, interruption, state.expected, state.title, state.looks)
            }
            loop.title = title
            switch ending {
            case .runIsOver: return try loop.sayFarewell(wakeUp)
            case .interrupted: return
            case nil: break
            }
            var effects: [Coordinator.Effect] = []
            if let (work, keeping) = work {
                isWorking = true
                journal = keeping
                effects += try loop.handle(.begin(work))
            }
            for (task, look) in looks { effects += try loop.handle(.looked(task, look)) }
            if let expected { effects += try loop.handle(.expect(workers: expected)) }
            if let interruption, isWorking {
                effects += try loop.handle(.abandon)
                finish(.failed(interruption), &isWorking)
            }
            if effects.isEmpty { effects += try loop.turn(wakeUp) }
            let bytesReceived = loop.bytesReceived
            // Only when it is about to be read: a copy that is kept makes the next change copy it all.
            let hasFinished = effects.contains { effect in
                switch effect {
                case .tasksFinished, .fitFinished, .workFailed: true
                case .send, .persist, .forget, .look, .report: false
                }
            }
            let account = hasFinished ? loop.account : nil
            state.withLock {
                $0.bytesReceived = bytesReceived
                if let account { $0.account = account }
            }
            for effect in effects {
                switch effect {
                case .persist(let record):
                    guard isWorking, let failure = journal?(record) else { continue }
                    finish(.failed(.failed(failure)), &isWorking)
                    effects += try loop.handle(.abandon)
                case .report(let report): self.report(report)
                case .look(let task, let stage, let payload, let isDone):
                    eyes.async { [self] in
                        let found = look(stage, payload, isDone)
                        state.withLock { $0.looks.append((task, found)) }
                        wakeUp.signal()
                    }
                case .tasksFinished(let results): finish(.tasks(results), &isWorking)
                case .fitFinished(let outcome): finish(.fit(outcome: outcome), &isWorking)
                case .workFailed(let failure): finish(.failed(.failed(failure)), &isWorking)
                case .send, .forget: break
                }
            }
        }
    }

    private func finish(_ outcome: Outcome, _ isWorking: inout Bool) {
        guard isWorking else { return }
        isWorking = false
        finish(outcome)
    }

    private func finish(_ outcome: Outcome) {
        state.withLock { $0.outcome = outcome }
        done.signal()
    }
}
