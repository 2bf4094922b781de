import Testing
import ZeroMQ

@Suite struct ConnectionMonitorTests {
    /// The first thing that a client with these options learns.
    private func firstEvent(
        of client: SocketOptions, before server: SocketOptions, admitting admitted: String?
    ) throws -> ConnectionMonitor.Event? {
        let context = try Context()
        let authenticator = try Authenticator(context: context) { $0 == admitted }
        defer { authenticator.stop() }
        let router = try Socket(.router, context: context, options: server)
        try router.bind("tcp://127.0.0.1:*")
        let dealer = try Socket(.dealer, context: context, options: client)
        let monitor = try ConnectionMonitor(dealer, context: context)
        try dealer.connect(try router.lastEndpoint())
        let wakeUp = try WakeUp()
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline {
            if let event = try monitor.next() { return event }
            try poll(monitor.events, router, wakeUp, timeout: .milliseconds(50))
        }
        return nil
    }

    @Test func aClientLearnsWhyItDoesNotComeIn() throws {
        let (ours, theirs) = (try KeyPair.random(), try KeyPair.random())
        var server = SocketOptions()
        server.curve = .server(theirs)
        var client = SocketOptions()
        client.curve = .client(ours, serverKey: theirs.publicKey)
        #expect(try firstEvent(of: client, before: server, admitting: ours.publicKey) == .connected)
        #expect(try firstEvent(of: client, before: server, admitting: nil) == .notAdmitted)
        #expect(try firstEvent(of: SocketOptions(), before: server, admitting: nil) == .broken)
        #expect(try firstEvent(of: client, before: SocketOptions(), admitting: nil) == .broken)
        client.curve = .client(ours, serverKey: ours.publicKey)
        #expect(try firstEvent(of: client, before: server, admitting: ours.publicKey) == .broken)
        #expect(try firstEvent(of: SocketOptions(), before: SocketOptions(), admitting: nil) == .connected)
    }
}
