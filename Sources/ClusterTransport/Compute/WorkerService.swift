import Bytes
import CLinux
package import ClusterCore
package import ClusterProtocol
import Dispatch
import Foundation
package import Logging
import Synchronization
package import ZeroMQ

/// A worker process: sockets on the calling thread, tasks and training on threads of their own.
package final class WorkerService: Sendable {
    private struct State {
        /// Of the run that it has been welcomed to.
        var run: Result<WorkerRun, Failure>?
        var fit: (any WorkerFit)?
        /// Grows when earlier work has lost its meaning.
        var generation = 0
    }

    private let pool: ComputePool
    private let training = DispatchQueue(label: "training")
    private let state = Mutex(State())
    private let inbox: WorkerLoop.Inbox
    private let place: @Sendable () -> Endpoint?
    private let credentials: Credentials?
    private let patience: Duration?
    private let deadlyMessage: CoordinatorMessage.Kind?
    private let join: @Sendable (Welcome, RemoteFiles) throws(Failure) -> WorkerRun
    /// The coordinator's disk, while the worker is registered.
    let files: RemoteFiles
    private let memory: UInt64
    private let logger: Logger

    /// - Parameters:
    ///   - place: where the coordinator is now; nil: not known yet. Asked again while the worker is not registered.
    ///   - keys: a folder of keys, and whose of them this worker is; nil without.
    ///   - memory: bytes that it may take, which the coordinator is told.
    ///   - patience: how long a coordinator is looked for; nil: one that was there for ten minutes, and the first for ever.
    ///   - deadlyMessage: for tests: the kind of message at which the process kills itself.
    ///   - join: makes what computes for the run that the worker is welcomed to.
    package init(
        at place: @escaping @Sendable () -> Endpoint?, keys: (folder: KeyFolder, name: String?)? = nil, threads: Int,
        memory: Int = AvailableMemory.bytes, patience: Duration? = nil, deadlyMessage: CoordinatorMessage.Kind? = nil,
        logger: Logger,
        join: @escaping @Sendable (Welcome, RemoteFiles) throws(Failure) -> WorkerRun
    ) throws {
        // Splits and shards take the same arrays again and again.
        keep_freed_memory(256 << 20, Int32(min(threads, 8)))
        credentials = try keys.map { try $0.folder.credentials(named: $0.name) }
        self.memory = UInt64(clamping: memory)
        self.patience = patience
        self.deadlyMessage = deadlyMessage
        self.place = place
        self.logger = logger
        self.join = join
        pool = ComputePool(threads: threads)
        inbox = try WorkerLoop.Inbox()
        files = RemoteFiles(wakeUp: inbox.wakeUp)
    }

    /// Takes part until the run is over, the coordinator refuses this worker, or `isWanted` says no.
    ///
    /// - Parameter build: which build of the program this is (see `ProgramBuild`).
    package func run(version: String, build: UInt64, whileWanted isWanted: () -> Bool = { true }) throws(ZeroMQError)
        -> Worker.Departure
    {
        defer { pool.close() }
        let hello = Hello(
            version: version, host: ProcessInfo.processInfo.hostName, process: getpid(), threads: pool.threads,
            build: build, memory: memory)
        var limits = Worker.Limits()
        limits.patience = patience ?? limits.patience
        limits.firstPatience = patience
        var lastSeen = ContinuousClock.now
        while true {
            guard let endpoint = place() else {
                if !isWanted() { return .asked }
                if let patience = limits.firstPatience, ContinuousClock.now - lastSeen >= patience {
                    return .coordinatorGone
                }
                Thread.sleep(forTimeInterval: 0.2)
                continue
            }
            var loop = try WorkerLoop(
                endpoint: endpoint, credentials: credentials, hello: hello, limits: limits,
                deadlyMessage: deadlyMessage, inbox: inbox, files: files, context: try Context(), logger: logger)
            let departure = try loop.run(whileAlive: isWanted) {
                place() == endpoint
            } _: {
                compute($0)
            }
            guard departure == .moved else {
                // Also where threads are still at something that nobody wants any more.
                if case .success(let run)? = state.withLock({ $0.run }) { run.removeFiles?() }
                return departure
            }
            logger.info("the coordinator is not at \(endpoint) any more")
            compute(.reset)
            if loop.hasServed { limits.firstPatience = limits.patience }
            lastSeen = .now
        }
    }

    private func compute(_ effect: Worker.Effect) {
        switch effect {
        case .configure(let welcome): configure(welcome)
        case .reset:
            state.withLock {
                $0.run = nil
                $0.fit = nil
                $0.generation += 1
            }
        case .perform(let worker, let task, let stage, let payload):
            let generation = generation
            pool.submit { [self] in
                inbox.put(.finished(worker, task, perform(stage, payload, generation)))
            }
        case .assign(let worker, let assignment):
            answer(worker, fit: assignment.fit) { [pool] fit, run throws(Failure) in
                if fit?.number != assignment.fit { fit = try run.beginFit(assignment) }
                return try fit?.assign(assignment, on: pool)
            }
        case .release(let number, let shards):
            let generation = generation
            training.async { [self] in
                withFit(generation) { fit, _ in if fit?.number == number { fit?.release(shards) } }
            }
        case .answer(let worker, let number, let sequence, let order):
            answer(worker, fit: number) { [pool] fit, _ throws(Failure) in
                guard fit?.number == number else { return nil }
                return try fit?.answer(sequence: sequence, order, on: pool)
            }
        case .recompute(let worker, let number, let assignment):
            let generation = generation
            training.async { [self] in
                // A fit of its own, beside the one that is under way.
                let partial = withFit(generation) { _, run -> Partial? in
                    do throws(Failure) {
                        var fit = try run.beginFit(assignment)
                        return try fit.assign(assignment, on: pool)
                    } catch {
                        logger.warning("cannot compute again what another worker answered: \(error.message)")
                        return nil
                    }
                }
                inbox.put(.recomputed(worker, number: number, partial ?? nil))
            }
        case .closeFit(let number):
            let generation = generation
            training.async { [self] in
                withFit(generation) { fit, _ in if fit?.number == number { fit = nil } }
            }
        case .send, .leave, .report: break
        }
    }

    private func configure(_ welcome: Welcome) {
        let run = Result { () throws(Failure) in try join(welcome, files) }
        if case .success(let run) = run, run.removeFiles != nil {
            logger.info("the run's folder \(welcome.workspace) cannot be used here: files go over the network")
        }
        state.withLock { $0.run = run }
    }

    private var generation: Int { state.withLock { $0.generation } }

    private func perform(_ stage: Stage, _ payload: [UInt8], _ generation: Int) -> Result<[UInt8], Failure> {
        guard let run = state.withLock({ $0.generation == generation ? $0.run : nil }) else {
            return .failure(Failure(.machine, "the worker has left the run"))
        }
        return run.flatMap { run in Result { () throws(Failure) in try run.perform(stage, payload) } }
    }

    /// Does a piece of a fit after those before it, and reports its answer.
    private func answer(
        _ worker: WorkerID, fit number: UInt32,
        _ body: @escaping @Sendable (inout (any WorkerFit)?, WorkerRun) throws(Failure) -> Partial?
    ) {
        let generation = generation
        training.async { [self] in
            let outcome = withFit(generation) { fit, run -> Result<Partial?, Failure> in
                do throws(Failure) {
                    return .success(try body(&fit, run))
                } catch {
                    return .failure(error)
                }
            }
            switch outcome {
            case .success(let partial): inbox.put(.answered(worker, .success(partial)))
            case .failure(let failure):
                inbox.put(.answered(worker, .failure(Worker.FitFailure(fit: number, failure: failure))))
            case nil: inbox.put(.answered(worker, unconfigured(generation, fit: number)))
            }
        }
    }

    /// The answer of a worker that has no place in the run: none where the work is of a registration that is over.
    private func unconfigured(_ generation: Int, fit number: UInt32) -> Result<Partial?, Worker.FitFailure> {
        guard case .failure(let failure)? = state.withLock({ $0.generation == generation ? $0.run : nil }) else {
            return .success(nil)
        }
        return .failure(Worker.FitFailure(fit: number, failure: failure))
    }

    /// Takes the fit out while it is worked on, so that the lock is held only for moments.
    ///
    /// - Returns: nil, and nothing was done, where the work was begun under a registration that is over: a fit that it made
    ///   would be taken for one of the next.
    @discardableResult
    private func withFit<Value: Sendable>(
        _ generation: Int, _ body: (inout (any WorkerFit)?, WorkerRun) -> Value
    ) -> Value? {
        let taken = state.withLock { state -> ((any WorkerFit)?, WorkerRun)? in
            guard state.generation == generation, case .success(let run) = state.run else { return nil }
            return (state.fit.take(), run)
        }
        guard let (taken, run) = taken else { return nil }
        var fit = taken
        let value = body(&fit, run)
        let kept = fit
        state.withLock { if $0.generation == generation { $0.fit = kept } }
        return value
    }
}
