import Bytes
import ClusterCore
import ClusterProtocol
import Logging
import Synchronization
import ZeroMQ

/// The coordinator's sockets, on one thread: frames become the core's events, and the core's orders become frames.
///
/// The core decides on a thread of its own (see `CoordinatorService`), so that heartbeats are heard and answers taken in
/// while it merges sums and looks for splits.
struct CoordinatorLoop: ~Copyable {
    /// What the core wants of the sockets.
    enum Order: Sendable {
        case send(WorkerID, CoordinatorMessage)
        case forget(WorkerID)
        /// It was expelled for what it sent.
        case quarantine(WorkerID)
        /// To somebody who asked how the run goes.
        case status(MessagePort.Peer, ClusterStatus)
    }

    enum Limit {
        static let badFrames = 3
        static let badFramePeers = 4096
        /// Workers of other builds that the log names.
        static let buildsNamed = 100
        /// How long the last goodbyes are waited for.
        static let farewell = Duration.seconds(1)
        /// Messages taken before the clock is looked at again.
        static let burst = 256
    }

    /// A worker that has registered.
    struct Registered {
        let peer: MessagePort.Peer
        /// The public key that it came in with.
        let user: String?
    }

    var control: MessagePort
    private var data: MessagePort
    let inbox: CoordinatorInbox
    private let orders: SocketInbox<Order>
    let invitation: Invitation
    let keys: CoordinatorKeys?
    let logger: Logger
    var nextWorker: UInt64 = 1
    var registered: [WorkerID: Registered] = [:]
    var workers: [MessagePort.Peer: WorkerID] = [:]
    private var dataPeers: [WorkerID: MessagePort.Peer] = [:]
    private var badFrames: [MessagePort.Peer: Int] = [:]
    private var badDataFrames: [MessagePort.Peer: Int] = [:]
    var quarantine = Quarantine()
    /// Of every worker that the core knows, also of those that have registered again since.
    var origins: [WorkerID: Quarantine.Origin] = [:]
    var buildsNamed = 0
    /// Workers that a message could not be delivered to: their last word may still wait to be read.
    private var unreachable: [WorkerID] = []
    private var lastTick: Instant?
    /// Whether whoever asks is told that the run is over.
    private(set) var isOver = false

    init(
        endpoint: Endpoint, keys: CoordinatorKeys?, run: UInt64, invitation: Invitation, inbox: CoordinatorInbox,
        orders: SocketInbox<Order>, context: Context, logger: Logger
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
        self.inbox = inbox
        self.orders = orders
        self.invitation = invitation
        self.keys = keys
        self.logger = logger
    }

    /// Waits for messages or orders, and handles all that have come.
    mutating func turn() throws(ZeroMQError) {
        try poll(
            control.socket, data.socket, orders.wakeUp,
            timeout: control.hasWaiting ? .milliseconds(5) : .milliseconds(100))
        for order in orders.take() { try carryOut(order) }
        try receiveControl()
        try receiveData()
        for peer in try control.flush() { unreachable += workers[peer].map { [$0] } ?? [] }
        try loseUnreachable()
        for key in keys?.takeUnknownKeys() ?? [] { put(.refused(.key(key))) }
        // After all messages that waited, so that a slow turn of our own is not taken for silence of theirs.
        let now = inbox.now
        if lastTick.map({ now - $0 >= .milliseconds(500) }) ?? true {
            lastTick = now
            control.dropStale()
            data.dropStale()
            put(.tick)
        }
    }

    /// Tells every worker that the run is over, also those that ask only now; ends when all that are known have said
    /// goodbye, or after a second.
    mutating func sayFarewell() throws(ZeroMQError) {
        isOver = true
        for worker in registered.keys.sorted() { try carryOut(.send(worker, .stop)) }
        let end = inbox.now + Limit.farewell
        while !registered.isEmpty, inbox.now < end { try turn() }
        _ = try control.flush()
    }

    private mutating func carryOut(_ order: Order) throws(ZeroMQError) {
        switch order {
        case .send(let worker, let message):
            guard let peer = registered[worker]?.peer else { return }
            if try !control.send(message, to: peer, sender: worker) { unreachable.append(worker) }
        case .forget(let worker):
            forget(worker)
            origins[worker] = nil
        case .quarantine(let worker):
            guard let origin = origins[worker] else { return }
            quarantine.add(origin, at: inbox.now)
            // It may have registered again before the core saw what it had sent.
            for other in registered.keys.sorted() where other != worker && origins[other] == origin {
                put(.lost(other, .registeredAgain))
            }
        case .status(let peer, let status): try tell(peer, isOver ? .stop : .status(status))
        }
    }

    func put(_ event: Coordinator.Event, messageBytes: Int = 0) { inbox.put(event, messageBytes: messageBytes) }

    /// Says something to somebody who may not be a worker. Who does not read has been told.
    mutating func tell(_ peer: MessagePort.Peer, _ message: CoordinatorMessage) throws(ZeroMQError) {
        guard !control.isWaiting(for: peer) else { return }
        _ = try control.send(message, to: peer, sender: nil)
    }

    /// Who cannot be reached has gone: after what it had said before, a goodbye perhaps.
    private mutating func loseUnreachable() throws(ZeroMQError) {
        guard !unreachable.isEmpty else { return }
        try receiveControl()
        for worker in unreachable where registered[worker] != nil { put(.lost(worker, .disconnected)) }
        unreachable = []
    }

    // MARK: Receiving

    private mutating func receiveControl() throws(ZeroMQError) {
        for _ in 0..<Limit.burst {
            guard let incoming = try control.receive(knowing: { _, _ in false }) else { break }
            switch incoming {
            case .refused(let peer, let error): try refuse(peer, error)
            case .message(let peer, let sender, let bytes, let user):
                guard isAdmitted(user) else {
                    try shutOut(peer)
                    continue
                }
                let message: WorkerMessage
                do throws(ByteError) {
                    message = try WorkerMessage(decoding: bytes)
                } catch {
                    try refuse(peer, .bytes(error))
                    continue
                }
                if case .askStatus = message {
                    // An answer that waits already is enough for who does not read.
                    if !control.isWaiting(for: peer) { inbox.put(.askStatus(peer)) }
                } else if case .hello(let hello) = message {
                    try register(peer, hello, user: user)
                } else if let worker = workers[peer], worker == sender || Self.isGoodbye(message, sender) {
                    put(.received(worker, message), messageBytes: bytes.count)
                } else {
                    try sendAway(peer)
                }
            }
        }
    }

    /// A goodbye over a connection is of whoever is there, also if it does not know its latest number yet.
    private static func isGoodbye(_ message: WorkerMessage, _ sender: WorkerID) -> Bool {
        if case .goodbye = message { sender.number != 0 } else { false }
    }

    /// Tells somebody who is not known to register, or to leave.
    private mutating func sendAway(_ peer: MessagePort.Peer) throws(ZeroMQError) {
        try tell(peer, isOver ? .stop : .registerAgain)
    }

    private mutating func receiveData() throws(ZeroMQError) {
        for _ in 0..<Limit.burst {
            let known = registered
            guard let incoming = try data.receive(knowing: { known[$0].map(\.user) == .some($1) }) else { break }
            switch incoming {
            case .refused(let peer, let error): refuseData(peer, error)
            case .message(let peer, let sender, let bytes, let user):
                // Whoever has a key may say that it is another worker; the key tells.
                guard let worker = registered[sender], worker.user == user, isAdmitted(user) else {
                    data.forget(peer)
                    continue
                }
                // A connection that broke has left a part of a message that nobody will end.
                if let earlier = dataPeers.updateValue(peer, forKey: sender), earlier != peer { data.forget(earlier) }
                inbox.bytesReceived.add(bytes.count, ordering: .relaxed)
                do throws(ByteError) {
                    put(.received(sender, try WorkerMessage(decoding: bytes)), messageBytes: bytes.count)
                } catch {
                    try refuse(worker.peer, .bytes(error))
                }
            }
        }
    }

    // MARK: Bad frames

    private func isAdmitted(_ user: String?) -> Bool {
        guard let keys else { return true }
        return user.map { keys.name(of: $0) != nil } ?? false
    }

    /// Ends the part of somebody whose key was taken away since it came in.
    private mutating func shutOut(_ peer: MessagePort.Peer) throws(ZeroMQError) {
        guard workers[peer] != nil else { return control.forget(peer) }
        logger.warning("a worker is shut out: its key is no longer in allowed/")
        _ = try control.send(CoordinatorMessage.refused(reason: "its key is no longer admitted"), to: peer, sender: nil)
        lose(peer, .keyWithdrawn)
    }

    private mutating func refuse(_ peer: MessagePort.Peer, _ error: FrameError) throws(ZeroMQError) {
        // It served the coordinator that was here before this one.
        if case .otherRun = error { return try sendAway(peer) }
        logger.warning("refused a frame: \(error)")
        if case .version = error {
            try tell(peer, .refused(reason: "\(error)"))
            put(.refused(.version("\(error)")))
            return lose(peer, .badFrames)
        }
        put(.refused(.frame("\(error)")))
        if Self.count(peer, in: &badFrames) >= Limit.badFrames { lose(peer, .badFrames) }
    }

    /// Counts a bad frame; how many there were of the peer.
    private static func count(_ peer: MessagePort.Peer, in counts: inout [MessagePort.Peer: Int]) -> Int {
        // Of peers that have gone nothing is heard; many of those is a reason to begin counting anew.
        if counts.count >= Limit.badFramePeers { counts = [:] }
        let count = (counts[peer] ?? 0) + 1
        counts[peer] = count
        return count
    }

    private mutating func refuseData(_ peer: MessagePort.Peer, _ error: FrameError) {
        data.forget(peer)
        switch error {
        // What was under way to the coordinator that was here before this one, of a registration that is over, or on a
        // connection that broke.
        case .otherRun, .unknownSender: return
        case .chunk: return put(.refused(.frame("\(error)")))
        case .notOurs, .version, .tooLong, .length, .checksum, .bytes: break
        }
        let count = Self.count(peer, in: &badDataFrames)
        if count <= Limit.badFrames { logger.warning("refused a data frame: \(error)") }
        put(.refused(.frame("\(error)")))
        // A data connection has no name until a message of it was whole.
        guard count >= Limit.badFrames, let worker = dataPeers.first(where: { $0.value == peer })?.key else { return }
        put(.lost(worker, .badFrames))
    }

    private mutating func lose(_ peer: MessagePort.Peer, _ exit: WorkerExit) {
        badFrames[peer] = nil
        guard let worker = workers[peer] else { return control.forget(peer) }
        put(.lost(worker, exit))
    }

    /// The registration is over: what still comes from the worker is answered with `registerAgain`.
    mutating func forget(_ worker: WorkerID) {
        if let peer = registered.removeValue(forKey: worker)?.peer {
            workers[peer] = nil
            control.forget(peer)
        }
        if let peer = dataPeers.removeValue(forKey: worker) { data.forget(peer) }
    }
}
