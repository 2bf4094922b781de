import Bytes
import ClusterProtocol
import Foundation
import InstanceFile
import Tables

/// A finished output file: its path under the results, and what proves it.
struct OutputFile: ByteCodable, Sendable {
    var path: String
    var sha256: String
    var bytes: Int
    var rows: Int

    init(path: String, sha256: String, bytes: Int, rows: Int) {
        self.path = path
        self.sha256 = sha256
        self.bytes = bytes
        self.rows = rows
    }

    func encode(to writer: inout ByteWriter) {
        writer.write(path, sha256, UInt64(bytes), UInt64(rows))
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        path = try reader.read(String.self)
        sha256 = try reader.read(String.self)
        bytes = Int(clamping: try reader.read(UInt64.self))
        rows = Int(clamping: try reader.read(UInt64.self))
        // Those of all parts together are added up.
        guard bytes <= 1 << 38, rows <= ByteReader.mostCounted else {
            throw .badValue("size of an output", offset: reader.offset)
        }
    }
}

struct OutputFiles: FieldCodable {
    var files: [OutputFile] = []

    /// A part of a shard's, under the name of its output.
    static func part(_ shard: Int) -> String { "part-\(ShardStore.Name.padded(shard)).parquet" }

    /// Whether these are the files that were asked for and no others, with what can be a hash: they are a worker's words,
    /// and are published.
    func are(_ folders: [String], shard: Int) -> Bool {
        files.map(\.path) == folders.map { "\($0)/\(Self.part(shard))" }
            && files.allSatisfy { file in
                file.sha256.utf8.count == 64 && file.sha256.allSatisfy { $0.isHexDigit && !$0.isUppercase }
            }
    }

    /// As those that they are, once `are` has said so.
    func parts(ofShard shard: Int) -> [SharedFile] {
        files.map { .result(folder: String($0.path.dropLast(Self.part(shard).count + 1)), shard: shard) }
    }

    static let fields = FieldList(Self.init, \.files)
}

/// What a task that writes a shard's parts adds to the whole, and the parts.
struct SummedParts<Summary: ShardSum>: FieldCodable {
    var summary: Summary
    var outputs: OutputFiles

    static var fields: FieldList<Self> { FieldList(Self.init, \.summary, \.outputs) }
}

extension Instance {
    /// The outputs that come in parts, a part a shard, in the order in which they are written.
    var partedOutputs: [String] {
        ["scores", "factors"] + (enrich ? ["profiles"] : []) + segments.map { "segments/\(slug($0.name))" }
    }
}

extension TaskExecutor {
    /// Writes a part under a temporary name, syncs it, and gives it its own.
    func write(_ path: String, _ table: Table) throws(Failure) -> OutputFile {
        let place = "\(workspace.results)/\(path)"
        let proof: (hash: String, bytes: Int)
        try workspace.remote?.makeFolder(of: place)
        do {
            proof = try NewFile.write(table, to: place, below: workspace.root)
        } catch {
            throw Failure(.machine, "\(error)")
        }
        try workspace.remote?.hand(part: path, from: place)
        return OutputFile(path: path, sha256: proof.hash, bytes: proof.bytes, rows: table.rowCount)
    }
}
