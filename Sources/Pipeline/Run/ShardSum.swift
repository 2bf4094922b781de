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
