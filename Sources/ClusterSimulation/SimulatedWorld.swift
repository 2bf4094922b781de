import Bytes
import ClusterProtocol
import Learning

/// What the simulated cluster is to do, small enough for a thousand runs a minute: tasks on files, two fits over shards of
/// real rows with the real trainer, and tasks that need what came before.
struct SimulatedWorld: Sendable {
    /// The stage of both fits.
    static let train = Stage("train")

    enum Step: Sendable {
        case tasks(Stage, count: Int)
        case fit(Growth)
    }

    let steps: [Step]
    let shards: Int
    let trees: Int
    private let binCounts = [9, 5, 7]
    private let rows = 24

    init(shards: Int = 6, trees: Int = 5) {
        self.shards = shards
        self.trees = trees
        steps = [
            .tasks(Stage("ingest"), count: 4), .tasks(Stage("bin"), count: shards), .fit(.symmetric), .fit(.depthwise),
            .tasks(Stage("score"), count: shards), .tasks(Stage("write"), count: 3),
        ]
    }

    func settings(_ growth: Growth) throws(TrainingSettingsError) -> TrainingSettings {
        // So fast a learner that it is past its best before the end.
        return try TrainingSettings(
            growth: growth, learningRate: 0.8, maximumTrees: trees, stopAfter: max(2, trees / 2), depth: 3,
            rowSampling: growth == .symmetric ? .gradient : .uniform(1))
    }

    func booster(_ growth: Growth) throws(TrainingSettingsError) -> Booster {
        Booster(
            settings: try settings(growth), binCounts: binCounts, labelSum: Double(shards * rows / 2),
            rows: shards * rows)
    }

    /// A task's description: what it is asked depends on the results of the step before.
    func payloads(_ stage: Stage, count: Int, after digest: UInt64) -> [[UInt8]] {
        (0..<count).map { part in
            var writer = ByteWriter()
            writer.write(UInt32(part))
            writer.write(digest)
            return writer.bytes
        }
    }

    /// A task's result; a pure function, as of every real task.
    func result(_ stage: Stage, _ payload: [UInt8]) -> [UInt8] {
        let seed = payload.withUnsafeBytes { StableHash.hash($0, seed: StableHash.hash(stage.rawValue)) }
        return (0..<(8 + Int(seed % 40))).map { UInt8(truncatingIfNeeded: StableHash.mix(seed, UInt64($0))) }
    }

    /// Whether it has the shape of a task's result, as far as a coordinator can see.
    func isResult(_ bytes: [UInt8], _ stage: Stage, _ payload: [UInt8]) -> Bool {
        bytes.count == result(stage, payload).count
    }

    /// The same rows for the same shard, wherever it lives.
    func trainer(_ shard: UInt32, _ settings: TrainingSettings) throws(TrainingError) -> ShardTrainer {
        var random = SimulatedRandom(seed: UInt64(shard) + 1000)
        let columns = binCounts.map { count in (0..<rows).map { _ in UInt8(random.below(count)) } }
        let labels = (0..<rows).map { row -> UInt8 in
            columns[0][row] + columns[2][row] % 3 + UInt8(random.below(4)) > 6 ? 1 : 0
        }
        return try ShardTrainer(
            matrix: BinnedMatrix(columns: columns, rows: rows), binCounts: binCounts,
            labels: LabelColumn(outcomes: labels),
            keys: (0..<rows).map { StableHash.mix(UInt64(shard), UInt64($0)) },
            training: (0..<rows).filter { $0 % 5 > 0 }.map(UInt32.init),
            validation: (0..<rows).filter { $0 % 5 == 0 }.map(UInt32.init), base: 0, settings: settings)
    }
}
