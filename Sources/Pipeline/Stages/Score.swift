import Bytes
import ClusterProtocol
import Events
import Features
import Learning
import Scoring
import Synchronization

extension Stage { static let score = Stage("score") }

enum ScoreStage: TaskStage {
    static let stage = Stage.score

    static func perform(_ task: ShardTask, by executor: TaskExecutor) throws(Failure) -> ScoreSummary {
        try executor.score(task)
    }

    static func files(ofTask task: Int, _ result: ScoreSummary, of plan: InputPlan) -> [SharedFile] {
        [.store(.scores(shard: task))]
    }
}

/// One shard's scored profiles, in the order of their identities.
struct ScoredShard: FieldCodable {
    var identities: [String]
    /// Raw margins of the model, log-odds.
    var margins: [Float]
    /// Calibrated probabilities.
    var probabilities: [Double]

    static let fields = FieldList(Self.init, \.identities, \.margins, \.probabilities)
        .check("scored shard") { shard in
            let count = shard.identities.count
            return shard.margins.count == count && shard.probabilities.count == count
                && shard.margins.allSatisfy(\.isFinite) && shard.probabilities.allSatisfy { 0...1 ~= $0 }
        }
}

/// What scoring a shard adds to the whole; sums are of fixed-point integers, so that their order does not matter.
struct ScoreSummary: ShardSum, FieldCodable {
    /// Every scored profile's margin.
    var margins = MarginHistogram()
    /// Sum of probabilities, in units of 2^-32.
    var probability: Int64 = 0
    /// By model feature: scored profiles that have a value.
    var known: [Int64]

    init(features: Int) { known = Array(repeating: 0, count: features) }

    func fits(_ other: ScoreSummary) -> Bool { known.count == other.known.count }

    mutating func add(_ other: ScoreSummary) {
        margins.add(other.margins)
        probability &+= other.probability
        for index in known.indices { known[index] &+= other.known[index] }
    }

    static let fields = FieldList(filling: { ScoreSummary(features: 0) }, \.margins, \.probability, \.known)
        .check("score summary") { summary in
            let rows = Int64(summary.margins.rows)
            return Population(profiles: rows, probability: summary.probability).isPossible
                && summary.known.allSatisfy { 0...rows ~= $0 }
        }
}

extension TaskExecutor {
    /// The chosen model's place in the store.
    static let chosenModel = 0

    /// Scores one shard's profiles as of the score date.
    func score(_ task: ShardTask) throws(Failure) -> ScoreSummary {
        let (model, _) = try chosen.load(store)
        let shard = try assembled(task.shard)
        let rows = try binned(task.shard, for: [model])
        let count = rows.scoredCount
        let margins = model.ensemble.preciseMargins(of: rows.matrix, rows: 0..<count)
        let scored = ScoredShard(
            identities: shard.rowProfile.prefix(count).map { shard.identities[Int($0)] }, margins: margins,
            probabilities: margins.map { model.calibration.probability(ofMargin: Double($0)) })
        var summary = ScoreSummary(features: model.features.count)
        for row in 0..<count {
            summary.margins.add(margin: Double(margins[row]), isPositive: false)
            summary.probability += Int64((scored.probabilities[row] * 0x1p32).rounded())
        }
        for feature in summary.known.indices {
            summary.known[feature] = Int64(rows.matrix.bins(of: feature).prefix(count).count { $0 != 0 })
        }
        try write(.scores(shard: task.shard), scored)
        return summary
    }
}

extension BinnedRows {
    /// How many of the rows are scored: rows are ordered by snapshot, and the scoring snapshot is the first.
    var scoredCount: Int { snapshots.firstIndex { $0 > 0 } ?? snapshots.count }
}

/// The chosen model and its tables, made once a worker and kept.
final class ChosenModel: Sendable {
    private let kept = Mutex<(Model, ShapleyTables)?>(nil)

    func load(_ store: ShardStore) throws(Failure) -> (Model, ShapleyTables) {
        // Held while it is made, so that the threads of a worker do not all make it.
        let result = kept.withLock { kept -> Result<(Model, ShapleyTables), Failure> in
            if let kept { return .success(kept) }
            do {
                let model = try Model(decoding: try store.bytes(.model(TaskExecutor.chosenModel)))
                let made = (model, ShapleyTables(model.ensemble, featureCount: model.features.count))
                kept = made
                return .success(made)
            } catch {
                return .failure(Failure(.machine, "the model of this run cannot be used: \(error)"))
            }
        }
        return try result.get()
    }
}
