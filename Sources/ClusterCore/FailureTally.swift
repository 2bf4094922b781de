import ClusterProtocol

/// Of one task, or of the training of one tree: who could not do it, and whether anybody can.
struct FailureTally: Sendable {
    /// How long all must have failed: what passes within that is no reason to end a run.
    private static let patience = Duration.seconds(5)

    private var first: Instant
    private var workers: Set<WorkerID> = []
    /// Those that found the input bad.
    private var readers: Set<WorkerID> = []

    init(at now: Instant) { first = now }

    mutating func note(_ worker: WorkerID, _ kind: Failure.Kind) {
        workers.insert(worker)
        if kind == .input { readers.insert(worker) }
    }

    func has(_ worker: WorkerID) -> Bool { workers.contains(worker) }

    /// Whether the input may be bad, and not the machines that say so: those of two hosts do, or of the only one there is.
    /// Any number of workers of one host see no more than one does.
    func areOfInput(among hosts: [WorkerID: String]) -> Bool {
        let found = Set(readers.compactMap { hosts[$0] })
        return !found.isEmpty && found.count >= min(2, Set(hosts.values).count)
    }

    /// Whether nobody will do it: all that are there have failed, for some time.
    func areFinal(among members: [WorkerID], at now: Instant) -> Bool {
        now - first >= Self.patience && members.allSatisfy(workers.contains)
    }
}
