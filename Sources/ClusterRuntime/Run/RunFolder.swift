import CLinux
import Foundation

/// Why a run cannot write where it was told to.
public enum RunFolderError: Error, Sendable, CustomStringConvertible {
    case occupied(String)
    case busy(String)
    case notAFolder(String)
    case system(StoreError)

    public var description: String {
        switch self {
        case .occupied(let path):
            "the output folder \(path) holds something else than an earlier run; choose another with --output, or empty it"
        case .busy(let path):
            "another run is writing to \(path) right now; wait for it, or choose another folder with --output"
        case .notAFolder(let path):
            "the output \(path) is a file; choose another folder with --output"
        case .system(let error): error.description
        }
    }
}

/// Where a run's results go, all at once: they grow in a hidden folder beside the output and take its place when they
/// are whole, so that an earlier run stays as it is until then.
struct RunFolder: ~Copyable {
    /// The files by which a folder is known as ours, to be replaced by another run.
    enum Mark {
        static let run = "run.json"
        static let features = "features.json"
        static let all = [run, features]
    }

    static let report = "report.html"

    let output: String
    /// Where the run works until its results are whole.
    let workspace: Workspace
    private let lockPath: String
    private let lock: Int32

    /// Checks and locks the place; writes nothing but the lock.
    init(output path: String) throws(RunFolderError) {
        let url = URL(fileURLWithPath: path).standardizedFileURL
        output = url.path
        let parent = url.deletingLastPathComponent().path
        let name = url.lastPathComponent
        workspace = Workspace(directory: "\(parent)/.\(name).work")
        lockPath = "\(parent)/.\(name).lock"
        lock = try Self.lock(output, in: parent, by: lockPath)
    }

    private static func lock(
        _ output: String, in parent: String, by lockPath: String
    ) throws(RunFolderError) -> Int32 {
        try checkIsFree(output)
        do throws(StoreError) {
            try Files.makeDirectory(parent)
        } catch {
            throw .system(error)
        }
        let lock = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard lock >= 0 else { throw .system(StoreError("write", lockPath)) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw .busy(output)
        }
        return lock
    }

    deinit {
        // What is left of a run that was not committed is of no use to anybody; a failure to remove it harms nobody.
        try? FileManager.default.removeItem(atPath: workspace.directory)
        unlink(lockPath)
        close(lock)
    }

    private static func checkIsFree(_ path: String) throws(RunFolderError) {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { return }
        guard isDirectory.boolValue else { throw .notAFolder(path) }
        let content: [String]
        do {
            content = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            throw .system(StoreError("read", path))
        }
        guard content.isEmpty || content.contains(where: Mark.all.contains) else { throw .occupied(path) }
    }

    /// Makes the folders, without what an earlier run that was cut off may have left there.
    func prepare() throws(RunFolderError) {
        do throws(StoreError) {
            if FileManager.default.fileExists(atPath: workspace.directory) {
                do {
                    try FileManager.default.removeItem(atPath: workspace.directory)
                } catch {
                    throw StoreError("remove", workspace.directory)
                }
            }
            try Files.makeDirectory(workspace.results)
            try workspace.store.create()
        } catch {
            throw .system(error)
        }
    }

    /// Puts the results in the output's place; an earlier run there is gone once they stand.
    func commit() throws(RunFolderError) {
        do throws(StoreError) {
            let staging = workspace.results
            try Files.sync(staging)
            if exchange_names(staging, output) != 0 {
                // No earlier run, or a file system that cannot exchange: then two renames, the old one first.
                let previous = "\(workspace.directory)/previous"
                if rename(output, previous) != 0, errno != ENOENT { throw StoreError("move", output) }
                guard rename(staging, output) == 0 else {
                    let code = errno
                    rename(previous, output)
                    throw StoreError("put the results at", output, code)
                }
            }
            try Files.sync(URL(fileURLWithPath: output).deletingLastPathComponent().path)
        } catch {
            throw .system(error)
        }
    }
}
