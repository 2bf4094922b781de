internal import Foundation

/// A file of this machine or an object of a store, of which ranges are read. Cost of opening it: a question to the store.
package struct RangedFile: ~Copyable {
    package let path: String
    package let size: Int
    /// nil of an object, which is asked for anew each time.
    private let descriptor: Int32?

    /// Waits for nobody, whatever stands at the path. Throws `missing`, `badAddress` or `unreadable`.
    package init(_ path: String) throws(TableError) {
        self.path = path
        if ObjectStore.isAddress(path) {
            try ObjectStore.check(address: path)
            guard let found = try ObjectStore.look(at: path) else { throw .missing(path: path) }
            guard let size = found.size else { throw .unreadable(path: path, reason: "it is a folder") }
            self.size = size
            descriptor = nil
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
        self.descriptor = descriptor
    }

    deinit { if let descriptor { close(descriptor) } }

    private static func unreadable(_ path: String, _ code: Int32 = errno) -> TableError {
        .unreadable(path: path, reason: String(cString: strerror(code)))
    }

    /// The bytes of a range, all of them: throws `unreadable` where the file has become shorter.
    package func read(_ range: Range<Int>) throws(TableError) -> [UInt8] {
        guard let descriptor else {
            let bytes = try ObjectStore.read(path, offset: range.lowerBound, count: range.count)
            guard bytes.count == range.count else { throw Self.unreadable(path, EIO) }
            return bytes
        }
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
