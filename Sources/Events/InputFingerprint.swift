package import Bytes
import Foundation
package import Tables

/// What tells one content of an input file from another without reading all of it: its size, and a hash of both ends and
/// the middle. The end of a Parquet or Arrow file is its whole footer, which names sizes, places and ranges of all of its
/// columns' pieces.
///
/// Honest copies on several machines have the same; the time of the last change, in which they differ, is not in it. A change
/// of a large text within its unread parts that keeps the size is not seen: `InputMoment` sees it on the machine that made it.
package struct InputFingerprint: Sendable, Hashable, FieldCodable {
    package var size: Int64
    package var hash: UInt64

    /// Of each end and of the middle, in bytes.
    private static let sample = 64 << 10
    /// A longer footer counts with its end.
    private static let longestFooter = 16 << 20

    /// Of a file that nobody has looked at.
    init() {
        size = 0
        hash = 0
    }

    /// Throws where the file, or the object, cannot be read. Cost: reads some 200 kB, or the footer. Waits for nobody, whatever
    /// stands at the path.
    package init(of path: String) throws(TableError) {
        let file = try RangedFile(path)
        let size = file.size
        self.size = Int64(size)
        hash = StableHash.mix(UInt64(size), 0)
        let tail = try file.read(max(0, size - Self.sample)..<size)
        let last = max(Self.sample, Self.footer(tail))
        var pieces = [0..<min(size, Self.sample), max(0, size - last)..<size]
        if size > 2 * Self.sample { pieces.append(size / 2 - Self.sample / 2..<size / 2 + Self.sample / 2) }
        for piece in pieces {
            let bytes = try file.read(piece)
            hash = bytes.withUnsafeBytes { StableHash.hash($0, seed: hash) }
        }
    }

    /// How long the footer is that these last bytes tell of, with all that comes after it: 0 where there is none.
    private static func footer(_ tail: [UInt8]) -> Int {
        // Parquet: the footer, its length in four bytes, PAR1. Arrow: the same with ARROW1.
        for magic in [Array("PAR1".utf8), Array("ARROW1".utf8)] where tail.suffix(magic.count) == magic[...] {
            let length = tail.dropLast(magic.count).suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            return min(longestFooter, length + 4 + magic.count)
        }
        return 0
    }

    package static let fields = FieldList(filling: Self.init, \.size, \.hash)
}

/// A file's size and the time of its last change, on one machine, or an object's version: what differs from one look to the next
/// tells that it was written to, wherever that was.
package struct InputMoment: Sendable, Hashable {
    /// Of a file that took another's place at the same tick of the clock, the number differs; 0 of objects.
    private var inode: UInt64
    package let size: Int64
    /// Nanoseconds since 1970; of an object, a hash of its version.
    package let modified: Int64

    /// nil where there is no such file. Throws `unavailable` where a store does not say.
    package init?(of path: String) throws(TableError) {
        if ObjectStore.isAddress(path) {
            guard let found = try ObjectStore.look(at: path), let size = found.size else { return nil }
            inode = 0
            self.size = Int64(size)
            modified = Int64(bitPattern: Array(found.version.utf8).withUnsafeBytes { StableHash.hash($0) })
            return
        }
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    }
}

extension InputSplit {
    /// Why a file is not the one that the plan was made of, as the end of a sentence that begins with its path; nil if it is.
    ///
    /// Throws `unavailable` where a store does not say.
    package func difference() throws(TableError) -> String? {
        do throws(TableError) {
            let found = try InputFingerprint(of: path)
            if found == fingerprint { return nil }
            guard found.size == fingerprint.size else {
                return "has \(found.size) bytes here, and had \(fingerprint.size) when the run looked at it"
            }
            return "has other content here than when the run looked at it (of the same \(found.size) bytes)"
        } catch {
            switch error {
            case .unavailable: throw error
            case .unreadable(_, let reason): return "cannot be read here: \(reason)"
            default: return "cannot be read here: \(error)"
            }
        }
    }
}
