import ClusterProtocol

/// Of one task, or of the training of one tree: who could not do it, and whether anybody can.
struct Failures: Sendable {
    /// How long all must have failed: what passes within that is no reason to end a run.
    private static let patience = Duration.seconds(5)

    private var first: Instant
    private var workers: Set<WorkerID> = []
    private var readers: Set<WorkerID> = []

    init(at now: Instant) { first = now }

    /// - Parameter kind: what is wrong with the input is so for others too, but for a machine that sees another.
    mutating func note(_ worker: WorkerID, _ kind: Failure.Kind) {
        workers.insert(worker)
        if kind == .input { readers.insert(worker) }
    }

    /// Whether nobody will do it: two of those that are there find the input bad, or all fail, for some time.
    func areFinal(among members: [WorkerID], at now: Instant) -> Bool {
        let readers = members.count(where: readers.contains)
        return readers > 0 && readers >= min(2, members.count)
            || now - first >= Self.patience && members.allSatisfy(workers.contains)
    }
}
