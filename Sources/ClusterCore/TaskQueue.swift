import Bytes
import ClusterProtocol

/// The tasks of one stage: leased to workers, given to others when their worker is lost or late, each result taken once.
///
/// Tasks are idempotent, so that one that is done twice does no harm. A worker holds a lease until it reports itself,
/// even if another was quicker: one that hangs is given no more than it can hang on.
/// Cost: O(tasks that wait) a task, O(leases) a worker that has nothing to do; results are held until the stage is over.
struct TaskQueue: Sendable {
    /// What became of a result.
    enum Outcome {
        /// Not wanted (any more).
        case unwanted
        /// The task is done. `odd`: who got something else than two others did.
        case done(isAudited: Bool, odd: [WorkerID])
        /// Somebody else is to do the task too.
        case held
    }

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
    private let areShards: Bool
    private let payloads: [[UInt8]]
    private let accepts: @Sendable (Int, [UInt8]) -> Bool
    /// Indices waiting for a worker; the last one goes next.
    private var waiting: [Int]
    /// By task, in the order in which they were given.
    private var leases: [Int: [Lease]] = [:]
    private var held: [WorkerID: Int] = [:]
    /// How many workers each task has outlasted.
    private var deaths: [Int]
    private var failures: [Int: FailureTally] = [:]
    /// Tasks that the coordinator itself is at, because a worker says that their input is bad, or another.
    private var looks: [Int: (worker: WorkerID, failure: Failure)] = [:]
    private let audit: Audit
    /// Results of audited tasks that wait for a second, or a third, one.
    private var votes: [Int: Votes<[UInt8]>] = [:]
    /// Audited tasks that somebody else is to do too.
    private var unsettled: [Int] = []
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
        work: UInt32, stage: Stage, payloads: [[UInt8]], finished: [Int: [UInt8]] = [:], areShards: Bool = false,
        audit: Audit = Audit(share: 0),
        accepts: @escaping @Sendable (_ task: Int, _ result: [UInt8]) -> Bool = { _, _ in true }
    ) {
        self.accepts = accepts
        self.areShards = areShards
        self.audit = audit
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
    var hasWaiting: Bool { !waiting.isEmpty || !unsettled.isEmpty }

    /// Tasks that the worker has been given and has not reported.
    func leased(to worker: WorkerID) -> Int { held[worker] ?? 0 }

    /// What workers have been given and have not reported, in no order.
    var unreported: [(worker: WorkerID, task: TaskID)] {
        leases.flatMap { index, leases in
            leases.map { ($0.worker, TaskID(work: work, index: UInt32(index))) }
        }
    }

    /// The next task, now this worker's.
    ///
    /// - Parameters:
    ///   - hosts: of all workers, those who may do an audited task again among them.
    ///   - homes: who has what of which shard.
    mutating func lease(
        to worker: WorkerID, among hosts: [WorkerID: String], homes: ShardHomes = ShardHomes(), at now: Instant
    ) -> CoordinatorMessage? {
        if let place = unsettled.firstIndex(where: { mayDo($0, worker, among: hosts) }) {
            return give(unsettled.remove(at: place), to: worker, now)
        }
        guard let index = takeWaiting(for: worker, homes) else { return nil }
        if wasGiven[index] { retries += 1 }
        wasGiven[index] = true
        return give(index, to: worker, now)
    }

    /// One whose shard the worker has; else one whose shard nobody has, or that somebody could not do; else one that waits for
    /// others. What it could not do itself comes last.
    private mutating func takeWaiting(for worker: WorkerID, _ homes: ShardHomes) -> Int? {
        guard areShards else { return waiting.popLast() }
        let place =
            waiting.lastIndex { failures[$0] == nil && homes.has(worker, UInt32($0)) }
            ?? waiting.lastIndex { failures[$0].map { !$0.has(worker) } ?? homes.isNowhere(UInt32($0)) }
            ?? waiting.firstIndex { failures[$0] == nil } ?? waiting.indices.first
        return place.map { waiting.remove(at: $0) }
    }

    /// The task that has been out for longest, if it is late and not this worker's already, for a thread without any.
    mutating func leaseLate(
        to worker: WorkerID, among hosts: [WorkerID: String], at now: Instant
    ) -> CoordinatorMessage? {
        let patience = patience
        let late = leases.keys.sorted().filter { index in
            guard results[index] == nil, let lease = leases[index], let last = lease.last,
                !lease.contains(where: { $0.worker == worker }), mayDo(index, worker, among: hosts)
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

    /// Whether it is a task of this queue about one shard.
    func isOfShard(_ task: TaskID) -> Bool { areShards && index(of: task) != nil }

    /// Whether a result is wanted that cannot be this task's.
    func refuses(_ result: [UInt8], of task: TaskID) -> Bool {
        guard let index = index(of: task), results[index] == nil else { return false }
        return !accepts(index, result)
    }

    /// Takes a result.
    mutating func finish(
        _ task: TaskID, result: [UInt8], by worker: WorkerID, on host: String, at now: Instant
    ) -> Outcome {
        guard let index = index(of: task) else { return .unwanted }
        let lease = end(index, of: worker)
        guard results[index] == nil else { return .unwanted }
        if let lease { note(now - lease.since) }
        guard isAudited(index) else {
            take(result, of: index)
            return .done(isAudited: false, odd: [])
        }
        waiting.removeAll { $0 == index }
        var votes = votes[index] ?? Votes(at: now, took: lease.map { now - $0.since } ?? .zero)
        let verdict = votes.add(result, by: worker, on: host)
        self.votes[index] = votes
        switch verdict {
        case .agreed(let answer, let odd):
            take(answer, of: index)
            return .done(isAudited: true, odd: odd)
        case .open:
            if leases[index] == nil, !unsettled.contains(index) { unsettled.append(index) }
            return .held
        }
    }

    /// Takes the coordinator's own result, which is believed.
    mutating func finishItself(_ task: TaskID, result: [UInt8]) -> Bool {
        guard let index = index(of: task), results[index] == nil else { return false }
        take(result, of: index)
        return true
    }

    private mutating func take(_ result: [UInt8], of index: Int) {
        results[index] = result
        failures[index] = nil
        votes[index] = nil
        waiting.removeAll { $0 == index }
        unsettled.removeAll { $0 == index }
        finishedCount += 1
    }

    private func isAudited(_ index: Int) -> Bool {
        audit.chooses(payloads[index].withUnsafeBytes { StableHash.hash($0, seed: StableHash.hash(stage.rawValue)) })
    }

    private func mayDo(_ index: Int, _ worker: WorkerID, among hosts: [WorkerID: String]) -> Bool {
        votes[index].map { $0.candidates(among: hosts).contains(worker) } ?? true
    }

    /// Ends the wait for results that nobody can give any more: a single one is taken as it is, and several that differ
    /// cannot be told apart.
    ///
    /// - Returns: the tasks that are done now and their results, and what is in dispute.
    mutating func settle(
        among hosts: [WorkerID: String], alone: Duration, at now: Instant
    ) -> (taken: [(task: UInt32, result: [UInt8])], dispute: String?) {
        var taken: [(UInt32, [UInt8])] = []
        for index in votes.keys.sorted() {
            guard let votes = votes[index], let first = votes.votes.first else { continue }
            guard votes.isHopeless(among: hosts, alone: alone, at: now) || votes.isOverdue(at: now) else { continue }
            if votes.isDisputed {
                return (taken, "\(votes.dispute) computed different results of task \(index) of \(stage)")
            }
            take(first.answer, of: index)
            taken.append((UInt32(index), first.answer))
        }
        return (taken, nil)
    }

    /// Forgets the results that wait for another and are of somebody who is not to be trusted.
    mutating func dropVotes(of worker: WorkerID) {
        for index in votes.keys.sorted() {
            votes[index]?.drop(worker)
            guard votes[index]?.votes.isEmpty ?? false else { continue }
            votes[index] = nil
            if let place = unsettled.firstIndex(of: index) {
                unsettled.remove(at: place)
                waiting.append(index)
            }
        }
    }

    /// Has the coordinator look for itself, once at a time; the task's description where it is to.
    mutating func beginLook(at task: TaskID, because worker: WorkerID, _ failure: Failure) -> [UInt8]? {
        guard let index = index(of: task), results[index] == nil, looks[index] == nil else { return nil }
        looks[index] = (worker, failure)
        return payloads[index]
    }

    /// Who was the reason of the look that has ended, and how the task has failed so far; nil where there was none.
    mutating func endLook(at task: TaskID) -> (worker: WorkerID, failure: Failure, all: FailureTally?)? {
        guard let index = index(of: task), let reason = looks.removeValue(forKey: index) else { return nil }
        return (reason.worker, reason.failure, failures[index])
    }

    func isLookedAt(_ task: TaskID) -> Bool { index(of: task).map { looks[$0] != nil } ?? false }

    private mutating func note(_ duration: Duration) {
        var (low, high) = (0, durations.count)
        while low < high {
            let middle = (low + high) / 2
            if durations[middle] < duration { low = middle + 1 } else { high = middle }
        }
        durations.insert(duration, at: low)
    }

    /// Takes back a task that its worker could not do; how it has failed so far, or nil if it is not wanted (any more).
    mutating func fail(_ task: TaskID, by worker: WorkerID, _ kind: Failure.Kind, at now: Instant) -> FailureTally? {
        guard let index = index(of: task), end(index, of: worker) != nil, results[index] == nil else { return nil }
        giveBack(index)
        votes[index]?.couldNotAnswer(worker)
        failures[index, default: FailureTally(at: now)].note(worker, kind)
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
            giveBack(index)
            if counting { deaths[index] += 1 }
            most = max(most, deaths[index])
        }
        held[worker] = nil
        return most
    }

    private mutating func giveBack(_ index: Int) {
        guard leases[index] == nil else { return }
        if votes[index] == nil { waiting.append(index) } else { unsettled.append(index) }
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
