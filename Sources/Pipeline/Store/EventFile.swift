import Bytes
import ClusterProtocol
import ClusterTransport
import Events
import Features
import Foundation

/// One split's ingested events: blocks for shards in the order in which they came, and at the end an index of them.
///
/// Layout: blocks; then the index (a count, and for each block shard UInt32, offset UInt64, length UInt64); then the
/// index's offset UInt64, its checksum UInt64 and the letters "PROPEVTS". Blocks bear checksums of their own.
struct EventFileWriter: ~Copyable {
    private var target: NewFile
    private let file: UnsafeMutablePointer<FILE>
    private var offset = 0
    private var index: [EventFile.Entry] = []

    init(_ path: String, below root: RunDirectory?) throws(StoreError) {
        let target = try NewFile(path, below: root)
        file = try Self.stream(to: target.descriptor, path)
        self.target = target
    }

    /// With a descriptor of its own.
    private static func stream(to descriptor: Int32, _ path: String) throws(StoreError) -> UnsafeMutablePointer<FILE> {
        let own = dup(descriptor)
        guard own >= 0 else { throw StoreError("write", path) }
        guard let file = fdopen(own, "wb") else {
            close(own)
            throw StoreError("write", path)
        }
        return file
    }

    deinit { fclose(file) }

    mutating func append(shard: Int, block: [UInt8]) throws(StoreError) {
        try put(block)
        index.append(EventFile.Entry(shard: UInt32(shard), offset: UInt64(offset), length: UInt64(block.count)))
        offset += block.count
    }

    mutating func finish() throws(StoreError) {
        var writer = ByteWriter()
        writer.write(each: index) { writer, entry in
            writer.write(entry.shard)
            writer.write(entry.offset)
            writer.write(entry.length)
        }
        let checksum = writer.bytes.withUnsafeBytes { StableHash.hash($0) }
        writer.write(UInt64(offset))
        writer.write(checksum)
        writer.append(Array("PROPEVTS".utf8))
        try put(writer.bytes)
        guard fflush(file) == 0 else { throw StoreError("write", target.path) }
        try target.commit()
    }

    private func put(_ bytes: [UInt8]) throws(StoreError) {
        guard bytes.withUnsafeBytes({ fwrite($0.baseAddress, 1, $0.count, file) }) == bytes.count else {
            throw StoreError("write", target.path)
        }
    }
}

enum EventFile {
    struct Entry {
        var shard: UInt32
        var offset: UInt64
        var length: UInt64
    }

    static let trailerSize = 24
    /// Bytes of the end that are read at once.
    private static let tailSize = 64 << 10

    /// Bytes of a file from an offset on.
    private typealias Reading = (_ offset: Int, _ count: Int) throws(StoreError) -> [UInt8]

    /// The blocks of one shard, in file order. Throws `unusable` where the file is damaged.
    static func blocks(of shard: Int, in path: String) throws(StoreError) -> [[UInt8]] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreError("read", path) }
        defer { close(descriptor) }
        let size = try Files.size(of: descriptor, path)
        return try blocks(of: shard, path, size) { offset, count throws(StoreError) in
            try Files.read(descriptor, path, offset: offset, count: count)
        }
    }

    /// The same, of a file that is not here.
    static func blocks(
        of shard: Int, in name: ShardStore.Name, from blobs: some BlobStore
    ) throws(StoreError) -> [[UInt8]] {
        guard let size = try blobs.read(name, offset: 0, count: 0)?.size else {
            throw StoreError("read", name.path, ENOENT)
        }
        return try blocks(of: shard, name.path, size) { offset, count throws(StoreError) in
            try blobs.bytes(name, offset: offset, count: count)
        }
    }

    private static func blocks(
        of shard: Int, _ path: String, _ size: Int, _ read: Reading
    ) throws(StoreError) -> [[UInt8]] {
        var blocks: [[UInt8]] = []
        for entry in try index(path, size, read) where Int(entry.shard) == shard {
            blocks.append(try read(Int(entry.offset), Int(entry.length)))
        }
        return blocks
    }

    /// Whether a file is as it was written, and every block in it; of none, too.
    static func isWhole(_ name: ShardStore.Name, from blobs: some BlobStore) throws(StoreError) -> Bool {
        guard let size = try blobs.read(name, offset: 0, count: 0)?.size else { return true }
        let read = { (offset, count) throws(StoreError) in try blobs.bytes(name, offset: offset, count: count) }
        do throws(StoreError) {
            for entry in try index(name.path, size, read) {
                guard Assembler.isWhole(block: try read(Int(entry.offset), Int(entry.length))) else { return false }
            }
            return true
        } catch {
            if case .unusable = error { return false }
            throw error
        }
    }

    private static func index(_ path: String, _ size: Int, _ read: Reading) throws(StoreError) -> [Entry] {
        guard size >= trailerSize else {
            throw StoreError(path, .endOfBytes(offset: 0, needed: trailerSize, available: size))
        }
        let place: (start: Int, checksum: UInt64)
        // As a rule all of the index is in it.
        let tail = try read(size - min(size, tailSize), min(size, tailSize))
        let trailer = Array(tail.suffix(trailerSize))
        do throws(ByteError) {
            var reader = ByteReader(trailer)
            let start = try reader.read(UInt64.self)
            let checksum = try reader.read(UInt64.self)
            guard start <= UInt64(size - trailerSize), trailer.suffix(8) == Array("PROPEVTS".utf8)[...] else {
                throw ByteError.badValue("trailer", offset: size - trailerSize)
            }
            place = (Int(start), checksum)
        } catch {
            throw StoreError(path, error)
        }
        let count = size - trailerSize - place.start
        let bytes =
            count + trailerSize <= tail.count
            ? Array(tail.suffix(count + trailerSize).dropLast(trailerSize)) : try read(place.start, count)
        guard bytes.withUnsafeBytes({ StableHash.hash($0) }) == place.checksum else {
            throw StoreError(path, .badValue("checksum of the index", offset: place.start))
        }
        do throws(ByteError) {
            var index = ByteReader(bytes)
            // One after the other, so that none is read twice.
            var end: UInt64 = 0
            return try index.readEach { reader throws(ByteError) in
                let entry = Entry(shard: try reader.read(), offset: try reader.read(), length: try reader.read())
                guard end...UInt64(place.start) ~= entry.offset, entry.length <= UInt64(place.start) - entry.offset
                else {
                    throw .badValue("block place", offset: place.start)
                }
                end = entry.offset + entry.length
                return entry
            }
        } catch {
            throw StoreError(path, error)
        }
    }
}
