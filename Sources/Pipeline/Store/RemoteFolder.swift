import ClusterProtocol
import ClusterTransport
import Foundation
import Synchronization
import Tables

/// The run's folder as a worker has it that does not see the coordinator's: a private folder of its own. What the worker makes
/// stays there and is handed to the coordinator before it counts; what it needs and has not comes from there, and stays too.
final class RemoteFolder: Sendable {
    let files: RemoteFiles
    /// Whether input files that are here are read here.
    let seesInputs: Bool
    private let folder: PrivateFolder
    private let isRemoved = Mutex(false)
    private let lendings = Mutex(0)

    /// - Parameter place: the folder that it is made in; nil: the system's for temporary files.
    init(_ files: RemoteFiles, in place: String?, seesInputs: Bool) throws(StoreError) {
        self.files = files
        self.seesInputs = seesInputs
        folder = try PrivateFolder(in: place)
        for name in ["store/events", "store/shards", "results"] {
            try Files.makeDirectory("\(folder.path)/\(name)")
        }
    }

    var path: String { folder.path }

    /// Ends with everything in it: nothing is brought or made here from now on.
    func remove() {
        isRemoved.withLock { $0 = true }
        folder.remove()
    }

    /// Makes the folder of a file that is to be made here.
    func makeFolder(of path: String) throws(Failure) {
        if isRemoved.withLock({ $0 }) { throw Failure(.machine, "the worker leaves") }
        do throws(StoreError) {
            try Files.makeDirectory(URL(fileURLWithPath: path).deletingLastPathComponent().path)
        } catch {
            throw Failure(.machine, "\(error)")
        }
    }

    /// Copies a part of an earlier run's scores here, if it is not here yet.
    ///
    /// - Parameter path: below this folder.
    func bring(_ file: SharedFile, to path: String) throws(Failure) {
        if access(path, F_OK) == 0 { return }
        do {
            try makeFolder(of: path)
            var new = try NewFile(path, below: nil)
            var offset = 0
            while true {
                let (bytes, size) = try piece(of: file, offset: offset, count: FileRequest.largest)
                if bytes.isEmpty, offset < size { throw StoreError.shortened(file.name) }
                try Files.write(new.descriptor, path, bytes, offset: offset)
                offset += bytes.count
                if offset >= size { break }
            }
            try new.commit()
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.machine, "\(error)")
        }
    }

    private func piece(
        of file: SharedFile, offset: Int, count: Int
    ) throws(Failure) -> (bytes: [UInt8], size: Int) {
        guard let piece = try files.read(file.name, offset: offset, count: count) else {
            throw Failure(.machine, "\(file.name): the coordinator has no such file")
        }
        return piece
    }

    /// Lets an input file be read here as if it were here, by the ranges that are needed of it.
    ///
    /// - Parameters:
    ///   - path: where the coordinator has it; folders of it may be named by what is in them.
    ///   - body: told the path at which it is read.
    func lend<Value>(
        _ file: SharedFile, as path: String, _ body: (String) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let size = try piece(of: file, offset: 0, count: 0).size
        let refusal = Mutex<Failure?>(nil)
        do throws(Failure) {
            // A path of this reading alone: others may read the same file at the same time.
            let number = lendings.withLock { count in
                count += 1
                return count
            }
            let place = "\(self.path)/inputs/\(number)\(path)"
            return try withLentFile(at: place, size: size) { offset, count in
                do throws(Failure) {
                    return try self.piece(of: file, offset: offset, count: count).bytes
                } catch {
                    refusal.withLock { $0 = error }
                    return nil
                }
            } _: { () throws(Failure) in
                try body(place)
            }
        } catch {
            throw refusal.withLock { $0 } ?? error
        }
    }

    /// Hands the coordinator a part of an output, which nobody asks for again.
    ///
    /// - Parameter output: below the results.
    func hand(part output: String, from path: String) throws(Failure) {
        defer { Files.discard(path) }
        try files.write("results/\(output)", from: path)
    }
}

extension RemoteFiles {
    /// Hands the coordinator a file that is here.
    func write(_ name: String, from path: String) throws(Failure) {
        do {
            let file = try RangedFile(path)
            try write(name) { offset, count throws(Failure) in
                do throws(TableError) {
                    return try file.read(offset..<min(offset + count, file.size))
                } catch {
                    throw Failure(.machine, "\(error)")
                }
            }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.machine, "\(error)")
        }
    }
}
