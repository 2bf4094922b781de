internal import CZeroMQ

/// What becomes of a socket's connections, attempt by attempt: why somebody who connects does not come in.
///
/// Owned by the thread that owns the socket.
package struct ConnectionMonitor: ~Copyable {
    package enum Event: Sendable, Equatable {
        /// Both sides are content.
        case connected
        /// The peer's authenticator does not admit our key.
        case notAdmitted
        /// A connection was made and ended before anything could be said: the other side has other keys than it is
        /// taken to have, or keys where we have none or none where we have some, or it went away.
        case broken
    }

    /// Of its own kind, so that `poll` can wait for events.
    package let events: Socket

    /// Begins to watch: before the socket connects, so that nothing is missed.
    package init(_ socket: borrowing Socket, context: Context) throws(ZeroMQError) {
        events = try Self.watch(socket, context)
    }

    private static func watch(_ socket: borrowing Socket, _ context: Context) throws(ZeroMQError) -> Socket {
        let address = "inproc://monitor-\(UInt(bitPattern: socket.pointer))"
        let wanted =
            ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL
            | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL
        guard zmq_socket_monitor(socket.pointer, address, wanted) == 0 else {
            throw ZeroMQError("watch the connections of a socket")
        }
        let events = try Socket(.pair, context: context, options: SocketOptions())
        try events.connect(address)
        return events
    }

    /// The next event, or nil when there is none.
    package func next() throws(ZeroMQError) -> Event? {
        while let parts = try events.receive() {
            guard let event = parts.first, event.count == 6 else { continue }
            switch Int32(event[0]) | Int32(event[1]) << 8 {
            case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: return .connected
            case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: return .notAdmitted
            case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL, ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: return .broken
            default: continue
            }
        }
        return nil
    }
}
