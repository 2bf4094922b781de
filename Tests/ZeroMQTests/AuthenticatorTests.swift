import Foundation
import Synchronization
import Testing

@testable import ZeroMQ

/// Who gets in, by real sockets on loopback.
@Suite(.serialized, .timeLimit(.minutes(1))) struct AuthenticatorTests {
    private let context: Context
    private let server: KeyPair
    private let admitted = Admitted()

    private final class Admitted: Sendable {
        private let keys = Mutex<Set<String>>([])
        func insert(_ key: String) { keys.withLock { _ = $0.insert(key) } }
        func contains(_ key: String) -> Bool { keys.withLock { $0.contains(key) } }
    }

    init() throws {
        context = try Context()
        server = try KeyPair.random()
    }

    private func router() throws -> Socket {
        var options = SocketOptions()
        options.curve = .server(server)
        let router = try Socket(.router, context: context, options: options)
        try router.bind("tcp://127.0.0.1:*")
        return router
    }

    private func dealer(_ curve: Curve?, to router: borrowing Socket, named name: [UInt8]? = nil) throws -> Socket {
        var options = SocketOptions()
        options.routingID = name
        options.curve = curve
        let dealer = try Socket(.dealer, context: context, options: options)
        try dealer.connect(try router.lastEndpoint())
        return dealer
    }

    /// Sends as soon as it can, until something comes at the router or the authenticator has turned somebody away.
    private func arrival(
        from dealer: borrowing Socket, at router: borrowing Socket, _ authenticator: Authenticator
    ) throws -> (parts: [[UInt8]], user: String?)? {
        let before = authenticator.refusals
        let wakeUp = try WakeUp()
        for _ in 0..<400 where authenticator.refusals == before {
            _ = try dealer.send([[7]])
            if let message = try router.receiveWithUser() { return message }
            try poll(router, dealer, wakeUp, timeout: .milliseconds(10))
        }
        return nil
    }

    @Test func anAdmittedKeyComesInAndItsMessagesBearIt() throws {
        let authenticator = try Authenticator(context: context) { [admitted] in admitted.contains($0) }
        defer { authenticator.stop() }
        let pair = try KeyPair.random()
        admitted.insert(pair.publicKey)
        let router = try router()
        let dealer = try dealer(.client(pair, serverKey: server.publicKey), to: router)
        let message = try #require(try arrival(from: dealer, at: router, authenticator))
        #expect(message.parts.last == [7] && message.user == pair.publicKey)
        #expect(authenticator.refusals == 0)
    }

    @Test func anUnknownKeyStaysOut() throws {
        let authenticator = try Authenticator(context: context) { [admitted] in admitted.contains($0) }
        defer { authenticator.stop() }
        let router = try router()
        let dealer = try dealer(.client(try KeyPair.random(), serverKey: server.publicKey), to: router)
        #expect(try arrival(from: dealer, at: router, authenticator) == nil)
        #expect(authenticator.refusals > 0)
    }

    /// Neither reaches the authenticator: libzmq ends such connections by itself. An admitted one gets through beside them.
    @Test func plainTextAndAnotherServersKeyStayOut() throws {
        let authenticator = try Authenticator(context: context) { [admitted] in admitted.contains($0) }
        defer { authenticator.stop() }
        let pair = try KeyPair.random()
        admitted.insert(pair.publicKey)
        let router = try router()
        let plain = try dealer(nil, to: router)
        let astray = try dealer(.client(pair, serverKey: try KeyPair.random().publicKey), to: router)
        let good = try dealer(.client(pair, serverKey: server.publicKey), to: router)
        let wakeUp = try WakeUp()
        var good7s = 0
        for _ in 0..<400 where good7s < 3 {
            _ = try plain.send([[1]])
            _ = try astray.send([[2]])
            _ = try good.send([[7]])
            while let message = try router.receiveWithUser() {
                #expect(message.parts.last == [7] && message.user == pair.publicKey)
                good7s += 1
            }
            try poll(router, good, wakeUp, timeout: .milliseconds(10))
        }
        #expect(good7s >= 3)
    }

    @Test func theProbeTellsWhetherStrangersStayOut() throws {
        let strict = try Authenticator(context: context) { _ in false }
        // Many times: whether the refusal or the look at it comes first is for the threads to settle.
        for _ in 0..<100 { try strict.proveThatStrangersStayOut(context: context) }
        strict.stop()
        // A context of its own: libzmq may still hold the first one's place.
        let another = try Context()
        let lax = try Authenticator(context: another) { _ in true }
        #expect(throws: ZeroMQError.self) { try lax.proveThatStrangersStayOut(context: another) }
        lax.stop()
    }

    /// The first one who bears a name keeps it, and what is sent to that name.
    @Test func aStolenRoutingIDGetsNothing() throws {
        let authenticator = try Authenticator(context: context) { [admitted] in admitted.contains($0) }
        defer { authenticator.stop() }
        let router = try router()
        var pairs: [KeyPair] = []
        for _ in 0..<2 {
            pairs.append(try KeyPair.random())
            admitted.insert(pairs[pairs.count - 1].publicKey)
        }
        let name = Array("worker-1".utf8)
        let owner = try dealer(.client(pairs[0], serverKey: server.publicKey), to: router, named: name)
        let first = try #require(try arrival(from: owner, at: router, authenticator))
        #expect(first.parts == [name, [7]] && first.user == pairs[0].publicKey)
        let thief = try dealer(.client(pairs[1], serverKey: server.publicKey), to: router, named: name)
        let witness = try dealer(.client(pairs[1], serverKey: server.publicKey), to: router)
        let wakeUp = try WakeUp()
        var heard = 0
        for _ in 0..<400 where heard < 20 {
            _ = try thief.send([[6]])
            _ = try witness.send([[8]])
            while let message = try router.receiveWithUser() {
                // What bears the name is what the owner had sent before.
                let isOwners = message.parts == [name, [7]] && message.user == pairs[0].publicKey
                #expect(isOwners || (message.parts.last == [8] && message.parts.first != name))
                heard += 1
            }
            try poll(router, witness, wakeUp, timeout: .milliseconds(10))
        }
        #expect(heard >= 20)
        #expect(try router.send([name, [9]]) == .queued)
        #expect(try owner.wait(.seconds(10)) == [[9]])
        #expect(try thief.receive() == nil)
    }

    @Test func keysAreFortyLetters() throws {
        let pair = try KeyPair.random()
        #expect(KeyPair(secretKey: pair.secretKey) == pair)
        #expect(KeyPair(secretKey: String(pair.secretKey.dropLast())) == nil)
        #expect(KeyPair(secretKey: String(repeating: "~", count: 40)) == nil)
        #expect(try KeyPair.random() != pair)
    }
}
