internal import Foundation

/// A file of this machine or an object of a store, of which ranges are read.
///
/// Cost: of opening an object, and of each range of it, one question to the store.
package struct RangedFile: ~Copyable, Sendable {
    private enum Source: ~Copyable, Sendable {
        case file(Int32)
        case object(ObjectStore.OpenObject)
    }

    package let path: String
    package let size: Int
    private let source: Source

    /// Waits for nobody, whatever stands at the path. Throws `missing`, `badAddress`, `unavailable` or `unreadable`.
    package init(_ path: String) throws(TableError) {
        self.path = path
        if ObjectStore.isAddress(path) {
            try ObjectStore.check(address: path)
            let object = try ObjectStore.OpenObject(path)
            size = object.size
            source = .object(object)
            return
        }
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.unreadable(path) }
        let end = lseek(descriptor, 0, SEEK_END)
        guard end >= 0 else {
            let error = Self.unreadable(path)
            close(descriptor)
            throw error
        }
        size = Int(end)
        source = .file(descriptor)
    }

    deinit {
        if case .file(let descriptor) = source { close(descriptor) }
    }

    private static func unreadable(_ path: String, _ code: Int32 = errno) -> TableError {
        .unreadable(path: path, reason: String(cString: strerror(code)))
    }

    /// The bytes of a range, all of them: throws `unreadable` where the file has become shorter.
    package func read(_ range: Range<Int>) throws(TableError) -> [UInt8] {
        switch source {
        case .object(let object):
            let bytes = try object.read(offset: range.lowerBound, count: range.count)
            guard bytes.count == range.count else { throw Self.unreadable(path, EIO) }
            return bytes
        case .file(let descriptor): return try Self.read(descriptor, path, range)
        }
    }

    private static func read(_ descriptor: Int32, _ path: String, _ range: Range<Int>) throws(TableError) -> [UInt8] {
        var failure: Int32?
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            while count < range.count {
                let part = pread(
                    descriptor, buffer.baseAddress.map { $0 + count }, range.count - count,
                    off_t(range.lowerBound + count))
                if part < 0, errno == EINTR { continue }
                if part <= 0 {
                    // Cut off meanwhile, where nothing is left.
                    failure = part < 0 ? errno : EIO
                    return
                }
                count += part
            }
        }
        if let failure { throw Self.unreadable(path, failure) }
        return bytes
    }
}
