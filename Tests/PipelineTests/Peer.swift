import Bytes
import ClusterProtocol
import Foundation
import Testing
import ZeroMQ

@testable import ClusterTransport
@testable import Pipeline

/// A peer's two connections, by which it says whatever it likes.
struct Peer: ~Copyable {
    var control: MessagePort
    var data: MessagePort
    var id: WorkerID?
    private let wakeUp: WakeUp

    init(_ endpoint: Endpoint, _ context: Context) throws {
        let wakeUp = try WakeUp()
        let control = try Socket(.dealer, context: context, options: SocketOptions())
        try control.connect(endpoint.address)
        let data = try Socket(.dealer, context: context, options: SocketOptions())
        try data.connect(endpoint.address)
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

    /// Of the program that is tested.
    static func hello(process: Int32, build: UInt64? = nil) throws -> Hello {
        let own = try ProgramBuild.of(executable: RunningProgram.file.path)
        return Hello(version: "1", host: "h", process: process, threads: 1, build: build ?? own)
    }

    mutating func register(process: Int32) throws {
        try say(.hello(try Self.hello(process: process)))
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
