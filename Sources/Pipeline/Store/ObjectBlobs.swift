import ClusterProtocol
import Foundation
import Synchronization
import Tables

/// Objects below an address of an object store, for whoever has credentials for it.
struct ObjectBlobs: BlobStore {
    /// Such as `s3://bucket/work/run-1f`.
    let address: String
    private let opened = OpenObjects()
    private let turns = (0..<16).map { _ in Turn() }

    /// One thread at a time brings an object, and the others then find it.
    private final class Turn: Sendable {
        let taken = Mutex(())
    }

    /// Objects of more bytes are read in parts: each part is a question to the store, and each whole object a copy on this disk.
    private static let largestWhole = 8 << 20

    init(_ address: String) { self.address = address }

    private func address(_ name: ShardStore.Name) -> String { "\(address)/\(name.path)" }

    func isReadInParts(_ name: ShardStore.Name) throws(StoreError) -> Bool {
        (try read(name, offset: 0, count: 0)?.size).map { $0 > Self.largestWhole } ?? true
    }

    func read(_ name: ShardStore.Name, offset: Int, count: Int) throws(StoreError) -> (bytes: [UInt8], size: Int)? {
        try exchanging(name) { () throws(TableError) in try opened.read(address(name), offset, count) }
    }

    func has(_ name: ShardStore.Name) throws(StoreError) -> Bool {
        try exchanging(name) { () throws(TableError) in try ObjectStore.look(at: address(name))?.size } ?? nil != nil
    }

    func write(_ name: ShardStore.Name, from path: String) throws(StoreError) {
        _ = try exchanging(name) { () throws(TableError) in try ObjectStore.write(file: path, to: address(name)) }
        opened.forget(address(name))
    }

    func discardIfDamaged(_ name: ShardStore.Name) throws(StoreError) {
        // As it is now: somebody may have made it anew.
        opened.forget(address(name))
        defer { opened.forget(address(name)) }
        if try isWhole(name) { return }
        _ = try exchanging(name) { () throws(TableError) in try ObjectStore.remove(address(name)) }
    }

    func bring(_ name: ShardStore.Name, to path: String, below root: RunDirectory?) throws(StoreError) -> Bool {
        let turn = turns[name.path.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF } % turns.count]
        return try turn.taken.withLock { _ in
            Result { () throws(StoreError) in
                if access(path, F_OK) == 0 { return true }
                let object: RangedFile
                do throws(TableError) {
                    object = try RangedFile(address(name))
                } catch {
                    if case .missing = error { return false }
                    throw StoreError(name, in: address, error)
                }
                try NewFile.write(object, to: path, below: root)
                return true
            }
        }.get()
    }

    /// What the store answers; nil where it says that there is no such object.
    private func exchanging<Value>(
        _ name: ShardStore.Name, _ body: () throws(TableError) -> Value
    ) throws(StoreError) -> Value? {
        do throws(TableError) {
            return try body()
        } catch {
            if case .missing = error { return nil }
            throw StoreError(name, in: address, error)
        }
    }

    // MARK: The coordinator

    /// Makes the store known to those who see it.
    ///
    /// - Parameter proof: a file of this machine that holds what is to be there.
    func put(proof: String) throws(StoreError) {
        do throws(TableError) {
            try ObjectStore.write(file: proof, to: "\(address)/\(Welcome.proof)")
        } catch {
            throw .exchange(file: Welcome.proof, with: address, reason: "\(error)")
        }
    }

    func remove(_ name: ShardStore.Name) throws(TableError) { try ObjectStore.remove(address(name)) }

    /// Removes all of it.
    func removeAll() throws(TableError) { try ObjectStore.removeAll(below: address) }

    // MARK: A worker

    /// Whether this process sees what the coordinator has put there, and may put something there itself.
    ///
    /// - Parameter scratch: a path of this machine, for a moment.
    func isUsable(proof: [UInt8], scratch: String) -> Bool {
        let own = "\(address)/\(Welcome.proof)-\(UInt64.random(in: 0 ... .max))"
        do {
            let object = try RangedFile("\(address)/\(Welcome.proof)")
            guard object.size == proof.count, try object.read(0..<proof.count) == proof else { return false }
            try Files.write(proof, to: scratch)
            defer { Files.discard(scratch) }
            try ObjectStore.write(file: scratch, to: own)
            // Whoever may not remove it leaves it to the coordinator.
            try? ObjectStore.remove(own)
            return true
        } catch {
            return false
        }
    }
}

/// Objects if this process can use them, else the coordinator: tried when the first file is asked for, by the thread that asks,
/// for a store may take minutes to refuse.
final class TriedBlobs: BlobStore {
    private let objects: ObjectBlobs
    private let coordinator: CoordinatorBlobs
    private let proof: [UInt8]
    private let scratch: String
    private let usesObjects = Mutex<Bool?>(nil)

    init(_ objects: ObjectBlobs, else coordinator: CoordinatorBlobs, proof: [UInt8], scratch: String) {
        self.objects = objects
        self.coordinator = coordinator
        self.proof = proof
        self.scratch = scratch
    }

    private var chosen: any BlobStore {
        usesObjects.withLock { usesObjects in
            let isUsable = usesObjects ?? objects.isUsable(proof: proof, scratch: scratch)
            usesObjects = isUsable
            return isUsable ? objects : coordinator
        }
    }

    func isReadInParts(_ name: ShardStore.Name) throws(StoreError) -> Bool { try chosen.isReadInParts(name) }

    func read(_ name: ShardStore.Name, offset: Int, count: Int) throws(StoreError) -> (bytes: [UInt8], size: Int)? {
        try chosen.read(name, offset: offset, count: count)
    }

    func has(_ name: ShardStore.Name) throws(StoreError) -> Bool { try chosen.has(name) }

    func write(_ name: ShardStore.Name, from path: String) throws(StoreError) { try chosen.write(name, from: path) }

    func discardIfDamaged(_ name: ShardStore.Name) throws(StoreError) { try chosen.discardIfDamaged(name) }

    func bring(_ name: ShardStore.Name, to path: String, below root: RunDirectory?) throws(StoreError) -> Bool {
        try chosen.bring(name, to: path, below: root)
    }
}
