/// The folder in which a run works: the store of shards, and the results as they grow.
struct Workspace: Sendable {
    let directory: String

    /// Of this process's own making.
    init(directory: String) { self.directory = directory }

    /// As a message names it: nil unless it is a plain absolute path, below which all that is written stays.
    init?(told directory: String) {
        let parts = directory.split(separator: "/")
        guard directory.hasPrefix("/"), !parts.isEmpty, !directory.utf8.contains(0),
            !parts.contains("."), !parts.contains("..")
        else { return nil }
        self.directory = directory
    }

    var store: ShardStore { ShardStore(directory: "\(directory)/store") }
    var results: String { "\(directory)/results" }
    /// What the results replaced, for a moment.
    var previous: String { "\(directory)/previous" }
}
