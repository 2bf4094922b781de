import ClusterProtocol
import Events
import Foundation
import InstanceFile
import Synchronization
import Tables

/// The run's files, for workers that do not see the run's folder: what they may read and write of it, and nothing else.
///
/// A file that is handed in appears under its name when it is whole and its hash is right, as one does that a worker writes
/// itself.
final class FileServer: Sendable {
    private struct Key: Hashable {
        var worker: WorkerID
        var upload: UInt64
    }

    /// A file that has come in part.
    private struct Upload {
        let file: UploadedFile
        var size: UInt64 = 0
        var hash: UInt64 = 0
        var lastPiece: ContinuousClock.Instant
    }

    private struct State {
        var uploads: [Key: Upload] = [:]
        var plan: InputPlan?
        /// When files of the plan were looked at that somebody had found damaged.
        var looks: [String: ContinuousClock.Instant] = [:]
        /// Whether nothing is taken in any more.
        var isOver = false
    }

    /// Uploads that are kept, of two descriptors each.
    static let mostUploads = 64
    /// How long the next piece of one is waited for when others want its place.
    private static let patience = Duration.seconds(60)
    private static let lookAgain = Duration.seconds(60)

    private let workspace: Workspace
    private let instance: Instance
    private let folders: [String]
    private let state = Mutex(State())
    private let objects = OpenObjects()

    init(workspace: Workspace, instance: Instance) {
        self.workspace = workspace
        self.instance = instance
        folders = instance.partedOutputs + ["features"]
    }

    func serve(_ worker: WorkerID, _ request: FileRequest) -> FileReply {
        guard let file = SharedFile(name: request.name, folders: folders) else {
            return .failed(Failure(.machine, "there is no file \"\(request.name)\" in a run"))
        }
        do {
            switch request {
            case .read(_, let offset, let count): return try read(file, Int(offset), Int(count))
            case .write(let upload, _, let offset, let bytes):
                return try write(file, Key(worker: worker, upload: upload), offset, bytes)
            case .finish(let upload, _, let size, let hash):
                return try finish(file, Key(worker: worker, upload: upload), size: size, hash: hash)
            case .damaged: return try look(at: file)
            }
        } catch let failure as Failure {
            return .failed(failure)
        } catch {
            return .failed(Failure(.machine, "\(error)"))
        }
    }

    // MARK: Reading

    private func read(_ file: SharedFile, _ offset: Int, _ count: Int) throws -> FileReply {
        if case .store(let name) = file {
            let piece = try workspace.store.blobs.read(name, offset: offset, count: count)
            return piece.map { .bytes($0.bytes, size: UInt64($0.size)) } ?? .missing
        }
        let path = try path(toRead: file)
        if ObjectStore.isAddress(path) {
            let piece = try objects.read(path, offset, count)
            return .bytes(piece.bytes, size: UInt64(piece.size))
        }
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreError("read", path) }
        defer { close(descriptor) }
        let size = try Files.size(of: descriptor, path)
        let bytes = try Files.read(
            descriptor, path, offset: min(offset, size), count: min(count, max(0, size - offset)))
        return .bytes(bytes, size: UInt64(size))
    }

    private func path(toRead file: SharedFile) throws -> String {
        switch file {
        case .input(let split):
            let plan = try plan()
            guard plan.splits.indices.contains(split), plan.splits[split].isDeclared(by: instance) else {
                throw Failure(.machine, "there is no split \(split) in the plan")
            }
            return plan.splits[split].path
        case .store, .earlierScores:
            if let path = workspace.path(of: file) { return path }
        case .result: break
        }
        throw Failure(.machine, "\(file.name) is not for reading")
    }

    /// Takes a file away if it is damaged, as a worker says; looks at each once in a while only, for it reads all of it.
    private func look(at file: SharedFile) throws -> FileReply {
        guard case .store(let name) = file, name.isOfTask, try isOfPlan(name) else {
            throw Failure(.machine, "\(file.name) is not for workers to judge")
        }
        let isDue = state.withLock { state in
            let now = ContinuousClock.now
            if let last = state.looks[file.name], now - last < Self.lookAgain { return false }
            state.looks[file.name] = now
            return true
        }
        if isDue { try workspace.store.blobs.discardIfDamaged(name) }
        return .written
    }

    private func plan() throws(Failure) -> InputPlan {
        if let plan = state.withLock({ $0.plan }) { return plan }
        do throws(StoreError) {
            let plan: InputPlan = try workspace.store.read(.plan)
            state.withLock { $0.plan = plan }
            return plan
        } catch {
            throw Failure(.machine, "\(error)")
        }
    }

    // MARK: Writing

    private func path(toWrite file: SharedFile) throws(Failure) -> String {
        let isOfPlan =
            switch file {
            case .store(let name) where name.isOfTask: try isOfPlan(name)
            case .result(_, let shard): try plan().shardCount > shard
            case .store, .input, .earlierScores: throw Failure(.machine, "\(file.name) is not for writing")
            }
        guard isOfPlan, let path = workspace.path(of: file) else {
            throw Failure(.machine, "\(file.name) is of no task of this run")
        }
        return path
    }

    private func isOfPlan(_ name: ShardStore.Name) throws(Failure) -> Bool {
        let plan = try plan()
        return switch name {
        case .events(let split): plan.splits.contains { $0.id == split }
        case .features(let shard), .binned(let shard), .scores(let shard): shard < plan.shardCount
        case .plan, .recipe, .bins, .scoreContext, .model: false
        }
    }

    /// Takes nothing more in: what has come is about to be published.
    func endWriting() {
        state.withLock {
            $0.isOver = true
            $0.uploads = [:]
        }
    }

    private func write(_ file: SharedFile, _ key: Key, _ offset: UInt64, _ bytes: [UInt8]) throws -> FileReply {
        var upload: Upload
        if let begun = state.withLock({ $0.uploads[key] }) {
            upload = begun
        } else {
            guard offset == 0 else { throw Failure(.machine, "\(file.name): its beginning has not come") }
            guard hasRoom() else { return .busy }
            upload = Upload(
                file: try UploadedFile(try path(toWrite: file), below: workspace.root), lastPiece: .now)
        }
        // One that was sent again has been written.
        if offset + UInt64(bytes.count) > upload.size {
            guard offset == upload.size else { throw Failure(.machine, "\(file.name): a piece of it has not come") }
            try upload.file.write(bytes, at: Int(offset))
            upload.size += UInt64(bytes.count)
            upload.hash = FileRequest.hash(bytes, after: upload.hash)
        }
        upload.lastPiece = .now
        let kept = upload
        let isOver = state.withLock { state in
            if !state.isOver { state.uploads[key] = kept }
            return state.isOver
        }
        if isOver { throw Failure(.machine, "\(file.name): the run takes nothing more in") }
        return .written
    }

    /// Whether another upload may begin; one of which nothing has come for long ends for it.
    private func hasRoom() -> Bool {
        state.withLock { state in
            guard state.uploads.count >= Self.mostUploads else { return true }
            let now = ContinuousClock.now
            state.uploads = state.uploads.filter { now - $0.value.lastPiece < Self.patience }
            return state.uploads.count < Self.mostUploads
        }
    }

    /// As of its pieces, one after the other.
    private static func hash(of bytes: [UInt8]) -> UInt64 {
        stride(from: 0, to: bytes.count, by: FileRequest.largest).reduce(0) { hash, start in
            FileRequest.hash(Array(bytes[start..<min(start + FileRequest.largest, bytes.count)]), after: hash)
        }
    }

    private func finish(_ file: SharedFile, _ key: Key, size: UInt64, hash: UInt64) throws -> FileReply {
        let path = try path(toWrite: file)
        guard let upload = state.withLock({ $0.uploads.removeValue(forKey: key) }) else {
            // The answer to the first time may be lost.
            guard let bytes = try content(of: file, at: path, size: size), UInt64(bytes.count) == size,
                Self.hash(of: bytes) == hash
            else {
                throw Failure(.machine, "\(file.name): nothing of it has come")
            }
            return .written
        }
        guard !state.withLock({ $0.isOver }), upload.size == size, upload.hash == hash else {
            throw Failure(.machine, "\(file.name): what has come is not what was sent")
        }
        try upload.file.commit()
        if case .store(let name) = file { try workspace.store.handOver(name) }
        return .written
    }

    /// The bytes of a file that has come before; nil where there is none of that size.
    private func content(of file: SharedFile, at path: String, size: UInt64) throws -> [UInt8]? {
        guard case .store(let name) = file else { return try? Files.read(path) }
        let blobs = workspace.store.blobs
        guard let found = try blobs.read(name, offset: 0, count: 0)?.size, UInt64(found) == size else { return nil }
        return try blobs.bytes(name)
    }
}

/// A new file that grows over several calls. Confined to one thread at a time.
private final class UploadedFile: Sendable {
    private let file: Mutex<NewFile>
    private let path: String

    init(_ path: String, below root: RunDirectory) throws(StoreError) {
        self.path = path
        file = Mutex(try NewFile(path, below: root))
    }

    func write(_ bytes: [UInt8], at offset: Int) throws {
        try file.withLock { try Files.write($0.descriptor, path, bytes, offset: offset) }
    }

    func commit() throws { try file.withLock { try $0.commit() } }
}
