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

/// Workers that failed at what they were asked, and get nothing for a second, twice as long each time until they have done
/// something: a machine that can do nothing costs the run next to nothing.
struct Rests: Sendable {
    private static let longest = 9

    private var rests: [WorkerID: (count: Int, until: Instant)] = [:]

    /// Whether a rest begins: not of what it had been given before one.
    mutating func begin(_ worker: WorkerID, at now: Instant) -> Bool {
        if isResting(worker, at: now) { return false }
        let count = (rests[worker]?.count ?? 0) + 1
        rests[worker] = (count, now + .seconds(1 << min(count - 1, Self.longest)))
        return true
    }

    func isResting(_ worker: WorkerID, at now: Instant) -> Bool { rests[worker].map { now < $0.until } ?? false }

    /// Whether it has done nothing since it failed: one thing at a time is enough for it.
    func hasFailed(_ worker: WorkerID) -> Bool { rests[worker] != nil }

    /// It has done something, or has gone.
    mutating func end(_ worker: WorkerID) { rests[worker] = nil }
}
