internal import CLinux
internal import Foundation
import ZeroMQ

/// Where a coordinator listens: `tcp://HOST:PORT` or `ipc://PATH`.
///
/// A worker comes there with two connections, one for control and one for data, so that a heartbeat never waits behind a
/// histogram.
package enum Endpoint: Sendable, Hashable, CustomStringConvertible {
    case tcp(host: String, port: UInt16)
    case ipc(path: String)

    /// Bytes that a socket's path may have: the system takes 107.
    package static let longestPath = 107

    package enum Problem: Error, Sendable, Equatable, CustomStringConvertible {
        case malformed(String)
        case unprotected(String)
        case pathTooLong(String)

        package var description: String {
            switch self {
            case .malformed(let text):
                "\"\(text)\" is not an endpoint: write tcp://127.0.0.1:7171, tcp://[::1]:7171 or ipc:///path/to/socket"
            case .unprotected(let host):
                "refused to use tcp://\(host) without keys: whoever reaches the port, every user of this machine among them, could "
                    + "take part; make keys with `propensity keys DIR` and say --keys DIR, or stay on this machine with "
                    + "ipc://PATH in a folder of your own (--insecure lets anybody in and everybody read)"
            case .pathTooLong(let path):
                "the socket path \(path) is too long for the system (\(Endpoint.longestPath) bytes at most); choose a shorter one"
            }
        }
    }

    /// Which TCP endpoints are allowed.
    package enum Reach: Sendable {
        /// None: anybody on the machine reaches even its loopback.
        case own
        /// Those of this machine: for who only asks.
        case loopback
        /// All: there are keys, or the user wants none.
        case anywhere
    }

    /// - Parameter isListening: whether it is to be listened at: then the host may be `*`, all addresses of this machine, and
    ///   the port 0, any that is free.
    /// - Throws: also for a TCP host that is out of `reach`.
    package init(_ text: String, within reach: Reach, isListening: Bool = false) throws(Problem) {
        if text.hasPrefix("ipc://"), text.utf8.count > 6 {
            let path = String(text.dropFirst(6))
            guard path.utf8.count <= Self.longestPath else { throw .pathTooLong(path) }
            self = .ipc(path: path)
            return
        }
        guard text.hasPrefix("tcp://"), let colon = text.lastIndex(of: ":") else { throw .malformed(text) }
        let host = String(
            text[text.index(text.startIndex, offsetBy: 6)..<max(colon, text.index(text.startIndex, offsetBy: 6))])
        guard Self.isHost(host), host != "*" || isListening, let port = UInt16(text[text.index(after: colon)...]),
            port > 0 || isListening
        else {
            throw .malformed(text)
        }
        guard reach == .anywhere || reach == .loopback && Self.isLoopback(host) else { throw .unprotected(host) }
        // libzmq listens at addresses only.
        self = .tcp(host: host == "localhost" ? "127.0.0.1" : host, port: port)
    }

    /// A name, an IPv4 address, or an IPv6 address in brackets, without which its end could not be told from the port.
    private static func isHost(_ host: String) -> Bool {
        if host.hasPrefix("[") { return host.hasSuffix("]") && host.utf8.count > 2 && host.contains(":") }
        return !host.isEmpty && !host.contains(":") && !host.contains("/")
    }

    /// Whether a host stands for all addresses of the machine, so that nobody can connect to it from elsewhere.
    private var isWildcard: Bool {
        if case .tcp(let host, _) = self { ["*", "0.0.0.0", "[::]"].contains(host) } else { false }
    }

    /// What others connect to, of an endpoint that is listened at.
    ///
    /// - Parameters:
    ///   - port: the one that was got.
    ///   - host: what this machine is called elsewhere; nil: as the system says, where the endpoint itself does not tell, or
    ///     its first address where nobody knows that name.
    func advertised(port: UInt16, as host: String?) -> Endpoint {
        guard case .tcp(let own, _) = self else { return self }
        return .tcp(host: host ?? (isWildcard ? Self.ownHost : own), port: port)
    }

    private static var ownHost: String {
        let name = ProcessInfo.processInfo.hostName
        if address(of: name) != nil { return name }
        var text = [CChar](repeating: 0, count: 128)
        guard own_address(&text, Int32(text.count)) == 0 else { return name }
        let address = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return address.contains(":") ? "[\(address)]" : address
    }

    /// An address of a name, of IPv4 before IPv6; nil where nobody knows it.
    private static func address(of name: String) -> String? {
        address(of: name, AF_INET) ?? address(of: name, AF_INET6)
    }

    /// Why a coordinator may not be found here, in words. May take seconds: names are looked up.
    func obstacle() -> String {
        if case .tcp(let host, _) = self, !host.hasPrefix("["), Self.address(of: host) == nil {
            return "nobody knows the name \(host) here: is it right, and does this machine look names up as others do?"
        }
        return
            "nobody answers at \(self) yet: is it right, is the coordinator running, and does its port get through the "
            + "firewall?"
    }

    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    // MARK: Addresses

    /// Whether what goes over it may leave this machine.
    var leadsElsewhere: Bool { if case .tcp(let host, _) = self { !Self.isLoopback(host) } else { false } }

    /// Whether its sockets must speak IPv6: its address is of that, or its name has no other. A name that nobody knows yet
    /// may become known.
    var isIPv6: Bool {
        guard case .tcp(let host, _) = self else { return false }
        if host.hasPrefix("[") { return true }
        // Both families, where the machine has both.
        if host == "*" { return access("/proc/net/if_inet6", R_OK) == 0 }
        return Self.address(of: host, AF_INET) == nil && Self.address(of: host, AF_INET6) != nil
    }

    static func address(of name: String, _ family: Int32) -> String? {
        var text = [CChar](repeating: 0, count: 128)
        guard address_of(name, family, &text, Int32(text.count)) == 0 else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Listens. libzmq takes addresses for that and no names.
    func bind(_ socket: borrowing Socket) throws(ZeroMQError) {
        switch self {
        case .ipc:
            // What is made from here on is this user's alone: whoever may write to a socket may connect to it.
            let mask = umask(0o177)
            defer { umask(mask) }
            try socket.bind(address)
        case .tcp(let host, let port):
            let address = host.hasPrefix("[") || host == "*" ? nil : Self.address(of: host, isIPv6 ? AF_INET6 : AF_INET)
            let written = address.map { $0.contains(":") ? "[\($0)]" : $0 } ?? host
            try socket.bind("tcp://\(written):\(port)")
        }
    }

    // MARK: Sockets of this machine

    /// Why a socket's path is not to be trusted with a run; nil if it is, or nothing is there yet.
    ///
    /// Another user who listens there first would be taken for the coordinator, and tell workers where to write. A sticky
    /// folder such as /tmp does not help: that user may take the socket away again once a worker has come in.
    package func distrust() -> String? {
        guard case .ipc(let path) = self else { return nil }
        let folder = (path as NSString).deletingLastPathComponent
        var status = stat()
        func isOurs() -> Bool { status.st_uid == geteuid() || status.st_uid == 0 }
        if lstat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFLNK, !isOurs() {
            return "\(folder) is a link of another user: put the socket into a folder of your own (chmod 700)"
        }
        if stat(folder.isEmpty ? "." : folder, &status) == 0, !isOurs() || status.st_mode & 0o002 != 0 {
            return
                "\(folder) is another user's folder, or everybody may write to it, so that whoever listens at \(path) may be "
                + "anybody: put the socket into a folder of your own (chmod 700)"
        }
        if lstat(path, &status) == 0, !isOurs() {
            return "\(path) is another user's (uid \(status.st_uid)): whoever listens there is not your coordinator"
        }
        return nil
    }

    package var description: String { address }

    /// As libzmq takes it.
    package var address: String {
        switch self {
        case .tcp(let host, let port): "tcp://\(host):\(port)"
        case .ipc(let path): "ipc://\(path)"
        }
    }

    /// libzmq removes whatever is at a socket's path, be it somebody's file or the socket of another coordinator.
    func checkIsFree() throws(ZeroMQError) {
        guard case .ipc(let path) = self else { return }
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw ZeroMQError("listen at \(path), where something else is; choose another path", code: EEXIST)
        }
        if is_listened_to(path) != 0 {
            throw ZeroMQError("listen at \(path), where another coordinator does", code: EADDRINUSE)
        }
    }

    /// Removes the socket file of a coordinator that listens no more: libzmq leaves it where it is.
    package func removeFile() {
        guard case .ipc(let path) = self else { return }
        unlink(path)
    }
}
