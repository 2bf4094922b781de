import Bytes
package import ClusterProtocol
import Dispatch
import Foundation
import Synchronization
import ZeroMQ

/// The coordinator's disk, as a worker that does not see it uses it. Each call waits for its answer; calls may come from
/// several threads, and each thread has one piece of at most `FileRequest.largest` bytes under way.
///
/// A request is sent again when the connection for data comes back: all of them can be done twice. All fail when the worker's
/// registration is over.
package final class RemoteFiles: Sendable {
    private final class Waiting: Sendable {
        let request: FileRequest
        let reply = Mutex<FileReply?>(nil)
        let isAnswered = DispatchSemaphore(value: 0)
        let sent = Mutex<ContinuousClock.Instant?>(nil)

        init(_ request: FileRequest) { self.request = request }
    }

    private struct State {
        var waiting: [UInt64: Waiting] = [:]
        var unsent: [UInt64] = []
        /// Of requests and uploads.
        var next: UInt64 = 1
        /// Whether there is a registration under which to ask.
        var isOpen = false
    }

    /// How long an answer is waited for until it is asked for again.
    private static let patience = Duration.seconds(60)

    private let state = Mutex(State())
    private let wakeUp: WakeUp

    init(wakeUp: WakeUp) { self.wakeUp = wakeUp }

    // MARK: Threads that compute

    /// Bytes of a file, fewer at its end, and how large it is; nil where there is none.
    package func read(_ name: String, offset: Int, count: Int) throws(Failure) -> (bytes: [UInt8], size: Int)? {
        guard offset >= 0, count >= 0 else { throw Failure(.machine, "\(name): no place \(offset) in a file") }
        let request = FileRequest.read(
            name: name, offset: UInt64(offset), count: UInt32(min(count, FileRequest.largest)))
        switch try ask(request) {
        case .bytes(let bytes, let size) where bytes.count <= count && size <= 1 << 48: return (bytes, Int(size))
        case .missing: return nil
        default: throw Self.unexpected(request)
        }
    }

    /// Hands a file to the coordinator, piece by piece.
    ///
    /// - Parameter piece: bytes from an offset on; none at the end.
    package func write(
        _ name: String, piece: (_ offset: Int, _ count: Int) throws(Failure) -> [UInt8]
    ) throws(Failure) {
        let upload = state.withLock { state in
            defer { state.next += 1 }
            return state.next
        }
        var (offset, hash) = (0, UInt64(0))
        while true {
            let bytes = try piece(offset, FileRequest.largest)
            // Of an empty file, one piece without bytes.
            if bytes.isEmpty, offset > 0 { break }
            try expectWritten(.write(upload: upload, name: name, offset: UInt64(offset), bytes: bytes))
            if bytes.isEmpty { break }
            hash = FileRequest.hash(bytes, after: hash)
            offset += bytes.count
        }
        try expectWritten(.finish(upload: upload, name: name, size: UInt64(offset), hash: hash))
    }

    private func expectWritten(_ request: FileRequest) throws(Failure) {
        var reply = try ask(request)
        while case .busy = reply {
            Thread.sleep(forTimeInterval: 0.5)
            reply = try ask(request)
        }
        guard case .written = reply else { throw Self.unexpected(request) }
    }

    /// Tells the coordinator that a file is damaged: it looks for itself.
    package func report(damaged name: String) throws(Failure) { try expectWritten(.damaged(name: name)) }

    private static func unexpected(_ request: FileRequest) -> Failure {
        Failure(.machine, "\(request.name): the coordinator answered something else than was asked")
    }

    private func ask(_ request: FileRequest) throws(Failure) -> FileReply {
        let waiting = Waiting(request)
        let isOpen = state.withLock { state in
            guard state.isOpen else { return false }
            state.waiting[state.next] = waiting
            state.unsent.append(state.next)
            state.next += 1
            return true
        }
        guard isOpen else { throw Self.isOver }
        wakeUp.signal()
        waiting.isAnswered.wait()
        let reply = waiting.reply.withLock { $0 }
        if case .failed(let failure)? = reply { throw failure }
        guard let reply else { throw Self.isOver }
        return reply
    }

    private static let isOver = Failure(.machine, "the worker has lost its coordinator")

    // MARK: The sockets' thread

    /// What is to be sent now.
    func takeUnsent() -> [(number: UInt64, request: FileRequest)] {
        state.withLock { state in
            defer { state.unsent = [] }
            let now = ContinuousClock.now
            let late = state.waiting.filter { $0.value.sent.withLock { $0.map { now - $0 > Self.patience } ?? false } }
            let wanted = state.unsent + late.keys.sorted().filter { !state.unsent.contains($0) }
            return wanted.compactMap { number in
                guard let waiting = state.waiting[number] else { return nil }
                waiting.sent.withLock { $0 = now }
                return (number, waiting.request)
            }
        }
    }

    /// What was under way may be lost.
    func sendAgain() { state.withLock { $0.unsent = $0.waiting.keys.sorted() } }

    func received(_ number: UInt64, _ reply: FileReply) {
        guard let waiting = state.withLock({ $0.waiting.removeValue(forKey: number) }) else { return }
        waiting.reply.withLock { $0 = reply }
        waiting.isAnswered.signal()
    }

    func open() { state.withLock { $0.isOpen = true } }

    /// Everything that waits fails.
    func close() {
        let given = state.withLock { state in
            defer { (state.isOpen, state.waiting, state.unsent) = (false, [:], []) }
            return state.waiting
        }
        for waiting in given.values { waiting.isAnswered.signal() }
    }
}
