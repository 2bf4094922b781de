import ClusterProtocol
import Foundation
import Tables

/// Where the store of a run is.
package struct StoreSettings: Sendable {
    /// At an address of an object store; nil: in the run's folder.
    package var objects: String?
    /// Whether what was made of a shard stays with who has made it: what is lost with a worker is then made anew.
    package var keepsShards = false

    package init() {}

    /// What is wrong with an address as one of an object store; nil: it can be one.
    package static func problem(ofAddress address: String) -> String? {
        guard ObjectStore.isAddress(address), !address.hasSuffix("/") else {
            return "\"\(address)\" is no address such as s3://bucket/work"
        }
        do throws(TableError) {
            try ObjectStore.check(address: address)
            return nil
        } catch {
            return "\(error)"
        }
    }
}

/// The folder in which a run works: the store of shards, and the results as they grow.
struct Workspace: Sendable {
    let directory: String
    let root: RunDirectory
    /// Where the coordinator's folder is another one.
    let remote: RemoteFolder?
    /// Where the store is for others, if not in this folder nor with the coordinator.
    let objects: ObjectBlobs?
    var store: ShardStore

    private init(
        directory: String, _ root: RunDirectory, remote: RemoteFolder? = nil, objects: ObjectBlobs? = nil,
        blobs: (any BlobStore)? = nil
    ) {
        self.directory = directory
        self.root = root
        self.remote = remote
        self.objects = objects
        store = ShardStore(directory: "\(directory)/store", below: root, blobs: blobs ?? objects)
    }

    /// Of this process's own making.
    init(directory: String, _ settings: StoreSettings = StoreSettings()) {
        self.init(directory: directory, RunDirectory(directory), objects: settings.objects.map(ObjectBlobs.init))
        store.keepsShards = settings.keepsShards
    }

    /// A worker's own, which does not see the coordinator's.
    init(remote: RemoteFolder, blobs: any BlobStore, keepsShards: Bool) {
        self.init(directory: remote.path, RunDirectory(remote.path), remote: remote, blobs: blobs)
        store.keepsShards = keepsShards
    }

    /// As a message names it: nil unless it is a plain absolute path, below which all that is written stays.
    init?(told directory: String) {
        let parts = directory.split(separator: "/")
        guard directory.hasPrefix("/"), !parts.isEmpty, !directory.utf8.contains(0),
            !parts.contains("."), !parts.contains("..")
        else { return nil }
        self.init(directory: directory, RunDirectory(directory, isTold: true))
    }

    var results: String { "\(directory)/results" }
    /// What the results replaced, for a moment.
    var previous: String { "\(directory)/previous" }
    /// A link to an earlier run's results, so that messages name it by number: no path in them leads out of here.
    func earlierRun(_ number: Int) -> String { "\(directory)/earlier-\(number)" }

    /// Where a file of the run is; nil of an input, which the plan names.
    func path(of file: SharedFile) -> String? {
        switch file {
        case .store(let name): store.path(name)
        case .result(let folder, let shard): "\(results)/\(folder)/\(OutputFiles.part(shard))"
        case .earlierScores(let run, let part): "\(earlierRun(run))/scores/\(OutputFiles.part(part))"
        case .input: nil
        }
    }

    /// Whether a file is there, for those who ask for it.
    func has(_ file: SharedFile) throws(StoreError) -> Bool {
        if case .store(let name) = file { return try store.blobs.has(name) }
        return path(of: file).map { access($0, F_OK) == 0 } ?? false
    }

    /// Whether this process can work in the folder that the coordinator means: it is not another one under its path, nor
    /// another user's.
    func isShared(nonce: UInt64) -> Bool {
        guard (try? Files.read("\(directory)/\(Welcome.proof)")) == Self.proof(of: nonce) else { return false }
        // As it will write there; nothing of it stays.
        return (try? NewFile("\(store.directory)/\(Welcome.proof)", below: root)) != nil
    }

    /// Makes the folder known by a number, and the object store.
    func put(nonce: UInt64) throws(StoreError) {
        let path = "\(directory)/\(Welcome.proof)"
        try Files.write(Self.proof(of: nonce), to: path)
        try objects?.put(proof: path)
    }

    /// Says that the files of events are gone because nobody needs them.
    private var eventsMark: String { "\(store.directory)/events-dropped" }
    var eventsAreDropped: Bool { access(eventsMark, F_OK) == 0 }

    /// Whether it could be written down.
    func markEventsDropped() -> Bool { (try? Files.write([], to: eventsMark)) != nil }
    func unmarkEventsDropped() { Files.discard(eventsMark) }

    /// Removes a file of the store that nobody needs; whether an object store took part.
    func drop(_ name: ShardStore.Name) -> Bool {
        Files.discard(store.path(name))
        return objects.map { (try? $0.remove(name)) != nil } ?? true
    }

    /// Removes what others have of the store, where that is not in this folder; why it could not, if so.
    func removeObjects() -> String? {
        do throws(TableError) {
            try objects?.removeAll()
            return nil
        } catch {
            return "\(objects?.address ?? "") is still there, for it could not be removed: \(error)"
        }
    }

    static func proof(of nonce: UInt64) -> [UInt8] { Array("\(nonce)\n".utf8) }

    /// The number of an earlier run, which gets one if it has none.
    func number(ofEarlierRun folder: String) throws(StoreError) -> Int {
        var number = 0
        while symlink(folder, earlierRun(number)) != 0 {
            guard errno == EEXIST else { throw StoreError("link", earlierRun(number)) }
            if (try? FileManager.default.destinationOfSymbolicLink(atPath: earlierRun(number))) == folder { break }
            number += 1
        }
        return number
    }
}
