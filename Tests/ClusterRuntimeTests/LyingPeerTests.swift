import Bytes
import ClusterProtocol
import Foundation
import TestSupport
import Testing
import ZeroMQ

@testable import ClusterRuntime

/// Peers that take part and do not do as they should, over real sockets.
@Suite(.serialized) struct LyingPeerTests {
    /// A peer's two connections, by which it says whatever it likes.
    private struct Peer: ~Copyable {
        var control: MessagePort
        var data: MessagePort
        var id: WorkerID?
        private let wakeUp: WakeUp

        init(_ endpoint: Endpoint, _ context: Context) throws {
            let wakeUp = try WakeUp()
            let control = try Socket(.dealer, context: context, options: SocketOptions())
            try control.connect(endpoint.control)
            let data = try Socket(.dealer, context: context, options: SocketOptions())
            try data.connect(endpoint.data)
            self.wakeUp = wakeUp
            self.control = MessagePort(socket: control, isRouter: false, run: 0)
            self.data = MessagePort(socket: data, isRouter: false, run: 0)
        }

        mutating func say(_ message: WorkerMessage) throws {
            if message.isData {
                _ = try data.send(message, sender: id)
            } else {
                _ = try control.send(message, sender: id)
            }
        }

        /// The next message of the coordinator that is wanted, within some seconds.
        mutating func hear<Wanted>(_ wanted: (CoordinatorMessage) -> Wanted?) throws -> Wanted? {
            let deadline = ContinuousClock.now + .seconds(20)
            while ContinuousClock.now < deadline {
                try poll(control.socket, data.socket, wakeUp, timeout: .milliseconds(20))
                _ = try (control.flush(), data.flush())
                while case .message(_, _, let bytes, _) = try control.receive() {
                    if let found = wanted(try CoordinatorMessage(decoding: bytes)) { return found }
                }
            }
            return nil
        }

        mutating func register(process: Int32) throws {
            try say(.hello(Hello(version: "1", host: "h", process: process, threads: 1)))
        }

        mutating func welcome() throws -> Welcome? {
            let welcome = try hear { if case .welcome(let welcome) = $0 { welcome } else { nil } }
            id = welcome?.worker
            control.run = welcome?.run ?? 0
            data.run = control.run
            return welcome
        }

        mutating func refusal() throws -> String? {
            try hear { if case .refused(let reason) = $0 { reason } else { nil } }
        }
    }

    @Test func whoIsExpelledForAResultStaysAwayForAWhile() throws {
        let folder = try SampleFolder()
        let endpoint = "ipc://\(folder.path("s"))"
        let coordinator = try RunningProgram([
            "coordinator", folder.instance, "--listen", endpoint, "--output", folder.path("out"),
        ])
        try coordinator.read(until: "listening")
        let context = try Context()
        var liar = try Peer(try Endpoint(endpoint), context)
        try liar.register(process: 1)
        _ = try liar.welcome()
        let given = try liar.hear { if case .perform(let task, _, _) = $0 { task } else { nil } }
        let task = try #require(given)
        try liar.say(.finished(task, result: [1, 2, 3]))
        let expulsion = try liar.refusal()
        #expect(expulsion == "it sent a result that is not of this run")

        var again = try Peer(try Endpoint(endpoint), context)
        try again.register(process: 1)
        let reason = try again.refusal() ?? ""
        #expect(reason.hasPrefix("it was expelled for what it sent; it may come again in "), "\(reason)")

        // Others are not.
        var other = try Peer(try Endpoint(endpoint), context)
        try other.register(process: 2)
        let isWelcome = try other.welcome() != nil
        #expect(isWelcome)
        let (code, text) = try RunningProgram.run(["status", "--connect", endpoint])
        #expect(code == 0 && text.contains("1 expelled bad results") && text.contains("1 worker"), "\(text)")
        coordinator.send(SIGINT)
        #expect(coordinator.finish().code == 75)
    }

    /// It is given up before what waits for it fills the coordinator's memory.
    @Test func whoDoesNotReadIsAsGoodAsGone() throws {
        let folder = try TemporaryFolder()
        let context = try Context()
        var options = SocketOptions()
        options.highWaterMark = 1
        let router = try Socket(.router, context: context, options: options)
        try router.bind("ipc://\(folder.path("s"))")
        let dealer = try Socket(.dealer, context: context, options: options)
        try dealer.connect("ipc://\(folder.path("s"))")
        var peer: [UInt8] = []
        let wakeUp = try WakeUp()
        while peer.isEmpty {
            _ = try dealer.send([[1], [2]])
            try poll(router, router, wakeUp, timeout: .milliseconds(20))
            peer = try router.receive()?[0] ?? []
        }
        var port = MessagePort(socket: router, isRouter: true, run: 1)
        var sent = 0
        while sent < 1 << 20, try port.send(CoordinatorMessage.ping, to: peer, sender: nil) { sent += 1 }
        #expect(1000...200_000 ~= sent)
        let isWaiting = port.isWaiting(for: peer)
        #expect(!isWaiting)
    }
}
