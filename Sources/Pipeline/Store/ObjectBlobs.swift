import ClusterProtocol
import Foundation
import Synchronization
import Tables

/// Objects below an address of an object store, for whoever has credentials for it.
///
/// A part of an object costs a question to the store, as all of it does: objects are brought whole, and once.
struct ObjectBlobs: BlobStore {
    /// Such as `s3://bucket/work/run-1f`.
    let address: String
    let readsParts = false
    private let turns = (0..<16).map { _ in Turn() }

    /// One thread at a time brings an object, and the others then find it.
    private final class Turn: Sendable {
        let taken = Mutex(())
    }

    init(_ address: String) { self.address = address }

    private func address(_ name: ShardStore.Name) -> String { "\(address)/\(name.path)" }

    func read(_ name: ShardStore.Name, offset: Int, count: Int) throws(StoreError) -> (bytes: [UInt8], size: Int)? {
        try exchanging(name) { () throws(TableError) in
            do throws(TableError) {
                let object = try RangedFile(address(name))
                let range = min(offset, object.size)..<min(offset + count, object.size)
                return (range.isEmpty ? [] : try object.read(range), object.size)
            } catch {
                if case .missing = error { return nil }
                throw error
            }
        }
    }

    func write(_ name: ShardStore.Name, from path: String) throws(StoreError) {
        try exchanging(name) { () throws(TableError) in
            try ObjectStore.write(file: path, to: address(name))
        }
    }

    func discard(_ name: ShardStore.Name) { try? ObjectStore.remove(address(name)) }

    func bring(_ name: ShardStore.Name, to path: String, below root: RunDirectory?) throws(StoreError) -> Bool {
        try turns[name.path.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF } % turns.count].taken.withLock { _ in
            Result { () throws(StoreError) in
                if access(path, F_OK) == 0 { return true }
                let object: RangedFile
                do throws(TableError) {
                    object = try RangedFile(address(name))
                } catch {
                    if case .missing = error { return false }
                    throw .exchange(file: name.path, with: address, reason: "\(error)")
                }
                try NewFile.write(object, to: path, below: root)
                return true
            }
        }.get()
    }

    private func exchanging<Value>(
        _ name: ShardStore.Name, _ body: () throws(TableError) -> Value
    ) throws(StoreError) -> Value {
        do throws(TableError) {
            return try body()
        } catch {
            throw .exchange(file: name.path, with: address, reason: "\(error)")
        }
    }

    // MARK: Who sees it

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

    /// Removes all of it.
    func removeAll() throws(TableError) { try ObjectStore.removeAll(below: address) }
}
