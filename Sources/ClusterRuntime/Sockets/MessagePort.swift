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

    let socket: Socket
    private let isRouter: Bool
    /// The run that frames bear; 0 before it is known.
    var run: UInt64
    private var outbox: [Peer: [[[UInt8]]]] = [:]
    private var assemblers: [Peer: FrameAssembler] = [:]
    private var messageCount: UInt64 = 0

    init(socket: consuming Socket, isRouter: Bool, run: UInt64) {
        self.socket = socket
        self.isRouter = isRouter
        self.run = run
    }

    var hasWaiting: Bool { !outbox.isEmpty }
    func isWaiting(for peer: Peer) -> Bool { outbox[peer] != nil }

    /// Sends, or keeps for later; false when the peer is gone.
    mutating func send(_ message: some ByteCodable, to peer: Peer = [], sender: WorkerID?) throws(ZeroMQError) -> Bool {
        messageCount += 1
        let frames = Frame.split(message.encoded, run: run, sender: sender?.number ?? 0, message: messageCount)
        for frame in frames {
            let parts = (isRouter ? [peer] : []) + [frame.header, frame.payload]
            if outbox[peer] != nil {
                outbox[peer]?.append(parts)
                continue
            }
            switch try socket.send(parts) {
            case .queued: continue
            case .full: outbox[peer] = [parts]
            case .unreachable: return false
            }
        }
        return true
    }

    /// Tries again to send what waits; the peers that turned out to be gone.
    mutating func flush() throws(ZeroMQError) -> [Peer] {
        var gone: [Peer] = []
        for peer in outbox.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            guard let waiting = outbox.removeValue(forKey: peer) else { continue }
            var sent = 0
            sending: for parts in waiting {
                switch try socket.send(parts) {
                case .queued: sent += 1
                case .full: break sending
                case .unreachable:
                    gone.append(peer)
                    sent = waiting.count
                    break sending
                }
            }
            if sent < waiting.count { outbox[peer] = Array(waiting[sent...]) }
        }
        return gone
    }

    /// Drops what a peer had sent in part and what waits for it.
    mutating func forget(_ peer: Peer) {
        outbox[peer] = nil
        assemblers[peer] = nil
    }

    /// The next message or refusal; nil when nothing is there (frames of unfinished messages are taken in silence).
    mutating func receive() throws(ZeroMQError) -> Incoming? {
        while let (parts, user) = try socket.receiveWithUser() {
            let peer = isRouter ? parts[0] : []
            let content = isRouter ? parts.dropFirst() : parts[...]
            guard content.count == 2, let header = content.first, let payload = content.last else {
                return .refused(peer, .notOurs)
            }
            do throws(FrameError) {
                let frame = try Frame(header: header, payload: payload)
                // Only a worker that has not been welcomed yet may not know the run.
                if isRouter, frame.run != run, frame.run != 0 || frame.sender != 0 { throw .otherRun }
                if let bytes = try assemblers[peer, default: FrameAssembler()].append(frame) {
                    // Most who ask never come again.
                    assemblers[peer] = nil
                    return .message(peer, sender: WorkerID(frame.sender), bytes: bytes, user: user)
                }
            } catch {
                return .refused(peer, error)
            }
        }
        return nil
    }
}
