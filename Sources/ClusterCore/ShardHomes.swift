import ClusterProtocol

/// Which workers have what was made of a shard, on their own disks or in memory: they need not fetch it.
///
/// It only saves time: no result depends on who does a shard's work. Cost: O(workers) numbers a shard at most.
struct ShardHomes: Sendable {
    private var workers: [UInt32: [WorkerID]] = [:]

    func has(_ worker: WorkerID, _ shard: UInt32) -> Bool { workers[shard]?.contains(worker) ?? false }

    func isNowhere(_ shard: UInt32) -> Bool { workers[shard]?.isEmpty ?? true }

    mutating func note(_ worker: WorkerID, has shard: UInt32) {
        if !has(worker, shard) { workers[shard, default: []].append(worker) }
    }

    /// A worker has gone, and its disk with it.
    mutating func forget(_ worker: WorkerID) {
        for shard in workers.keys { workers[shard]?.removeAll { $0 == worker } }
    }
}
