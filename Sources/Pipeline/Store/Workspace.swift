import Foundation

/// The folder in which a run works: the store of shards, and the results as they grow.
struct Workspace: Sendable {
    let directory: String
    let root: RunDirectory

    /// Of this process's own making.
    init(directory: String) {
        self.directory = directory
        root = RunDirectory(directory)
    }

    /// As a message names it: nil unless it is a plain absolute path, below which all that is written stays.
    init?(told directory: String) {
        let parts = directory.split(separator: "/")
        guard directory.hasPrefix("/"), !parts.isEmpty, !directory.utf8.contains(0),
            !parts.contains("."), !parts.contains("..")
        else { return nil }
        self.directory = directory
        root = RunDirectory(directory, isTold: true)
    }

    var store: ShardStore { ShardStore(directory: "\(directory)/store", below: root) }
    var results: String { "\(directory)/results" }
    /// What the results replaced, for a moment.
    var previous: String { "\(directory)/previous" }
    /// A link to an earlier run's results, so that messages name it by number: no path in them leads out of here.
    func earlierRun(_ number: Int) -> String { "\(directory)/earlier-\(number)" }

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
