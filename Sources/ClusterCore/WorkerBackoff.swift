import ClusterProtocol

/// Workers that failed at what they were asked, and get nothing for a second, twice as long each time until they have done
/// something: a machine that can do nothing costs the run next to nothing.
struct WorkerBackoff: Sendable {
    /// Doublings of the first second: the longest is 512 s.
    private static let mostDoublings = 9

    private var rests: [WorkerID: (count: Int, until: Instant)] = [:]

    /// Whether a rest begins: not of what it had been given before one.
    mutating func begin(_ worker: WorkerID, at now: Instant) -> Bool {
        if isResting(worker, at: now) { return false }
        let count = (rests[worker]?.count ?? 0) + 1
        rests[worker] = (count, now + .seconds(1 << min(count - 1, Self.mostDoublings)))
        return true
    }

    func isResting(_ worker: WorkerID, at now: Instant) -> Bool { rests[worker].map { now < $0.until } ?? false }

    /// Whether it has done nothing since it failed: one thing at a time is enough for it.
    func hasFailed(_ worker: WorkerID) -> Bool { rests[worker] != nil }

    /// It has done something, or has gone.
    mutating func end(_ worker: WorkerID) { rests[worker] = nil }
}

extension Coordinator {
    /// Gives a worker that failed a rest, if it is not at one.
    mutating func rest(_ worker: WorkerID, because what: String, _ now: Instant) -> [Effect] {
        backoff.begin(worker, at: now) ? [.report(.failing(worker, what: what))] : []
    }
}
