import Bytes
import ClusterProtocol
import Foundation

/// What stages leave for the next ones, by split, by shard and for all: a folder that all machines see under the same path.
///
/// Names are made here from numbers, never taken from messages. A file appears under its name when it is whole (written
/// under a temporary name, synced, renamed), so that a task done twice leaves what it left the first time.
struct ShardStore: Sendable {
    let directory: String
    /// The run's folder, for what is written.
    let root: RunDirectory?
    /// Where the coordinator's store is another one.
    let remote: RemoteFolder?

    init(directory: String, below root: RunDirectory? = nil, remote: RemoteFolder? = nil) {
        self.directory = directory
        self.root = root
        self.remote = remote
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
    static let version: UInt32 = 2

    func path(_ name: Name) -> String { "\(directory)/\(name.path)" }

    func create() throws(StoreError) {
        for folder in folders { try Files.makeDirectory(folder) }
    }

    var folders: [String] { ["", "/events", "/shards"].map { directory + $0 } }

    func write(_ name: Name, _ bytes: [UInt8]) throws(StoreError) {
        try Files.write(bytes, to: path(name), below: root)
        try hand(name)
    }

    /// Gives the coordinator what has been written, where it does not see it.
    func hand(_ name: Name) throws(StoreError) {
        try carried(name) { remote throws(Failure) in try remote.hand(.store(name), from: path(name)) }
    }

    private func carried(
        _ name: Name, _ body: (RemoteFolder) throws(Failure) -> Void
    ) throws(StoreError) {
        guard let remote else { return }
        do throws(Failure) {
            try body(remote)
        } catch {
            throw .remote(file: name.path, reason: error.message)
        }
    }

    func write(_ name: Name, sealing value: some ByteCodable) throws(StoreError) {
        try write(name, ChecksummedEnvelope.seal(value.encoded, name: Self.seal, version: Self.version))
    }

    func bytes(_ name: Name) throws(StoreError) -> [UInt8] {
        try carried(name) { remote throws(Failure) in try remote.bring(.store(name), to: path(name)) }
        return try Files.read(path(name))
    }

    /// The blocks of one shard that a split gave, in file order.
    func blocks(of shard: Int, split: Int) throws(StoreError) -> [[UInt8]] {
        let name = Name.events(split: split)
        guard let remote, access(path(name), F_OK) != 0 else { return try EventFile.blocks(of: shard, in: path(name)) }
        // Of what others made only what the shard has of it travels.
        return try EventFile.blocks(of: shard, in: .store(name), from: remote.files)
    }

    func read<Value: ByteCodable>(_ name: Name, as type: Value.Type = Value.self) throws(StoreError) -> Value {
        let bytes = try self.bytes(name)
        var reader: ByteReader
        do throws(ByteError) {
            reader = try ChecksummedEnvelope.open(bytes, name: Self.seal, version: Self.version)
        } catch {
            Files.discard(path(name))
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
