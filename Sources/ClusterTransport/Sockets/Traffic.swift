package import ClusterProtocol
import Synchronization

/// The bytes of messages that have gone between the coordinator and its workers, as they travelled (packed between machines),
/// without what headers and encryption add.
package final class Traffic: Sendable {
    /// As the coordinator sees it.
    package struct Bytes: Sendable {
        package var received: UInt64 = 0
        package var sent: UInt64 = 0
    }

    private struct State {
        var total = Bytes()
        var workers: [WorkerID: Bytes] = [:]
    }

    /// Registrations that are told apart: those that came before are only in the total.
    private static let mostWorkers = 8192

    private let state = Mutex(State())

    /// Of all workers.
    package var total: Bytes { state.withLock { $0.total } }

    /// Of one registration of a worker.
    package subscript(_ worker: WorkerID) -> Bytes { state.withLock { $0.workers[worker] ?? Bytes() } }

    func add(_ bytes: Int, to direction: WritableKeyPath<Bytes, UInt64>, of worker: WorkerID) {
        state.withLock { state in
            state.total[keyPath: direction] += UInt64(bytes)
            state.workers[worker, default: Bytes()][keyPath: direction] += UInt64(bytes)
            guard state.workers.count > Self.mostWorkers else { return }
            let latest = state.workers.keys.sorted().suffix(Self.mostWorkers / 2)
            state.workers = state.workers.filter { $0.key >= latest[latest.startIndex] }
        }
    }
}

extension ClusterStatus {
    /// The same with what has gone between the coordinator and each member.
    func counting(_ traffic: Traffic) -> ClusterStatus {
        var status = self
        for index in members.indices {
            let bytes = traffic[members[index].worker]
            status.members[index].received = bytes.received
            status.members[index].sent = bytes.sent
        }
        return status
    }
}
