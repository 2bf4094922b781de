package import ClusterProtocol
import Dispatch
import Synchronization

/// The coordinator's disk for workers that do not see it: requests are done one after the other, on a thread of their own.
///
/// What waits, or has been read and not been sent, takes no more than `limit` bytes: the socket's thread asks `hasRoom` before it reads another message.
final class FileService: Sendable {
    private static let limit = 64 << 20

    private let queue = DispatchQueue(label: "files")
    private let waiting = Mutex(0)
    private let serve: @Sendable (WorkerID, FileRequest) -> FileReply
    private let commands: SocketInbox<CoordinatorLoop.Command>

    init(
        commands: SocketInbox<CoordinatorLoop.Command>,
        serve: @escaping @Sendable (WorkerID, FileRequest) -> FileReply
    ) {
        self.commands = commands
        self.serve = serve
    }

    var hasRoom: Bool { waiting.withLock { $0 <= Self.limit } }

    /// Answers a worker over the connection that it asked over.
    func put(_ request: FileRequest, _ number: UInt64, of worker: WorkerID, over peer: MessagePort.Peer) {
        let cost = request.cost
        waiting.withLock { $0 += cost }
        queue.async { [self] in
            // Also wakes the socket's thread, which may wait for room.
            commands.put(.reply(worker, peer, .file(number: number, serve(worker, request)), cost: cost))
        }
    }

    /// A request has been answered.
    func end(cost: Int) { waiting.withLock { $0 -= cost } }
}
