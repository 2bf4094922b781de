import Events
import Foundation

/// What a folder of results holds, by whose it is. Paths are relative to it.
struct ResultsInventory {
    /// A run's, as they were written, in the order in which they may be removed: what they are known by comes last.
    private(set) var own: [String] = []
    /// A run's, and changed since by somebody: no longer only a run's.
    private(set) var changed: [String] = []
    /// Not a run's: files, links and whatever else, and folders in which nothing is a run's.
    private(set) var foreign: [String] = []
    /// Folders that hold something of a run, the deepest first.
    private(set) var folders: [String] = []

    private let root: String
    private let published: PublishedResults?
    private let publishedFolders: Set<String>

    /// - Parameter published: what is known of the folder; nil: nothing in it is a run's.
    init(of root: String, _ published: PublishedResults?) throws(StoreError) {
        self.root = root
        self.published = published
        publishedFolders = published?.folders ?? []
        try walk("")
        let marks = [Additions.name, PublishedResults.Kind.features.mark, PublishedResults.Kind.run.mark]
        own = own.filter { !marks.contains($0) } + marks.filter(own.contains)
    }

    private mutating func walk(_ folder: String) throws(StoreError) {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? root : "\(root)/\(folder)")
        } catch {
            throw StoreError("read the folder", "\(root)/\(folder)", EACCES)
        }
        for name in names.sorted() {
            let path = folder.isEmpty ? name : "\(folder)/\(name)"
            guard let status = PublishedResults.status("\(root)/\(path)") else { continue }
            if status.isFolder, publishedFolders.contains(path) {
                try walk(path)
                folders.append(path)
                continue
            }
            switch try owner(of: path, status) {
            case .run: own.append(path)
            case .runAndSomebody: changed.append(path)
            case .somebody: foreign.append(path)
            }
        }
    }

    private enum Owner { case run, runAndSomebody, somebody }

    private func owner(of path: String, _ status: stat) throws(StoreError) -> Owner {
        guard let published else { return .somebody }
        if path == published.kind.mark { return published.markIsWhole ? .run : .runAndSomebody }
        if path == Additions.name { return published.hasAdditions ? .run : .somebody }
        if let proof = published.files[path] {
            return try published.isAsWritten(path, status, proof) ? .run : .runAndSomebody
        }
        if published.isLeftOver(path, status) { return .run }
        if !published.hasAdditions, let isWhole = EarlierLooks.isWhole(path, status, of: published) {
            return isWhole ? .run : .runAndSomebody
        }
        return .somebody
    }

    /// What would have to find a place beside new results.
    var kept: [String] { (changed + foreign).sorted() }

    /// The first of what would have to be moved or removed and cannot be, with the reason.
    var obstacle: (path: String, reason: String)? {
        for path in kept + own {
            let file = "\(root)/\(path)"
            if let reason = Files.obstacleToMoving(file) { return (file, reason) }
        }
        return nil
    }
}

extension PublishedResults {
    /// Folders on the way to its files.
    var folders: Set<String> {
        var folders = Set(hasAdditions ? [] : EarlierLooks.folders(in: folder))
        for path in files.keys {
            let parts = path.split(separator: "/").dropLast()
            for count in 1..<(parts.count + 1) { folders.insert(parts.prefix(count).joined(separator: "/")) }
        }
        return folders
    }

    /// Of a file that nobody has touched since, the size tells enough: nobody can set the time at which that was.
    fileprivate func isAsWritten(_ path: String, _ status: stat, _ proof: Proof) throws(StoreError) -> Bool {
        guard status.isFile, Int(status.st_size) == proof.bytes else { return false }
        if status.modified <= written, status.changed <= written { return true }
        return try Digest.sha256(ofFile: "\(folder)/\(path)").hash == proof.sha256
    }

    /// Whether it is what a command that was killed left of one of the files.
    fileprivate func isLeftOver(_ path: String, _ status: stat) -> Bool {
        guard status.isFile, let range = path.range(of: ".partial-", options: .backwards) else { return false }
        let name = String(path[..<range.lowerBound])
        let numbers = path[range.upperBound...].split(separator: "-", omittingEmptySubsequences: false)
        guard numbers.count == 2, numbers.allSatisfy({ UInt64($0) != nil }) else { return false }
        return files[name] != nil || name == kind.mark || name == Additions.name
    }
}
