import ZeroMQ

/// Connects a socket, and again where its key was not admitted: libzmq itself tries again in all cases but that one, and
/// a key may be admitted later.
struct Connector: ~Copyable {
    private let monitor: ConnectionMonitor
    private let endpoint: String
    private var again: ContinuousClock.Instant?

    private static let pause = Duration.seconds(1)

    init(_ socket: borrowing Socket, to endpoint: String, context: Context) throws(ZeroMQError) {
        let monitor = try ConnectionMonitor(socket, context: context)
        try socket.connect(endpoint)
        self.monitor = monitor
        self.endpoint = endpoint
    }

    /// What has become of the latest attempt; nil where there is nothing new. To be asked again and again.
    mutating func next(_ socket: borrowing Socket) throws(ZeroMQError) -> ConnectionMonitor.Event? {
        if let time = again, ContinuousClock.now >= time {
            again = nil
            // It may have given the connection up by itself.
            do throws(ZeroMQError) { try socket.disconnect(endpoint) } catch {}
            try socket.connect(endpoint)
        }
        let event = try monitor.next()
        if event == .notAdmitted { again = .now + Self.pause }
        return event
    }
}
