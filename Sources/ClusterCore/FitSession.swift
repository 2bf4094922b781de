import Bytes
import ClusterProtocol

/// A fit by all workers together: who owns which shard, and whose answers to the current order are in.
///
/// Every answer names its shards, and counts only when its worker owns them and none of them has been counted: a shard
/// is in the sum exactly once, whatever is lost, late or sent twice. The sums are of integers, so that the model does
/// not depend on who answered when. What is fitted, `DistributedFit` knows.
struct FitSession: Sendable {
    enum Outcome: Sendable {
        /// Not from an owner, for another order, or counted before.
        case ignored
        /// From an owner, to the current order, and no answer to it.
        case unfit
        /// An answer whose sums contradict each other, or those that the same shards had before.
        case unbalanced
        case waiting
        /// Others answered otherwise than the odd ones; then as after any answer.
        indirect case settled(odd: [WorkerID], Outcome)
        /// The answers are all in. `isRound`: whether a round is over.
        case order(isRound: Bool, checkpoint: [UInt8]?)
        case finished(outcome: [UInt8])
    }

    /// When a worker that owes an answer is taken for stalled: several times as long as others took, and twice that each
    /// time that it happens at one order, for then the order is long.
    private enum Patience {
        static let shortest = Duration.seconds(30)
        static let medians = 5
    }

    let number: UInt32
    let stage: Stage
    private let specification: [UInt8]
    private(set) var fit: any DistributedFit
    private(set) var sequence: UInt32 = 0
    private(set) var owners: [WorkerID?]
    private(set) var answered: [Bool]
    private var answeredCount = 0
    private(set) var balance: ShardBalance
    private var orderedAt: Instant
    /// Who was given shards after the current order, and when: such an answer has the loading of them in it.
    private var assignedAt: [WorkerID: Instant] = [:]
    private var answers: [WorkerID: (time: Duration, shards: Int)] = [:]
    /// How long each answer to the current order took, with the loading of shards.
    private var times: [Duration] = []
    /// How often shards have been taken from stalled workers at the current order.
    private var reliefs = 0
    /// Owners that owe answers for too long. They get no shards until something is heard of their work.
    private(set) var stalled: Set<WorkerID>
    private let audit: Audit
    /// Who could not compute, since the last round.
    var failures: FailureTally?
    /// Answers to the current order that somebody else is to give too, by number.
    var held: [UInt32: HeldAnswer] = [:]
    private var heldCount: UInt32 = 0

    /// - Parameters:
    ///   - balance: what earlier fits found out about the workers.
    ///   - stalled: workers that still owe answers to earlier fits, or tasks for all of their threads.
    init(
        number: UInt32, stage: Stage, specification: [UInt8], shards: Int, fit: any DistributedFit,
        balance: ShardBalance = ShardBalance(),
        stalled: Set<WorkerID> = [], audit: Audit = Audit(share: 0), at now: Instant
    ) {
        self.audit = audit
        self.balance = balance
        self.stalled = stalled
        self.number = number
        self.stage = stage
        self.specification = specification
        self.fit = fit
        owners = Array(repeating: nil, count: shards)
        answered = Array(repeating: false, count: shards)
        orderedAt = now
    }

    /// Adds a worker's answer, or holds it until another worker has given the same.
    mutating func receive(
        _ partial: Partial, from worker: WorkerID, on host: String = "", at now: Instant
    ) -> Outcome {
        stalled.remove(worker)
        guard partial.fit == number, partial.sequence == sequence, !partial.shards.isEmpty else { return .ignored }
        var seen = Set<UInt32>()
        for shard in partial.shards {
            guard Int(shard) < owners.count, owners[Int(shard)] == worker, !answered[Int(shard)],
                seen.insert(shard).inserted
            else { return .ignored }
        }
        let hash = StableHash.mix(UInt64(number) << 32 | UInt64(sequence), UInt64(partial.shards.min() ?? 0))
        let isAudited = audit.chooses(hash)
        switch fit.take(partial.reply, of: partial.shards.sorted(), by: worker, isCounted: !isAudited) {
        case .good: break
        case .unfit: return .unfit
        case .unbalanced: return .unbalanced
        }
        for shard in partial.shards { answered[Int(shard)] = true }
        times.append(now - (assignedAt[worker] ?? orderedAt))
        if assignedAt[worker] == nil { answers[worker] = (now - orderedAt, partial.shards.count) }
        guard isAudited else { return count(partial.shards.count, at: now) }
        var votes = Votes<[UInt8]>(at: now, took: now - (assignedAt[worker] ?? orderedAt))
        _ = votes.add(partial.reply, by: worker, on: host)
        heldCount += 1
        held[heldCount] = HeldAnswer(shards: partial.shards, votes: votes)
        return .waiting
    }

    /// Notes that answers of so many more shards have been added, and goes on when they are all in.
    private mutating func count(_ shards: Int, at now: Instant) -> Outcome {
        answeredCount += shards
        guard answeredCount == owners.count else { return .waiting }
        answeredCount = 0
        held = [:]
        for shard in answered.indices { answered[shard] = false }
        balance.note(answers)
        answers = [:]
        times = []
        reliefs = 0
        assignedAt = [:]
        orderedAt = now
        switch fit.advance() {
        case .finished(let outcome): return .finished(outcome: outcome)
        case .order:
            sequence += 1
            return .order(isRound: false, checkpoint: nil)
        case .round(let checkpoint):
            sequence += 1
            failures = nil
            return .order(isRound: true, checkpoint: checkpoint)
        }
    }

    /// Adds an answer that is believed, for so many shards.
    mutating func add(_ reply: [UInt8], of shards: Int, at now: Instant) -> Outcome {
        fit.add(reply)
        return count(shards, at: now)
    }

    /// It owes what it was asked for too long: it is given nothing more until something is heard of its work.
    mutating func stall(_ worker: WorkerID) { stalled.insert(worker) }

    /// Makes shards nobody's, and not answered for.
    mutating func takeBack(_ shards: [UInt32]) {
        for shard in shards {
            owners[Int(shard)] = nil
            answered[Int(shard)] = false
        }
    }

    /// A worker does something: it may be given shards.
    mutating func hear(of worker: WorkerID) { stalled.remove(worker) }

    func shards(of worker: WorkerID) -> [UInt32] {
        owners.indices.filter { owners[$0] == worker }.map { UInt32($0) }
    }

    /// A lost worker's shards have no owner, and what it answered for the current order stays counted.
    mutating func disown(_ worker: WorkerID) {
        for shard in owners.indices where owners[shard] == worker { owners[shard] = nil }
        stalled.remove(worker)
        askNoMore(worker)
        balance.forget(worker)
        answers[worker] = nil
        assignedAt[worker] = nil
    }

    /// Gives shards without an owner to workers that are not stalled; who got which.
    ///
    /// - Parameters:
    ///   - areAll: whether there are no others, that only rest: where all are stalled, they are what there is.
    ///   - homes: who has what of which shard.
    mutating func assign(
        to workers: [(id: WorkerID, threads: Int)], areAll: Bool, homes: ShardHomes, at now: Instant
    ) -> [(WorkerID, [UInt32])] {
        if areAll, workers.allSatisfy({ stalled.contains($0.id) }) { stalled = [] }
        let given = balance.assign(&owners, to: workers.filter { !stalled.contains($0.id) }, homes)
        for (worker, _) in given { assignedAt[worker] = now }
        // Apart, for an answer counts as a whole or not at all.
        return given.flatMap { worker, shards in
            [shards.filter { !answered[Int($0)] }, shards.filter { answered[Int($0)] }]
                .filter { !$0.isEmpty }.map { (worker, $0) }
        }
    }

    /// Takes shards from workers that are slow, or that have many while others have none; who loses which.
    ///
    /// Called between orders, when no answer is outstanding; `assign` gives them to others.
    ///
    /// - Parameter bySpeed: whether a difference in speed is reason enough.
    mutating func rebalance(
        among workers: [(id: WorkerID, threads: Int)], bySpeed: Bool
    ) -> [(WorkerID, [UInt32])] {
        balance.take(&owners, among: workers.filter { !stalled.contains($0.id) }, bySpeed: bySpeed)
    }

    /// Takes the shards of workers that owe their answers for too long, if there are others; who loses which, after how
    /// long. Their late answers do not count.
    mutating func takeFromStalled(
        among workers: [(id: WorkerID, threads: Int)], at now: Instant
    ) -> [(worker: WorkerID, shards: [UInt32], after: Duration)] {
        guard workers.count > 1 else { return [] }
        let median = times.isEmpty ? .zero : times.sorted()[times.count / 2]
        let patience = max(Patience.shortest, median * Patience.medians) * (1 << min(16, reliefs))
        var taken: [(WorkerID, [UInt32], Duration)] = []
        // Also of one that an audit has found stalled, and that has shards of its own.
        for (worker, _) in workers {
            let owned = shards(of: worker)
            let waited = now - (assignedAt[worker] ?? orderedAt)
            guard owned.contains(where: { !answered[Int($0)] }), waited >= patience else { continue }
            stalled.insert(worker)
            // Those too that it has answered for: it would owe them at the next order.
            for shard in owned { owners[Int(shard)] = nil }
            taken.append((worker, owned, waited))
        }
        if !taken.isEmpty { reliefs += 1 }
        return taken
    }

    func assignment(of shards: [UInt32]) -> ShardAssignment {
        ShardAssignment(
            fit: number, stage: stage, specification: specification, shards: shards, sequence: sequence,
            history: fit.history)
    }
}
