import ClusterProtocol
import Synchronization
import Tables

/// Input objects that are read for workers who cannot: the last few stay open, so that a piece costs one question.
final class ServedObjects: Sendable {
    private final class Open {
        let file: RangedFile
        init(_ path: String) throws(TableError) { file = try RangedFile(path) }
    }

    private static let most = 64

    private let open = Mutex<[(path: String, object: Open)]>([])

    /// A piece, shorter or empty at the end.
    func read(_ path: String, _ offset: Int, _ count: Int) throws -> FileReply {
        try open.withLock { open in
            let object: Open
            if let known = open.first(where: { $0.path == path })?.object {
                object = known
            } else {
                object = try Open(path)
                open.append((path, object))
                if open.count > Self.most { open.removeFirst() }
            }
            let start = min(offset, object.file.size)
            let piece = start..<min(start + count, object.file.size)
            return .bytes(try object.file.read(piece), size: UInt64(object.file.size))
        }
    }
}
