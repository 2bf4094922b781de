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

/// Adds up what shards give, each sum to one of as many: what grows with what is added is copied a logarithm of times, not once
/// for each shard. Holds as many sums as that.
struct ShardSums<Sum: ShardSum> {
    /// Each of more shards than the next.
    private var sums: [(shards: Int, sum: Sum)] = []

    mutating func add(_ sum: Sum) {
        sums.append((1, sum))
        while let last = sums.last, sums.count > 1, sums[sums.count - 2].shards == last.shards { fold() }
    }

    private mutating func fold() {
        guard let last = sums.popLast() else { return }
        sums[sums.count - 1].shards += last.shards
        sums[sums.count - 1].sum.add(last.sum)
    }

    /// The sum of all, and of `nothing`.
    consuming func total(from nothing: Sum) -> Sum {
        while sums.count > 1 { fold() }
        var total = nothing
        if let all = sums.first { total.add(all.sum) }
        return total
    }
}

extension IngestSummary: ShardSum {
    mutating func add(_ other: IngestSummary) { merge(other) }
}

extension AssembleSummary: ShardSum {
    mutating func add(_ other: AssembleSummary) { merge(other) }
}
