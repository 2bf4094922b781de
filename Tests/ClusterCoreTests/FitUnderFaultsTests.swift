import Bytes
import ClusterProtocol
import Learning
import Testing

@testable import ClusterCore

/// The real coordinator and real trainers under a seeded scheduler, which simulates the network and the processes:
/// messages of different workers overtake each other, workers die and join at any moment.
private struct SimulatedCluster {
    struct Member {
        var inbox: [CoordinatorMessage] = []
        var trainers: [UInt32: ShardTrainer] = [:]
    }

    static let shards = 6
    static let rowsPerShard = 40
    static let binCounts = [9, 5, 17, 3]

    var coordinator = Coordinator()
    var members: [WorkerID: Member] = [:]
    var toCoordinator: [WorkerID: [WorkerMessage]] = [:]
    var nextWorker: UInt64 = 1
    var random: SplitMix
    var result: Ensemble?
    var settings: TrainingSettings

    init(seed: UInt64, growth: Growth) throws {
        random = SplitMix(state: seed)
        settings = try TrainingSettings(growth: growth, maximumTrees: 12, stopAfter: 12, depth: 4)
    }

    mutating func run(workers: Int, faultsOfHundred: UInt64) throws -> Ensemble? {
        for _ in 0..<workers { join() }
        let booster = Booster(
            settings: settings, binCounts: Self.binCounts, positives: Self.shards * Self.rowsPerShard / 2,
            rows: Self.shards * Self.rowsPerShard)
        carryOut(coordinator.handle(.begin(.fit(specification: [], shards: Self.shards, booster)), at: Instant(.zero)))
        var steps = 0
        while result == nil, steps < 200_000 {
            steps += 1
            if faultsOfHundred > 0, random.next() % 1000 < faultsOfHundred * 10 { fault() }
            if members.isEmpty { join() }
            try step()
        }
        return result
    }

    private mutating func fault() {
        let ids = members.keys.sorted()
        if random.next() % 2 == 0 || ids.isEmpty {
            if ids.count < 5 { join() }
            return
        }
        let victim = ids[Int(random.next() % UInt64(ids.count))]
        members[victim] = nil
        // What it had sent may still arrive before its death is noticed, or never.
        if random.next() % 2 == 0 { toCoordinator[victim] = [] }
        if random.next() % 2 == 0 { deliverAll(from: victim) }
        carryOut(coordinator.handle(.lost(victim, reason: "killed"), at: Instant(.zero)))
    }

    private mutating func deliverAll(from worker: WorkerID) {
        while let message = toCoordinator[worker]?.first {
            toCoordinator[worker]?.removeFirst()
            carryOut(coordinator.handle(.received(worker, message), at: Instant(.zero)))
        }
    }

    private mutating func join() {
        let id = WorkerID(nextWorker)
        nextWorker += 1
        members[id] = Member()
        let hello = Hello(version: "0", host: "h", process: 1, threads: 1 + Int(random.next() % 3))
        carryOut(coordinator.handle(.joined(id, hello), at: Instant(.zero)))
    }

    /// Delivers one message, to a worker or from one.
    private mutating func step() throws {
        let ids = (Array(members.keys) + toCoordinator.keys).sorted()
        let id = ids[Int(random.next() % UInt64(ids.count))]
        if random.next() % 2 == 0, var member = members[id], !member.inbox.isEmpty {
            let reply = try Self.answer(member.inbox.removeFirst(), &member, settings)
            members[id] = member
            if let reply { toCoordinator[id, default: []].append(.partial(reply)) }
        } else if let message = toCoordinator[id]?.first {
            // Now and then a message comes twice.
            if random.next() % 10 > 0 { toCoordinator[id]?.removeFirst() }
            carryOut(coordinator.handle(.received(id, message), at: Instant(.zero)))
        }
    }

    private mutating func carryOut(_ effects: [Coordinator.Effect]) {
        for effect in effects {
            switch effect {
            case .send(let worker, let message): members[worker]?.inbox.append(message)
            case .fitFinished(let ensemble, _): result = ensemble
            case .workFailed(let failure): Issue.record("\(failure)")
            case .forget, .tasksFinished, .report: break
            }
        }
    }

    private static func answer(
        _ message: CoordinatorMessage, _ member: inout Member, _ settings: TrainingSettings
    ) throws -> Partial? {
        var sum: TrainingReply?
        func add(_ reply: TrainingReply) {
            if sum == nil { sum = reply } else { sum?.add(reply) }
        }
        switch message {
        case .adopt(let adoption):
            for shard in adoption.shards {
                var trainer = try trainer(shard, settings)
                add(try trainer.replay(adoption.history))
                member.trainers[shard] = trainer
            }
            return sum.map {
                Partial(fit: adoption.fit, sequence: adoption.sequence, shards: adoption.shards, reply: $0)
            }
        case .order(let fit, let sequence, let order):
            let shards = member.trainers.keys.sorted()
            for shard in shards {
                if let reply = try member.trainers[shard]?.perform(order) { add(reply) }
            }
            return sum.map { Partial(fit: fit, sequence: sequence, shards: shards, reply: $0) }
        case .release(_, let shards):
            for shard in shards { member.trainers[shard] = nil }
            return nil
        default: return nil
        }
    }

    /// The same rows for the same shard, wherever it lives.
    private static func trainer(_ shard: UInt32, _ settings: TrainingSettings) throws -> ShardTrainer {
        var random = SplitMix(state: UInt64(shard) + 1000)
        let columns = binCounts.map { count in
            (0..<rowsPerShard).map { _ in UInt8(random.next() % UInt64(count)) }
        }
        let labels = (0..<rowsPerShard).map { row -> UInt8 in
            UInt8(columns[0][row]) + columns[2][row] % 3 + UInt8(random.next() % 4) > 7 ? 1 : 0
        }
        return try ShardTrainer(
            matrix: BinnedMatrix(columns: columns, rows: rowsPerShard), binCounts: binCounts, labels: labels,
            keys: (0..<rowsPerShard).map { StableHash.mix(UInt64(shard), UInt64($0)) },
            training: (0..<rowsPerShard).filter { $0 % 5 > 0 }.map(UInt32.init),
            validation: (0..<rowsPerShard).filter { $0 % 5 == 0 }.map(UInt32.init), base: 0, settings: settings)
    }
}

@Suite struct FitUnderFaultsTests {
    @Test(arguments: [Growth.symmetric, .depthwise])
    func theModelIsTheSameWhoeverDiesAndJoins(_ growth: Growth) throws {
        var alone = try SimulatedCluster(seed: 1, growth: growth)
        let expected = try #require(try alone.run(workers: 1, faultsOfHundred: 0))
        #expect(!expected.trees.isEmpty)
        for seed in 2..<14 as Range<UInt64> {
            var cluster = try SimulatedCluster(seed: seed, growth: growth)
            let model = try cluster.run(workers: Int(1 + seed % 4), faultsOfHundred: seed % 5)
            #expect(model == expected, "seed \(seed), \(growth)")
        }
    }
}

private struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return StableHash.mix(state, 1)
    }
}
