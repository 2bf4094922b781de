import Bytes
import ClusterProtocol
import Foundation
import Testing
import ZeroMQ

/// Peers of another protocol version, over real sockets: each side says so.
@Suite(.serialized) struct VersionTests {
    private let other: UInt16 = 99

    /// A message as the other version would send it.
    private func frame(_ message: some ByteCodable) throws -> [[UInt8]] {
        let frame = try #require(Frame.split(message.encoded, run: 0, sender: 0, message: 1).first)
        var header = frame.header
        header.replaceSubrange(4..<6, with: [UInt8(other & 0xFF), UInt8(other >> 8)])
        return [header, frame.payload]
    }

    /// Sends until it is taken, and waits for what comes.
    private func wait(_ socket: borrowing Socket, sending parts: [[UInt8]]? = nil) throws -> [[UInt8]]? {
        let wakeUp = try WakeUp()
        let deadline = ContinuousClock.now + .seconds(20)
        var parts = parts
        while ContinuousClock.now < deadline {
            if let message = parts, try socket.send(message) == .queued { parts = nil }
            try poll(socket, socket, wakeUp, timeout: .milliseconds(20))
            if let received = try socket.receive() { return received }
        }
        return nil
    }

    @Test func aWorkerOfAnotherVersionIsTurnedAway() throws {
        let folder = try SampleFolder()
        let endpoint = "ipc://\(folder.path("s"))"
        let coordinator = try RunningProgram([
            "coordinator", folder.instance, "--listen", endpoint, "--output", folder.path("out"),
        ])
        try coordinator.read(until: "listening")
        let socket = try Socket(.dealer, context: try Context(), options: SocketOptions())
        try socket.connect(endpoint)
        let hello = WorkerMessage.hello(Hello(version: "9", host: "h", process: 1, threads: 1))
        let answer = try #require(try wait(socket, sending: try frame(hello)))
        let refusal = try Frame(header: answer[0], payload: answer[1])
        guard case .refused(let reason) = try CoordinatorMessage(decoding: refusal.payload) else {
            Issue.record("not refused")
            return
        }
        #expect(reason.contains("protocol version 99") && reason.contains("same version of propensity"))
        try coordinator.read(until: "the peer speaks protocol version 99")
        let (code, text) = try RunningProgram.run(["status", "--connect", endpoint])
        #expect(code == 0 && text.contains("1 refused versions") && text.contains("0 workers"), "\(text)")
        coordinator.send(SIGINT)
        #expect(coordinator.finish().code == 75)
    }

    @Test func aWorkerLeavesACoordinatorOfAnotherVersion() throws {
        let folder = try SampleFolder()
        let router = try Socket(.router, context: try Context(), options: SocketOptions())
        try router.bind("ipc://\(folder.path("s"))")
        let worker = try RunningProgram(["worker", "--connect", "ipc://\(folder.path("s"))", "--threads", "1"])
        let hello = try #require(try wait(router))
        #expect(try router.send([hello[0]] + frame(CoordinatorMessage.ping)) == .queued)
        let (code, text) = worker.finish()
        #expect(code == 1 && text.contains("the peer speaks protocol version 99"), "\(text)")
    }

    /// A byte more at its end: it may compute other bytes, for all that anybody knows.
    @Test func aWorkerOfAnotherBuildIsTurnedAwayUnlessAnyWillDo() throws {
        let folder = try SampleFolder(trees: 4)
        let other = folder.path("other-build")
        try FileManager.default.copyItem(atPath: RunningProgram.file.path, toPath: other)
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: other))
        try file.seekToEnd()
        try file.write(contentsOf: Data([0]))
        try file.close()
        let worker = ["worker", "--connect", "ipc://\(folder.path("s"))", "--threads", "1"]
        let arguments = [
            "coordinator", folder.instance, "--listen", "ipc://\(folder.path("s"))", "--output", folder.path("out"),
        ]
        let strict = try RunningProgram(arguments)
        try strict.read(until: "listening")
        let (code, text) = try RunningProgram(worker, program: other).finish()
        #expect(code == 1 && text.contains("another build of propensity") && text.contains("--any-build"), "\(text)")
        try strict.read(until: "turned away a worker on")
        strict.send(SIGINT)
        #expect(strict.finish().code == 75)

        let open = try RunningProgram(arguments + ["--any-build", "--fresh"])
        let admitted = try RunningProgram(worker, program: other)
        let (last, said) = open.finish()
        #expect(last == 0, "\(said)")
        #expect(said.contains("admitted a worker on") && said.contains("may compute other bytes\n"), "\(said)")
        #expect(admitted.finish().code == 0)
    }
}
