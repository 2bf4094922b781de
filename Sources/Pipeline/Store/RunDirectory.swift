import CLinux
import Foundation
import Synchronization

/// The folder below which a run's files are written, opened once: whatever is put in the place of it or of a folder on the way
/// there afterwards is written to by nobody.
///
/// Below it no symbolic link is followed, and a file is made only in a folder of who makes it: what another user has
/// put there, or told a worker to use, leads nowhere.
final class RunDirectory: Sendable {
    let path: String
    /// Whether a message names it: then no link of another user on the way to it is followed either.
    private let isTold: Bool
    /// -1: not opened yet.
    private let opened = Mutex<Int32>(-1)

    init(_ path: String, isTold: Bool = false) {
        self.path = path
        self.isTold = isTold
    }

    deinit { opened.withLock { if $0 >= 0 { close($0) } } }

    /// A descriptor of the folder of a file below it, for the caller to close.
    func folder(of file: String) throws(StoreError) -> Int32 {
        guard file.hasPrefix("\(path)/") else { throw StoreError("write \(file), which is not below", path, EPERM) }
        var names = file.dropFirst(path.utf8.count + 1).split(separator: "/").map(String.init)
        guard !names.isEmpty, !names.contains(".."), !names.contains(".") else {
            throw StoreError("write", file, EPERM)
        }
        names.removeLast()
        var folder = dup(try descriptor())
        guard folder >= 0 else { throw StoreError("open", path) }
        for name in names {
            let next = open_folder(folder, name)
            let code = errno
            close(folder)
            guard next >= 0 else {
                throw StoreError("write to \(file): the folder \(name) is a link, or cannot be opened in", path, code)
            }
            folder = next
        }
        return folder
    }

    private func descriptor() throws(StoreError) -> Int32 {
        try opened.withLock { opened -> Result<Int32, StoreError> in
            if opened >= 0 { return .success(opened) }
            return Result { () throws(StoreError) in
                opened = isTold ? try Self.walk(to: path) : try Self.open(path)
                return opened
            }
        }.get()
    }

    private static func open(_ path: String) throws(StoreError) -> Int32 {
        let descriptor = Foundation.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreError("open", path) }
        return descriptor
    }

    private static let mostLinks = 40

    /// Opens an absolute path name by name. A link is followed where root or this user has put it.
    private static func walk(to path: String) throws(StoreError) -> Int32 {
        var names = Array(path.split(separator: "/").map(String.init).reversed())
        var folder = try open("/")
        var links = 0
        while let name = names.popLast() {
            if name == "." { continue }
            var next = open_folder(folder, name)
            var code = errno
            if next < 0, let target = link(name, in: folder) {
                links += 1
                if links > mostLinks {
                    code = ELOOP
                } else if target.isTrusted {
                    names += target.path.split(separator: "/").map(String.init).reversed()
                    next = target.path.hasPrefix("/") ? try open("/") : dup(folder)
                } else {
                    close(folder)
                    throw StoreError(
                        "use \(path): on the way to it, \(name) is a link of another user, in", path, EPERM)
                }
            }
            close(folder)
            guard next >= 0 else { throw StoreError("open", path, code) }
            folder = next
        }
        return folder
    }

    private static func link(_ name: String, in folder: Int32) -> (path: String, isTrusted: Bool)? {
        var status = stat()
        guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0, status.st_mode & S_IFMT == S_IFLNK else {
            return nil
        }
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlinkat(folder, name, &target, target.count)
        guard count > 0 else { return nil }
        let path = String(decoding: target.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return (path, status.st_uid == geteuid() || status.st_uid == 0)
    }
}

/// A new file under a temporary name, that takes its own name once it is whole; gone where it does not.
struct NewFile: ~Copyable {
    let path: String
    /// Open for writing.
    let descriptor: Int32
    private let folder: Int32
    private let temporary: String
    private let name: String
    private var isCommitted = false

    /// - Parameter root: the folder of a run that the file is below, whose rules hold; nil: a path of the user's own.
    init(_ path: String, below root: RunDirectory?) throws(StoreError) {
        let place = URL(fileURLWithPath: path)
        self.path = path
        name = place.lastPathComponent
        temporary = Files.temporaryName(for: name)
        let folder: Int32
        if let root {
            folder = try root.folder(of: path)
        } else {
            let parent = place.deletingLastPathComponent().path
            folder = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard folder >= 0 else { throw StoreError("write", path) }
        }
        let descriptor = make_file(folder, temporary, 0o644)
        let code = errno
        guard descriptor >= 0 else {
            close(folder)
            throw StoreError("write", path, code)
        }
        if root != nil, let owners = Self.owners(folder, descriptor), owners.folder != owners.file {
            unlinkat(folder, temporary, 0)
            close(descriptor)
            close(folder)
            throw StoreError(
                "write \(path): its folder belongs to another user (uid \(owners.folder), and this process is uid "
                    + "\(owners.file)), in", root?.path ?? "", EPERM)
        }
        self.folder = folder
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
        if !isCommitted { unlinkat(folder, temporary, 0) }
        close(folder)
    }

    /// Who made the folder and who made the file, as the file system sees it: one that takes root for nobody says so of both.
    private static func owners(_ folder: Int32, _ file: Int32) -> (folder: uid_t, file: uid_t)? {
        var (one, other) = (stat(), stat())
        guard fstat(folder, &one) == 0, fstat(file, &other) == 0 else { return nil }
        return (one.st_uid, other.st_uid)
    }

    /// Makes the content durable and gives it its name.
    mutating func commit() throws(StoreError) {
        guard fsync(descriptor) == 0 else { throw StoreError("sync", path) }
        guard renameat(folder, temporary, folder, name) == 0 else { throw StoreError("rename to", path) }
        isCommitted = true
    }
}
