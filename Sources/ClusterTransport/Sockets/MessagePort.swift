import Bytes
import ClusterProtocol
import ZeroMQ

/// Sends and receives whole messages over one ZeroMQ socket: cuts them into frames, puts frames together, and keeps
/// what a full queue would not take until it will.
///
/// Confined to the thread that owns the socket. A peer is a router's connection name, or empty for a dealer.
struct MessagePort: ~Copyable {
    typealias Peer = [UInt8]

    enum Incoming {
        /// `user` is the public key that the peer came in with, nil without keys.
        case message(Peer, sender: WorkerID, bytes: [UInt8], user: String?)
        /// A frame that cannot be used; the message it belonged to is dropped.
        case refused(Peer, FrameError)
    }

    /// Frames that the socket did not take.
    private struct Waiting {
        var frames: [[[UInt8]]] = []
        var bytes = 0
    }

    /// A message that has come in part.
    private struct Assembly {
        var frames = FrameAssembler()
        var wireBytes = 0
        var fed = ContinuousClock.now
    }

    private enum Limit {
        /// What may wait for a peer that does not read, in frames and in bytes.
        static let waitingFrames = 1 << 16
        static let waitingBytes = 1 << 28
        /// How long the next frame of a message is waited for: after that its connection is taken for broken.
        static let patience = Duration.seconds(60)
        /// Of all messages that have come in part; beyond it, those go of which nothing has been heard for longest. What
        /// 256 workers may have under way, or four send at most.
        static let assembled = 4 * Frame.largestMessage * Frame.chunkSize
    }

    /// Bytes of a message of a peer that is not known: the largest is a hello.
    static let smallMessage = 2048

    let socket: Socket
    private let isRouter: Bool
    /// The run that frames bear; 0 before it is known.
    var run: UInt64
    private var outbox: [Peer: Waiting] = [:]
    private var assemblers: [Peer: Assembly] = [:]
    /// Bytes of messages that have come in part, of all peers.
    private var assembled = 0
    private var messageCount: UInt64 = 0
    /// Counts what is sent; nil where nobody asks.
    var traffic: Traffic?
    /// What the payloads of the message that was received last took on the wire.
    private(set) var wireBytes = 0
    /// Whether what is sent is made smaller: between machines bytes cost more than processors.
    private let packs: Bool
    private let codec = BlockCodec()

    init(socket: consuming Socket, isRouter: Bool, run: UInt64, packs: Bool = false) {
        self.packs = packs
        self.socket = socket
        self.isRouter = isRouter
        self.run = run
    }

    var hasWaiting: Bool { !outbox.isEmpty }
    func isWaiting(for peer: Peer) -> Bool { outbox[peer] != nil }

    /// Sends, or keeps for later; false when the peer is gone, or has not read for so long that it is as good as gone.
    mutating func send(_ message: some ByteCodable, to peer: Peer = [], sender: WorkerID?) throws(ZeroMQError) -> Bool {
        messageCount += 1
        let bytes = message.encoded
        var frames = Frame.split(bytes, run: run, sender: sender?.number ?? 0, message: messageCount)
        if packs { for index in frames.indices { frames[index].pack(by: codec) } }
        if let sender { traffic?.add(frames.reduce(0) { $0 + $1.payload.count }, to: \.sent, of: sender) }
        for frame in frames {
            let parts = (isRouter ? [peer] : []) + [frame.header, frame.payload]
            if outbox[peer] == nil {
                switch try socket.send(parts) {
                case .queued: continue
                case .full: break
                case .unreachable: return false
                }
            }
            guard keep(parts, for: peer) else { return false }
        }
        return true
    }

    private mutating func keep(_ parts: [[UInt8]], for peer: Peer) -> Bool {
        var waiting = outbox.removeValue(forKey: peer) ?? Waiting()
        waiting.frames.append(parts)
        waiting.bytes += parts.reduce(0) { $0 + $1.count }
        // What a worker keeps for its coordinator is bounded by its credit.
        if isRouter, waiting.frames.count > Limit.waitingFrames || waiting.bytes > Limit.waitingBytes { return false }
        outbox[peer] = waiting
        return true
    }

    /// Tries again to send what waits; the peers that turned out to be gone.
    mutating func flush() throws(ZeroMQError) -> [Peer] {
        var gone: [Peer] = []
        for peer in outbox.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            guard var waiting = outbox.removeValue(forKey: peer) else { continue }
            var sent = 0
            sending: for parts in waiting.frames {
                switch try socket.send(parts) {
                case .queued:
                    sent += 1
                    waiting.bytes -= parts.reduce(0) { $0 + $1.count }
                case .full: break sending
                case .unreachable:
                    gone.append(peer)
                    sent = waiting.frames.count
                    break sending
                }
            }
            if sent < waiting.frames.count {
                waiting.frames.removeFirst(sent)
                outbox[peer] = waiting
            }
        }
        return gone
    }

    /// Drops what a peer had sent in part and what waits for it.
    mutating func forget(_ peer: Peer) {
        outbox[peer] = nil
        drop(peer)
    }

    /// Drops what a peer had sent in part.
    mutating func drop(_ peer: Peer) {
        assembled -= assemblers.removeValue(forKey: peer)?.frames.byteCount ?? 0
    }

    /// Drops messages whose rest has not come for so long that it will not: of connections that broke, and of peers that
    /// have gone.
    mutating func dropStale() {
        let now = ContinuousClock.now
        for peer in assemblers.keys where assemblers[peer].map({ now - $0.fed >= Limit.patience }) ?? false {
            drop(peer)
        }
    }

    /// Takes a frame; the whole message when it is its last.
    ///
    /// - Parameter count: what its payload took on the wire.
    private mutating func assemble(_ frame: Frame, _ count: Int, of peer: Peer) throws(FrameError) -> [UInt8]? {
        var assembly = assemblers.removeValue(forKey: peer) ?? Assembly()
        assembled -= assembly.frames.byteCount
        let message = try assembly.frames.append(frame)
        assembly.wireBytes = (frame.chunk == 0 ? 0 : assembly.wireBytes) + count
        wireBytes = assembly.wireBytes
        // Most who ask never come again.
        guard message == nil else { return message }
        assembly.fed = .now
        assembled += assembly.frames.byteCount
        assemblers[peer] = assembly
        while assembled > Limit.assembled, let oldest = assemblers.min(by: { $0.value.fed < $1.value.fed })?.key {
            drop(oldest)
        }
        return nil
    }

    /// The next message or refusal; nil when nothing is there (frames of unfinished messages are taken in silence).
    ///
    /// - Parameter knows: whether a frame's sender may send large messages. Of others nothing is kept: what is not
    ///   small and whole is refused, so that no number of them takes any memory.
    mutating func receive(
        knowing knows: (_ sender: WorkerID, _ user: String?) -> Bool = { _, _ in true }
    ) throws(ZeroMQError) -> Incoming? {
        while let (parts, user) = try socket.receiveWithUser() {
            let peer = isRouter ? parts[0] : []
            let content = isRouter ? parts.dropFirst() : parts[...]
            guard content.count == 2, let header = content.first, let payload = content.last else {
                return .refused(peer, .notOurs)
            }
            do throws(FrameError) {
                var frame = try Frame(header: header, payload: payload)
                // Only a worker that has not been welcomed yet may not know the run.
                if isRouter, frame.run != run, frame.run != 0 || frame.sender != 0 { throw .otherRun }
                let isSmall = frame.chunks == 1 && frame.unpackedCount == 0 && payload.count <= Self.smallMessage
                if !isSmall, !knows(WorkerID(frame.sender), user) { throw .unknownSender }
                try frame.unpack(by: codec)
                if let bytes = try assemble(frame, payload.count, of: peer) {
                    return .message(peer, sender: WorkerID(frame.sender), bytes: bytes, user: user)
                }
            } catch {
                return .refused(peer, error)
            }
        }
        return nil
    }
}
