import Bytes
import ClusterProtocol
import ClusterTransport
import Foundation

/// Where the files of a run's store are kept for those who have not made them, each whole and under its name.
///
/// What is under a name never changes: a file that is written again is of the same bytes.
protocol BlobStore: Sendable {
    /// Whether parts of a file are to be read where it is, rather than all of it be brought here.
    func isReadInParts(_ name: ShardStore.Name) throws(StoreError) -> Bool

    /// Bytes from an offset on, fewer at the end of the file, and how large it is; nil where there is none of that name.
    func read(_ name: ShardStore.Name, offset: Int, count: Int) throws(StoreError) -> (bytes: [UInt8], size: Int)?

    /// Whether there is a file of that name now.
    func has(_ name: ShardStore.Name) throws(StoreError) -> Bool

    /// Puts a file of this machine there: whoever reads it finds all of it, or nothing.
    func write(_ name: ShardStore.Name, from path: String) throws(StoreError)

    /// Takes a file away if it is damaged. Cost: reads all of it.
    func discardIfDamaged(_ name: ShardStore.Name) throws(StoreError)

    /// Copies a file to where this process keeps its own; false where there is none of that name.
    ///
    /// - Parameter root: the folder that the path is below.
    func bring(_ name: ShardStore.Name, to path: String, below root: RunDirectory?) throws(StoreError) -> Bool
}

extension BlobStore {
    func bring(_ name: ShardStore.Name, to path: String, below root: RunDirectory?) throws(StoreError) -> Bool {
        guard var piece = try read(name, offset: 0, count: FileRequest.largest) else { return false }
        var file = try NewFile(path, below: root)
        var offset = 0
        while true {
            try Files.write(file.descriptor, path, piece.bytes, offset: offset)
            offset += piece.bytes.count
            if offset >= piece.size { break }
            guard let next = try read(name, offset: offset, count: FileRequest.largest), !next.bytes.isEmpty else {
                throw .shortened(name.path)
            }
            piece = next
        }
        try file.commit()
        return true
    }

    /// All of a file, of which this process keeps no copy; nil where there is none of that name.
    func bytes(_ name: ShardStore.Name) throws(StoreError) -> [UInt8]? {
        guard let size = try read(name, offset: 0, count: 0)?.size else { return nil }
        return try bytes(name, offset: 0, count: size)
    }

    /// A part of a file, all of it.
    func bytes(_ name: ShardStore.Name, offset: Int, count: Int) throws(StoreError) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            guard let piece = try read(name, offset: offset + bytes.count, count: count - bytes.count),
                !piece.bytes.isEmpty
            else { throw .shortened(name.path) }
            bytes += piece.bytes
        }
        return bytes
    }

    func has(_ name: ShardStore.Name) throws(StoreError) -> Bool { try read(name, offset: 0, count: 0) != nil }

    func isReadInParts(_ name: ShardStore.Name) throws(StoreError) -> Bool { true }

    /// Whether a file is as it was written; of none, too. Cost: reads all of it.
    func isWhole(_ name: ShardStore.Name) throws(StoreError) -> Bool {
        if case .events = name { return try EventFile.isWhole(name, from: self) }
        guard let bytes = try bytes(name) else { return true }
        return (try? ChecksummedEnvelope.open(bytes, name: ShardStore.seal, version: ShardStore.version)) != nil
    }
}

/// A folder that all who work on the run see.
struct FolderBlobs: BlobStore {
    let directory: String
    /// The run's folder, for what is written.
    let root: RunDirectory?

    private func path(_ name: ShardStore.Name) -> String { "\(directory)/\(name.path)" }

    func read(_ name: ShardStore.Name, offset: Int, count: Int) throws(StoreError) -> (bytes: [UInt8], size: Int)? {
        let path = path(name)
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw StoreError("read", path)
        }
        defer { close(descriptor) }
        let size = try Files.size(of: descriptor, path)
        let bytes = try Files.read(
            descriptor, path, offset: min(offset, size), count: min(count, max(0, size - offset)))
        return (bytes, size)
    }

    func write(_ name: ShardStore.Name, from path: String) throws(StoreError) {
        // Made at its place as a rule.
        if path == self.path(name) { return }
        try Files.write(try Files.read(path), to: self.path(name), below: root)
    }

    func discardIfDamaged(_ name: ShardStore.Name) throws(StoreError) {
        if try !isWhole(name) { Files.discard(path(name)) }
    }
}

/// The coordinator's disk, over the network: for a worker that does not see it.
struct CoordinatorBlobs: BlobStore {
    let files: RemoteFiles

    func read(_ name: ShardStore.Name, offset: Int, count: Int) throws(StoreError) -> (bytes: [UInt8], size: Int)? {
        try asked(name) { file throws(Failure) in try files.read(file, offset: offset, count: count) }
    }

    func write(_ name: ShardStore.Name, from path: String) throws(StoreError) {
        try asked(name) { file throws(Failure) in try files.write(file, from: path) }
    }

    /// The coordinator looks for itself.
    func discardIfDamaged(_ name: ShardStore.Name) throws(StoreError) {
        try asked(name) { file throws(Failure) in try files.report(damaged: file) }
    }

    private func asked<Value>(
        _ name: ShardStore.Name, _ body: (String) throws(Failure) -> Value
    ) throws(StoreError) -> Value {
        do throws(Failure) {
            return try body(SharedFile.store(name).name)
        } catch {
            throw .exchange(file: name.path, with: "the coordinator", reason: error.message)
        }
    }
}
