import Bytes
import ClusterProtocol
import ClusterTransport
import DistributedLearning
import Features
import Learning

extension Stage { static let regress = Stage("regress") }

/// Logistic regression: its rounds are steps of the search.
enum RegressStage: FitStage {
    static let stage = Stage.regress

    static func begin(_ assignment: ShardAssignment, by executor: TaskExecutor) throws(Failure) -> any WorkerFit {
        try ShardGroupsFit<RegressionLearner>(assignment, executor.store)
    }
}

/// What a regression learns from: which rows, by which terms.
struct RegressionSpecification: FieldCodable, Sendable {
    /// Labelled snapshots whose rows take part.
    var snapshots: [UInt8]
    /// Rows whose sampling hash is at most this take part.
    var sampleUpTo: UInt64
    var layout: LinearLayout

    static let fields = FieldList(Self.init, \.snapshots, \.sampleUpTo, \.layout)

    static func samplingHash(_ key: UInt64) -> UInt64 { StableHash.mix(key, 0x7265_6772_6573_73) }

    func rows(of all: BinnedRows) throws(TrainingError) -> RegressionRows {
        let wanted = (0..<all.matrix.rows).filter { row in
            all.labels.isKnown(row) && all.isValidation[row] == 0 && snapshots.contains(all.snapshots[row])
                && Self.samplingHash(all.keys[row]) <= sampleUpTo
        }
        let weights = all.trainingWeights(snapshots)
        let matrix = BinnedMatrix(rows: wanted.count, features: all.matrix.features) { feature, column in
            let bins = all.matrix.bins(of: feature)
            for (place, row) in wanted.enumerated() { column[place] = bins[bins.startIndex + row] }
        }
        return try RegressionRows(
            matrix: matrix, layout: layout, labels: wanted.map { all.labels.outcomes[$0] },
            weights: wanted.map { weights[$0] })
    }
}

/// The rows of some shards that a regression learns from: a sample, so that they fit into memory.
struct RegressionLearner: ShardLearner {
    private let parts: [RegressionRows]
    private let layout: LinearLayout

    init(_ shards: [UInt32], _ specification: RegressionSpecification, from store: ShardStore) throws(Failure) {
        layout = specification.layout
        var parts: [RegressionRows] = []
        for shard in shards {
            let rows = try BinnedRows(shard: shard, features: layout.bins.binCounts.count, from: store)
            do throws(TrainingError) {
                parts.append(try specification.rows(of: rows))
            } catch {
                throw Failure(.machine, "\(error)")
            }
        }
        self.parts = parts
    }

    /// Steps do not build on each other.
    static func append(_ order: RegressionOrder, to history: inout RegressionOrder) { history = order }
    static func add(_ reply: RegressionSums, to sum: inout RegressionSums) { sum.add(reply) }

    func replay(_ history: RegressionOrder) throws(TrainingError) -> RegressionSums { try perform(history) }

    func perform(_ order: RegressionOrder) throws(TrainingError) -> RegressionSums {
        var sum = RegressionSums(layout: layout, weighsBins: order.weighsBins)
        for part in parts { sum.add(try part.sums(at: order.scores, weighsBins: order.weighsBins)) }
        return sum
    }
}
