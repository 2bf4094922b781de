import Bytes
import CLinux
import ClusterCore
import Customers
import Foundation

/// Why a run cannot write where it was told to.
public enum RunFolderError: Error, Sendable, CustomStringConvertible {
    case occupied(String)
    case busy(String, owner: String)
    case notAFolder(String)
    case interrupted(workspace: String, obstacle: String)
    case system(StoreError)

    public var description: String {
        switch self {
        case .occupied(let path):
            "the output folder \(path) holds something else than an earlier run; choose another with --output, or empty it"
        case .busy(let path, let owner):
            "another run is writing to \(path) right now (\(owner)); wait for it, or choose another folder with --output"
        case .notAFolder(let path):
            "the output \(path) is a file; choose another folder with --output"
        case .interrupted(let workspace, let obstacle):
            "an interrupted run is in \(workspace), which \(obstacle); finish it as it was begun, or add --fresh to "
                + "drop what it had done and begin anew"
        case .system(let error): error.description
        }
    }
}

/// Where a run's results go, all at once: they grow in a hidden folder beside the output and take its place when they
/// are whole, so that an earlier run stays as it is until then. A run that is cut off goes on from the journal there.
struct RunFolder: ~Copyable {
    /// The files by which a folder is known as ours, to be replaced by another run.
    enum Mark {
        static let run = "run.json"
        static let features = "features.json"
        static let all = [run, features]
    }

    static let report = "report.html"

    /// What the folder is locked for.
    enum Use: String {
        /// Results, which an interrupted run may go on to.
        case work
        /// A look at the data, which leaves nothing.
        case check
    }

    let output: String
    let hidden: String
    private let lock: RunLock
    /// What an interrupted run was, if one is there.
    let earlier: RunIdentity?
    private(set) var journal: Journal?
    /// Where the run works until its results are whole.
    private(set) var workspace: Workspace
    /// Whether the results stand at their place already: the run was cut off between that and its end.
    private(set) var isCommitted = false
    /// Whether another run may go on from what is there.
    var isKept = false

    /// Checks and locks the place; writes nothing but the lock.
    init(output path: String, for use: Use) throws(RunFolderError) {
        let url = URL(fileURLWithPath: path).standardizedFileURL
        let parent = url.deletingLastPathComponent().path
        let name = url.lastPathComponent
        let hidden = Self.hidden(for: url, use)
        let lock = try Self.lock(url.path, in: parent, by: "\(parent)/.\(name).lock")
        let journal = use == .work ? try Self.openJournal(in: hidden) : nil
        output = url.path
        self.hidden = hidden
        earlier = journal?.run.flatMap { try? RunIdentity(decoding: $0) }
        self.journal = earlier == nil ? nil : journal
        workspace = Workspace(directory: "\(hidden)/run")
        // Until it is known who may go on from it.
        isKept = earlier != nil
        self.lock = lock
    }

    /// The folder beside the output in which a run works.
    static func hidden(for output: URL, _ use: Use) -> String {
        "\(output.deletingLastPathComponent().path)/.\(output.lastPathComponent).\(use.rawValue)"
    }

    private static func openJournal(in hidden: String) throws(RunFolderError) -> Journal? {
        guard FileManager.default.fileExists(atPath: journal(hidden)) else { return nil }
        do throws(StoreError) {
            try Files.checkIsOwn(hidden)
            return try Journal(path: journal(hidden))
        } catch {
            throw .system(error)
        }
    }

    private static func journal(_ hidden: String) -> String { "\(hidden)/journal" }

    private static func lock(
        _ output: String, in parent: String, by lockPath: String
    ) throws(RunFolderError) -> RunLock {
        try checkIsFree(output)
        do throws(StoreError) {
            try Files.makeDirectory(parent)
        } catch {
            throw .system(error)
        }
        do throws(RunLock.Failure) {
            return try RunLock(path: lockPath)
        } catch {
            switch error {
            case .taken(let owner): throw .busy(output, owner: owner)
            case .system(let error): throw .system(error)
            }
        }
    }

    deinit {
        if isKept { return }
        // Without a journal nobody takes the rest for a run to go on with. What is left harms nobody.
        unlink(Self.journal(hidden))
        try? FileManager.default.removeItem(atPath: hidden)
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

    /// Goes on with the interrupted run that is there, or begins anew where there is none, or where it is to be dropped.
    ///
    /// - Parameter identity: nil: nothing is written down, and nothing can go on from it.
    mutating func begin(_ identity: RunIdentity?, dropping: Bool) throws(RunFolderError) {
        workspace = earlier.map { Self.workspace(hidden, $0) } ?? workspace
        let committed = whereCommitted
        let obstacle = identity.flatMap { identity in earlier.flatMap { identity.obstacle($0) } }
        if let obstacle, !dropping, committed != .output {
            throw .interrupted(workspace: hidden, obstacle: obstacle)
        }
        let goesOn = identity != nil && earlier != nil && obstacle == nil && !dropping && committed != .nowhere
        isCommitted = goesOn && committed == .output
        do throws(StoreError) {
            if !goesOn {
                try wipe()
                workspace = identity.map { Self.workspace(hidden, $0) } ?? workspace
                try Files.makeDirectory(hidden)
                try Files.checkIsOwn(hidden)
                if let identity {
                    let journal = try Journal(path: Self.journal(hidden))
                    try journal.append(.run(identity.encoded))
                    try journal.sync()
                    self.journal = journal
                }
            }
            isKept = false
            try Files.makeDirectory(workspace.results)
            try workspace.store.create()
        } catch {
            throw .system(error)
        }
    }

    /// A folder of its own for every run, so that a worker of one that was dropped writes to nowhere.
    private static func workspace(_ hidden: String, _ identity: RunIdentity) -> Workspace {
        Workspace(directory: "\(hidden)/run-\(String(identity.number, radix: 16))")
    }

    private mutating func wipe() throws(StoreError) {
        journal = nil
        unlink(Self.journal(hidden))
        try Files.removeFolder(hidden)
    }

    // MARK: Commit

    /// Holds the hash of the results' mark while they take the output's place.
    private var committing: String { "\(hidden)/committing" }

    private enum Committed { case notYet, staged, output, nowhere }

    /// Where the results are that a commit had begun to put at their place.
    private var whereCommitted: Committed {
        guard let noted = try? Files.read(committing) else { return .notYet }
        func holds(_ folder: String) -> Bool {
            Mark.all.contains { mark in
                (try? Digest.sha256(ofFile: "\(folder)/\(mark)").hash).map { Array($0.utf8) } == noted
            }
        }
        if holds(output) { return .output }
        // Somebody may have removed them since: what is left is no run to go on with.
        return holds(workspace.results) ? .staged : .nowhere
    }

    /// Puts the results in the output's place; an earlier run there is gone once they stand.
    ///
    /// - Parameter mark: the file of the results that is written last.
    func commit(_ mark: String) throws(RunFolderError) {
        do throws(StoreError) {
            let staging = workspace.results
            try Files.sync(staging)
            // Once the names are exchanged, the staging folder holds the earlier run: a restart must know.
            try Files.write(Array(try Digest.sha256(ofFile: "\(staging)/\(mark)").hash.utf8), to: committing)
            if exchange_names(staging, output) != 0 {
                // No earlier run, or a file system that cannot exchange: then two renames, the old one first.
                if rename(output, workspace.previous) != 0, errno != ENOENT { throw StoreError("move", output) }
                guard rename(staging, output) == 0 else {
                    let code = errno
                    rename(workspace.previous, output)
                    throw StoreError("put the results at", output, code)
                }
            }
            try Files.sync(URL(fileURLWithPath: output).deletingLastPathComponent().path)
        } catch {
            throw .system(error)
        }
    }
}
