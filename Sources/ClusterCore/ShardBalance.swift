import ClusterProtocol

/// How many shards each worker should have so that all are done at the same time.
///
/// What a shard costs a worker is measured: the time of its answer against the mean of all answers to the same order,
/// over its shards. Of one that has not answered yet, the number of its threads is what is known.
struct ShardBalance: Sendable {
    private enum Rule {
        /// How much of an estimate the newest order makes.
        static let newest = 0.3
        /// Orders that must have been measured before shards move for speed's sake: moving one costs its loading.
        static let orders = 4
        /// A shard moves if the receiver is then done within this share of the time that the giver takes.
        static let gain = 0.75
    }

    private struct Cost: Sendable {
        /// Of a shard, in mean answer times.
        var shard: Double
        var orders: Int
    }

    private var costs: [WorkerID: Cost] = [:]

    /// Takes in how long the answers to one order took.
    mutating func note(_ answers: [WorkerID: (time: Duration, shards: Int)]) {
        guard answers.count > 1 else { return }
        let times = answers.mapValues { max(1e-4, $0.time / .seconds(1)) }
        let mean = times.keys.sorted().reduce(0.0) { $0 + (times[$1] ?? 0) } / Double(times.count)
        for (worker, answer) in answers where answer.shards > 0 {
            let cost = (times[worker] ?? mean) / mean / Double(answer.shards)
            if let known = costs[worker] {
                costs[worker] = Cost(shard: known.shard + Rule.newest * (cost - known.shard), orders: known.orders + 1)
            } else {
                costs[worker] = Cost(shard: cost, orders: 1)
            }
        }
    }

    mutating func forget(_ worker: WorkerID) { costs[worker] = nil }

    /// What one shard costs each worker, in one unit.
    private func costs(of workers: [(id: WorkerID, threads: Int)]) -> [Double] {
        // What a shard costs one thread, by those who have been measured.
        let measured = workers.compactMap { worker in costs[worker.id].map { $0.shard * Double(worker.threads) } }
        let thread = measured.isEmpty ? 1 : measured.reduce(0, +) / Double(measured.count)
        return workers.map { costs[$0.id]?.shard ?? thread / Double($0.threads) }
    }

    /// Gives each worker as many of the shards without an owner as lets all be done first, of those that it has if it can
    /// be; who got which.
    func assign(
        _ owners: inout [WorkerID?], to workers: [(id: WorkerID, threads: Int)], _ homes: ShardHomes
    ) -> [(WorkerID, [UInt32])] {
        guard !workers.isEmpty else { return [] }
        let costs = costs(of: workers)
        var load = workers.map { worker in owners.count { $0 == worker.id } }
        let free = owners.indices.filter { owners[$0] == nil }
        var room = Array(repeating: 0, count: workers.count)
        for _ in free {
            let best = first(load, costs)
            load[best] += 1
            room[best] += 1
        }
        var given: [[UInt32]] = Array(repeating: [], count: workers.count)
        func give(_ shard: Int, where fits: (WorkerID) -> Bool) {
            guard owners[shard] == nil,
                let receiver = workers.indices.first(where: { room[$0] > 0 && fits(workers[$0].id) })
            else { return }
            owners[shard] = workers[receiver].id
            room[receiver] -= 1
            given[receiver].append(UInt32(shard))
        }
        for shard in free { give(shard) { homes.has($0, UInt32(shard)) } }
        for shard in free { give(shard) { _ in true } }
        return zip(workers, given).compactMap { $1.isEmpty ? nil : ($0.id, $1.sorted()) }
    }

    /// Takes shards from the workers that take longest until nobody would gain by one more; who loses which.
    ///
    /// - Parameter bySpeed: whether measured speeds are a reason; else only that a worker has nothing.
    func take(
        _ owners: inout [WorkerID?], among workers: [(id: WorkerID, threads: Int)], bySpeed: Bool
    ) -> [(WorkerID, [UInt32])] {
        guard workers.count > 1 else { return [] }
        let costs = costs(of: workers)
        var load = workers.map { worker in owners.count { $0 == worker.id } }
        let isNew = workers.indices.contains { load[$0] == 0 && self.costs[workers[$0].id] == nil }
        let isMeasured = workers.indices.allSatisfy {
            load[$0] == 0 || self.costs[workers[$0].id]?.orders ?? 0 >= Rule.orders
        }
        guard isNew || bySpeed && isMeasured else { return [] }
        var taken: [[UInt32]] = Array(repeating: [], count: workers.count)
        for _ in owners.indices {
            let receiver = first(load, costs)
            guard
                let giver = workers.indices.max(by: { Double(load[$0]) * costs[$0] < Double(load[$1]) * costs[$1] }),
                giver != receiver, load[giver] > 0,
                Double(load[receiver] + 1) * costs[receiver] <= Double(load[giver]) * costs[giver] * Rule.gain
                    || load[receiver] == 0 && load[giver] > 1 && self.costs[workers[receiver].id] == nil,
                let shard = owners.lastIndex(of: workers[giver].id)
            else { break }
            owners[shard] = nil
            load[giver] -= 1
            load[receiver] += 1
            taken[giver].append(UInt32(shard))
        }
        return zip(workers, taken).compactMap { $1.isEmpty ? nil : ($0.id, $1) }
    }

    private func first(_ load: [Int], _ costs: [Double]) -> Int {
        load.indices.min { Double(load[$0] + 1) * costs[$0] < Double(load[$1] + 1) * costs[$1] } ?? 0
    }
}
