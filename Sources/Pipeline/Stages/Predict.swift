import Bytes
import ClusterProtocol
import Events
import Features
import Learning
import Scoring
import Tables

extension Stage { static let predict = Stage("predict") }

/// Where the objective is a number: every profile's prediction and the reasons for it, written at once, for nothing is
/// compared with everybody's.
enum PredictStage: TaskStage {
    typealias Result = SummedParts<PredictionSummary>

    static let stage = Stage.predict

    static func perform(_ task: ExplainTask, by executor: TaskExecutor) throws(Failure) -> Result {
        try executor.predict(task)
    }

    static func files(ofTask task: Int, _ result: Result, of plan: InputPlan) -> [SharedFile] {
        result.outputs.parts(ofShard: task)
    }
}

/// Sums over predicted profiles, of fixed-point integers, so that their order does not matter.
struct PredictionSummary: ShardSum, FieldCodable {
    /// Margins are sums of leaves of labels within 0...1: a sum over 2^32 profiles stays far from the largest integer.
    private static let unitsPerMargin = 1_048_576.0
    private static let largestMargin = 1024.0

    private(set) var profiles: Int64 = 0
    private var margins: Int64 = 0
    /// By feature of the model: the sum of contributions' magnitudes.
    private var magnitudes: [Int64]

    /// Of nobody.
    init(features: Int) { magnitudes = Array(repeating: 0, count: features) }

    private static func units(_ value: Double) -> Int64 {
        Int64((min(max(value, -largestMargin), largestMargin) * unitsPerMargin).rounded())
    }

    /// Adds a profile.
    mutating func add(margin: Float, contributions: ArraySlice<Float>) {
        profiles += 1
        margins += Self.units(Double(margin))
        for (place, value) in contributions.enumerated() { magnitudes[place] += Self.units(Double(value.magnitude)) }
    }

    /// Over the profiles, in the units of margins.
    var meanMargin: Double { Double(margins) / Self.unitsPerMargin / Double(max(1, profiles)) }

    /// By feature, over the profiles, in the units of margins.
    var meanMagnitudes: [Double] { magnitudes.map { Double($0) / Self.unitsPerMargin / Double(max(1, profiles)) } }

    func fits(_ other: PredictionSummary) -> Bool { magnitudes.count == other.magnitudes.count }

    mutating func add(_ other: PredictionSummary) {
        profiles &+= other.profiles
        margins &+= other.margins
        for index in magnitudes.indices { magnitudes[index] &+= other.magnitudes[index] }
    }

    static let fields = FieldList(filling: { PredictionSummary(features: 0) }, \.profiles, \.margins, \.magnitudes)
        .check("sums of predictions") {
            0...ByteReader.mostCounted ~= $0.profiles && $0.magnitudes.allSatisfy { $0 >= 0 }
        }
}

extension TaskExecutor {
    /// Predicts and explains one shard's profiles as of the score date, and writes its parts of the outputs.
    func predict(_ task: ExplainTask) throws(Failure) -> SummedParts<PredictionSummary> {
        let (model, tables) = try chosen.load(store)
        let shard = try assembled(task.shard)
        let rows = try binned(task.shard, for: [model])
        let count = rows.scoredCount
        let margins = model.ensemble.preciseMargins(of: rows.matrix, rows: 0..<count)
        let identities = shard.rowProfile.prefix(count).map { shard.identities[Int($0)] }
        var summary = PredictionSummary(features: model.features.count)
        var factors = ProfileFactors()
        let width = model.features.count
        var contributions: [Float] = []
        for start in stride(from: 0, to: count, by: Self.block) {
            let end = min(count, start + Self.block)
            tables.contributions(of: rows.matrix, rows: start..<end, into: &contributions)
            for row in start..<end {
                let own = contributions[(row - start) * width..<(row - start + 1) * width]
                factors.append(
                    topFactors(contributions: own, slope: model.calibration.slope, limit: Self.factorLimit))
                summary.add(margin: margins[row], contributions: own)
            }
        }
        let part = OutputFiles.part(task.shard)
        var outputs = OutputFiles()
        let predictions = margins.map {
            model.objective.prediction(ofMargin: model.calibration.margin(Double($0)))
        }
        outputs.files.append(
            try write(
                "scores/\(part)",
                Table(
                    columns: [
                        .texts("profile", identities), Column(name: "prediction", values: .numbers(predictions)),
                        scoreDateColumn(task.scoreDate, rows: count),
                    ], rowCount: count)))
        outputs.files.append(
            try write(
                "factors/\(part)",
                try factorsTable(task.shard, shard, factors, identities, model, names: model.features.map(\.name))))
        return SummedParts(summary: summary, outputs: outputs)
    }
}
