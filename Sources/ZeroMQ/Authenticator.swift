internal import CZeroMQ
internal import Foundation
internal import Synchronization

/// Decides for all CURVE servers of a context which public keys come in (ZAP, ZeroMQ RFC 27), on a thread of its own.
///
/// It must stand before anything is bound: without one, libzmq 4.3.4 lets every key in. An admitted connection's
/// messages bear its public key (`Message.user`).
package final class Authenticator: Sendable {
    private let stopping = Atomic(false)
    private let refused = Atomic(0)
    private let ended = DispatchSemaphore(value: 0)

    /// Connections that were turned away so far.
    package var refusals: Int { refused.load(ordering: .relaxed) }

    /// - Parameter isAdmitted: asked on the authenticator's thread for each new connection, with its public key in Z85.
    package init(context: Context, isAdmitted: @escaping @Sendable (String) -> Bool) throws(ZeroMQError) {
        let socket = try Socket(.reply, context: context, options: SocketOptions())
        try socket.bind("inproc://zeromq.zap.01")
        // The thread holds the socket alone, not the context, which must be able to end when the thread has.
        let handover = Mutex<Socket?>(socket)
        let thread = Thread { [self] in
            if let socket = handover.withLock({ $0.take() }) { serve(socket, isAdmitted) }
            ended.signal()
        }
        thread.name = "authenticator"
        thread.start()
    }

    private func serve(_ socket: consuming Socket, _ isAdmitted: (String) -> Bool) {
        while !stopping.load(ordering: .relaxed) {
            do throws(ZeroMQError) {
                guard let request = try socket.wait(.milliseconds(100)) else { continue }
                let (reply, isIn) = Self.answer(request, isAdmitted)
                if !isIn { refused.add(1, ordering: .relaxed) }
                _ = try socket.send(reply)
            } catch {
                // It must not end: where nobody is asked, libzmq lets everybody in.
                Thread.sleep(forTimeInterval: 0.01)
            }
        }
    }

    /// Ends the thread and closes its socket, without which the context cannot end.
    package func stop() {
        stopping.store(true, ordering: .relaxed)
        ended.wait()
        ended.signal()
    }

    /// Version, request, domain, address, routing id, mechanism, credentials in; version, request, status, text, user and
    /// metadata out.
    private static func answer(_ request: [[UInt8]], _ isAdmitted: (String) -> Bool) -> (reply: [[UInt8]], isIn: Bool) {
        let version = Array("1.0".utf8)
        let number = request.count > 1 ? request[1] : []
        let isCurve = request.count == 7 && request[0] == version && request[5] == Array("CURVE".utf8)
        guard isCurve, let key = KeyPair.text(of: request[6]), isAdmitted(key) else {
            return ([version, number, Array("400".utf8), Array("not admitted".utf8), [], []], false)
        }
        return ([version, number, Array("200".utf8), Array("OK".utf8), Array(key.utf8), []], true)
    }

    /// Proves with a key that nobody knows that unknown keys stay out; throws `EACCES` where one came in, `ETIMEDOUT` where
    /// none was asked about for 30 s, which only an overloaded machine takes.
    ///
    /// Cost: one handshake on loopback.
    package func proveThatStrangersStayOut(context: Context) throws(ZeroMQError) {
        var options = SocketOptions()
        let server = try KeyPair.random()
        options.curve = .server(server)
        let router = try Socket(.router, context: context, options: options)
        try router.bind("tcp://127.0.0.1:*")
        options.curve = .client(try KeyPair.random(), serverKey: server.publicKey)
        let stranger = try Socket(.dealer, context: context, options: options)
        // It may be refused as soon as it connects, and does not come again then.
        let before = refusals
        try stranger.connect(try router.lastEndpoint())
        let deadline = ContinuousClock.now + .seconds(30)
        var hasComeIn = false
        while !hasComeIn, refusals == before, ContinuousClock.now < deadline {
            _ = try stranger.send([[1]])
            hasComeIn = try router.wait(.milliseconds(10)) != nil
        }
        if !hasComeIn, refusals > before { hasComeIn = try router.wait(.milliseconds(50)) != nil }
        guard !hasComeIn else { throw ZeroMQError("keep unknown keys out", code: EACCES) }
        guard refusals > before else { throw ZeroMQError("try whether unknown keys stay out", code: ETIMEDOUT) }
    }
}
