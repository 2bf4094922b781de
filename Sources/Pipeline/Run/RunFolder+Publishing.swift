import CLinux
import Foundation

/// What is written down before results take the output's place: the hash of their record, and where they were made.
/// From then on, whatever is in their workspace and has another record is what they replaced.
private struct CommitNote {
    let hash: String
    /// The workspace's name; versions before this one did not say it.
    let workspace: String?

    init(hash: String, workspace: String) {
        self.hash = hash
        self.workspace = workspace
    }

    init?(at path: String) {
        guard let text = try? Files.read(path) else { return nil }
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
        guard let first = lines.first else { return nil }
        hash = String(first)
        let name = lines.count > 1 ? String(lines[1]) : nil
        workspace = name.flatMap { $0.contains("/") || !$0.hasPrefix("run") ? nil : $0 }
    }

    func write(to path: String) throws(StoreError) {
        try Files.write(Array("\(hash)\n\(workspace ?? "")\n".utf8), to: path)
    }

    /// Whether a folder holds the results that it tells of.
    func isOf(_ folder: String) -> Bool {
        [PublishedResults.Kind.run, .features].contains { kind in
            (try? Digest.sha256(ofFile: "\(folder)/\(kind.mark)").hash) == hash
        }
    }
}

extension RunFolder {
    private var notePath: String { Self.note(hidden) }

    enum Committed { case notYet, staged, output, nowhere }

    /// Where the results are that a commit had begun to put at their place.
    var whereCommitted: Committed {
        guard let note = CommitNote(at: notePath) else { return .notYet }
        if note.isOf(output) { return .output }
        // Somebody may have removed them since: what is left is no run to go on with.
        return note.isOf(workspace.results) ? .staged : .nowhere
    }

    /// Puts the results in the output's place. Earlier ones there are gone once the new ones stand and are durable; what
    /// else was there is beside the new ones.
    mutating func commit(_ kind: PublishedResults.Kind) throws(RunFolderError) -> Replaced {
        do throws(StoreError) {
            let staging = workspace.results
            try Self.removeRests(in: staging)
            try Files.syncTree(staging)
            steps.pass()
            let note = CommitNote(
                hash: try Digest.sha256(ofFile: "\(staging)/\(kind.mark)").hash,
                workspace: URL(fileURLWithPath: workspace.directory).lastPathComponent)
            // Once the names are exchanged, the staging folder holds the earlier run: a restart must know.
            try note.write(to: notePath)
            try Files.sync(hidden)
            isSettled = false
            steps.pass()
            try takePlace(staging)
            try Files.sync(parent)
            try Files.sync(workspace.directory)
            steps.pass()
        } catch {
            throw .system(error)
        }
        isCommitted = true
        return try settle() ?? Replaced()
    }

    /// What workers that were killed have left of files that others have written since.
    private static func removeRests(in staging: String) throws(StoreError) {
        guard let files = FileManager.default.enumerator(atPath: staging) else { return }
        for case let path as String in files where path.contains(".partial-") { unlink("\(staging)/\(path)") }
    }

    private mutating func takePlace(_ staging: String) throws(StoreError) {
        if let before = PublishedResults.status(output) {
            // Whoever could read the earlier results can read these.
            chown(staging, uid_t.max, before.st_gid)
            chmod(staging, before.st_mode & 0o7777)
        }
        if steps.mayExchange, exchange_names(staging, output) == 0 { return }
        // No earlier run, or a file system that cannot exchange: then two renames, the old one first.
        if rename(output, workspace.previous) != 0, errno != ENOENT { throw StoreError("move", output) }
        steps.pass()
        guard rename(staging, output) == 0 else {
            let code = errno
            rename(workspace.previous, output)
            throw StoreError("put the results at", output, code)
        }
    }

    /// Ends what a commit has begun: brings what is not a run's from the earlier results to the new ones and removes the
    /// earlier ones, or gives them back their place if nothing has taken it.
    ///
    /// - Returns: nil where no commit had begun.
    @discardableResult
    mutating func settle() throws(RunFolderError) -> Replaced? {
        guard let note = CommitNote(at: notePath) else { return nil }
        isSettled = false
        let space = note.workspace.map { Workspace(directory: "\(hidden)/\($0)") } ?? workspace
        var replaced = Replaced()
        do throws(StoreError) {
            for folder in [space.previous, space.results] {
                guard PublishedResults.status(folder) != nil, !note.isOf(folder) else { continue }
                if PublishedResults.status(output) == nil {
                    try Files.move(folder, toFree: output)
                    try Files.sync(parent)
                    continue
                }
                let taken = try Replaced(takingAway: folder, for: output, &steps)
                if taken.words != nil || replaced.words == nil { replaced = taken }
                if taken.stranded != nil { return taken }
            }
            // Results that have not taken their place may be written anew: what was noted of them is void.
            if note.isOf(space.results) {
                unlink(notePath)
                try Files.sync(hidden)
            }
        } catch {
            throw .system(error)
        }
        isSettled = true
        return replaced
    }
}
