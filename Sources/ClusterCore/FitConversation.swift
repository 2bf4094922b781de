public import ClusterProtocol
public import Learning

/// A model being trained by all workers together: who owns which shard, whose answers to the current order are in, and
/// what they add up to.
///
/// Every answer names its shards, and counts only when its worker owns them and none of them has been counted: a shard
/// is in the sum exactly once, whatever is lost, late or sent twice. The sums are of integers, so that the model does
/// not depend on who answered when.
struct FitConversation: Sendable {
    enum Outcome: Sendable {
        /// Not from an owner, for another order, or counted before.
        case ignored
        case waiting
        case order(TrainingOrder)
        case finished(Ensemble)
    }

    let fit: UInt32
    let specification: [UInt8]
    private(set) var booster: Booster
    private(set) var sequence: UInt32 = 0
    private(set) var owners: [WorkerID?]
    private var answered: [Bool]
    private var answeredCount = 0
    private var merged: TrainingReply?

    init(fit: UInt32, specification: [UInt8], shards: Int, booster: Booster) {
        self.fit = fit
        self.specification = specification
        self.booster = booster
        owners = Array(repeating: nil, count: shards)
        answered = Array(repeating: false, count: shards)
        if booster.order == nil { _ = self.booster.start() }
    }

    /// Adds a worker's answer.
    mutating func receive(_ partial: Partial, from worker: WorkerID) -> Outcome {
        guard partial.fit == fit, partial.sequence == sequence, !partial.shards.isEmpty, booster.accepts(partial.reply)
        else { return .ignored }
        var seen = Set<UInt32>()
        for shard in partial.shards {
            guard Int(shard) < owners.count, owners[Int(shard)] == worker, !answered[Int(shard)],
                seen.insert(shard).inserted
            else { return .ignored }
        }
        for shard in partial.shards { answered[Int(shard)] = true }
        answeredCount += partial.shards.count
        if merged == nil { merged = partial.reply } else { merged?.add(partial.reply) }
        guard answeredCount == owners.count, let sum = merged else { return .waiting }
        merged = nil
        answeredCount = 0
        for shard in answered.indices { answered[shard] = false }
        switch booster.receive(sum) {
        case .order(let order):
            sequence += 1
            return .order(order)
        case .finished(let ensemble):
            return .finished(ensemble)
        }
    }

    func shards(of worker: WorkerID) -> [UInt32] {
        owners.indices.filter { owners[$0] == worker }.map { UInt32($0) }
    }

    /// A lost worker's shards have no owner, and what it answered for the current order stays counted.
    mutating func disown(_ worker: WorkerID) {
        for shard in owners.indices where owners[shard] == worker { owners[shard] = nil }
    }

    /// Gives shards without an owner to the workers with the fewest a thread; who got which.
    mutating func assign(to workers: [(id: WorkerID, threads: Int)]) -> [(WorkerID, [UInt32])] {
        guard !workers.isEmpty else { return [] }
        var load = workers.map { worker in owners.count { $0 == worker.id } }
        var given: [[UInt32]] = Array(repeating: [], count: workers.count)
        for shard in owners.indices where owners[shard] == nil {
            let best = leastLoaded(load, workers)
            owners[shard] = workers[best].id
            load[best] += 1
            given[best].append(UInt32(shard))
        }
        return zip(workers, given).compactMap { $1.isEmpty ? nil : ($0.id, $1) }
    }

    /// Takes shards from the most loaded workers until nobody would gain by one more; who loses which.
    ///
    /// Called between orders, when no answer is outstanding; `assign` gives them to others.
    mutating func rebalance(among workers: [(id: WorkerID, threads: Int)]) -> [(WorkerID, [UInt32])] {
        guard workers.count > 1 else { return [] }
        var load = workers.map { worker in owners.count { $0 == worker.id } }
        var taken: [[UInt32]] = Array(repeating: [], count: workers.count)
        while true {
            let least = leastLoaded(load, workers)
            // The worker that is busiest a thread, and only if it stays at least as busy as the receiver becomes.
            guard
                let most = workers.indices.max(by: { load[$0] * workers[$1].threads < load[$1] * workers[$0].threads }),
                most != least, load[most] > 0,
                (load[least] + 1) * workers[most].threads <= (load[most] - 1) * workers[least].threads
                    || (load[least] == 0 && load[most] > 1),
                let shard = owners.lastIndex(of: workers[most].id)
            else { break }
            owners[shard] = nil
            load[most] -= 1
            load[least] += 1
            taken[most].append(UInt32(shard))
        }
        return zip(workers, taken).compactMap { $1.isEmpty ? nil : ($0.id, $1) }
    }

    private func leastLoaded(_ load: [Int], _ workers: [(id: WorkerID, threads: Int)]) -> Int {
        workers.indices.min { load[$0] * workers[$1].threads < load[$1] * workers[$0].threads } ?? 0
    }

    func adoption(of shards: [UInt32]) -> Adoption {
        Adoption(
            fit: fit, specification: specification, shards: shards, sequence: sequence, history: booster.history)
    }
}
