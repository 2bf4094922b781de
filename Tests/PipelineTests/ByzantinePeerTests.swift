import Bytes
import ClusterProtocol
import Foundation
import TestSupport
import Testing
import ZeroMQ

@testable import ClusterTransport
@testable import Pipeline

/// Peers that take part and do not do as they should, over real sockets.
@Suite(.serialized) struct ByzantinePeerTests {
    @Test func whoIsExpelledForAResultStaysAwayForAWhile() throws {
        let folder = try SampleFolder()
        let endpoint = "ipc://\(folder.path("s"))"
        let coordinator = try RunningProgram([
            "coordinator", folder.instance, "--listen", endpoint, "--output", folder.path("out"),
        ])
        try coordinator.read(until: "listening")
        let context = try Context()
        var liar = try Peer(try Endpoint(endpoint, within: .own), context)
        try liar.register(process: 1)
        _ = try liar.welcome()
        let given = try liar.hear { if case .perform(let task, _, _) = $0 { task } else { nil } }
        let task = try #require(given)
        try liar.say(.finished(task, result: [1, 2, 3]))
        let expulsion = try liar.refusal()
        #expect(expulsion == "it sent a result that is not of this run")

        var again = try Peer(try Endpoint(endpoint, within: .own), context)
        try again.register(process: 1)
        let reason = try again.refusal() ?? ""
        #expect(reason.hasPrefix("it was expelled for what it sent; it may come again in "), "\(reason)")

        // Others are not.
        var other = try Peer(try Endpoint(endpoint, within: .own), context)
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
        (options.sendHighWaterMark, options.receiveHighWaterMark) = (1, 1)
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
