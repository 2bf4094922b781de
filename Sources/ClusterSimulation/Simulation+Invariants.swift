import ClusterCore
import ClusterProtocol

/// What holds after every step.
extension Simulation {
    /// A record is the one that a single worker without faults gives.
    mutating func compare(_ record: JournalRecord) throws {
        guard let step = coordinator?.step else { return }
        if case .result(let part, _) = record, case .tasks(let stage, _) = world.steps[step] {
            let file = SimulatedFile(stage: stage, part: Int(part))
            guard files.shared.contains(file) || files.keepsShards && world.isOfShard(file) else {
                throw Violation(
                    "a result of step \(step) counts, and what its task has left is not in the run's folder")
            }
        }
        guard let reference else {
            if case .run = record { return }
            while records.count <= step { records.append([]) }
            records[step].append(record)
            return
        }
        let rounds = reference.records[step].filter { if case .checkpoint = $0 { true } else { false } }
        let kept = coordinator?.roundsKept ?? 0
        switch record {
        case .run: return
        case .checkpoint:
            guard kept < rounds.count, rounds[kept] == record else {
                throw Violation("a tree of step \(step) is not the single worker's")
            }
            coordinator?.noteRound()
        case .outcome where kept != rounds.count:
            throw Violation("of \(rounds.count) trees of step \(step) the journal has \(kept)")
        case .step, .result, .outcome:
            guard reference.records[step].contains(record) else {
                throw Violation("a result of step \(step) is not the single worker's")
            }
        }
    }

    /// Where it stands, for whoever has to find out why.
    var situation: String {
        let workers = workers.keys.sorted().compactMap { self.workers[$0] }.map { worker in
            "\(worker.core.id.map { "\($0)" } ?? "unregistered")\(worker.hangs ? " (hangs)" : "")"
        }
        guard let coordinator else { return "no coordinator; \(workers.joined(separator: ", "))" }
        let owners = coordinator.core.shardOwners.map { $0.map { "\($0.number)" } ?? "nobody" }
        return "step \(coordinator.step), shards of \(owners); \(coordinator.core.unfinished); "
            + workers.joined(separator: ", ")
    }

    func check() throws {
        guard let coordinator else { return }
        let members = coordinator.core.memberIDs
        guard members == coordinator.peers.keys.sorted() else {
            throw Violation("members \(members) are not those with a connection \(coordinator.peers.keys.sorted())")
        }
        for owner in coordinator.core.shardOwners {
            if let owner, !members.contains(owner) { throw Violation("\(owner) owns a shard and is no member") }
        }
        for (link, worker) in coordinator.workers where coordinator.peers[worker] != link {
            throw Violation("\(worker) is known by two connections")
        }
    }
}
