import Bytes
import ClusterCore
import ClusterProtocol
import Logging
import ZeroMQ

/// The coordinator's socket, on one thread: frames become the core's events, and the core's commands become frames.
///
/// The core decides on a thread of its own (see `CoordinatorService`), so that heartbeats are heard and answers taken in
/// while it merges sums and looks for splits.
struct CoordinatorLoop: ~Copyable {
    /// What the core wants of the socket.
    enum Command: Sendable {
        case send(WorkerID, CoordinatorMessage)
        case forget(WorkerID)
        /// It was expelled for what it sent.
        case quarantine(WorkerID)
        /// To somebody who asked how the run goes.
        case status(MessagePort.Peer, ClusterStatus)
        /// Over the connection that the worker asked over.
        case reply(WorkerID, MessagePort.Peer, CoordinatorMessage, cost: Int)
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
        /// Peers who asked how the run goes and wait for an answer.
        static let questions = 1024
    }

    /// A worker that has registered.
    struct Registered {
        /// The name of its control connection.
        let peer: MessagePort.Peer
        /// That of its data connection, once something whole has come over it.
        var dataPeer: MessagePort.Peer?
        /// The public key that it came in with.
        let user: String?
    }

    var port: MessagePort
    /// Where it listens, with the port that was got.
    let boundPort: UInt16
    let inbox: CoreInbox
    private let commands: SocketInbox<Command>
    private let files: FileService
    private let traffic: Traffic
    let invitation: Invitation
    let keys: CoordinatorKeys?
    let logger: Logger
    var nextWorker: UInt64 = 1
    var registered: [WorkerID: Registered] = [:]
    var workers: [MessagePort.Peer: WorkerID] = [:]
    private var badFrames: [MessagePort.Peer: Int] = [:]
    var quarantine = Quarantine()
    /// Of every worker that the core knows, also of those that have registered again since.
    var origins: [WorkerID: Quarantine.Origin] = [:]
    var buildsNamed = 0
    /// Who asked how the run goes and has not been answered.
    private var questioners: Set<MessagePort.Peer> = []
    /// Workers that a message could not be delivered to: their last word may still wait to be read.
    private var unreachable: [WorkerID] = []
    private var lastTick: Instant?
    /// Whether whoever asks is told that the run is over.
    private(set) var isOver = false

    init(
        endpoint: Endpoint, keys: CoordinatorKeys?, run: UInt64, invitation: Invitation, inbox: CoreInbox,
        commands: SocketInbox<Command>, files: FileService, context: Context, logger: Logger, traffic: Traffic
    ) throws(ZeroMQError) {
        var options = SocketOptions()
        options.largestPart = Frame.chunkSize + Frame.headerSize
        options.receiveHighWaterMark = 16
        options.linger = .seconds(2)
        options.isIPv6 = endpoint.isIPv6
        options.curve = keys.map { .server($0.own) }
        let socket = try Socket(.router, context: context, options: options)
        try endpoint.checkIsFree()
        try endpoint.bind(socket)
        boundPort = try socket.lastEndpoint().split(separator: ":").last.flatMap { UInt16($0) } ?? 0
        port = MessagePort(socket: socket, isRouter: true, run: run, packs: endpoint.leadsElsewhere)
        self.inbox = inbox
        self.commands = commands
        self.files = files
        self.traffic = traffic
        port.traffic = traffic
        self.invitation = invitation
        self.keys = keys
        self.logger = logger
    }

    /// Waits for messages or commands, and handles all that have come.
    mutating func turn() throws(ZeroMQError) {
        let timeout = port.hasWaiting ? Duration.milliseconds(5) : .milliseconds(100)
        if hasRoom {
            try poll(port.socket, commands.wakeUp, timeout: timeout)
        } else {
            // Messages stay with the socket, and with who sends them, until the core has taken some in.
            try poll(commands.wakeUp, timeout: timeout)
        }
        for command in commands.take() { try carryOut(command) }
        try receive()
        for peer in try port.flush() {
            if let worker = workers[peer] { unreachable.append(worker) }
        }
        try loseUnreachable()
        for key in keys?.takeUnknownKeys() ?? [] { put(.refused(.key(key))) }
        // After all messages that waited, so that a slow turn of our own is not taken for silence of theirs.
        let now = inbox.now
        if lastTick.map({ now - $0 >= .milliseconds(500) }) ?? true {
            lastTick = now
            port.dropStale()
            if inbox.isBehind || !hasRoom {
                // A core that is long at something pings nobody, and who is not pinged looks for another coordinator.
                for worker in registered.keys.sorted() { try carryOut(.send(worker, .ping)) }
            } else {
                put(.tick)
            }
        }
    }

    /// Whether what comes can be taken in.
    private var hasRoom: Bool { inbox.hasRoom && files.hasRoom }

    /// Tells every worker that the run is over, also those that ask only now; ends when all that are known have said
    /// goodbye, or after a second.
    mutating func sayFarewell() throws(ZeroMQError) {
        isOver = true
        for worker in registered.keys.sorted() { try carryOut(.send(worker, .stop)) }
        let end = inbox.now + Limit.farewell
        while !registered.isEmpty, inbox.now < end { try turn() }
        _ = try port.flush()
    }

    private mutating func carryOut(_ command: Command) throws(ZeroMQError) {
        switch command {
        case .send(let worker, let message):
            guard let peer = registered[worker]?.peer else { return }
            if try !port.send(message, to: peer, sender: worker) { unreachable.append(worker) }
        case .forget(let worker):
            forget(worker)
            origins[worker] = nil
        case .quarantine(let worker):
            guard let origin = origins[worker] else { return }
            quarantine.add(origin, at: inbox.now)
            // It may have registered again before the core saw what it had sent.
            for other in registered.keys.sorted() where other != worker && origins[other] == origin {
                lose(other, .quarantined)
            }
        case .status(let peer, let status):
            questioners.remove(peer)
            try tell(peer, isOver ? .stop : .status(status))
        case .reply(let worker, let peer, let message, let cost):
            files.end(cost: cost)
            // What it asked over a connection that is gone it asks again.
            if registered[worker] != nil { _ = try port.send(message, to: peer, sender: worker) }
        }
    }

    func put(_ event: Coordinator.Event, messageBytes: Int? = nil) {
        inbox.put(.event(event), messageBytes: messageBytes)
    }

    /// Says something to somebody who may not be a worker. Who does not read has been told.
    mutating func tell(_ peer: MessagePort.Peer, _ message: CoordinatorMessage) throws(ZeroMQError) {
        guard !port.isWaiting(for: peer) else { return }
        _ = try port.send(message, to: peer, sender: nil)
    }

    /// Who cannot be reached has gone: after what it had said before, a goodbye perhaps.
    private mutating func loseUnreachable() throws(ZeroMQError) {
        guard !unreachable.isEmpty else { return }
        try receive()
        for worker in unreachable where registered[worker] != nil { lose(worker, .disconnected) }
        unreachable = []
    }

    // MARK: Receiving

    private mutating func receive() throws(ZeroMQError) {
        for _ in 0..<Limit.burst {
            let known = registered
            guard hasRoom,
                let incoming = try port.receive(knowing: { sender, user in
                    known[sender].map { $0.user == user } ?? false
                })
            else { break }
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
                if message.isData {
                    takeData(message, of: sender, over: peer, user, bytes: bytes.count)
                } else {
                    try takeControl(message, of: sender, over: peer, user, bytes: bytes.count)
                }
            }
        }
    }

    private mutating func takeControl(
        _ message: WorkerMessage, of sender: WorkerID, over peer: MessagePort.Peer, _ user: String?, bytes: Int
    ) throws(ZeroMQError) {
        if case .askStatus = message {
            // An answer that waits already is enough for who does not read.
            guard questioners.count < Limit.questions, !port.isWaiting(for: peer) else { return }
            if questioners.insert(peer).inserted { inbox.put(.askStatus(peer)) }
        } else if case .hello(let hello) = message {
            try register(peer, hello, user: user)
        } else if let worker = workers[peer], worker == sender || Self.isGoodbye(message, sender) {
            traffic.add(port.wireBytes, to: \.received, of: worker)
            put(.received(worker, message), messageBytes: bytes)
        } else {
            try sendAway(peer)
        }
    }

    private mutating func takeData(
        _ message: WorkerMessage, of sender: WorkerID, over peer: MessagePort.Peer, _ user: String?, bytes: Int
    ) {
        // Whoever has a key may say that it is another worker; the key tells.
        guard let worker = registered[sender], worker.user == user else { return port.drop(peer) }
        // A connection that broke has left a part of a message that nobody will end.
        if let earlier = worker.dataPeer, earlier != peer { port.drop(earlier) }
        registered[sender]?.dataPeer = peer
        traffic.add(port.wireBytes, to: \.received, of: sender)
        if case .file(let number, let request) = message {
            files.put(request, number, of: sender, over: peer)
        } else {
            put(.received(sender, message), messageBytes: bytes)
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

    // MARK: Bad frames

    private func isAdmitted(_ user: String?) -> Bool {
        guard let keys else { return true }
        return user.map { keys.name(of: $0) != nil } ?? false
    }

    /// Ends the part of somebody whose key was taken away since it came in.
    private mutating func shutOut(_ peer: MessagePort.Peer) throws(ZeroMQError) {
        guard let worker = worker(at: peer) else { return port.forget(peer) }
        logger.warning("a worker is shut out: its key is no longer in allowed/")
        try carryOut(.send(worker, .refused(reason: "its key is no longer admitted")))
        lose(worker, .keyWithdrawn)
    }

    private func worker(at peer: MessagePort.Peer) -> WorkerID? {
        workers[peer] ?? registered.first { $0.value.dataPeer == peer }?.key
    }

    private mutating func refuse(_ peer: MessagePort.Peer, _ error: FrameError) throws(ZeroMQError) {
        port.drop(peer)
        switch error {
        // It served the coordinator that was here before this one.
        case .otherRun: return try sendAway(peer)
        // Large, and of a registration that is over, or of somebody who never had one.
        case .unknownSender: return
        // The beginning came over a connection that broke.
        case .chunk: return put(.refused(.frame("\(error)")))
        case .version: try tell(peer, .refused(reason: "\(error)"))
        case .notOurs, .tooLong, .length, .checksum, .bytes: break
        }
        let count = Self.count(peer, in: &badFrames)
        if count <= Limit.badFrames { logger.warning("refused a frame: \(error)") }
        if case .version = error { put(.refused(.version("\(error)"))) } else { put(.refused(.frame("\(error)"))) }
        guard count >= Limit.badFrames else { return }
        badFrames[peer] = nil
        // A data connection has no name until a message of it was whole.
        if let worker = worker(at: peer) { lose(worker, .badFrames) }
    }

    /// Counts a bad frame; how many there were of the peer.
    private static func count(_ peer: MessagePort.Peer, in counts: inout [MessagePort.Peer: Int]) -> Int {
        // Of peers that have gone nothing is heard; many of those is a reason to begin counting anew.
        if counts.count >= Limit.badFramePeers { counts = [:] }
        let count = (counts[peer] ?? 0) + 1
        counts[peer] = count
        return count
    }

    /// Ends a worker's registration; the core hears of it with what came before.
    mutating func lose(_ worker: WorkerID, _ exit: WorkerExit) {
        forget(worker)
        put(.lost(worker, exit))
    }

    /// The registration is over: what still comes from the worker is answered with `registerAgain`.
    private mutating func forget(_ worker: WorkerID) {
        guard let known = registered.removeValue(forKey: worker) else { return }
        workers[known.peer] = nil
        port.forget(known.peer)
        if let peer = known.dataPeer { port.forget(peer) }
    }
}
