import Bytes
import CLinux
package import ClusterCore
package import ClusterProtocol
import Foundation
package import Logging
import Synchronization
package import ZeroMQ

/// The cluster as a run sees it: stages go in, results come out, and everything in between happens on two other threads.
/// One owns the sockets; on the other the core merges what workers send, decides, and keeps the journal.
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
        var outcome: Outcome?
        var ending: Ending?
        var hasEnded = false
        /// Why no work can be done any more.
        var interruption: Interruption?
        var title = ""
        /// Where workers find it.
        var endpoint: Endpoint?
        var account: (history: ClusterHistory, time: Instant)?
    }

    private let state = Mutex(State())
    private let inbox: CoreInbox
    private let commands: SocketInbox<CoordinatorLoop.Command>
    /// What has gone between this process and the workers so far.
    package let traffic = Traffic()
    private let done = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let report: @Sendable (Coordinator.Report) -> Void
    private let look: @Sendable (Stage, _ payload: [UInt8], _ isDone: Bool) -> Coordinator.Look
    /// Where this host does what it is to look at itself, one task after the other.
    private let eyes = DispatchQueue(label: "coordinator looks")

    /// Listens; reports come on the core's thread.
    ///
    /// - Parameters:
    ///   - endpoint: where to listen; the port 0 is any that is free.
    ///   - host: what this machine is called elsewhere; nil: as the system says.
    ///   - look: what this host makes of a task's input; called on a thread of its own.
    ///   - files: does what a worker asks of this host's disk; called on a thread of its own, one request after the other.
    package init(
        endpoint: Endpoint, advertisedAs host: String? = nil, keys: CoordinatorKeys?, invitation: Invitation,
        limits: Coordinator.Limits, logger: Logger,
        look: @escaping @Sendable (Stage, _ payload: [UInt8], _ isDone: Bool) -> Coordinator.Look,
        files: @escaping @Sendable (WorkerID, FileRequest) -> FileReply,
        report: @escaping @Sendable (Coordinator.Report) -> Void
    ) throws(ZeroMQError) {
        // Answers of a level take the same arrays again and again, twice where the next level is held against them.
        keep_freed_memory(256 << 20, 4)
        self.look = look
        self.report = report
        commands = try SocketInbox()
        inbox = CoreInbox(wakeUp: commands.wakeUp)
        let started = Mutex<ZeroMQError?>(nil)
        let ready = DispatchSemaphore(value: 0)
        let sockets = Thread { [self] in
            name_this_thread("sockets")
            do throws(ZeroMQError) {
                let files = FileService(commands: commands, serve: files)
                try serve(endpoint, keys, invitation, files, logger) { port in
                    state.withLock { $0.endpoint = endpoint.advertised(port: port, as: host) }
                    ready.signal()
                }
            } catch {
                started.withLock { $0 = error }
                ready.signal()
            }
            // Only now, when the context is gone, has the last word to the workers been sent.
            state.withLock {
                $0.hasEnded = true
                inbox.put(.end)
            }
        }
        sockets.start()
        ready.wait()
        if let error = started.withLock({ $0 }) { throw error }
        let core = Thread { [self] in
            name_this_thread("decisions")
            decide(limits)
            ended.signal()
        }
        core.start()
    }

    /// Where workers find the coordinator: with the port that it got, and the name by which others know this machine.
    package var endpoint: Endpoint? { state.withLock { $0.endpoint } }

    /// Who took part, as it stood when the last work was finished; nil before.
    package var account: (history: ClusterHistory, time: Instant)? { state.withLock { $0.account } }

    /// What the run does, in the user's words, for whoever asks the cluster how it goes.
    package func announce(_ title: String) { state.withLock { $0.title = title } }

    /// So many workers are enough to begin with: no more can be had.
    package func expect(workers: Int) {
        inbox.put(.event(.expect(workers: workers)))
    }

    /// Ends the wait of `perform` or `fit` with this failure, now and from now on. May be called from any thread.
    package func fail(_ failure: Failure) {
        end(.failed(failure))
    }

    /// Has every payload's task done by some worker, but for those `finished`; results in the payloads' order.
    ///
    /// - Parameters:
    ///   - areShards: whether each task is about the shard of its number, and about no other.
    ///   - journal: keeps each result as it comes.
    ///   - accepts: whether a result can be that of a task; asked on the core's thread.
    package func perform(
        _ stage: Stage, _ payloads: [[UInt8]], finished: [Int: [UInt8]], areShards: Bool, _ journal: Journaling?,
        accepts: @escaping @Sendable (_ task: Int, _ result: [UInt8]) -> Bool
    ) throws(Interruption) -> [[UInt8]] {
        let work = Coordinator.Work.tasks(
            stage, payloads: payloads, finished: finished, areShards: areShards, accepts: accepts)
        switch wait(for: work, journal) {
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
        end(.interrupted)
    }

    private func end(_ interruption: Interruption) {
        state.withLock { $0.interruption = $0.interruption ?? interruption }
        inbox.put(.interrupted)
    }

    /// Closes the sockets, having told the workers to leave if the run is over.
    package func stop(_ ending: Ending) {
        state.withLock { $0.ending = ending }
        commands.wakeUp.signal()
        ended.wait()
        ended.signal()
    }

    private func wait(for work: Coordinator.Work, _ journal: Journaling?) -> Outcome {
        let refused = state.withLock { state -> Interruption? in
            if let interruption = state.interruption { return interruption }
            if state.hasEnded { return .interrupted }
            // Within the lock, so that it comes before the end, which finishes it.
            inbox.put(.begin(work, journal))
            return nil
        }
        if let refused { return .failed(refused) }
        done.wait()
        return state.withLock { state in
            defer { state.outcome = nil }
            return state.outcome ?? .failed(.interrupted)
        }
    }

    // MARK: The sockets' thread

    /// Listens, says so, and serves until the end. The sockets and their context go with the return from here.
    private func serve(
        _ endpoint: Endpoint, _ keys: CoordinatorKeys?, _ invitation: Invitation, _ files: FileService,
        _ logger: Logger,
        listening: (_ port: UInt16) -> Void
    ) throws(ZeroMQError) {
        let context = try Context()
        // It must stand before anything listens, and goes after all sockets have.
        let authenticator = try keys?.authenticator(of: context, logger)
        defer { authenticator?.stop() }
        // The number tells runs apart on the wire and reaches no output.
        var loop = try CoordinatorLoop(
            endpoint: endpoint, keys: keys, run: UInt64.random(in: 1 ... .max), invitation: invitation, inbox: inbox,
            commands: commands, files: files, context: context, logger: logger, traffic: traffic)
        listening(loop.boundPort)
        do throws(ZeroMQError) {
            while true {
                switch state.withLock({ $0.ending }) {
                case .runIsOver: return try loop.sayFarewell()
                case .interrupted: return
                case nil: try loop.turn()
                }
            }
        } catch {
            end(.sockets(error))
        }
    }

    // MARK: The core's thread

    /// What the core's thread holds.
    private struct Desk {
        var core: Coordinator
        /// Whether somebody waits for an outcome.
        var isWorking = false
        var journal: Journaling?
        /// Of the event that is being handled.
        var time = Instant(.zero)
    }

    private func decide(_ limits: Coordinator.Limits) {
        var desk = Desk(core: Coordinator(limits: limits))
        while true {
            let (next, time) = inbox.take()
            desk.time = time
            switch next {
            case .event(let event): handle(event, &desk)
            case .begin(let work, let journal):
                desk.isWorking = true
                desk.journal = journal
                handle(.begin(work), &desk)
            case .askStatus(let peer):
                commands.put(
                    .status(peer, desk.core.status(title: state.withLock { $0.title }, at: time).counting(traffic)))
            case .interrupted: break
            case .end:
                finish(.failed(.interrupted), &desk)
                return
            }
            if desk.isWorking, let interruption = state.withLock({ $0.interruption }) {
                finish(.failed(interruption), &desk)
                handle(.abandon, &desk)
            }
        }
    }

    private func handle(_ event: Coordinator.Event, _ desk: inout Desk) {
        let effects = desk.core.handle(event, at: desk.time)
        // Workers compute while the journal is written: what follows from lost records of it is computed again.
        let wanted = effects.flatMap { Self.commands($0) }
        if !wanted.isEmpty { commands.put(wanted) }
        for effect in effects {
            switch effect {
            case .send, .forget: break
            case .persist(let record):
                guard desk.isWorking, let failure = desk.journal?(record) else { continue }
                finish(.failed(.failed(failure)), &desk)
                handle(.abandon, &desk)
            case .report(let report):
                // That workers leave at the end is no news.
                if state.withLock({ $0.ending == nil }) { self.report(report) }
            case .look(let task, let stage, let payload, let isDone):
                eyes.async { [self] in inbox.put(.event(.looked(task, look(stage, payload, isDone)))) }
            case .tasksFinished(let results): finish(.tasks(results), &desk)
            case .fitFinished(let outcome): finish(.fit(outcome: outcome), &desk)
            case .workFailed(let failure): finish(.failed(.failed(failure)), &desk)
            }
        }
    }

    private static func commands(_ effect: Coordinator.Effect) -> [CoordinatorLoop.Command] {
        switch effect {
        case .send(let worker, let message): [.send(worker, message)]
        case .forget(let worker): [.forget(worker)]
        case .report(.lost(let worker, let exit, _)) where exit.isOfBadWork || exit == .badFrames: [.quarantine(worker)]
        case .persist, .look, .report, .tasksFinished, .fitFinished, .workFailed: []
        }
    }

    private func finish(_ outcome: Outcome, _ desk: inout Desk) {
        guard desk.isWorking else { return }
        desk.isWorking = false
        state.withLock {
            $0.outcome = outcome
            $0.account = (desk.core.history, desk.time)
        }
        done.signal()
    }
}
