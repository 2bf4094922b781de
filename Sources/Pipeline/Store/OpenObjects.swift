import Synchronization
import Tables

/// Objects of a store of which ranges are read: the last few stay open, so that a range costs one question.
final class OpenObjects: Sendable {
    private final class Open: Sendable {
        let file: RangedFile
        init(_ address: String) throws(TableError) { file = try RangedFile(address) }
    }

    private static let most = 64

    private let open = Mutex<[(address: String, object: Open)]>([])

    /// Bytes from an offset on, fewer at the end, and how large the object is. Throws as `RangedFile` does.
    func read(_ address: String, _ offset: Int, _ count: Int) throws(TableError) -> (bytes: [UInt8], size: Int) {
        let object: Open
        if let known = open.withLock({ $0.first { $0.address == address }?.object }) {
            object = known
        } else {
            let made = try Open(address)
            open.withLock { open in
                open.append((address, made))
                if open.count > Self.most { open.removeFirst() }
            }
            object = made
        }
        let range = min(offset, object.file.size)..<min(offset + count, object.file.size)
        return (range.isEmpty ? [] : try object.file.read(range), object.file.size)
    }

    /// What is under the address is another object now, or none.
    func forget(_ address: String) { open.withLock { $0.removeAll { $0.address == address } } }
}
