import Bytes
import ClusterProtocol
import Learning
import Synchronization

/// The shards of one fit that live in this worker: groups of shards, each trained as one matrix on one thread.
///
/// Confined to the worker's training thread.
struct ResidentFit {
    /// Shards whose rows stand in one matrix, so that they share one histogram.
    private struct Group {
        var shards: [UInt32]
        /// nil once shards have been taken from it: it is made anew, by replay, at the next order.
        var resident: Resident?
    }

    /// A trainer that stays where it is: a copy of it would copy all rows' margins and gradients at the next order.
    private final class Resident: Sendable {
        let trainer: Mutex<ShardTrainer>

        init(_ trainer: consuming sending ShardTrainer) { self.trainer = Mutex(trainer) }
    }

    let fit: UInt32
    private let specification: FitSpecification
    private var groups: [Group] = []
    private var history: TrainingHistory

    init(_ adoption: Adoption) throws(Failure) {
        fit = adoption.fit
        do throws(ByteError) {
            specification = try FitSpecification(decoding: adoption.specification)
        } catch {
            throw Failure(.machine, "the fit's specification cannot be read: \(error)")
        }
        history = adoption.history
    }

    /// Takes shards in and answers the order at the end of their history for them.
    mutating func adopt(
        _ adoption: Adoption, loading: BinnedShards, on pool: ComputePool
    ) throws(Failure) -> Partial {
        history = adoption.history
        let parts = min(pool.threads, adoption.shards.count)
        var added = (0..<parts).map { part in
            Group(
                shards: Array(
                    adoption.shards[
                        (adoption.shards.count * part / parts)..<(adoption.shards.count * (part + 1) / parts)]),
                resident: nil)
        }
        let reply = try Self.answer(&added, history, specification, loading, pool)
        groups += added
        return Partial(fit: fit, sequence: adoption.sequence, shards: adoption.shards, reply: reply)
    }

    mutating func release(_ shards: [UInt32]) {
        for index in groups.indices where groups[index].shards.contains(where: shards.contains) {
            groups[index].shards.removeAll(where: shards.contains)
            groups[index].resident = nil
        }
        groups.removeAll { $0.shards.isEmpty }
    }

    /// Answers an order for all shards here; nil when there are none.
    mutating func answer(
        sequence: UInt32, _ order: TrainingOrder, loading: BinnedShards, on pool: ComputePool
    ) throws(Failure) -> Partial? {
        history.append(order)
        guard !groups.isEmpty else { return nil }
        let reply = try Self.answer(&groups, history, specification, loading, pool)
        return Partial(fit: fit, sequence: sequence, shards: groups.flatMap(\.shards), reply: reply)
    }

    /// The sum of all groups' answers to the last order; a group without a trainer replays what it has missed.
    private static func answer(
        _ groups: inout [Group], _ history: TrainingHistory, _ specification: FitSpecification, _ loading: BinnedShards,
        _ pool: ComputePool
    ) throws(Failure) -> TrainingReply {
        let current = groups
        groups = []
        let answers = pool.map(current.count) { index -> Result<(Group, TrainingReply), Failure> in
            var group = current[index]
            do throws(Failure) {
                return .success(try answer(&group, history, specification, loading))
            } catch {
                return .failure(error)
            }
        }
        var sum: TrainingReply?
        for answer in answers {
            let (group, reply) = try answer.get()
            groups.append(group)
            if sum == nil { sum = reply } else { sum?.add(reply) }
        }
        guard let sum else { throw Failure(.machine, "no shard to train on") }
        return sum
    }

    private static func answer(
        _ group: inout Group, _ history: TrainingHistory, _ specification: FitSpecification, _ loading: BinnedShards
    ) throws(Failure) -> (Group, TrainingReply) {
        guard let resident = group.resident else {
            let rows = try loading.load(group.shards, for: specification)
            do throws(TrainingError) {
                var trainer = try specification.trainer(on: rows)
                let reply = try trainer.replay(history)
                group.resident = Resident(trainer)
                return (group, reply)
            } catch {
                throw Failure(.machine, "\(error)")
            }
        }
        guard let order = history.orders.last else { throw Failure(.machine, "there is no order to answer") }
        let reply = resident.trainer.withLock { trainer in
            Result { () throws(TrainingError) in try trainer.perform(order) }
        }
        do throws(TrainingError) {
            return (group, try reply.get())
        } catch {
            throw Failure(.machine, "\(error)")
        }
    }
}
