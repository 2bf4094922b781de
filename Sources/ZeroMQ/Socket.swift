internal import CZeroMQ

/// A ZeroMQ socket, owned by one thread: it may be moved to another thread, never shared.
///
/// Sending and receiving never block; `Poller` says when either can go on.
package struct Socket: ~Copyable {
    let pointer: UnsafeMutableRawPointer
    // Keeps the context alive for as long as the socket is.
    private let context: Context

    package enum Kind: Sendable {
        case router, dealer
        /// Answers each message before it takes the next one.
        case reply
        /// One end of two.
        case pair
        var code: Int32 {
            switch self {
            case .router: ZMQ_ROUTER
            case .dealer: ZMQ_DEALER
            case .reply: ZMQ_REP
            case .pair: ZMQ_PAIR
            }
        }
    }

    /// What became of a message given to `send`.
    package enum Delivery: Sendable, Equatable {
        case queued
        /// The peer's queue is full; nothing was taken.
        case full
        /// A router's peer is gone; nothing was taken.
        case unreachable
    }

    package init(_ kind: Kind, context: Context, options: SocketOptions) throws(ZeroMQError) {
        pointer = try Self.open(kind, context, options)
        self.context = context
    }

    deinit { zmq_close(pointer) }

    private static func open(
        _ kind: Kind, _ context: Context, _ options: SocketOptions
    ) throws(ZeroMQError) -> UnsafeMutableRawPointer {
        guard let pointer = zmq_socket(context.pointer, kind.code) else { throw ZeroMQError("make a socket") }
        do {
            try options.apply(to: pointer, kind)
        } catch {
            zmq_close(pointer)
            throw error
        }
        return pointer
    }

    package func bind(_ endpoint: String) throws(ZeroMQError) {
        guard zmq_bind(pointer, endpoint) == 0 else { throw ZeroMQError("listen on", endpoint) }
    }

    package func connect(_ endpoint: String) throws(ZeroMQError) {
        guard zmq_connect(pointer, endpoint) == 0 else { throw ZeroMQError("connect to", endpoint) }
    }

    package func disconnect(_ endpoint: String) throws(ZeroMQError) {
        guard zmq_disconnect(pointer, endpoint) == 0 else { throw ZeroMQError("disconnect from", endpoint) }
    }

    /// The endpoint that was bound last, with the port that a wildcard became.
    package func lastEndpoint() throws(ZeroMQError) -> String {
        var size = 1024
        var text = [CChar](repeating: 0, count: size)
        guard zmq_getsockopt(pointer, ZMQ_LAST_ENDPOINT, &text, &size) == 0 else {
            throw ZeroMQError("read the endpoint of a socket")
        }
        return String(decoding: text.prefix(max(0, size - 1)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Queues a message of several parts as one, or takes nothing.
    package func send(_ parts: [[UInt8]]) throws(ZeroMQError) -> Delivery {
        for (index, part) in parts.enumerated() {
            let more = index + 1 < parts.count ? ZMQ_SNDMORE : 0
            let sent = part.withUnsafeBytes { zmq_send(pointer, $0.baseAddress, $0.count, more | ZMQ_DONTWAIT) }
            if sent >= 0 { continue }
            switch zmq_errno() {
            // Only the first part can be refused: once libzmq has taken it, it takes the rest.
            case EAGAIN where index == 0: return .full
            case EHOSTUNREACH where index == 0: return .unreachable
            default: throw ZeroMQError("send")
            }
        }
        return .queued
    }

    /// The next message's parts, or nil when none is waiting.
    ///
    /// A message of more than `limit` parts is read to its end and returned cut off, so that it can be refused.
    package func receive(limit: Int = 8) throws(ZeroMQError) -> [[UInt8]]? {
        try receiveWithUser(limit: limit)?.parts
    }

    /// The next message, and who sent it: the public key that the `Authenticator` let in, nil without CURVE.
    package func receiveWithUser(limit: Int = 8) throws(ZeroMQError) -> (parts: [[UInt8]], user: String?)? {
        var user: String?
        var parts: [[UInt8]] = []
        var message = zmq_msg_t()
        zmq_msg_init(&message)
        defer { zmq_msg_close(&message) }
        repeat {
            guard zmq_msg_recv(&message, pointer, ZMQ_DONTWAIT) >= 0 else {
                if zmq_errno() == EAGAIN, parts.isEmpty { return nil }
                throw ZeroMQError("receive")
            }
            if parts.count < limit {
                parts.append(
                    [UInt8](UnsafeRawBufferPointer(start: zmq_msg_data(&message), count: zmq_msg_size(&message))))
            }
            // A router makes the first part itself, and it bears no user.
            if let name = zmq_msg_gets(&message, "User-Id") { user = String(cString: name) }
        } while zmq_msg_more(&message) != 0
        return (parts, user)
    }

    /// The next message's parts, waited for; nil when the time is over.
    func wait(_ timeout: Duration) throws(ZeroMQError) -> [[UInt8]]? {
        if let parts = try receive() { return parts }
        var item = zmq_pollitem_t(socket: pointer, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)
        if zmq_poll(&item, 1, timeout.milliseconds) < 0, zmq_errno() != EINTR { throw ZeroMQError("poll") }
        return try receive()
    }
}
