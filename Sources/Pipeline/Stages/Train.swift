import Bytes
import ClusterProtocol
import ClusterTransport
import Events
import Features
import Learning

extension Stage { static let train = Stage("train") }

/// Gradient boosting: its rounds are trees.
enum TrainStage: FitStage {
    static let stage = Stage.train

    static func begin(_ assignment: ShardAssignment, by executor: TaskExecutor) throws(Failure) -> any WorkerFit {
        try ShardGroupsFit<BoostingLearner>(assignment, executor.store)
    }
}

/// What a fit trains on: which snapshots' rows, from which base, how.
struct FitSpecification: FieldCodable {
    var settings: TrainingSettings
    /// Labelled snapshots whose rows take part.
    var snapshots: [UInt8]
    /// Of them, those learn whose sampling hash is at most this; all are measured on.
    var sampleUpTo = UInt64.max
    var base: Float
    /// See `GradientScale`.
    var leastDrawn: Float = 1
    var binCounts: [Int]

    static let fields = FieldList(
        Self.init, \.settings, \.snapshots, \.sampleUpTo, \.base, \.leastDrawn, \.binCounts)

    private static func samplingHash(_ key: UInt64) -> UInt64 { StableHash.mix(key, 0x6368_6f69_6365) }

    /// Numbers of the rows to learn from, or of those to validate on.
    func rows(of shard: BinnedRows, forValidation: Bool) -> [UInt32] {
        let takesPart = (0...UInt8.max).map(snapshots.contains)
        let held: UInt8 = forValidation ? 1 : 0
        return (0..<UInt32(shard.matrix.rows)).filter { row in
            let row = Int(row)
            return shard.labels.isKnown(row) && takesPart[Int(shard.snapshots[row])] && shard.isValidation[row] == held
                && (forValidation || Self.samplingHash(shard.keys[row]) <= sampleUpTo)
        }
    }

    /// - Parameter rows: all of them take part.
    func trainer(on rows: BinnedRows) throws(TrainingError) -> ShardTrainer {
        var training: [UInt32] = []
        var validation: [UInt32] = []
        for row in 0..<rows.matrix.rows {
            if rows.isValidation[row] == 1 { validation.append(UInt32(row)) } else { training.append(UInt32(row)) }
        }
        return try ShardTrainer(
            matrix: rows.matrix, binCounts: binCounts, labels: rows.labels,
            weights: rows.trainingWeights(snapshots),
            keys: rows.keys, training: training,
            validation: validation, base: base, settings: settings, leastDrawn: leastDrawn)
    }
}

extension BinnedRows {
    /// By row, what it counts for in training on some snapshots: a profile's rows count as one together, so that who was
    /// there for long does not dominate, and one that was chosen for those that were not.
    func trainingWeights(_ snapshots: [UInt8]) -> [Float] {
        let wanted = snapshots.reduce(UInt64(0)) { $0 | 1 << UInt64($1) }
        let ofOutcome = [choice.weight(outcome: 0), choice.weight(outcome: 1)]
        return labelledSnapshots.indices.map { row in
            let count = (labelledSnapshots[row] & wanted).nonzeroBitCount
            return ofOutcome[labels.isPositive(row) ? 1 : 0] / Float(max(1, count))
        }
    }
}

/// The rows of some shards that take part in boosting, those to learn from first: a trainer needs the gradients of those
/// alone.
struct BoostingLearner: ShardLearner {
    private var trainer: ShardTrainer

    init(_ shards: [UInt32], _ specification: FitSpecification, from store: ShardStore) throws(Failure) {
        // Of a shard only what takes part is kept: it may be little of it.
        var training: [BinnedRows] = []
        var validation: [BinnedRows] = []
        for shard in shards {
            let rows = try BinnedRows(shard: shard, features: specification.binCounts.count, from: store)
            training.append(rows.picking(specification.rows(of: rows, forValidation: false)))
            validation.append(rows.picking(specification.rows(of: rows, forValidation: true)))
        }
        do throws(TrainingError) {
            trainer = try specification.trainer(on: BinnedRows(joining: training + validation))
        } catch {
            throw Failure(.machine, "\(error)")
        }
    }

    static func append(_ order: TrainingOrder, to history: inout TrainingHistory) { history.append(order) }
    static func add(_ reply: TrainingReply, to sum: inout TrainingReply) { sum.add(reply) }

    mutating func replay(_ history: TrainingHistory) throws(TrainingError) -> TrainingReply {
        try trainer.replay(history)
    }

    mutating func perform(_ order: TrainingOrder) throws(TrainingError) -> TrainingReply { try trainer.perform(order) }
}

extension BinnedRows {
    /// A shard's, which must have so many features.
    init(shard: UInt32, features: Int, from store: ShardStore) throws(Failure) {
        do throws(StoreError) {
            self = try store.read(.binned(shard: Int(shard)))
            guard matrix.features == features else {
                throw StoreError(store.path(.binned(shard: Int(shard))), .badValue("number of features", offset: 0))
            }
        } catch {
            throw Failure(.machine, "\(error)")
        }
    }
}
