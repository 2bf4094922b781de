internal import CLinux
internal import Foundation
import ZeroMQ

/// Where a coordinator listens: `tcp://HOST:PORT` or `ipc://PATH`.
///
/// One endpoint names two sockets: control, and data beside it (the next port; the path with ".data"), so that a
/// heartbeat never waits behind a histogram.
public enum Endpoint: Sendable, Hashable, CustomStringConvertible {
    case tcp(host: String, port: UInt16)
    case ipc(path: String)

    /// Bytes that a socket's path may have: the system takes 107, and the second socket's is longer.
    static let longestPath = 100

    public enum Problem: Error, Sendable, Equatable, CustomStringConvertible {
        case malformed(String)
        case notLoopback(String)
        case pathTooLong(String)

        public var description: String {
            switch self {
            case .malformed(let text):
                "\"\(text)\" is not an endpoint: write tcp://127.0.0.1:7171 or ipc:///path/to/socket"
            case .notLoopback(let host):
                "refused to use \(host): without keys, traffic stays on this machine; make keys with `propensity keys DIR` and "
                    + "say --keys DIR, or use tcp://127.0.0.1:PORT or ipc://PATH (--insecure lets anybody in and everybody read)"
            case .pathTooLong(let path):
                "the socket path \(path) is too long for the system (\(Endpoint.longestPath) bytes at most); choose a shorter one"
            }
        }
    }

    /// - Parameter leavesMachine: whether hosts other than this one are allowed.
    public init(_ text: String, leavesMachine: Bool = false) throws(Problem) {
        if text.hasPrefix("ipc://"), text.utf8.count > 6 {
            let path = String(text.dropFirst(6))
            guard path.utf8.count <= Self.longestPath else { throw .pathTooLong(path) }
            self = .ipc(path: path)
            return
        }
        guard text.hasPrefix("tcp://"), let colon = text.lastIndex(of: ":") else { throw .malformed(text) }
        let host = String(
            text[text.index(text.startIndex, offsetBy: 6)..<max(colon, text.index(text.startIndex, offsetBy: 6))])
        guard !host.isEmpty, let port = UInt16(text[text.index(after: colon)...]), port > 0, port < .max else {
            throw .malformed(text)
        }
        guard leavesMachine || Self.isLoopback(host) else { throw .notLoopback(host) }
        // libzmq listens at addresses only.
        self = .tcp(host: host == "localhost" ? "127.0.0.1" : host, port: port)
    }

    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    public var description: String { control }

    var control: String {
        switch self {
        case .tcp(let host, let port): "tcp://\(host):\(port)"
        case .ipc(let path): "ipc://\(path)"
        }
    }

    /// libzmq removes whatever is at a socket's path, be it somebody's file or the socket of another coordinator.
    func checkIsFree() throws(ZeroMQError) {
        guard case .ipc(let path) = self else { return }
        for file in [path, "\(path).data"] {
            var status = stat()
            guard lstat(file, &status) == 0 else { continue }
            guard status.st_mode & S_IFMT == S_IFSOCK else {
                throw ZeroMQError("listen at \(file), where something else is; choose another path", code: EEXIST)
            }
            if is_listened_to(file) != 0 {
                throw ZeroMQError("listen at \(file), where another coordinator does", code: EADDRINUSE)
            }
        }
    }

    /// Removes the socket files of a coordinator that listens no more: libzmq leaves them where they are.
    func removeFiles() {
        guard case .ipc(let path) = self else { return }
        for file in [path, "\(path).data"] { unlink(file) }
    }

    var data: String {
        switch self {
        case .tcp(let host, let port): "tcp://\(host):\(port + 1)"
        case .ipc(let path): "ipc://\(path).data"
        }
    }
}
