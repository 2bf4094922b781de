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

    private func dealer(_ curve: Curve?, to router: borrowing Socket) throws -> Socket {
        var options = SocketOptions()
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
        #expect(try strict.keepsStrangersOut(context: context))
        strict.stop()
        let lax = try Authenticator(context: context) { _ in true }
        #expect(try !lax.keepsStrangersOut(context: context))
        lax.stop()
    }

    @Test func keysAreFortyLetters() throws {
        let pair = try KeyPair.random()
        #expect(KeyPair(secretKey: pair.secretKey) == pair)
        #expect(KeyPair(secretKey: String(pair.secretKey.dropLast())) == nil)
        #expect(KeyPair(secretKey: String(repeating: "~", count: 40)) == nil)
        #expect(try KeyPair.random() != pair)
    }
}
