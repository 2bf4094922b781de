import Foundation
import Synchronization
import Testing

/// A network between workers and their coordinator's TCP port that breaks in the middle of messages, or falls silent,
/// as it is told to.
final class Network: Sendable {
    private struct State {
        var cutsAfter: [Int]
        var cuts = 0
        var isSilent = false
    }

    /// Both ends of a connection; closed when nobody carries anything between them any more.
    private final class Connection: Sendable {
        let near: Int32
        let far: Int32
        /// Bytes that go through before it is reset; nil: all.
        let left: Mutex<Int?>

        init(near: Int32, far: Int32, left: Int?) {
            (self.near, self.far) = (near, far)
            self.left = Mutex(left)
        }

        deinit {
            close(near)
            close(far)
        }

        /// Whether so many bytes still go through.
        func takes(_ count: Int) -> Bool {
            left.withLock { left in
                guard let before = left else { return true }
                left = before - count
                return before >= count
            }
        }

        /// Ends it, by a reset if `isReset`.
        func end(isReset: Bool) {
            for end in [near, far] {
                var now = linger(l_onoff: 1, l_linger: 0)
                if isReset { setsockopt(end, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size)) }
                // Wakes whoever reads from it, and sends nothing.
                shutdown(end, Int32(SHUT_RD))
            }
        }
    }

    /// Where the coordinator is to listen, and where the workers find it.
    let coordinator: String
    let worker: String
    private let listener: Int32
    private let target: UInt16
    private let state: Mutex<State>

    /// - Parameter cutsAfter: after how many bytes connections are reset, one after the other; those that come later last.
    init(cutsAfter: [Int] = []) throws {
        let target = try Self.freePort()
        let (listener, port) = try Self.listen()
        coordinator = "tcp://127.0.0.1:\(target)"
        worker = "tcp://127.0.0.1:\(port)"
        self.target = target
        self.listener = listener
        state = Mutex(State(cutsAfter: cutsAfter))
        Thread.detachNewThread { [self] in accept(listener) }
    }

    /// How many connections it has reset.
    var cuts: Int { state.withLock { $0.cuts } }

    /// While it is silent nothing gets through, and nobody is told.
    func setSilent(_ isSilent: Bool) { state.withLock { $0.isSilent = isSilent } }

    func end() { shutdown(listener, Int32(SHUT_RDWR)) }

    /// A port that nobody has just now.
    static func freePort() throws -> UInt16 {
        let (reserved, port) = try listen()
        close(reserved)
        return port
    }

    /// A socket at a port that was free.
    private static func listen() throws -> (Int32, UInt16) {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard let port = listen(socket) else {
            close(socket)
            throw POSIXError(.EADDRINUSE)
        }
        return (socket, port)
    }

    private static func listen(_ socket: Int32) -> UInt16? {
        withAddress(0) { address, size in
            var size = size
            var isReused: Int32 = 1
            setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &isReused, socklen_t(MemoryLayout<Int32>.size))
            guard bind(socket, address, size) == 0, Glibc.listen(socket, 64) == 0,
                getsockname(socket, address, &size) == 0
            else { return nil }
            return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                UInt16(bigEndian: $0.pointee.sin_port)
            }
        }
    }

    private static func withAddress<Value>(
        _ port: UInt16, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Value
    ) -> Value {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        address.sin_port = port.bigEndian
        return withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }

    private func accept(_ listener: Int32) {
        while true {
            let near = Glibc.accept(listener, nil, nil)
            guard near >= 0 else { break }
            let far = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            guard Self.withAddress(target, { connect(far, $0, $1) }) == 0 else {
                close(near)
                close(far)
                continue
            }
            let left = state.withLock { $0.cutsAfter.isEmpty ? nil : $0.cutsAfter.removeFirst() }
            let connection = Connection(near: near, far: far, left: left)
            Thread.detachNewThread { [self] in carry(connection, from: near, to: far) }
            Thread.detachNewThread { [self] in carry(connection, from: far, to: near) }
        }
        close(listener)
    }

    private func carry(_ connection: Connection, from: Int32, to: Int32) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(from, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            guard connection.takes(count) else {
                state.withLock { $0.cuts += 1 }
                return connection.end(isReset: true)
            }
            while state.withLock({ $0.isSilent }) { usleep(10_000) }
            var sent = 0
            while sent < count {
                let part = buffer.withUnsafeBytes {
                    send(to, $0.baseAddress.map { $0 + sent }, count - sent, Int32(MSG_NOSIGNAL))
                }
                guard part > 0 else { return connection.end(isReset: false) }
                sent += part
            }
        }
        connection.end(isReset: false)
    }
}
