package import ClusterProtocol

/// What a worker does for one run, as the transport sees it: bytes in, bytes out.
package struct WorkerRun: Sendable {
    /// Removes what this machine keeps of a run whose folder it does not see; nil: it sees it, and keeps nothing.
    let removeFiles: (@Sendable () -> Void)?
    /// Does a task of a stage; called on several threads at once.
    let perform: @Sendable (Stage, _ payload: [UInt8]) throws(Failure) -> [UInt8]
    /// Begins a worker's part in a fit, without any shard yet.
    let beginFit: @Sendable (ShardAssignment) throws(Failure) -> any WorkerFit

    package init(
        removeFiles: (@Sendable () -> Void)? = nil,
        perform: @escaping @Sendable (Stage, _ payload: [UInt8]) throws(Failure) -> [UInt8],
        beginFit: @escaping @Sendable (ShardAssignment) throws(Failure) -> any WorkerFit
    ) {
        self.removeFiles = removeFiles
        self.perform = perform
        self.beginFit = beginFit
    }
}

/// A worker's part in one fit: the shards that it holds and what it answers for them. Confined to one thread at a time.
package protocol WorkerFit: Sendable {
    /// Of the fit (`ShardAssignment.fit`).
    var number: UInt32 { get }

    /// Takes shards in and answers the order at the end of their history for them.
    mutating func assign(_ assignment: ShardAssignment, on pool: ComputePool) throws(Failure) -> Partial

    /// Gives shards up.
    mutating func release(_ shards: [UInt32])

    /// Answers an order for all shards here; nil when there are none.
    mutating func answer(
        sequence: UInt32, _ order: [UInt8], on pool: ComputePool
    ) throws(Failure) -> Partial?
}
