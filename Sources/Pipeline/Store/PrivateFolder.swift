import Foundation

/// A folder for what one process needs while it lives, which only its user may look into: sockets, and what a check makes.
///
/// It is in `TMPDIR`, or in /tmp where none is set. Its owner holds a lock that the system takes back however it ends, so
/// that whoever comes later knows which folders nobody needs any more, and removes them.
final class PrivateFolder: Sendable {
    let path: String
    private let lock: Int32

    private static let prefix = "propensity-"
    private static let suffixLength = 6
    private static let owner = "owner"

    /// - Parameters:
    ///   - place: the folder that it is made in; nil: the one that `TMPDIR` names.
    ///   - longest: bytes that its path may have.
    init(in place: String? = nil, longest: Int = 4_000) throws(StoreError) {
        let place =
            if let place { place } else {
                try Self.place(longest: longest - 1 - Self.prefix.utf8.count - Self.suffixLength)
            }
        Self.sweep(place)
        var template = Array("\(place)/\(Self.prefix)XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw StoreError("make a folder for temporary files (TMPDIR or --scratch says where) in", place)
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // Under its own name only once it is locked: nobody takes a folder that is just being made for one left over.
        let (fresh, final) = ("\(path)/\(Self.owner).new", "\(path)/\(Self.owner)")
        lock = open(fresh, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0, rename(fresh, final) == 0 else {
            let error = StoreError("write", final)
            if lock >= 0 { close(lock) }
            unlink(fresh)
            rmdir(path)
            throw error
        }
    }

    deinit {
        remove()
        close(lock)
    }

    /// Removes everything in it. What stays behind is removed by the next run.
    func remove() { try? FileManager.default.removeItem(atPath: path) }

    /// Whether sockets are elsewhere than `TMPDIR` says, because its path is too long for them.
    var isElsewhere: Bool { !path.hasPrefix(Self.temporaryFolder + "/") }

    private static var temporaryFolder: String {
        guard var named = ProcessInfo.processInfo.environment["TMPDIR"], !named.isEmpty else { return "/tmp" }
        if !named.hasPrefix("/") { named = "\(FileManager.default.currentDirectoryPath)/\(named)" }
        while named.count > 1, named.hasSuffix("/") { named.removeLast() }
        return named
    }

    /// The folder that `TMPDIR` names; a shorter one where its path leaves no room for a socket's.
    private static func place(longest: Int) throws(StoreError) -> String {
        let named = temporaryFolder
        if named.utf8.count <= longest { return named }
        let others = [ProcessInfo.processInfo.environment["XDG_RUNTIME_DIR"], "/tmp"].compactMap { $0 }
        for other in others where other.hasPrefix("/") && other.utf8.count <= longest && access(other, W_OK | X_OK) == 0
        {
            return other
        }
        throw StoreError(
            "make a socket in TMPDIR, whose path is longer than the \(longest) bytes that leave room for one:", named,
            ENAMETOOLONG)
    }

    /// Removes folders of this user whose owners have died.
    private static func sweep(_ place: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
        for name in names where name.hasPrefix(prefix) && name.utf8.count == prefix.utf8.count + suffixLength {
            let path = "\(place)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0, status.isFolder, status.st_uid == geteuid(), status.st_mode & 0o077 == 0
            else { continue }
            let lock = open("\(path)/\(owner)", O_RDWR | O_NOFOLLOW | O_CLOEXEC)
            guard lock >= 0 else { continue }
            defer { close(lock) }
            // Whatever cannot be removed is no concern of the run that begins.
            if flock(lock, LOCK_EX | LOCK_NB) == 0 { try? FileManager.default.removeItem(atPath: path) }
        }
    }
}
