import ArgumentParser
import ClusterTransport
import Foundation
import Learning
import Scoring
import Synchronization

/// Times scores and contributions of the `test` rows, from bins and from raw numbers.
struct Explain: ParsableCommand {
    @Argument(help: "The folder with the rows.") var folder: String
    @Argument(help: "A model that `train` wrote.") var model: String
    @Option var threads = 2
    @Option(help: "Of each measurement; the median counts.") var runs = 5

    /// As many rows at a time as a worker explains.
    private static let block = 4096

    func run() throws {
        let pool = ComputePool(threads: threads)
        defer { pool.close() }
        let table = try RawTable(folder, .test)
        let model = try Model(decoding: [UInt8](try Data(contentsOf: URL(fileURLWithPath: model))))
        let matrix = try Train.bin(table, model.features, parts: 1, pool)[0]
        var tables: ShapleyTables?
        let building = seconds {
            tables = ShapleyTables(model.ensemble, featureCount: model.features.count)
        }
        guard let tables else { return }
        let ranges = stride(from: 0, to: table.rows, by: Self.block).map { $0..<min($0 + Self.block, table.rows) }
        let gap = Mutex<Float>(0)
        let explaining = medianSeconds(runs: runs) {
            _ = pool.map(threads) { [threads] part in
                var contributions: [Float] = []
                for index in stride(from: part, to: ranges.count, by: threads) {
                    tables.contributions(of: matrix, rows: ranges[index], into: &contributions)
                }
                return contributions.count
            }
        }
        let scoring = medianSeconds(runs: runs) {
            _ = pool.map(ranges.count) { index in
                var margins = [Float](repeating: model.ensemble.base, count: ranges[index].count)
                model.ensemble.margins(
                    of: matrix, rows: ranges[index], trees: 0..<model.ensemble.trees.count, adding: &margins)
                return margins.count
            }
        }
        _ = pool.map(1) { _ in
            let rows = 0..<min(Self.block, table.rows)
            var contributions: [Float] = []
            tables.contributions(of: matrix, rows: rows, into: &contributions)
            var margins = [Float](repeating: model.ensemble.base, count: rows.count)
            model.ensemble.margins(of: matrix, rows: rows, trees: 0..<model.ensemble.trees.count, adding: &margins)
            for row in rows {
                let own = contributions[(row * model.features.count)..<((row + 1) * model.features.count)]
                let sum = own.reduce(Float(tables.base), +)
                gap.withLock { $0 = max($0, abs(sum - margins[row])) }
            }
        }
        let raw = try fromRaw(model, table, ranges, pool)
        let count = Double(table.rows)
        try LearningBench.report([
            "tables": building, "explain": count / explaining, "score": count / scoring,
            "score_raw": count / raw.scoring, "explain_raw": count / raw.both, "gap": Double(gap.withLock { $0 }),
        ])
    }

    /// Seconds from columns of floats in memory to margins, and to margins and contributions.
    private func fromRaw(
        _ model: Model, _ table: RawTable, _ ranges: [Range<Int>], _ pool: ComputePool
    ) throws -> (scoring: Double, both: Double) {
        let trimmed = model.trimmed
        let tables = ShapleyTables(trimmed.ensemble, featureCount: trimmed.features.count)
        let columns = try model.ensemble.usedFeatures.map { try table.values(of: $0, rows: 0..<table.rows) }
        func run(explaining: Bool) {
            _ = pool.map(threads) { [threads] part in
                var contributions: [Float] = []
                var sum: Float = 0
                for index in stride(from: part, to: ranges.count, by: threads) {
                    let rows = ranges[index]
                    let matrix = BinnedMatrix(rows: rows.count, features: trimmed.features.count) { feature, bins in
                        guard case .numeric(let edges) = trimmed.features[feature].bins else { return }
                        numericBins(of: columns[feature][rows], edges: edges, into: &bins)
                    }
                    sum += trimmed.ensemble.margins(of: matrix)[0]
                    if explaining { tables.contributions(of: matrix, rows: 0..<rows.count, into: &contributions) }
                }
                return sum
            }
        }
        return (
            medianSeconds(runs: runs) { run(explaining: false) }, medianSeconds(runs: runs) { run(explaining: true) }
        )
    }
}
