import Bytes
import ClusterProtocol
import Events
import Features

/// What tasks give back of their shards and the coordinator adds up, in whatever order.
protocol ShardSum: ByteCodable, Sendable {
    /// Whether another is over the same things as this one, so that it may be added: to be asked of whatever workers send,
    /// for what one of them makes up must not end the coordinator.
    func fits(_ other: Self) -> Bool

    /// Adds another, which must fit. Commutes and associates.
    mutating func add(_ other: Self)
}

extension IngestSummary: ShardSum {
    mutating func add(_ other: IngestSummary) { merge(other) }
}

extension AssembleSummary: ShardSum {
    mutating func add(_ other: AssembleSummary) { merge(other) }
}

extension RunContext {
    /// Has tasks done by the cluster and adds up what they give, beginning with nothing.
    func sum<Sum: ShardSum>(
        _ stage: Stage, _ tasks: [some ByteCodable], into nothing: Sum
    ) throws(RunError) -> Sum {
        let results = try results(stage, tasks.map(\.encoded)) { _, bytes in
            let part = try Sum(decoding: bytes)
            return nothing.fits(part) ? part : nil
        }
        var sum = nothing
        // One after the other, for decoded they take many times the memory.
        do throws(ByteError) {
            for bytes in results { sum.add(try Sum(decoding: bytes)) }
        } catch {
            throw .failed("a worker's result (\(stage.rawValue)) cannot be read: \(error)")
        }
        return sum
    }

    /// One task a shard.
    func sumByShard<Sum: ShardSum>(_ stage: Stage, into nothing: Sum) throws(RunError) -> Sum {
        try sum(stage, (0..<plan.shardCount).map { ShardTask(shard: $0) }, into: nothing)
    }
}
