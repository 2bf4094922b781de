public import ClusterProtocol
public import Learning

/// A worker's state machine: it registers, does what it is asked, and starts over when it is not known any more.
public struct Worker: Sendable {
    public struct Limits: Sendable, Equatable {
        /// How often it says that it lives, or asks to be registered.
        public var beatEvery = Duration.seconds(1)
        /// A coordinator that says nothing for so long is taken for gone, and looked for again.
        public var silentAfter = Duration.seconds(30)
        /// How long it looks for the coordinator that it has served once, or for one that takes its place. One that has
        /// never been registered looks for ever: it may have been started first.
        public var patience = Duration.seconds(600)
        public init() {}
    }

    public enum Event: Sendable {
        case tick
        case received(CoordinatorMessage)
        /// Of the registration under which the work was begun.
        case finished(WorkerID, TaskID, Result<[UInt8], Failure>)
        case answered(WorkerID, Result<Partial, FitFailure>)
        case leave
    }

    public struct FitFailure: Error, Sendable {
        public let fit: UInt32
        public let failure: Failure
        public init(fit: UInt32, failure: Failure) {
            self.fit = fit
            self.failure = failure
        }
    }

    public enum Effect: Sendable {
        case send(WorkerMessage)
        case configure(Welcome)
        case perform(WorkerID, TaskID, Stage, payload: [UInt8])
        case adopt(WorkerID, Adoption)
        case release(fit: UInt32, shards: [UInt32])
        case answer(WorkerID, fit: UInt32, sequence: UInt32, TrainingOrder)
        case closeFit(UInt32)
        /// All state of earlier work goes.
        case reset
        case leave(Departure)
        case report(Report)
    }

    public enum Departure: Sendable, Equatable {
        case runIsOver
        case refused(String)
        case asked
        /// It was gone for as long as `Limits.patience`.
        case coordinatorGone
    }

    public enum Report: Sendable, Equatable {
        case lookingForCoordinator
        case registered(WorkerID)
        case coordinatorLost
    }

    private enum State: Sendable {
        /// `since`: when it lost the coordinator that it had.
        case registering(lastHello: Instant?, since: Instant?)
        case registered(WorkerID, lastHeard: Instant, lastBeat: Instant)
        case gone
    }

    let hello: Hello
    let limits: Limits
    private var state = State.registering(lastHello: nil, since: nil)
    private var progress: UInt64 = 0

    public init(hello: Hello, limits: Limits = Limits()) {
        self.hello = hello
        self.limits = limits
    }

    /// The registration, once there is one.
    public var id: WorkerID? {
        if case .registered(let id, _, _) = state { id } else { nil }
    }

    public mutating func handle(_ event: Event, at now: Instant) -> [Effect] {
        switch event {
        case .tick: return tick(now)
        case .received(let message): return received(message, now)
        case .finished(let worker, let task, let result):
            progress += 1
            guard worker == id else { return [] }
            switch result {
            case .success(let bytes): return [.send(.finished(task, result: bytes))]
            case .failure(let failure): return [.send(.failed(task, failure))]
            }
        case .answered(let worker, let result):
            progress += 1
            guard worker == id else { return [] }
            switch result {
            case .success(let partial): return [.send(.partial(partial))]
            case .failure(let failure): return [.send(.fitFailed(fit: failure.fit, failure.failure))]
            }
        case .leave:
            defer { state = .gone }
            return (id == nil ? [] : [.send(.goodbye)]) + [.leave(.asked)]
        }
    }

    private mutating func tick(_ now: Instant) -> [Effect] {
        switch state {
        case .gone:
            return []
        case .registering(let lastHello, let since):
            if let since, now - since >= limits.patience {
                state = .gone
                return [.leave(.coordinatorGone)]
            }
            if let lastHello, now - lastHello < limits.beatEvery { return [] }
            state = .registering(lastHello: now, since: since)
            return (lastHello == nil ? [.report(.lookingForCoordinator)] : []) + [.send(.hello(hello))]
        case .registered(let id, let lastHeard, let lastBeat):
            if now - lastHeard >= limits.silentAfter {
                state = .registering(lastHello: now, since: now)
                return [.report(.coordinatorLost), .reset, .send(.hello(hello))]
            }
            if now - lastBeat < limits.beatEvery { return [] }
            state = .registered(id, lastHeard: lastHeard, lastBeat: now)
            return [.send(.beat(progress: progress))]
        }
    }

    private mutating func received(_ message: CoordinatorMessage, _ now: Instant) -> [Effect] {
        switch (state, message) {
        case (.gone, _):
            return []
        case (_, .refused(let reason)):
            state = .gone
            return [.leave(.refused(reason))]
        case (_, .stop):
            let goodbye: [Effect] = id == nil ? [] : [.send(.goodbye)]
            state = .gone
            return goodbye + [.leave(.runIsOver)]
        case (.registering, .welcome(let welcome)):
            state = .registered(welcome.worker, lastHeard: now, lastBeat: now)
            return [.configure(welcome), .report(.registered(welcome.worker))]
        case (.registering, _):
            return []
        case (.registered, .registerAgain):
            state = .registering(lastHello: now, since: now)
            return [.report(.coordinatorLost), .reset, .send(.hello(hello))]
        case (.registered(let id, _, let lastBeat), _):
            state = .registered(id, lastHeard: now, lastBeat: lastBeat)
            return work(message, id)
        }
    }

    private func work(_ message: CoordinatorMessage, _ id: WorkerID) -> [Effect] {
        switch message {
        case .perform(let task, let stage, let payload): [.perform(id, task, stage, payload: payload)]
        case .adopt(let adoption): [.adopt(id, adoption)]
        case .release(let fit, let shards): [.release(fit: fit, shards: shards)]
        case .order(let fit, let sequence, let order): [.answer(id, fit: fit, sequence: sequence, order)]
        case .closeFit(let fit): [.closeFit(fit)]
        case .ping, .welcome, .registerAgain, .refused, .stop: []
        }
    }
}
