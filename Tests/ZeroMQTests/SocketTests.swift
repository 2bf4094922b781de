import Foundation
import TestSupport
import Testing

@testable import ZeroMQ

/// Two sockets that talk to each other, waiting on events and never on time.
private struct Conversation: ~Copyable {
    let router: Socket
    let dealer: Socket
    let wakeUp: WakeUp
    let endpoint: String

    private init(router: consuming Socket, dealer: consuming Socket, wakeUp: WakeUp, endpoint: String) {
        self.router = router
        self.dealer = dealer
        self.wakeUp = wakeUp
        self.endpoint = endpoint
    }

    static func begin(_ endpoint: String, routerOptions: SocketOptions = SocketOptions()) throws -> Conversation {
        let context = try Context()
        let router = try Socket(.router, context: context, options: routerOptions)
        let dealer = try Socket(.dealer, context: context, options: SocketOptions())
        try router.bind(endpoint)
        let bound = try router.lastEndpoint()
        try dealer.connect(bound)
        return Conversation(router: router, dealer: dealer, wakeUp: try WakeUp(), endpoint: bound)
    }

    enum Side { case router, dealer }
    struct NothingCame: Error {}

    func receive(_ side: Side, limit: Int = 8) throws -> [[UInt8]] {
        for _ in 0..<600 {
            let message =
                switch side {
                case .router: try router.receive(limit: limit)
                case .dealer: try dealer.receive(limit: limit)
                }
            if let message { return message }
            try poll(router, dealer, wakeUp, timeout: .milliseconds(50))
        }
        throw NothingCame()
    }

    /// The dealer takes nothing before it is connected.
    func sendFromDealer(_ parts: [[UInt8]]) throws {
        for _ in 0..<600 {
            if try dealer.send(parts) == .queued { return }
            try poll(router, dealer, wakeUp, timeout: .milliseconds(20))
        }
        throw NothingCame()
    }
}

@Suite(.timeLimit(.minutes(1))) struct SocketTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func endpoint(_ kind: String) -> String {
        kind == "ipc" ? "ipc://\(folder.path("socket"))" : "tcp://127.0.0.1:*"
    }

    @Test(arguments: ["ipc", "tcp"])
    func messagesGoBothWaysPartByPart(_ kind: String) throws {
        let pair = try Conversation.begin(endpoint(kind))
        let bound = pair.endpoint
        #expect(!bound.contains("*"))
        let large = [UInt8](repeating: 7, count: 1 << 20)
        for round in 0..<20 as Range<UInt8> {
            try pair.sendFromDealer([[round], [], large])
            let received = try pair.receive(.router)
            #expect(received.count == 4)
            #expect(Array(received.dropFirst()) == [[round], [], large])
            let answer = try pair.router.send([received[0], [round, round]])
            #expect(answer == .queued)
            let answered = try pair.receive(.dealer)
            #expect(answered == [[round, round]])
        }
        let none = try pair.dealer.receive()
        #expect(none == nil)
    }

    /// In the order in which they were sent.
    @Test func manyMessagesArriveInTheirOrder() throws {
        let pair = try Conversation.begin(endpoint("ipc"))
        let count = 500
        for number in 0..<count { try pair.sendFromDealer([[UInt8(number & 255), UInt8(number >> 8)]]) }
        for number in 0..<count {
            let received = try pair.receive(.router)
            #expect(received.last == [UInt8(number & 255), UInt8(number >> 8)])
        }
    }

    /// Nothing of it is delivered, the connection is made anew, and the next message arrives.
    @Test func aMessageThatIsTooLargeIsRefused() throws {
        var options = SocketOptions()
        options.largestPart = 1000
        let pair = try Conversation.begin(endpoint("ipc"), routerOptions: options)
        try pair.sendFromDealer([[UInt8](repeating: 1, count: 1000)])
        let allowed = try pair.receive(.router)
        #expect(allowed.last?.count == 1000)
        try pair.sendFromDealer([[UInt8](repeating: 2, count: 1001)])
        for _ in 0..<600 {
            // What was sent over the old connection may be lost with it.
            _ = try pair.dealer.send([[3]])
            let received = try pair.router.receive()
            if let received {
                #expect(received.last == [3])
                return
            }
            try poll(pair.router, pair.dealer, pair.wakeUp, timeout: .milliseconds(20))
        }
        Issue.record("nothing arrived after the refused message")
    }

    @Test func aMessageOfTooManyPartsIsCutOffAndTheNextIsWhole() throws {
        let pair = try Conversation.begin(endpoint("ipc"))
        try pair.sendFromDealer((0..<20).map { [$0] })
        try pair.sendFromDealer([[99]])
        let cut = try pair.receive(.router, limit: 3)
        #expect(Array(cut.dropFirst()) == [[0], [1]])
        let next = try pair.receive(.router, limit: 3)
        #expect(next.last == [99])
    }

    @Test func whatCannotBeDeliveredIsSaidAndNotTaken() throws {
        let pair = try Conversation.begin(endpoint("ipc"))
        let toNobody = try pair.router.send([[1, 2, 3], [4]])
        #expect(toNobody == .unreachable)

        let lonely = try Socket(.dealer, context: try Context(), options: SocketOptions())
        try lonely.connect("ipc://\(folder.path("nobody listens"))")
        let unsent = try lonely.send([[1], [2]])
        #expect(unsent == .full)
    }

    @Test func aFullQueueTakesNothing() throws {
        var options = SocketOptions()
        (options.sendHighWaterMark, options.receiveHighWaterMark) = (1, 1)
        let context = try Context()
        let router = try Socket(.router, context: context, options: options)
        let dealer = try Socket(.dealer, context: context, options: options)
        let wakeUp = try WakeUp()
        try router.bind(endpoint("ipc"))
        try dealer.connect(endpoint("ipc"))
        // Parts so large that the kernel's buffers do not swallow them; nobody reads.
        let large = [UInt8](repeating: 1, count: 1 << 20)
        var queued = 0
        var refusals = 0
        while refusals < 50, queued < 200 {
            switch try dealer.send([large, large]) {
            case .queued:
                queued += 1
                refusals = 0
            case .full, .unreachable:
                refusals += 1
                try poll(dealer, dealer, wakeUp, timeout: .milliseconds(5))
            }
        }
        #expect(refusals == 50)
        // Everything that was taken arrives whole.
        var received = 0
        for _ in 0..<600 where received < queued {
            guard let parts = try router.receive() else {
                try poll(router, dealer, wakeUp, timeout: .milliseconds(50))
                continue
            }
            #expect(parts.dropFirst().map(\.count) == [1 << 20, 1 << 20])
            received += 1
        }
        #expect(received == queued)
        #expect(queued > 0)
    }
}

@Suite struct ZeroMQErrorTests {
    private func message(_ body: () throws -> Void) -> String? {
        #expect(throws: ZeroMQError.self) { try body() }?.description
    }

    @Test func errorsSayWhatWasTriedOnWhat() throws {
        let context = try Context()
        let socket = try Socket(.router, context: context, options: SocketOptions())
        try socket.bind("tcp://127.0.0.1:*")
        let endpoint = try socket.lastEndpoint()
        #expect(
            message { try Socket(.router, context: context, options: SocketOptions()).bind(endpoint) }
                == "cannot listen on \(endpoint): Address already in use")
        #expect(
            message { try Socket(.dealer, context: context, options: SocketOptions()).connect("nonsense") }
                == "cannot connect to nonsense: Invalid argument")
        #expect(
            message {
                try Socket(.dealer, context: context, options: SocketOptions()).connect("carrier-pigeon://loft")
            } == "cannot connect to carrier-pigeon://loft: Protocol not supported")
        #expect(
            message {
                try Socket(.dealer, context: context, options: SocketOptions()).disconnect("tcp://127.0.0.1:7171")
            } == "cannot disconnect from tcp://127.0.0.1:7171: No such file or directory")
        var options = SocketOptions()
        options.sendHighWaterMark = -1
        #expect(
            message { _ = try Socket(.dealer, context: context, options: options) }
                == "cannot set option SNDHWM: Invalid argument")
    }
}

@Suite(.timeLimit(.minutes(1))) struct WakeUpTests {
    @Test func aSignalFromAnotherThreadEndsTheWait() throws {
        let pair = try Conversation.begin("tcp://127.0.0.1:*")
        let wakeUp = pair.wakeUp
        Thread.detachNewThread { wakeUp.signal() }
        try poll(pair.router, pair.dealer, wakeUp, timeout: .seconds(3600))
    }

    /// Several signals are one, and one wait takes them all.
    @Test func signalsBeforeTheWaitAddUpToOne() throws {
        let pair = try Conversation.begin("tcp://127.0.0.1:*")
        for _ in 0..<5 { pair.wakeUp.signal() }
        try poll(pair.router, pair.dealer, pair.wakeUp, timeout: .seconds(3600))
        var count: UInt64 = 0
        let left = read(pair.wakeUp.descriptor, &count, 8)
        #expect(left == -1)
        pair.wakeUp.signal()
        try poll(pair.router, pair.dealer, pair.wakeUp, timeout: .seconds(3600))
    }

    @Test func aMessageEndsTheWait() throws {
        let pair = try Conversation.begin("tcp://127.0.0.1:*")
        try pair.sendFromDealer([[1]])
        try poll(pair.router, pair.dealer, pair.wakeUp, timeout: .seconds(3600))
        let received = try pair.receive(.router)
        #expect(received.last == [1])
    }
}
