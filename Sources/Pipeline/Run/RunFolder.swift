import Bytes
import CLinux
import ClusterCore
import Events
import Foundation

/// Where a run's results go, all at once: they grow in a hidden folder beside the output and take its place when they
/// are whole, so that an earlier run stays as it is until then. A run that is cut off goes on from the journal there.
struct RunFolder: ~Copyable {
    static let report = "report.html"

    /// What the folder is locked for.
    enum Use {
        /// Results of this kind, which an interrupted run may go on to.
        case results(PublishedResults.Kind)
        /// Work on results that are there, which leaves nothing else.
        case addition

        /// Of the hidden folder's name.
        fileprivate var suffix: String {
            switch self {
            case .results: "work"
            case .addition: "check"
            }
        }
    }

    let output: String
    let hidden: String
    private let lock: RunLock
    /// What an interrupted run was, if one is there.
    let earlier: RunIdentity?
    private(set) var journal: Journal?
    /// Where the run works until its results are whole.
    private(set) var workspace: Workspace
    /// Whether the results stand at their place already.
    var isCommitted = false
    /// Why something of a run that is over is still in an object store; nil: nothing is known to be.
    private(set) var leftObjects: String?
    /// Whether another run may go on from what is there.
    var isKept = false
    /// Whether nothing of earlier results waits in the workspace.
    var isSettled: Bool
    var steps = PublishingSteps()
    /// What became of earlier results when a commit that had been cut off was ended.
    private(set) var replaced: Replaced?

    let parent: String
    private let store: StoreSettings

    /// Checks and locks the place; writes nothing but the lock.
    ///
    /// - Parameter needed: what the run needs and may not be in the place, with the words for it.
    init(
        output text: String, for use: Use, needed: [(path: String, words: String)] = [],
        store: StoreSettings = StoreSettings()
    ) throws(RunFolderError) {
        let place = try OutputPlace(text)
        try place.checkIsNoFile()
        if case .results = use { try place.check(holdsNoneOf: needed) }
        let lock = try Self.lock(place)
        if case .results(let kind) = use { try Self.check(place, for: kind) }
        let hidden = Self.hidden(for: place, use)
        try Self.checkIsOurs(hidden)
        var journal: Journal?
        if case .results = use { journal = try Self.openJournal(in: hidden) }
        output = place.path
        parent = place.parent
        self.hidden = hidden
        earlier = journal?.run.flatMap { try? RunIdentity(decoding: $0) }
        self.journal = earlier == nil ? nil : journal
        self.store = store
        workspace = Workspace(directory: "\(hidden)/run")
        // Until it is known who may go on from it.
        isKept = earlier != nil
        isSettled = PublishedResults.status(Self.note(hidden)) == nil
        self.lock = lock
    }

    /// The folder beside the output in which a run works.
    static func hidden(for place: OutputPlace, _ use: Use) -> String {
        "\(place.parent)/.\(place.name).\(use.suffix)"
    }

    /// Somebody else's folder of that name is not worked in, nor removed.
    private static func checkIsOurs(_ hidden: String) throws(RunFolderError) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: hidden)) ?? []
        let ours = ["journal", "committing", "endpoint"]
        let isOurs = names.allSatisfy { name in
            ours.contains { name == $0 || name.hasPrefix("\($0).partial-") } || name == "run" || name.hasPrefix("run-")
        }
        if !isOurs { throw .occupied(hidden) }
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
    /// Tells of results that are taking the output's place.
    static func note(_ hidden: String) -> String { "\(hidden)/committing" }

    private static func lock(_ place: OutputPlace) throws(RunFolderError) -> RunLock {
        do throws(StoreError) {
            try Files.makeDirectory(place.parent)
        } catch {
            throw .closed(place.path, parent: place.parent, reason: error.description)
        }
        do throws(RunLock.Failure) {
            return try RunLock(path: "\(place.parent)/.\(place.name).lock")
        } catch {
            switch error {
            case .taken(let owner): throw .busy(place.path, owner: owner)
            case .system(let error): throw .closed(place.path, parent: place.parent, reason: error.description)
            }
        }
    }

    deinit {
        if isKept { return }
        // Without a journal nobody takes the rest for a run to go on with. What is left harms nobody.
        unlink(Self.journal(hidden))
        // What somebody has put beside earlier results may still be there: the next run brings it back.
        if isSettled { try? FileManager.default.removeItem(atPath: hidden) }
    }

    /// Whether results of this kind could be put at a place as it is now.
    static func check(
        _ output: String, for kind: PublishedResults.Kind, needed: [(path: String, words: String)]
    ) throws(RunFolderError) {
        let place = try OutputPlace(output)
        try place.checkIsNoFile()
        try place.check(holdsNoneOf: needed)
        try check(place, for: kind)
    }

    /// Whether results of this kind can take the place, and all keep what is theirs.
    private static func check(_ place: OutputPlace, for kind: PublishedResults.Kind) throws(RunFolderError) {
        let path = place.path
        guard PublishedResults.status(path) != nil else { return }
        try place.checkIsNoMount()
        let (published, inventory) = try content(of: path)
        guard let published else {
            if inventory.kept.isEmpty { return }
            throw .occupied(path)
        }
        if published.kind != kind {
            throw .otherResults(path, are: published.kind.rawValue, wanted: kind.rawValue)
        }
        if let (file, reason) = inventory.obstacle { throw .immovable(file, reason: reason) }
        if let reason = Files.obstacleToMoving(path) { throw .closed(path, parent: place.parent, reason: reason) }
    }

    private static func content(
        of path: String
    ) throws(RunFolderError) -> (published: PublishedResults?, inventory: ResultsInventory) {
        do throws(StoreError) {
            let published = try PublishedResults(folder: path)
            return (published, try ResultsInventory(of: path, published))
        } catch {
            throw .system(error)
        }
    }

    /// Goes on with the interrupted run that is there, or begins anew where there is none, or where it is to be dropped.
    ///
    /// - Parameter identity: nil: nothing is written down, and nothing can go on from it.
    mutating func begin(_ identity: RunIdentity?, dropping: Bool) throws(RunFolderError) {
        workspace = earlier.map { workspace(of: $0) } ?? workspace
        replaced = try settle()
        if let (path, reason) = replaced?.stranded { throw .stranded(path, reason: reason) }
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
                workspace = identity.map { workspace(of: $0) } ?? workspace
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
    private func workspace(of identity: RunIdentity) -> Workspace {
        let name = "run-\(String(identity.number, radix: 16))"
        var settings = store
        settings.objects = store.objects.map { "\($0)/\(name)" }
        return Workspace(directory: "\(hidden)/\(name)", settings)
    }

    /// Removes what the run has in an object store.
    mutating func removeObjects() { leftObjects = workspace.removeObjects() ?? leftObjects }

    private mutating func wipe() throws(StoreError) {
        journal = nil
        unlink(Self.journal(hidden))
        removeObjects()
        try Files.removeFolder(hidden)
    }
}
