import Bytes
import ClusterProtocol
import Foundation

/// What stages leave for the next ones, by split, by shard and for all.
///
/// Names are made here from numbers, never taken from messages. A file appears under its name when it is whole (written
/// under a temporary name, synced, renamed), so that a task done twice leaves what it left the first time.
struct ShardStore: Sendable {
    /// Where this process makes files, and has those that it has brought here.
    let directory: String
    /// The run's folder, for what is written.
    let root: RunDirectory?
    /// Where others find what is made here, and this process finds what others have made.
    let blobs: any BlobStore
    /// Whether what was made of a shard stays with who has made it, and is nowhere else.
    var keepsShards = false
    /// Makes what is of a shard and nowhere to be had.
    var remake: (@Sendable (Name) throws(Failure) -> Void)?

    /// - Parameter blobs: nil: the folder itself, which others see too.
    init(directory: String, below root: RunDirectory? = nil, blobs: (any BlobStore)? = nil) {
        self.directory = directory
        self.root = root
        self.blobs = blobs ?? FolderBlobs(directory: directory, root: root)
    }

    enum Name: Sendable {
        case plan, recipe, bins, scoreContext
        case model(Int)
        case events(split: Int)
        case features(shard: Int), binned(shard: Int), scores(shard: Int)

        var path: String {
            switch self {
            case .plan: "plan"
            case .recipe: "recipe"
            case .bins: "bins"
            case .scoreContext: "score-context"
            case .model(let index): "model-\(index)"
            case .events(let split): "events/\(Self.padded(split))"
            case .features(let shard): "shards/\(Self.padded(shard)).features"
            case .binned(let shard): "shards/\(Self.padded(shard)).bins"
            case .scores(let shard): "shards/\(Self.padded(shard)).scores"
            }
        }

        static func padded(_ number: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
        }
    }

    static let seal: StaticString = "PROPSTOR"
    /// Goes up with every change of what is written.
    static let version: UInt32 = 3

    func path(_ name: Name) -> String { "\(directory)/\(name.path)" }

    func create() throws(StoreError) {
        for folder in folders { try Files.makeDirectory(folder) }
    }

    var folders: [String] { ["", "/events", "/shards"].map { directory + $0 } }

    func write(_ name: Name, _ bytes: [UInt8]) throws(StoreError) {
        try Files.write(bytes, to: path(name), below: root)
        try hand(name)
    }

    /// Puts what has been made here where others find it.
    func hand(_ name: Name) throws(StoreError) {
        if !(keepsShards && name.isOfShard) { try blobs.write(name, from: path(name)) }
    }

    /// The same, of what is here for a moment only.
    func handOver(_ name: Name) throws(StoreError) {
        try blobs.write(name, from: path(name))
        if !(blobs is FolderBlobs) { Files.discard(path(name)) }
    }

    private func isHere(_ name: Name) -> Bool { access(path(name), F_OK) == 0 }

    /// Drops this process's copy of a file that is found damaged, and has the file itself taken away if it is so: a task's is made
    /// anew then, instead of being met again.
    func discard(_ name: Name) {
        if !(blobs is FolderBlobs) { Files.discard(path(name)) }
        // One that cannot be looked at stays.
        if name.isOfTask { try? blobs.discardIfDamaged(name) }
    }

    func write(_ name: Name, sealing value: some ByteCodable) throws(StoreError) {
        try write(name, ChecksummedEnvelope.seal(value.encoded, name: Self.seal, version: Self.version))
    }

    func bytes(_ name: Name) throws(StoreError) -> [UInt8] {
        try bring(name)
        return try Files.read(path(name))
    }

    private func bring(_ name: Name) throws(StoreError) {
        if isHere(name) { return }
        if try blobs.bring(name, to: path(name), below: root) { return }
        guard name.isOfShard, let remake else { throw StoreError("read", path(name), ENOENT) }
        do throws(Failure) {
            try remake(name)
        } catch {
            throw .gone(name.path, reason: error.message)
        }
    }

    /// The blocks of one shard that a split gave, in file order.
    func blocks(of shard: Int, split: Int) throws(StoreError) -> [[UInt8]] {
        let name = Name.events(split: split)
        do throws(StoreError) {
            // Of what others have made, what the shard has of it is read where it is, if that is less.
            if !isHere(name), try blobs.isReadInParts(name) {
                return try EventFile.blocks(of: shard, in: name, from: blobs)
            }
            try bring(name)
            return try EventFile.blocks(of: shard, in: path(name))
        } catch {
            if case .unusable = error { discard(name) }
            throw error
        }
    }

    func read<Value: ByteCodable>(_ name: Name, as type: Value.Type = Value.self) throws(StoreError) -> Value {
        let bytes = try self.bytes(name)
        var reader: ByteReader
        do throws(ByteError) {
            reader = try ChecksummedEnvelope.open(bytes, name: Self.seal, version: Self.version)
        } catch {
            discard(name)
            throw StoreError(path(name), error)
        }
        do throws(ByteError) {
            let value = try Value(from: &reader)
            try reader.finish()
            return value
        } catch {
            throw StoreError(path(name), error)
        }
    }
}
