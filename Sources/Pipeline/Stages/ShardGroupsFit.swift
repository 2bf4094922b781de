import Bytes
import ClusterProtocol
import ClusterTransport
import Features
import Learning
import Scoring
import Synchronization

/// What a fit does with the rows of some shards, on one thread.
///
/// What it answers is a function of the rows and the orders alone, so that the shards' next owner answers the same.
protocol ShardLearner: Sendable {
    associatedtype Specification: ByteCodable & Sendable
    associatedtype Order: ByteCodable & Sendable
    /// All that a learner needs to answer the last order that has seen none before it.
    associatedtype History: ByteCodable & Sendable
    associatedtype Reply: ByteCodable & Sendable

    /// Takes an order into a history.
    static func append(_ order: Order, to history: inout History)
    /// Adds other shards' answer to the same order. Commutes and associates.
    static func add(_ reply: Reply, to sum: inout Reply)

    /// Loads the shards' rows.
    init(_ shards: [UInt32], _ specification: Specification, from store: ShardStore) throws(Failure)
    /// Answers the last order of a history.
    mutating func replay(_ history: History) throws(TrainingError) -> Reply
    /// Answers the order that follows the last one.
    mutating func perform(_ order: Order) throws(TrainingError) -> Reply
}

/// The shards of one fit that live in this worker: groups of shards, each learned from as one, on one thread.
struct ShardGroupsFit<Learner: ShardLearner>: WorkerFit {
    private struct Group {
        var shards: [UInt32]
        /// nil once shards have been taken from it: it is made anew, by replay, at the next order.
        var resident: Resident?
    }

    /// A learner that stays where it is: a copy of it would copy all rows' state at the next order.
    private final class Resident: Sendable {
        let learner: Mutex<Learner>

        init(_ learner: consuming sending Learner) { self.learner = Mutex(learner) }
    }

    let number: UInt32
    private let specification: Learner.Specification
    private let store: ShardStore
    private var groups: [Group] = []
    private var history: Learner.History

    init(_ assignment: ShardAssignment, _ store: ShardStore) throws(Failure) {
        number = assignment.fit
        self.store = store
        specification = try Self.decoded(assignment.specification, "specification")
        history = try Self.decoded(assignment.history, "history")
    }

    private static func decoded<Value: ByteCodable>(_ bytes: [UInt8], _ what: String) throws(Failure) -> Value {
        do throws(ByteError) {
            return try Value(decoding: bytes)
        } catch {
            throw Failure(.machine, "the fit's \(what) cannot be read: \(error)")
        }
    }

    mutating func assign(_ assignment: ShardAssignment, on pool: ComputePool) throws(Failure) -> Partial {
        history = try Self.decoded(assignment.history, "history")
        let shards = assignment.shards
        let parts = min(pool.threads, shards.count)
        var added = (0..<parts).map { part in
            Group(shards: Array(shards[(shards.count * part / parts)..<(shards.count * (part + 1) / parts)]))
        }
        let reply = try answer(&added, nil, pool)
        groups += added
        return Partial(fit: number, sequence: assignment.sequence, shards: shards, reply: reply)
    }

    mutating func release(_ shards: [UInt32]) {
        for index in groups.indices where groups[index].shards.contains(where: shards.contains) {
            groups[index].shards.removeAll(where: shards.contains)
            groups[index].resident = nil
        }
        groups.removeAll { $0.shards.isEmpty }
    }

    mutating func answer(
        sequence: UInt32, _ order: [UInt8], on pool: ComputePool
    ) throws(Failure) -> Partial? {
        let order: Learner.Order = try Self.decoded(order, "order")
        Learner.append(order, to: &history)
        guard !groups.isEmpty else { return nil }
        var all = groups
        groups = []
        let reply = try answer(&all, order, pool)
        groups = all
        return Partial(fit: number, sequence: sequence, shards: groups.flatMap(\.shards), reply: reply)
    }

    /// The sum of the groups' answers to the last order; a group without a learner replays what it has missed.
    private func answer(_ groups: inout [Group], _ order: Learner.Order?, _ pool: ComputePool) throws(Failure)
        -> [UInt8]
    {
        let current = groups
        groups = []
        let answers = pool.map(current.count) { index -> Result<(Group, Learner.Reply), Failure> in
            Result { () throws(Failure) in try answer(current[index], order) }
        }
        var sum: Learner.Reply?
        for answer in answers {
            let (group, reply) = try answer.get()
            groups.append(group)
            if var known = sum.take() {
                Learner.add(reply, to: &known)
                sum = known
            } else {
                sum = reply
            }
        }
        guard let sum else { throw Failure(.machine, "no shard to learn from") }
        return sum.encoded
    }

    private func answer(_ group: Group, _ order: Learner.Order?) throws(Failure) -> (Group, Learner.Reply) {
        var group = group
        guard let resident = group.resident, let order else {
            var learner = try Learner(group.shards, specification, from: store)
            let reply = try Self.learning { () throws(TrainingError) in try learner.replay(history) }
            group.resident = Resident(learner)
            return (group, reply)
        }
        let reply = resident.learner.withLock { learner in
            Result { () throws(TrainingError) in try learner.perform(order) }
        }
        return (group, try Self.learning { () throws(TrainingError) in try reply.get() })
    }

    private static func learning<Value>(_ body: () throws(TrainingError) -> Value) throws(Failure) -> Value {
        do throws(TrainingError) {
            return try body()
        } catch {
            throw Failure(.machine, "\(error)")
        }
    }
}
