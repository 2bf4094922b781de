import Bytes
import ClusterProtocol
import Events
import Features
import InstanceFile
import Learning

extension Stage { static let evaluate = Stage("evaluate") }

enum EvaluateStage: TaskStage {
    static let stage = Stage.evaluate

    static func perform(_ task: EvaluateTask, by executor: TaskExecutor) throws(Failure) -> Evaluations {
        try executor.evaluate(task)
    }
}

struct EvaluateTask: FieldCodable {
    var shard: Int
    /// Models of the store to be compared on the same rows.
    var models: [Int]
    /// What each model's margins go through before losses are compared row by row.
    var calibrations: [Calibration]
    /// Sets of snapshots whose rows are measured apart.
    var groups: [[UInt8]]

    static let fields = FieldList(Self.init, \.shard, \.models, \.calibrations, \.groups)
        .check("calibrations") { $0.calibrations.count == $0.models.count }
}

/// How models do on one set of snapshots after the other.
struct Evaluations: ShardSum, FieldCodable {
    var groups: [Evaluation]

    /// Of no rows.
    init(models: Int, groups: Int) {
        self.groups = Array(repeating: Evaluation(models: models), count: groups)
    }

    func fits(_ other: Evaluations) -> Bool {
        groups.count == other.groups.count && zip(groups, other.groups).allSatisfy { $0.fits($1) }
    }

    mutating func add(_ other: Evaluations) {
        for index in groups.indices { groups[index].add(other.groups[index]) }
    }

    static let fields = FieldList(filling: { Evaluations(models: 0, groups: 0) }, \.groups)
        .check("evaluated groups") { $0.groups.count <= mostGroups }

    /// Each labelled snapshot by itself.
    private static let mostGroups = SnapshotOptions.limit + 1
}

/// How models do on labelled rows of profiles held out of training; sums over shards.
struct Evaluation: ShardSum, FieldCodable {
    /// One a model, of the very same rows.
    var models: [HeldOutMargins]
    /// Each model against each before it: the first of each later one's stand together.
    private var paired: [PairedLoss]

    /// Of no rows.
    init(models: Int) {
        self.models = Array(repeating: HeldOutMargins(), count: models)
        paired = Array(repeating: PairedLoss(), count: models * (models - 1) / 2)
    }

    private static func place(_ first: Int, _ second: Int) -> Int { second * (second - 1) / 2 + first }

    /// By how much the second model's loss is lower than the first's, which stands before it.
    subscript(first: Int, second: Int) -> PairedLoss {
        get { paired[Self.place(first, second)] }
        set { paired[Self.place(first, second)] = newValue }
    }

    func fits(_ other: Evaluation) -> Bool { models.count == other.models.count }

    mutating func add(_ other: Evaluation) {
        for index in models.indices { models[index].add(other.models[index]) }
        for index in paired.indices { paired[index].add(other.paired[index]) }
    }

    static let fields = FieldList(filling: { Evaluation(models: 0) }, \.models, \.paired)
        .check("evaluated models") { evaluation in
            let count = evaluation.models.count
            return count <= mostModels && evaluation.paired.count == count * (count - 1) / 2
        }

    private static let mostModels = 16
}

extension TaskExecutor {
    func model(_ index: Int) throws(Failure) -> Model {
        let bytes = try stored { () throws(StoreError) in try store.bytes(.model(index)) }
        do {
            return try Model(decoding: bytes)
        } catch {
            throw Failure(.machine, "the model of this run cannot be read: \(error)")
        }
    }

    func evaluate(_ task: EvaluateTask) throws(Failure) -> Evaluations {
        var models: [Model] = []
        for index in task.models { models.append(try model(index)) }
        let all = try binned(task.shard, for: models)
        // Held-out rows are few of all.
        let rows = all.picking(all.heldOut(task.groups.flatMap(\.self)).map(UInt32.init))
        let margins = models.map { $0.ensemble.margins(of: rows.matrix) }
        var evaluations = Evaluations(models: models.count, groups: task.groups.count)
        for (group, snapshots) in task.groups.enumerated() {
            evaluations.groups[group].add(
                rows, of: rows.heldOut(snapshots), margins: margins, calibrations: task.calibrations)
        }
        return evaluations
    }
}

extension Evaluation {
    /// - Parameter margins: every row's by model.
    fileprivate mutating func add(
        _ rows: BinnedRows, of wanted: [Int], margins: [[Float]], calibrations: [Calibration]
    ) {
        let outcomes = rows.outcomes(of: wanted)
        let labels = rows.labels.outcomes
        for place in margins.indices {
            for row in wanted {
                let (margin, isPositive) = (Double(margins[place][row]), labels[row] == 1)
                models[place].add(margin: margin, isPositive: isPositive, half: rows.half(row))
                for first in 0..<place {
                    self[first, place].add(
                        first: calibrations[first].margin(Double(margins[first][row])),
                        second: calibrations[place].margin(margin), isPositive: isPositive)
                }
            }
            for outcome in outcomes {
                models[place].add(profileWithOutcome: outcome.with, withoutOutcome: outcome.without)
            }
        }
    }
}

extension BinnedRows {
    /// Labelled rows of the snapshots, of profiles that are held out of training.
    fileprivate func heldOut(_ wanted: [UInt8]) -> [Int] {
        let outcomes = labels.outcomes
        return (0..<matrix.rows).filter { outcomes[$0] <= 1 && wanted.contains(snapshots[$0]) && isValidation[$0] == 1 }
    }

    /// Whether a profile that has some of the rows has some with the outcome, and some without it.
    fileprivate func outcomes(of rows: [Int]) -> [(with: Bool, without: Bool)] {
        let outcomes = labels.outcomes
        var seen = Array(repeating: (with: false, without: false), count: Int(profiles.max() ?? 0) + 1)
        for row in rows {
            if outcomes[row] == 1 {
                seen[Int(profiles[row])].with = true
            } else {
                seen[Int(profiles[row])].without = true
            }
        }
        return seen.filter { $0.with || $0.without }
    }

    /// In which half of the held-out profiles a row's is: by chance, for profiles are numbered by their identities.
    fileprivate func half(_ row: Int) -> Int {
        Int(StableHash.mix(UInt64(profiles[row]), 0x6861_6c76_6573) % UInt64(HeldOutMargins.halfCount))
    }
}
