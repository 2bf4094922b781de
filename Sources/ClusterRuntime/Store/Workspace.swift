/// The folder in which a run works: the store of shards, and the results as they grow.
struct Workspace: Sendable {
    let directory: String
    var store: ShardStore { ShardStore(directory: "\(directory)/store") }
    var results: String { "\(directory)/results" }
    /// What the results replaced, for a moment.
    var previous: String { "\(directory)/previous" }
}
