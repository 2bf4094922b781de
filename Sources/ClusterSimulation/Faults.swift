import ClusterProtocol

/// What may go wrong in a simulated cluster.
package enum Fault: String, Sendable, CaseIterable {
    /// Messages take up to seconds, and those of different workers overtake each other.
    case delay
    /// Data arrives once more, seconds later: a connection that its worker has given up may still hold some.
    case duplicate
    /// A connection is cut: what was under way is lost, and the peer comes back under another name.
    case reset
    /// Nothing passes between a worker and the coordinator for a while.
    case partition
    /// A worker process is killed; another takes its place, or not.
    case crash
    /// All workers but one are killed at once.
    case massacre
    /// A worker process is stopped, and continues later.
    case stop
    /// A worker's threads never finish what they are at, while it goes on beating.
    case hang
    /// A worker can do nothing that it is asked, as on a machine that does not see the store.
    case unable
    /// A worker sends results and answers that are none to what it was asked.
    case lie
    /// Bits flip in a worker's memory: its answers in training are of the right shape, and wrong.
    case flip
    /// A worker sends wrong results and answers that contradict nothing. Only an audit finds that out, and only of one:
    /// not among `some`.
    case forge
    /// A worker is several times slower than others.
    case slow
    /// A worker joins, or leaves as it was asked to.
    case elastic
    /// The coordinator is killed before, within or after a write to its journal, and started again.
    case coordinator
    /// As `coordinator`, but by a power cut: what was not synced is gone, or there in part.
    case power
    /// The journal's disk is full for a while.
    case disk
    /// The disk that only one worker sees loses what is on it.
    case scratch

    /// What a worker says that is unable.
    static func cannot(_ kind: Failure.Kind) -> Failure { Failure(kind, "there is no such file") }

    /// Some faults, as the seed decides: with all of them at once, the coarse ones would hide the fine ones.
    package static func some(seed: UInt64) -> Set<Fault> {
        var random = SimulatedRandom(seed: seed ^ 0xFA17)
        return Set(allCases.filter { $0 != .forge }.filter { _ in random.chance(of: 2, in: 5) })
    }
}
