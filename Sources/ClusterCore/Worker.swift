package import ClusterProtocol

/// A worker's state machine: it registers, does what it is asked, and starts over when it is not known any more.
package struct Worker: Sendable {
    package struct Limits: Sendable, Equatable {
        /// How often it says that it lives, or asks to be registered.
        package var beatEvery = Duration.seconds(1)
        /// A coordinator that says nothing for so long is taken for gone, and looked for again.
        package var silentAfter = Duration.seconds(30)
        /// Data sent and not acknowledged, in bytes; a larger message goes alone.
        package var credit = 8 << 20
        /// When data that is not acknowledged is sent again; a megabyte is given a second more.
        package var resendAfter = Duration.seconds(10)
        /// How long it looks for the coordinator that it has served once, or for one that takes its place.
        package var patience = Duration.seconds(600)
        /// How long it looks for its first one; nil: for ever, for it may have been started long before.
        package var firstPatience: Duration?
        package init() {}
    }

    package enum Event: Sendable {
        case tick
        case received(CoordinatorMessage)
        /// Of the registration under which the work was begun.
        case finished(WorkerID, TaskID, Result<[UInt8], Failure>)
        /// nil: there was nothing to answer for.
        case answered(WorkerID, Result<Partial?, FitFailure>)
        /// nil: it could not.
        case recomputed(WorkerID, number: UInt32, Partial?)
        /// The connection for data is there, or there again: what was under way before is lost.
        case dataConnected
        case leave
    }

    package struct FitFailure: Error, Sendable {
        package let fit: UInt32
        package let failure: Failure
        package init(fit: UInt32, failure: Failure) {
            self.fit = fit
            self.failure = failure
        }
    }

    package enum Effect: Sendable {
        case send(WorkerMessage)
        case configure(Welcome)
        case perform(WorkerID, TaskID, Stage, payload: [UInt8])
        case assign(WorkerID, ShardAssignment)
        case release(fit: UInt32, shards: [UInt32])
        case answer(WorkerID, fit: UInt32, sequence: UInt32, order: [UInt8])
        case closeFit(UInt32)
        /// Answer for shards of others, beside what is held.
        case recompute(WorkerID, number: UInt32, ShardAssignment)
        /// All state of earlier work goes. What was begun still comes back, as `finished` or `answered`, and so does what
        /// `perform`, `assign`, `answer` and `recompute` begin, each once.
        case reset
        case leave(Departure)
        case report(Report)
    }

    package enum Departure: Sendable, Equatable {
        case runIsOver
        case refused(String)
        case asked
        /// It was gone for as long as `Limits.patience`.
        case coordinatorGone
        /// It is to be looked for elsewhere.
        case moved
    }

    package enum Report: Sendable, Equatable {
        case lookingForCoordinator
        case registered(WorkerID)
        case coordinatorLost
    }

    private enum State: Sendable {
        /// `since`: when it lost the coordinator that it had.
        case registering(lastHello: Instant?, since: Instant?)
        case registered(WorkerID, lastHeard: Instant, lastBeat: Instant)
        /// `last`: the registration that it had.
        case gone(last: WorkerID?)
    }

    let hello: Hello
    let limits: Limits
    private var state = State.registering(lastHello: nil, since: nil)
    private var firstTick: Instant?
    private var progress: UInt64 = 0
    private var window = SendWindow()
    /// Pieces of work that have been begun and not come back, under any registration.
    private var begun = 0

    package init(hello: Hello, limits: Limits = Limits()) {
        self.hello = hello
        self.limits = limits
    }

    /// Whether nothing that was begun is still to come back, under any registration.
    package var isIdle: Bool { begun == 0 }

    /// Whether it has ever been registered.
    package private(set) var hasServed = false
    package var bytesUnderWay: Int { window.underWay }
    /// The most that may be under way: the credit, or one message that is larger.
    package var largestUnderWay: Int { max(limits.credit, window.largest) }

    /// The registration, once there is one.
    package var id: WorkerID? {
        if case .registered(let id, _, _) = state { id } else { nil }
    }

    /// What its messages bear as their sender: also the last one, by which it says goodbye.
    package var sender: WorkerID? {
        switch state {
        case .registering: nil
        case .registered(let id, _, _): id
        case .gone(let last): last
        }
    }

    package mutating func handle(_ event: Event, at now: Instant) -> [Effect] {
        switch event {
        case .tick: return tick(now)
        case .received(let message): return received(message, now)
        case .finished(let worker, let task, let result):
            hasDone()
            guard worker == id else { return [] }
            switch result {
            case .success(let bytes): window.put(.finished(task, result: bytes))
            case .failure(let failure): window.put(.failed(task, failure))
            }
            return sendData(now)
        case .answered(let worker, let result):
            hasDone()
            guard worker == id else { return [] }
            switch result {
            case .success(nil): return []
            case .success(let partial?): window.put(.partial(partial))
            case .failure(let failure): window.put(.fitFailed(fit: failure.fit, failure.failure))
            }
            return sendData(now)
        case .recomputed(let worker, let number, let partial):
            hasDone()
            guard worker == id else { return [] }
            window.put(.recomputed(number: number, partial))
            return sendData(now)
        case .dataConnected:
            window.loseUnderWay()
            return id == nil ? [] : sendData(now)
        case .leave:
            return leave(.asked)
        }
    }

    /// Says so, if somebody knows it: what it was given goes to others at once, and nobody takes it for dead.
    private mutating func leave(_ departure: Departure) -> [Effect] {
        let id = id
        state = .gone(last: id)
        return (id == nil ? [] : [.send(.goodbye)]) + [.leave(departure)]
    }

    private mutating func hasDone() {
        progress += 1
        begun -= 1
    }

    private mutating func sendData(_ now: Instant) -> [Effect] {
        window.send(at: now, credit: limits.credit, patience: limits.resendAfter).map { .send($0) }
    }

    /// What was done for a coordinator that does not know this worker any more is of no use.
    ///
    /// - Parameter since: when something was heard of it last.
    private mutating func startOver(since: Instant, _ now: Instant) -> [Effect] {
        state = .registering(lastHello: nil, since: since)
        window = SendWindow()
        return [.report(.coordinatorLost), .reset] + hello(now)
    }

    /// A worker whose threads still are at work of before could not do any: it registers when they are done.
    private mutating func hello(_ now: Instant) -> [Effect] {
        guard begun == 0, case .registering(_, let since) = state else { return [] }
        state = .registering(lastHello: now, since: since)
        return [.send(.hello(hello))]
    }

    private mutating func tick(_ now: Instant) -> [Effect] {
        switch state {
        case .gone:
            return []
        case .registering(let lastHello, let since):
            let begin = firstTick ?? now
            firstTick = begin
            if let patience = hasServed ? limits.patience : limits.firstPatience, now - (since ?? begin) >= patience {
                return leave(.coordinatorGone)
            }
            if let lastHello, now - lastHello < limits.beatEvery { return [] }
            return (lastHello == nil && since == nil ? [.report(.lookingForCoordinator)] : []) + hello(now)
        case .registered(let id, let lastHeard, let lastBeat):
            if now - lastHeard >= limits.silentAfter { return startOver(since: lastHeard, now) }
            if now - lastBeat < limits.beatEvery { return [] }
            state = .registered(id, lastHeard: lastHeard, lastBeat: now)
            return [.send(.beat(progress: progress))] + sendData(now)
        }
    }

    private mutating func received(_ message: CoordinatorMessage, _ now: Instant) -> [Effect] {
        switch (state, message) {
        case (.gone, _):
            return []
        case (_, .refused(let reason)):
            state = .gone(last: nil)
            return [.leave(.refused(reason))]
        case (_, .stop): return leave(.runIsOver)
        case (.registering, .welcome(let welcome)):
            state = .registered(welcome.worker, lastHeard: now, lastBeat: now)
            hasServed = true
            return [.configure(welcome), .report(.registered(welcome.worker))]
        case (.registering, _):
            return []
        case (.registered, .registerAgain):
            return startOver(since: now, now)
        case (.registered(let id, _, let lastBeat), _):
            state = .registered(id, lastHeard: now, lastBeat: lastBeat)
            return work(message, id, now)
        }
    }

    private mutating func work(_ message: CoordinatorMessage, _ id: WorkerID, _ now: Instant) -> [Effect] {
        switch message {
        case .perform(let task, let stage, let payload):
            begun += 1
            return [.perform(id, task, stage, payload: payload)]
        case .assign(let assignment):
            begun += 1
            return [.assign(id, assignment)]
        case .order(let fit, let sequence, let order):
            begun += 1
            return [.answer(id, fit: fit, sequence: sequence, order: order)]
        case .release(let fit, let shards): return [.release(fit: fit, shards: shards)]
        case .closeFit(let fit): return [.closeFit(fit)]
        case .recompute(let number, let assignment):
            begun += 1
            return [.recompute(id, number: number, assignment)]
        case .acknowledged(let number):
            window.acknowledge(number)
            return sendData(now)
        // Files are the runtime's.
        case .ping, .welcome, .registerAgain, .refused, .stop, .status, .file: return []
        }
    }
}
