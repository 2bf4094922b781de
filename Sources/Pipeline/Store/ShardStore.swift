import Bytes
import Foundation

/// What stages leave for the next ones, by split, by shard and for all: a folder that all machines see under the same path.
///
/// Names are made here from numbers, never taken from messages. A file appears under its name when it is whole (written
/// under a temporary name, synced, renamed), so that a task done twice leaves what it left the first time.
struct ShardStore: Sendable {
    let directory: String
    /// The run's folder, for what is written.
    let root: RunDirectory?

    init(directory: String, below root: RunDirectory? = nil) {
        self.directory = directory
        self.root = root
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
    }

    func write(_ name: Name, sealing value: some ByteCodable) throws(StoreError) {
        try write(name, ChecksummedEnvelope.seal(value.encoded, name: Self.seal, version: Self.version))
    }

    func bytes(_ name: Name) throws(StoreError) -> [UInt8] { try Files.read(path(name)) }

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
