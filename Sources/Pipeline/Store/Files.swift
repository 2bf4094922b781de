import Foundation

/// Whole files, written so that a reader sees the old one or the new one and a power cut loses neither.
enum Files {
    static func makeDirectory(_ path: String) throws(StoreError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw StoreError("make the folder", path)
        }
    }

    /// Removes a folder, if it is there, and all that is in it; also while workers of a run that is over still write there:
    /// each time they find fewer folders to write to.
    static func removeFolder(_ path: String) throws(StoreError) {
        var attempts = 0
        while FileManager.default.fileExists(atPath: path) {
            do {
                try FileManager.default.removeItem(atPath: path)
            } catch {
                attempts += 1
                if attempts == 1_000 { throw StoreError("remove", path) }
            }
        }
    }

    /// Writes under a temporary name of this process, syncs, and renames.
    ///
    /// - Parameter root: see `NewFile`.
    static func write(_ bytes: [UInt8], to path: String, below root: RunDirectory? = nil) throws(StoreError) {
        var file = try NewFile(path, below: root)
        try write(file.descriptor, path, bytes, offset: 0)
        try file.commit()
    }

    /// Refuses a folder that another user has put where this process is about to work: a link, or a folder of somebody
    /// else's, in which files may be links to anywhere.
    static func checkIsOwn(_ path: String) throws(StoreError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw StoreError("look at", path)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw StoreError("work in", path, ENOTDIR) }
        guard status.st_uid != geteuid() else { return }
        // On a file system that takes root for somebody else, so does it of whatever root makes there.
        let probe = try NewFile("\(path)/owner", below: nil)
        var made = stat()
        guard fstat(probe.descriptor, &made) == 0, made.st_uid == status.st_uid else {
            throw StoreError("work in a folder of another user (uid \(status.st_uid)),", path, EPERM)
        }
    }

    /// Writes all of `bytes` at `offset`.
    static func write(_ descriptor: Int32, _ path: String, _ bytes: [UInt8], offset: Int) throws(StoreError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                pwrite(
                    descriptor, $0.baseAddress.map { $0 + written }, bytes.count - written, off_t(offset + written))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw StoreError("write", path) }
            written += count
        }
    }

    private static let unfinished = ".partial-"

    static func temporaryName(for path: String) -> String {
        "\(path)\(unfinished)\(getpid())-\(UInt64.random(in: 0 ... .max))"
    }

    /// Removes the temporary files, at any depth, of processes that died before theirs had a name: they are nobody's output.
    static func removeUnfinished(below folder: String) throws(StoreError) {
        for path in FileManager.default.enumerator(atPath: folder)?.compactMap({ $0 as? String }) ?? []
        where (path as NSString).lastPathComponent.contains(unfinished) {
            guard unlink("\(folder)/\(path)") == 0 || errno == ENOENT else { throw StoreError("remove", path) }
        }
    }

    /// Makes a file's (or folder's) content durable.
    static func sync(_ path: String) throws(StoreError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreError("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw StoreError("sync", path) }
    }

    /// Removes a file of the store that is found damaged, so that its stage makes it anew instead of meeting it again.
    static func discard(_ path: String) { unlink(path) }

    static func read(_ path: String) throws(StoreError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreError("read", path) }
        defer { close(descriptor) }
        return try read(descriptor, path, offset: 0, count: try size(of: descriptor, path))
    }

    /// In bytes. Refuses what is no file, such as a pipe.
    static func size(of descriptor: Int32, _ path: String) throws(StoreError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw StoreError("read", path) }
        guard status.isFile else { throw StoreError("read", path, EINVAL) }
        return Int(status.st_size)
    }

    /// What `body` makes of a file's bytes, which must not change meanwhile; they are not copied.
    static func mapped<Value>(
        _ path: String, _ body: (UnsafeRawBufferPointer) -> Value
    ) throws(StoreError) -> Value {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreError("read", path) }
        defer { close(descriptor) }
        let end = lseek(descriptor, 0, SEEK_END)
        guard end >= 0 else { throw StoreError("read", path) }
        guard end > 0 else { return body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        guard let bytes = mmap(nil, Int(end), PROT_READ, MAP_PRIVATE | Int32(MAP_POPULATE), descriptor, 0),
            bytes != MAP_FAILED
        else { throw StoreError("read", path) }
        defer { munmap(bytes, Int(end)) }
        return body(UnsafeRawBufferPointer(start: bytes, count: Int(end)))
    }

    /// `count` bytes from `offset` on.
    static func read(_ descriptor: Int32, _ path: String, offset: Int, count: Int) throws(StoreError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            while initialized < count {
                let part = pread(
                    descriptor, buffer.baseAddress.map { $0 + initialized }, count - initialized,
                    off_t(offset + initialized))
                if part < 0, errno == EINTR { continue }
                if part <= 0 {
                    failure = part < 0 ? errno : EIO
                    return
                }
                initialized += part
            }
        }
        if failure != 0 { throw StoreError("read", path, failure) }
        return bytes
    }
}
