import ClusterProtocol

/// The tasks of one stage: leased to workers, given to others when their worker is lost or late, each result taken once.
///
/// Tasks are idempotent, so that one that is done twice does no harm. A worker holds a lease until it reports itself,
/// even if another was quicker: one that hangs is given no more than it can hang on.
/// Cost: O(1) a task, O(leases) a worker that has nothing to do; results are held until the stage is over.
struct TaskQueue: Sendable {
    /// When a lease is late: another worker that has nothing to do then does the task too.
    enum Patience {
        /// Before it is known how long the stage's tasks take.
        static let first = Duration.seconds(30)
        static let shortest = Duration.seconds(2)
        static let medians = 2
        /// Finished tasks whose median is trusted.
        static let samples = 3
    }

    private struct Lease {
        var worker: WorkerID
        var since: Instant
    }

    let work: UInt32
    let stage: Stage
    private let payloads: [[UInt8]]
    private let accepts: @Sendable (Int, [UInt8]) -> Bool
    /// Indices waiting for a worker; the last one goes next.
    private var waiting: [Int]
    /// By task, in the order in which they were given.
    private var leases: [Int: [Lease]] = [:]
    private var held: [WorkerID: Int] = [:]
    /// How many workers each task has outlasted.
    private var deaths: [Int]
    private var failures: [Int: Failures] = [:]
    /// Which have been given to some worker.
    private var wasGiven: [Bool]
    /// Tasks given again after a failure, and to a second worker because the first was late.
    private(set) var retries = 0
    private(set) var late = 0
    /// How long finished tasks took, ascending.
    private var durations: [Duration] = []
    private(set) var results: [[UInt8]?]
    private(set) var finishedCount = 0

    /// - Parameters:
    ///   - finished: results that are known already, by task.
    ///   - accepts: whether a result can be that of a task.
    init(
        work: UInt32, stage: Stage, payloads: [[UInt8]], finished: [Int: [UInt8]] = [:],
        accepts: @escaping @Sendable (_ task: Int, _ result: [UInt8]) -> Bool = { _, _ in true }
    ) {
        self.accepts = accepts
        self.work = work
        self.stage = stage
        self.payloads = payloads
        results = payloads.indices.map { finished[$0] }
        waiting = payloads.indices.reversed().filter { finished[$0] == nil }
        finishedCount = payloads.count - waiting.count
        deaths = Array(repeating: 0, count: payloads.count)
        wasGiven = Array(repeating: false, count: payloads.count)
    }

    var count: Int { payloads.count }
    var isFinished: Bool { finishedCount == payloads.count }
    var hasWaiting: Bool { !waiting.isEmpty }

    /// Tasks that the worker has been given and has not reported.
    func leased(to worker: WorkerID) -> Int { held[worker] ?? 0 }

    /// What workers have been given and have not reported, in no order.
    var unreported: [(worker: WorkerID, task: TaskID)] {
        leases.flatMap { index, leases in
            leases.map { ($0.worker, TaskID(work: work, index: UInt32(index))) }
        }
    }

    /// The next task, now this worker's.
    mutating func lease(to worker: WorkerID, at now: Instant) -> CoordinatorMessage? {
        guard let index = waiting.popLast() else { return nil }
        if wasGiven[index] { retries += 1 }
        wasGiven[index] = true
        return give(index, to: worker, now)
    }

    /// The task that has been out for longest, if it is late and not this worker's already, for a thread without any.
    mutating func leaseLate(to worker: WorkerID, at now: Instant) -> CoordinatorMessage? {
        let patience = patience
        let late = leases.keys.sorted().filter { index in
            guard results[index] == nil, let lease = leases[index], let last = lease.last,
                !lease.contains(where: { $0.worker == worker })
            else { return false }
            // Twice as long with each: where all are late, the task is long.
            return now - last.since >= patience * (1 << min(16, lease.count - 1))
        }
        guard let index = late.min(by: { (leases[$0]?[0].since ?? now) < (leases[$1]?[0].since ?? now) }) else {
            return nil
        }
        self.late += 1
        return give(index, to: worker, now)
    }

    private var patience: Duration {
        guard durations.count >= Patience.samples else { return Patience.first }
        return max(Patience.shortest, durations[durations.count / 2] * Patience.medians)
    }

    private mutating func give(_ index: Int, to worker: WorkerID, _ now: Instant) -> CoordinatorMessage {
        leases[index, default: []].append(Lease(worker: worker, since: now))
        held[worker, default: 0] += 1
        return .perform(TaskID(work: work, index: UInt32(index)), stage, payload: payloads[index])
    }

    /// Whether a result is wanted that cannot be this task's.
    func refuses(_ result: [UInt8], of task: TaskID) -> Bool {
        guard let index = index(of: task), results[index] == nil else { return false }
        return !accepts(index, result)
    }

    /// Takes a result; false when it is not wanted (any more).
    mutating func finish(_ task: TaskID, result: [UInt8], by worker: WorkerID, at now: Instant) -> Bool {
        guard let index = index(of: task) else { return false }
        let lease = end(index, of: worker)
        guard results[index] == nil else { return false }
        if let lease { note(now - lease.since) }
        results[index] = result
        failures[index] = nil
        waiting.removeAll { $0 == index }
        finishedCount += 1
        return true
    }

    private mutating func note(_ duration: Duration) {
        var (low, high) = (0, durations.count)
        while low < high {
            let middle = (low + high) / 2
            if durations[middle] < duration { low = middle + 1 } else { high = middle }
        }
        durations.insert(duration, at: low)
    }

    /// Takes back a task that its worker could not do; how it has failed so far, or nil if it is not wanted (any more).
    mutating func fail(_ task: TaskID, by worker: WorkerID, _ kind: Failure.Kind, at now: Instant) -> Failures? {
        guard let index = index(of: task), end(index, of: worker) != nil, results[index] == nil else { return nil }
        if leases[index] == nil { waiting.append(index) }
        failures[index, default: Failures(at: now)].note(worker, kind)
        return failures[index]
    }

    /// Takes back all of a lost worker's tasks; how many workers one of them has outlasted.
    ///
    /// - Parameter counting: whether the tasks may have been the cause.
    mutating func giveBackAll(of worker: WorkerID, counting: Bool) -> Int {
        let indices = leases.keys.sorted(by: >).filter { leases[$0]?.contains { $0.worker == worker } ?? false }
        var most = 0
        for index in indices {
            _ = end(index, of: worker)
            guard results[index] == nil, leases[index] == nil else { continue }
            waiting.append(index)
            if counting { deaths[index] += 1 }
            most = max(most, deaths[index])
        }
        held[worker] = nil
        return most
    }

    private mutating func end(_ index: Int, of worker: WorkerID) -> Lease? {
        guard let place = leases[index]?.firstIndex(where: { $0.worker == worker }) else { return nil }
        let lease = leases[index]?.remove(at: place)
        if leases[index]?.isEmpty ?? false { leases[index] = nil }
        held[worker, default: 1] -= 1
        return lease
    }

    private func index(of task: TaskID) -> Int? {
        task.work == work && Int(task.index) < payloads.count ? Int(task.index) : nil
    }
}
