import Foundation
import Synchronization

/// Standard output or error, to which a program may write although whoever started it has closed it, its disk is full or
/// its reader has gone: what cannot be written is lost, noted, and in nobody's way.
package enum StandardStream: Int32, Sendable {
    case output = 1
    case error = 2

    private struct State {
        var wasClosed: Set<Int32> = []
        /// The system's code of the first failure of each.
        var failures: [Int32: Int32] = [:]
    }

    private static let state = Mutex(State())

    /// Gives closed standard streams to the null device, before any file is opened: it would take their numbers, and
    /// with them all that is meant for the streams. Writing to a pipe that nobody reads becomes an error of the writing.
    package static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free number, which is this one.
            guard open("/dev/null", descriptor == 0 ? O_RDONLY : O_WRONLY) == descriptor else { return }
            _ = state.withLock { $0.wasClosed.insert(descriptor) }
        }
    }

    package func write(_ text: String) { write(Array(text.utf8)) }

    package func write(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        let code = Self.state.withLock { $0.wasClosed.contains(rawValue) } ? EBADF : send(bytes)
        guard let code else { return }
        Self.state.withLock { if $0.failures[rawValue] == nil { $0.failures[rawValue] = code } }
    }

    /// The system's code if not all could be written.
    private func send(_ bytes: [UInt8]) -> Int32? {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(rawValue, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                // Somebody shares the stream who does not wait.
                var place = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
                poll(&place, 1, -1)
            case let code: return code
            }
        }
        return nil
    }

    /// Why something that was written here is lost; nil if nothing is. Of a standard error that was closed from the start
    /// nobody has expected anything.
    package var failure: String? {
        let (code, wasClosed) = Self.state.withLock { ($0.failures[rawValue], $0.wasClosed.contains(rawValue)) }
        guard let code, self == .output || !wasClosed else { return nil }
        return "cannot write to standard \(self): \(String(cString: strerror(code)))"
    }
}
