import ClusterProtocol
import Foundation
import Testing
import ZeroMQ

@testable import ClusterTransport
@testable import Pipeline

/// Peers that are not registered, and what they can make a coordinator keep.
@Suite(.serialized) struct StrangerMemoryTests {
    /// The most memory that a process has had, in bytes.
    private func peakMemory(of process: Int32) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM") })
        return (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
    }

    /// Beginnings of messages that never end, of many connections.
    @Test func halvesOfMessagesAreNotKept() throws {
        let folder = try SampleFolder(trees: 4)
        let endpoint = try Endpoint("ipc://\(folder.path("s"))", within: .own)
        let coordinator = try RunningProgram([
            "coordinator", folder.instance, "--listen", "\(endpoint)", "--output", folder.path("out"),
        ])
        try coordinator.read(until: "listening")
        let context = try Context()
        let wakeUp = try WakeUp()
        let half = Frame.split(Array(repeating: 7, count: 3 << 20), run: 0, sender: 0, message: 1)[0]
        for _ in 0..<40 {
            let socket = try Socket(.dealer, context: context, options: SocketOptions())
            try socket.connect(endpoint.address)
            var sent = 0
            let deadline = ContinuousClock.now + .seconds(2)
            while sent < 8, ContinuousClock.now < deadline {
                if try socket.send([half.header, half.payload]) == .queued { sent += 1 }
                try poll(socket, wakeUp, timeout: .milliseconds(1))
            }
            #expect(sent == 8)
        }
        let worker = try RunningProgram(["worker", "--connect", "\(endpoint)", "--threads", "1"])
        try coordinator.read(until: "Gathering events")
        // 320 MB were sent.
        #expect(try peakMemory(of: coordinator.number) < 250 << 20)
        let (code, text) = coordinator.finish()
        #expect(code == 0, "\(text)")
        #expect(worker.finish().code == 0)
    }

    @Test func aMessageInPartsIsForWhoIsKnown() throws {
        let folder = try SampleFolder()
        let place = "ipc://\(folder.path("p"))"
        let context = try Context()
        let router = try Socket(.router, context: context, options: SocketOptions())
        try router.bind(place)
        let dealer = try Socket(.dealer, context: context, options: SocketOptions())
        try dealer.connect(place)
        var port = MessagePort(socket: router, isRouter: true, run: 0)
        var sender = MessagePort(socket: dealer, isRouter: false, run: 0)
        let wakeUp = try WakeUp()
        let large = WorkerMessage.finished(TaskID(work: 1, index: 1), result: Array(repeating: 1, count: 3 << 20))
        func receive(knowing: Bool, _ port: inout MessagePort, _ sender: inout MessagePort) throws -> Bool {
            _ = try sender.send(large, sender: nil)
            let deadline = ContinuousClock.now + .seconds(20)
            while ContinuousClock.now < deadline {
                _ = try sender.flush()
                try poll(port.socket, sender.socket, wakeUp, timeout: .milliseconds(10))
                switch try port.receive(knowing: { _, _ in knowing }) {
                case .message: return true
                case .refused(_, let error):
                    #expect(error == .unknownSender)
                    return false
                case nil: continue
                }
            }
            return false
        }
        let isTaken = try receive(knowing: true, &port, &sender)
        let isRefused = try !receive(knowing: false, &port, &sender)
        #expect(isTaken && isRefused)
    }
}
