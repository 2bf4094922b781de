internal import CZeroMQ

/// A socket's limits and timeouts, set once before it binds or connects.
package struct SocketOptions: Sendable, Equatable {
    /// Whole messages queued a peer, on the way out and on the way in.
    package var sendHighWaterMark = 1000
    package var receiveHighWaterMark = 1000
    /// The largest part accepted from a peer, in bytes; a larger one closes its connection.
    package var largestPart = 4 << 20
    /// How long unsent messages outlive the socket.
    package var linger = Duration.zero
    /// Whether addresses may be of IPv6, and names are looked up as such.
    package var isIPv6 = false
    /// Keys; nil for connections that are neither encrypted nor known by a key.
    package var curve: Curve?
    /// For tests of what a peer can do that names itself; a router otherwise names each connection.
    var routingID: [UInt8]?
    package init() {}

    func apply(to socket: UnsafeMutableRawPointer, _ kind: Socket.Kind) throws(ZeroMQError) {
        func set(_ option: Int32, _ name: String, _ value: Int32) throws(ZeroMQError) {
            var value = value
            guard zmq_setsockopt(socket, option, &value, MemoryLayout<Int32>.size) == 0 else {
                throw ZeroMQError("set option", name)
            }
        }
        try set(ZMQ_LINGER, "LINGER", Int32(clamping: linger.milliseconds))
        try set(ZMQ_SNDHWM, "SNDHWM", Int32(sendHighWaterMark))
        try set(ZMQ_RCVHWM, "RCVHWM", Int32(receiveHighWaterMark))
        try set(ZMQ_BACKLOG, "BACKLOG", 1024)
        try set(ZMQ_HANDSHAKE_IVL, "HANDSHAKE_IVL", 10_000)
        try set(ZMQ_TCP_KEEPALIVE, "TCP_KEEPALIVE", 1)
        try set(ZMQ_TCP_KEEPALIVE_IDLE, "TCP_KEEPALIVE_IDLE", 10)
        try set(ZMQ_TCP_KEEPALIVE_INTVL, "TCP_KEEPALIVE_INTVL", 5)
        try set(ZMQ_TCP_KEEPALIVE_CNT, "TCP_KEEPALIVE_CNT", 3)
        try set(ZMQ_HEARTBEAT_IVL, "HEARTBEAT_IVL", 2_000)
        try set(ZMQ_HEARTBEAT_TIMEOUT, "HEARTBEAT_TIMEOUT", 10_000)
        try set(ZMQ_HEARTBEAT_TTL, "HEARTBEAT_TTL", 10_000)
        try set(ZMQ_IPV6, "IPV6", isIPv6 ? 1 : 0)
        if let routingID, zmq_setsockopt(socket, ZMQ_ROUTING_ID, routingID, routingID.count) != 0 {
            throw ZeroMQError("set option", "ROUTING_ID")
        }
        var largest = Int64(largestPart)
        guard zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &largest, MemoryLayout<Int64>.size) == 0 else {
            throw ZeroMQError("set option", "MAXMSGSIZE")
        }
        func set(_ option: Int32, _ name: String, _ key: String) throws(ZeroMQError) {
            guard zmq_setsockopt(socket, option, key, key.utf8.count) == 0 else {
                throw ZeroMQError("set option", name)
            }
        }
        switch curve {
        case .server(let own):
            try set(ZMQ_CURVE_SERVER, "CURVE_SERVER", 1)
            try set(ZMQ_CURVE_SECRETKEY, "CURVE_SECRETKEY", own.secretKey)
        case .client(let own, let serverKey):
            try set(ZMQ_CURVE_SERVERKEY, "CURVE_SERVERKEY", serverKey)
            try set(ZMQ_CURVE_PUBLICKEY, "CURVE_PUBLICKEY", own.publicKey)
            try set(ZMQ_CURVE_SECRETKEY, "CURVE_SECRETKEY", own.secretKey)
        case nil: break
        }
        switch kind {
        case .reply, .pair: break
        case .router:
            // A send to a peer that has gone is then an error that can be acted upon, not a silent loss.
            try set(ZMQ_ROUTER_MANDATORY, "ROUTER_MANDATORY", 1)
        case .dealer:
            // Queue only to a peer that is there: what waits for a connection stays ours.
            try set(ZMQ_IMMEDIATE, "IMMEDIATE", 1)
            try set(ZMQ_CONNECT_TIMEOUT, "CONNECT_TIMEOUT", 5_000)
            try set(ZMQ_RECONNECT_IVL, "RECONNECT_IVL", 100)
            try set(ZMQ_RECONNECT_IVL_MAX, "RECONNECT_IVL_MAX", 5_000)
        }
    }
}
