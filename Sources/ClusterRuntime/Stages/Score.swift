import Bytes
import ClusterProtocol
import Customers
import Explaining
import Learning
import Synchronization

/// One shard's scored profiles, in the order of their identities, with the most influential factors of each.
struct ScoredShard: ByteCodable {
    var identities: [String]
    /// Raw margins of the trees, log-odds.
    var margins: [Float]
    /// Calibrated probabilities.
    var probabilities: [Double]
    /// Factors of row `i` stand at `factorStart[i] ..< factorStart[i + 1]`, the largest first.
    var factorStart: [UInt32]
    /// Index into the model's features.
    var factorFeature: [UInt32]
    /// Calibrated log-odds.
    var factorContribution: [Float]
    var factorImportance: [UInt8]

    init(identities: [String], margins: [Float], probabilities: [Double]) {
        self.identities = identities
        self.margins = margins
        self.probabilities = probabilities
        factorStart = [0]
        factorFeature = []
        factorContribution = []
        factorImportance = []
    }

    func encode(to writer: inout ByteWriter) {
        writer.write(texts: identities)
        writer.write(array: margins)
        writer.write(array: probabilities)
        writer.write(array: factorStart)
        writer.write(array: factorFeature)
        writer.write(array: factorContribution)
        writer.write(array: factorImportance)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        identities = try reader.readTexts()
        margins = try reader.readArray()
        probabilities = try reader.readArray()
        factorStart = try reader.readArray()
        factorFeature = try reader.readArray()
        factorContribution = try reader.readArray()
        factorImportance = try reader.readArray()
        guard margins.count == identities.count, probabilities.count == identities.count,
            factorStart.count == identities.count + 1, factorStart.last.map(Int.init) == factorFeature.count,
            factorContribution.count == factorFeature.count, factorImportance.count == factorFeature.count
        else { throw .badValue("scored shard", offset: reader.offset) }
    }
}

/// What scoring a shard adds to the whole; sums are of fixed-point integers, so that their order does not matter.
struct ScoreSummary: ByteCodable {
    /// Every scored profile's margin.
    var margins = MarginHistogram()
    /// Sum of probabilities, in units of 2^-32.
    var probability: Int64 = 0
    /// By model feature: sum of the contributions' magnitudes, in units of 2^-20.
    var magnitudes: [Int64]
    /// By model feature: scored profiles that have a value.
    var known: [Int64]
    /// The largest gap between a profile's margin and what its contributions and the base add up to.
    var additivityGap = 0.0

    init(features: Int) {
        magnitudes = Array(repeating: 0, count: features)
        known = magnitudes
    }

    mutating func add(_ other: ScoreSummary) {
        margins.add(other.margins)
        probability += other.probability
        for index in magnitudes.indices {
            magnitudes[index] += other.magnitudes[index]
            known[index] += other.known[index]
        }
        additivityGap = max(additivityGap, other.additivityGap)
    }

    func encode(to writer: inout ByteWriter) {
        margins.encode(to: &writer)
        writer.write(probability)
        writer.write(array: magnitudes)
        writer.write(array: known)
        writer.write(additivityGap)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        margins = try MarginHistogram(from: &reader)
        probability = try reader.read()
        magnitudes = try reader.readArray()
        known = try reader.readArray()
        guard known.count == magnitudes.count else { throw .badValue("feature count", offset: reader.offset) }
        additivityGap = try reader.readDouble()
    }
}

extension TaskExecutor {
    /// How many factors of a profile are kept.
    static let factorLimit = 10
    /// The chosen model's place in the store.
    static let chosenModel = 0
    /// Rows explained at a time: what bounds the memory of their contributions.
    private static let block = 4096

    /// Scores and explains one shard's profiles as of the score date.
    func score(_ task: ShardTask) throws(Failure) -> ScoreSummary {
        regressionRows.drop()
        let (model, tables) = try chosen.load(store)
        let shard = try assembled(task.shard)
        let rows: BinnedRows = try stored { () throws(StoreError) in try store.read(.binned(shard: task.shard)) }
        // Rows are ordered by snapshot, and the scoring snapshot is the first.
        let count = rows.snapshots.firstIndex { $0 > 0 } ?? rows.snapshots.count
        let ensemble = model.ensemble
        var margins = [Float](repeating: ensemble.base, count: count)
        ensemble.margins(of: rows.matrix, rows: 0..<count, trees: 0..<ensemble.trees.count, adding: &margins)
        var scored = ScoredShard(
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
        explain(model, tables, rows.matrix, count, &scored, &summary)
        try stored { () throws(StoreError) in try store.write(.scores(shard: task.shard), sealing: scored) }
        return summary
    }

    private func explain(
        _ model: Model, _ tables: ShapleyTables, _ matrix: BinnedMatrix, _ count: Int, _ scored: inout ScoredShard,
        _ summary: inout ScoreSummary
    ) {
        let width = model.features.count
        var contributions: [Float] = []
        for start in stride(from: 0, to: count, by: Self.block) {
            let end = min(count, start + Self.block)
            tables.contributions(of: matrix, rows: start..<end, into: &contributions)
            for row in start..<end {
                let own = contributions[((row - start) * width)..<((row - start + 1) * width)]
                var total = tables.base
                for (feature, value) in own.enumerated() where value != 0 {
                    total += Double(value)
                    summary.magnitudes[feature] += Int64(
                        (abs(Double(value)) * model.calibration.slope * 0x1p20).rounded())
                }
                summary.additivityGap = max(summary.additivityGap, abs(total - Double(scored.margins[row])))
                for factor in topFactors(contributions: own, slope: model.calibration.slope, limit: Self.factorLimit) {
                    scored.factorFeature.append(UInt32(factor.feature))
                    scored.factorContribution.append(Float(factor.contribution))
                    scored.factorImportance.append(factor.importance.rawValue)
                }
                scored.factorStart.append(UInt32(scored.factorFeature.count))
            }
        }
    }
}

/// The chosen model and its tables, made once a worker and kept.
final class ChosenModel: Sendable {
    private let kept = Mutex<(Model, ShapleyTables)?>(nil)

    func load(_ store: ShardStore) throws(Failure) -> (Model, ShapleyTables) {
        // Held while it is made, so that the threads of a worker do not all make it.
        let result = kept.withLock { kept -> Result<(Model, ShapleyTables), Failure> in
            if let kept { return .success(kept) }
            do {
                let model = try Model(decoding: try store.read(.model(TaskExecutor.chosenModel)))
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
