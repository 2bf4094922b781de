import Bytes
import ClusterCore
import ClusterProtocol
import Logging
import ZeroMQ

/// The coordinator's sockets and the state machine behind them, on one thread.
///
/// It turns frames into the core's events and the core's effects into frames. What the run wants arrives through
/// `CoordinatorService`, which also takes what the core has finished.
package struct CoordinatorLoop: ~Copyable {
    /// What a worker is told when it registers, but for its number.
    package struct Invitation: Sendable {
        package var instanceText: String
        package var instanceFile: String
        package var baseDirectory: String
        package var workspace: String
        /// The product's version, for messages.
        var version: String
        /// Which build of the program the coordinator is, where it is known.
        package var build: UInt64?
        package var admitsAnyBuild = false

        package init(
            instanceText: String, instanceFile: String, baseDirectory: String, workspace: String, version: String
        ) {
            self.instanceText = instanceText
            self.instanceFile = instanceFile
            self.baseDirectory = baseDirectory
            self.workspace = workspace
            self.version = version
        }
    }

    private enum Limit {
        static let badFrames = 3
        static let badFramePeers = 4096
        /// Workers of other builds that the log names.
        static let buildsNamed = 100
        /// How long somebody who was expelled for what it sent stays away.
        static let quarantine = Duration.seconds(300)
        /// Workers of one key that were expelled for what they sent, until all that have it are kept away.
        static let violations = 3
        /// How long the last goodbyes are waited for.
        static let farewell = Duration.seconds(1)
        /// Messages taken before the clock is looked at again.
        static let burst = 256
    }

    /// Where a worker is from.
    private struct Origin: Hashable {
        /// Of its key; nil without keys.
        var name: String?
        /// Of its host, and there; nil: any.
        var process: String?
    }

    private var control: MessagePort
    private var data: MessagePort
    private var core: Coordinator
    private let invitation: Invitation
    private let keys: CoordinatorKeys?
    /// By worker: the public key that it came in with.
    private var users: [WorkerID: String] = [:]
    private let logger: Logger
    private let start = ContinuousClock.now
    private var nextWorker: UInt64 = 1
    private var peers: [WorkerID: MessagePort.Peer] = [:]
    private var workers: [MessagePort.Peer: WorkerID] = [:]
    private var dataPeers: [WorkerID: MessagePort.Peer] = [:]
    private var badFrames: [MessagePort.Peer: Int] = [:]
    private var badDataFrames: [MessagePort.Peer: Int] = [:]
    private var origins: [WorkerID: Origin] = [:]
    /// Who was expelled for what it sent, until when: a process, or all with one key.
    private var quarantined: [Origin: Instant] = [:]
    private var violations: [String: Int] = [:]
    private var buildsNamed = 0
    /// Workers that a message could not be delivered to: their last word may still wait to be read.
    private var unreachable: [WorkerID] = []
    private var lastTick: Instant?
    /// Whether whoever asks is told that the run is over.
    private var isOver = false
    /// What workers have sent in whole data messages so far.
    private(set) var bytesReceived = 0
    /// What the run does, in the user's words.
    var title = ""

    init(
        endpoint: Endpoint, keys: CoordinatorKeys?, run: UInt64, invitation: Invitation, limits: Coordinator.Limits,
        context: Context,
        logger: Logger
    ) throws(ZeroMQError) {
        var options = SocketOptions()
        // Larger ones do not even reach the queue of one who must be let in first.
        options.largestPart = MessagePort.smallMessage
        options.linger = .seconds(2)
        options.isIPv6 = endpoint.isIPv6
        options.curve = keys.map { .server($0.own) }
        let control = try Socket(.router, context: context, options: options)
        try endpoint.checkIsFree()
        try endpoint.bind(control, to: endpoint.control)
        options.largestPart = Frame.chunkSize + Frame.headerSize
        options.highWaterMark = 16
        let data = try Socket(.router, context: context, options: options)
        try endpoint.bind(data, to: endpoint.data)
        self.control = MessagePort(socket: control, isRouter: true, run: run)
        self.data = MessagePort(socket: data, isRouter: true, run: run)
        core = Coordinator(limits: limits)
        self.invitation = invitation
        self.keys = keys
        self.logger = logger
    }

    /// Who took part so far, and when that is.
    var account: (history: ClusterHistory, time: Instant) { (core.history, now) }

    private var now: Instant { Instant(ContinuousClock.now - start) }

    /// Waits for messages or a wake-up, handles all that has come, and returns what the run must know.
    mutating func turn(_ wakeUp: WakeUp) throws(ZeroMQError) -> [Coordinator.Effect] {
        try poll(
            control.socket, data.socket, wakeUp, timeout: control.hasWaiting ? .milliseconds(5) : .milliseconds(100))
        var outcome: [Coordinator.Effect] = []
        outcome += try receiveControl()
        outcome += try receiveData()
        for peer in try control.flush() { unreachable += workers[peer].map { [$0] } ?? [] }
        outcome += try loseUnreachable()
        for key in keys?.takeUnknownKeys() ?? [] { outcome += try handle(.refused(.key(key))) }
        // After all messages that waited, so that a slow turn of our own is not taken for silence of theirs.
        let now = now
        if lastTick.map({ now - $0 >= .milliseconds(500) }) ?? true {
            lastTick = now
            control.dropStale()
            data.dropStale()
            outcome += try handle(.tick)
        }
        return outcome
    }

    /// Who cannot be reached has gone: after what it had said before, a goodbye perhaps.
    private mutating func loseUnreachable() throws(ZeroMQError) -> [Coordinator.Effect] {
        guard !unreachable.isEmpty else { return [] }
        var outcome = try receiveControl()
        let gone = unreachable
        unreachable = []
        for worker in gone where peers[worker] != nil { outcome += try handle(.lost(worker, .disconnected)) }
        return outcome
    }

    mutating func handle(_ event: Coordinator.Event) throws(ZeroMQError) -> [Coordinator.Effect] {
        var outcome: [Coordinator.Effect] = []
        var events = [event]
        while !events.isEmpty {
            for effect in core.handle(events.removeFirst(), at: now) {
                switch effect {
                case .send(let worker, let message):
                    guard let peer = peers[worker] else { continue }
                    if try !control.send(message, to: peer, sender: worker) { unreachable.append(worker) }
                case .forget(let worker): forget(worker)
                case .report(.lost(let worker, let exit, _)) where exit.isOfBadWork || exit == .badFrames:
                    quarantine(worker)
                    outcome.append(effect)
                case .tasksFinished, .fitFinished, .workFailed, .persist, .look, .report: outcome.append(effect)
                }
            }
        }
        return outcome
    }

    /// Tells every worker that the run is over, also those that ask only now; ends when all that are known have said
    /// goodbye, or after a second.
    mutating func sayFarewell(_ wakeUp: WakeUp) throws(ZeroMQError) {
        isOver = true
        for worker in peers.keys.sorted() {
            guard let peer = peers[worker] else { continue }
            _ = try control.send(CoordinatorMessage.stop, to: peer, sender: worker)
        }
        let end = now + Limit.farewell
        while !peers.isEmpty, now < end { _ = try turn(wakeUp) }
        _ = try control.flush()
    }

    // MARK: Receiving

    private mutating func receiveControl() throws(ZeroMQError) -> [Coordinator.Effect] {
        var outcome: [Coordinator.Effect] = []
        for _ in 0..<Limit.burst {
            guard let incoming = try control.receive(knowing: { _, _ in false }) else { break }
            switch incoming {
            case .refused(let peer, let error):
                outcome += try refuse(peer, error)
            case .message(let peer, let sender, let bytes, let user):
                guard isAdmitted(user) else {
                    outcome += try shutOut(peer)
                    continue
                }
                let message: WorkerMessage
                do throws(ByteError) {
                    message = try WorkerMessage(decoding: bytes)
                } catch {
                    outcome += try refuse(peer, .bytes(error))
                    continue
                }
                if case .askStatus = message {
                    try answer(peer)
                } else if case .hello(let hello) = message {
                    outcome += try register(peer, hello, user: user)
                } else if let worker = workers[peer], worker == sender || Self.isGoodbye(message, sender) {
                    outcome += try handle(.received(worker, message))
                } else {
                    try sendAway(peer)
                }
            }
        }
        return outcome
    }

    /// A goodbye over a connection is of whoever is there, also if it does not know its latest number yet.
    private static func isGoodbye(_ message: WorkerMessage, _ sender: WorkerID) -> Bool {
        if case .goodbye = message { sender.number != 0 } else { false }
    }

    /// Tells somebody who is not known to register, or to leave. Who does not read has been told.
    private mutating func sendAway(_ peer: MessagePort.Peer) throws(ZeroMQError) {
        guard !control.isWaiting(for: peer) else { return }
        _ = try control.send(isOver ? .stop : CoordinatorMessage.registerAgain, to: peer, sender: nil)
    }

    private mutating func receiveData() throws(ZeroMQError) -> [Coordinator.Effect] {
        var outcome: [Coordinator.Effect] = []
        for _ in 0..<Limit.burst {
            let (peers, users) = (peers, users)
            guard let incoming = try data.receive(knowing: { peers[$0] != nil && users[$0] == $1 }) else { break }
            switch incoming {
            case .refused(let peer, let error): outcome += try refuseData(peer, error)
            case .message(let peer, let sender, let bytes, let user):
                // Whoever has a key may say that it is another worker; the key tells.
                guard let controlPeer = peers[sender], users[sender] == user, isAdmitted(user) else {
                    data.forget(peer)
                    continue
                }
                // A connection that broke has left a part of a message that nobody will end.
                if let earlier = dataPeers.updateValue(peer, forKey: sender), earlier != peer { data.forget(earlier) }
                bytesReceived += bytes.count
                let message: WorkerMessage
                do throws(ByteError) {
                    message = try WorkerMessage(decoding: bytes)
                } catch {
                    outcome += try refuse(controlPeer, .bytes(error))
                    continue
                }
                outcome += try handle(.received(sender, message))
            }
        }
        return outcome
    }

    // MARK: Peers

    private func isAdmitted(_ user: String?) -> Bool {
        guard let keys else { return true }
        return user.map { keys.name(of: $0) != nil } ?? false
    }

    /// Ends the part of somebody whose key was taken away since it came in.
    private mutating func shutOut(_ peer: MessagePort.Peer) throws(ZeroMQError) -> [Coordinator.Effect] {
        guard workers[peer] != nil else {
            control.forget(peer)
            return []
        }
        logger.warning("a worker is shut out: its key is no longer in allowed/")
        _ = try control.send(CoordinatorMessage.refused(reason: "its key is no longer admitted"), to: peer, sender: nil)
        return try lose(peer, .keyWithdrawn)
    }

    /// Tells somebody how the run goes. An answer that waits already is enough for who does not read.
    private mutating func answer(_ peer: MessagePort.Peer) throws(ZeroMQError) {
        guard !control.isWaiting(for: peer) else { return }
        let message = isOver ? .stop : CoordinatorMessage.status(core.status(title: title, at: now))
        _ = try control.send(message, to: peer, sender: nil)
    }

    private mutating func register(
        _ peer: MessagePort.Peer, _ hello: Hello, user: String?
    ) throws(ZeroMQError) -> [Coordinator.Effect] {
        var outcome: [Coordinator.Effect] = []
        // Who does not read has been told, whatever it was.
        guard !control.isWaiting(for: peer) else { return [] }
        if isOver {
            _ = try control.send(CoordinatorMessage.stop, to: peer, sender: nil)
            return []
        }
        let name = user.flatMap { keys?.name(of: $0) }
        let origin = Origin(name: name, process: "\(hello.host) \(hello.process)")
        let ends = [quarantined[origin], name.flatMap { quarantined[Origin(name: $0)] }].compactMap { $0 }
        if let end = ends.max(), end > now {
            let reason =
                "it was expelled for what it sent; it may come again in \((end - now).components.seconds + 1) s"
            _ = try control.send(CoordinatorMessage.refused(reason: reason), to: peer, sender: nil)
            return []
        }
        if let build = invitation.build, hello.build != build {
            let reason = otherBuild(hello, build)
            let host = ClusterHistory.printable(hello.host)
            let (doing, remedy) = invitation.admitsAnyBuild ? ("admitted", "") : ("turned away", Self.buildRemedy)
            buildsNamed += 1
            if buildsNamed <= Limit.buildsNamed { logger.warning("\(doing) a worker on \(host): \(reason + remedy)") }
            if !invitation.admitsAnyBuild {
                _ = try control.send(CoordinatorMessage.refused(reason: reason + remedy), to: peer, sender: nil)
                return try handle(.refused(.build("\(host): \(reason + remedy)")))
            }
        }
        // A worker that registers once more on the same connection has lost its state.
        if let earlier = workers[peer] { outcome += try handle(.lost(earlier, .registeredAgain)) }
        let worker = WorkerID(nextWorker)
        nextWorker += 1
        let welcome = Welcome(
            worker: worker, run: control.run, instanceText: invitation.instanceText,
            instanceFile: invitation.instanceFile,
            baseDirectory: invitation.baseDirectory, workspace: invitation.workspace)
        guard try control.send(CoordinatorMessage.welcome(welcome), to: peer, sender: worker) else { return outcome }
        peers[worker] = peer
        workers[peer] = worker
        users[worker] = user
        origins[worker] = origin
        return outcome + (try handle(.joined(worker, hello, name: name)))
    }

    private func otherBuild(_ hello: Hello, _ build: UInt64) -> String {
        "it is another build of propensity (version \(ClusterHistory.printable(hello.version)), build \(String(hello.build, radix: 16))) than the "
            + "coordinator's (version \(invitation.version), build \(String(build, radix: 16))), and may compute other bytes"
    }

    private static let buildRemedy =
        ": copy the same program to all machines, or start the coordinator with --any-build"

    private mutating func refuse(
        _ peer: MessagePort.Peer, _ error: FrameError
    ) throws(ZeroMQError) -> [Coordinator.Effect] {
        if case .otherRun = error {
            // It served the coordinator that was here before this one.
            try sendAway(peer)
            return []
        }
        logger.warning("refused a frame: \(error)")
        if case .version = error {
            if !control.isWaiting(for: peer) {
                _ = try control.send(CoordinatorMessage.refused(reason: "\(error)"), to: peer, sender: nil)
            }
            return try handle(.refused(.version("\(error)"))) + lose(peer, .badFrames)
        }
        let count = Self.count(peer, in: &badFrames)
        let outcome = try handle(.refused(.frame("\(error)")))
        return count >= Limit.badFrames ? try outcome + lose(peer, .badFrames) : outcome
    }

    /// Counts a bad frame; how many there were of the peer.
    private static func count(_ peer: MessagePort.Peer, in counts: inout [MessagePort.Peer: Int]) -> Int {
        // Of peers that have gone nothing is heard; many of those is a reason to begin counting anew.
        if counts.count >= Limit.badFramePeers { counts = [:] }
        let count = (counts[peer] ?? 0) + 1
        counts[peer] = count
        return count
    }

    private mutating func refuseData(
        _ peer: MessagePort.Peer, _ error: FrameError
    ) throws(ZeroMQError) -> [Coordinator.Effect] {
        data.forget(peer)
        switch error {
        // What was under way to the coordinator that was here before this one, of a registration that is over, or on a
        // connection that broke.
        case .otherRun, .unknownSender: return []
        case .chunk: return try handle(.refused(.frame("\(error)")))
        case .notOurs, .version, .tooLong, .length, .checksum, .bytes: break
        }
        let count = Self.count(peer, in: &badDataFrames)
        if count <= Limit.badFrames { logger.warning("refused a data frame: \(error)") }
        let outcome = try handle(.refused(.frame("\(error)")))
        // A data connection has no name until a message of it was whole.
        guard count >= Limit.badFrames, let worker = dataPeers.first(where: { $0.value == peer })?.key else {
            return outcome
        }
        return try outcome + handle(.lost(worker, .badFrames))
    }

    private mutating func lose(_ peer: MessagePort.Peer, _ loss: WorkerExit) throws(ZeroMQError) -> [Coordinator.Effect]
    {
        badFrames[peer] = nil
        guard let worker = workers[peer] else {
            control.forget(peer)
            return []
        }
        return try handle(.lost(worker, loss))
    }

    private mutating func quarantine(_ worker: WorkerID) {
        guard let origin = origins[worker] else { return }
        let now = now
        if quarantined.count >= Limit.badFramePeers { quarantined = quarantined.filter { $0.value > now } }
        guard quarantined.count < Limit.badFramePeers else { return }
        quarantined[origin] = now + Limit.quarantine
        guard let name = origin.name else { return }
        violations[name, default: 0] += 1
        if violations[name, default: 0] % Limit.violations == 0 {
            quarantined[Origin(name: name)] = now + Limit.quarantine
        }
    }

    private mutating func forget(_ worker: WorkerID) {
        users[worker] = nil
        origins[worker] = nil
        if let peer = peers.removeValue(forKey: worker) {
            workers[peer] = nil
            control.forget(peer)
        }
        if let peer = dataPeers.removeValue(forKey: worker) { data.forget(peer) }
    }
}
