import Bytes
package import ClusterProtocol
package import ClusterTransport
import Foundation
import InstanceFile
import Learning
import Tables

/// What a worker has of a run: the instance, the store, and what its tasks share.
struct TaskExecutor: Sendable {
    let instance: Instance
    let workspace: Workspace
    /// Where inputs are here.
    let map: PathMap
    let chosen = ChosenModel()

    /// What of a shard is nowhere to be had, is made here once more.
    var store: ShardStore {
        var store = workspace.store
        store.remake = { name throws(Failure) in try remake(name) }
        return store
    }

    /// A worker's: the instance is read as the coordinator read it.
    ///
    /// - Parameters:
    ///   - map: what this machine calls folders of the coordinator's.
    ///   - work: where it works, told the coordinator's folder as it is named here; that one itself if it sees it.
    init(
        _ welcome: Welcome, map: PathMap = PathMap(), in work: (Workspace) throws(StoreError) -> Workspace = { $0 }
    ) throws(Failure) {
        do throws(InstanceError) {
            instance = try Instance.parse(
                text: welcome.instanceText, file: welcome.instanceFile, baseDirectory: welcome.baseDirectory,
                checkingFiles: false)
        } catch {
            throw Failure(.input, "\(error)")
        }
        self.map = map
        guard let workspace = Workspace(told: map(welcome.workspace)) else {
            throw Failure(.machine, "the coordinator named \"\(welcome.workspace)\", which is no folder to work in")
        }
        do throws(StoreError) {
            self.workspace = try work(workspace)
        } catch {
            throw Failure(.machine, "\(error)")
        }
    }

    /// Does the tasks once more that leave a file.
    private func remake(_ name: ShardStore.Name) throws(Failure) {
        switch name {
        case .features(let shard): _ = try assemble(ShardTask(shard: shard))
        case .binned(let shard): _ = try bin(ShardTask(shard: shard))
        case .scores(let shard): _ = try score(ShardTask(shard: shard))
        case .plan, .recipe, .bins, .scoreContext, .model, .events: break
        }
    }

    func perform(_ stage: Stage, _ payload: [UInt8]) throws(Failure) -> [UInt8] {
        guard let definition = StageRegistry.tasks(of: stage) else {
            throw Failure(.machine, "there are no tasks of a stage \"\(stage)\"")
        }
        return try definition.perform(encoded: payload, by: self)
    }

    /// A worker's part in a fit.
    func beginFit(_ assignment: ShardAssignment) throws(Failure) -> any WorkerFit {
        guard let definition = StageRegistry.fit(of: assignment.stage) else {
            throw Failure(.machine, "there is no fit of a stage \"\(assignment.stage)\"")
        }
        return try definition.begin(assignment, by: self)
    }

    /// A file of the store.
    func read<Value: ByteCodable>(_ name: ShardStore.Name) throws(Failure) -> Value {
        try stored { () throws(StoreError) in try store.read(name) }
    }

    /// Leaves a file in the store.
    func write(_ name: ShardStore.Name, _ value: some ByteCodable) throws(Failure) {
        try stored { () throws(StoreError) in try store.write(name, sealing: value) }
    }

    /// Store errors as the failure of this machine, which another one may not share.
    func stored<Value>(_ body: () throws(StoreError) -> Value) throws(Failure) -> Value {
        do throws(StoreError) {
            return try body()
        } catch {
            throw Failure(.machine, "\(error)")
        }
    }
}

extension Failure {
    /// Of an input file. One that is not there, or cannot be opened, was there for the coordinator: it is this machine that
    /// does not see it.
    init(reading error: any Error) {
        let isHere =
            switch error {
            case TableError.missing, TableError.noBytes, TableError.unavailable: false
            case TableError.unreadable(let path, _):
                ObjectStore.isAddress(path) ? (try? ObjectStore.look(at: path))??.size != nil : access(path, R_OK) == 0
            default: true
            }
        self.init(isHere ? .input : .machine, "\(error)")
    }
}

/// A task about one shard and nothing else.
struct ShardTask: FieldCodable {
    var shard: Int

    static let fields = FieldList(Self.init, \.shard)
}

extension WorkerRun {
    /// A worker's work for the run that it was welcomed to.
    ///
    /// - Parameters:
    ///   - files: the coordinator's, by which it works where it does not see the run's folder.
    ///   - scratch: where it keeps its own then; nil: in the system's folder for temporary files.
    ///   - sharesNothing: whether it does so also where it sees them.
    ///   - map: what this machine calls folders of the coordinator's.
    package init(
        joining welcome: Welcome, files: RemoteFiles, scratch: String?, sharesNothing: Bool, map: PathMap = PathMap()
    ) throws(Failure) {
        let executor = try TaskExecutor(welcome, map: map) { workspace throws(StoreError) in
            if welcome.objects.isEmpty, !sharesNothing, workspace.isShared(nonce: welcome.nonce) { return workspace }
            let folder = try RemoteFolder(files, in: scratch, seesInputs: !sharesNothing)
            let coordinator = CoordinatorBlobs(files: files)
            var blobs: any BlobStore = coordinator
            if (try? ObjectStore.check(address: welcome.objects)) != nil {
                blobs = TriedBlobs(
                    ObjectBlobs(welcome.objects), else: coordinator, proof: Workspace.proof(of: welcome.nonce),
                    scratch: "\(folder.path)/probe")
            }
            return Workspace(remote: folder, blobs: blobs, keepsShards: welcome.keepsShards)
        }
        var removeFiles: (@Sendable () -> Void)?
        if let remote = executor.workspace.remote { removeFiles = { remote.remove() } }
        self.init(removeFiles: removeFiles) { stage, payload throws(Failure) in
            try executor.perform(stage, payload)
        } beginFit: { assignment throws(Failure) in
            try executor.beginFit(assignment)
        }
    }
}
