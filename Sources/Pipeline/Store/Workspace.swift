import ClusterProtocol
import Foundation

/// The folder in which a run works: the store of shards, and the results as they grow.
struct Workspace: Sendable {
    let directory: String
    let root: RunDirectory
    /// Where the coordinator's folder is another one.
    let remote: RemoteFolder?

    /// Of this process's own making.
    init(directory: String) {
        self.directory = directory
        root = RunDirectory(directory)
        remote = nil
    }

    /// A worker's own, which does not see the coordinator's.
    init(remote: RemoteFolder) {
        directory = remote.path
        root = RunDirectory(remote.path)
        self.remote = remote
    }

    /// As a message names it: nil unless it is a plain absolute path, below which all that is written stays.
    init?(told directory: String) {
        let parts = directory.split(separator: "/")
        guard directory.hasPrefix("/"), !parts.isEmpty, !directory.utf8.contains(0),
            !parts.contains("."), !parts.contains("..")
        else { return nil }
        self.directory = directory
        root = RunDirectory(directory, isTold: true)
        remote = nil
    }

    var store: ShardStore { ShardStore(directory: "\(directory)/store", below: root, remote: remote) }
    var results: String { "\(directory)/results" }
    /// What the results replaced, for a moment.
    var previous: String { "\(directory)/previous" }
    /// A link to an earlier run's results, so that messages name it by number: no path in them leads out of here.
    func earlierRun(_ number: Int) -> String { "\(directory)/earlier-\(number)" }

    /// Whether this process can work in the folder that the coordinator means: it is not another one under its path, nor
    /// another user's.
    func isShared(nonce: UInt64) -> Bool {
        guard (try? Files.read("\(directory)/\(Welcome.proof)")) == Self.proof(of: nonce) else { return false }
        // As it will write there; nothing of it stays.
        return (try? NewFile("\(store.directory)/\(Welcome.proof)", below: root)) != nil
    }

    /// Makes the folder known by a number.
    func put(nonce: UInt64) throws(StoreError) {
        try Files.write(Self.proof(of: nonce), to: "\(directory)/\(Welcome.proof)")
    }

    private static func proof(of nonce: UInt64) -> [UInt8] { Array("\(nonce)\n".utf8) }

    /// The number of an earlier run, which gets one if it has none.
    func number(ofEarlierRun folder: String) throws(StoreError) -> Int {
        var number = 0
        while symlink(folder, earlierRun(number)) != 0 {
            guard errno == EEXIST else { throw StoreError("link", earlierRun(number)) }
            if (try? FileManager.default.destinationOfSymbolicLink(atPath: earlierRun(number))) == folder { break }
            number += 1
        }
        return number
    }
}
