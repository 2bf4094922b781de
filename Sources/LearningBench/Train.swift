import ArgumentParser
import Bytes
import ClusterTransport
import Foundation
import Learning
import Synchronization

/// Trains on `train` and measures on `test`.
struct Train: ParsableCommand {
    @Argument(help: "The folder with the rows.") var folder: String
    @Option(help: "symmetric or depthwise.") var growth = "symmetric"
    @Option var trees = 100
    @Option var threads = 2
    @Option var bins = 64
    @Flag(help: "Learn from all rows in place of those drawn by gradient.")
    var allRows = false
    @Flag(help: "Measure the loss on the last fifth of each part's rows after each tree instead of learning from it.")
    var heldOut = false
    @Option(help: "Write the model to this file.") var model: String?

    /// So many rows are looked at for the bins' edges.
    private static let sample = 200_000

    func run() throws {
        let libraries = try residentMemory("VmRSS")
        let table = try RawTable(folder, .train)
        let pool = ComputePool(threads: threads)
        defer { pool.close() }
        let settings = try TrainingSettings(
            growth: growth == "symmetric" ? .symmetric : .depthwise, bins: bins, learningRate: 0.1,
            maximumTrees: trees, stopAfter: trees,
            rowSampling: allRows ? .uniform(1) : .automatic(rows: table.rows))
        var features: [ModelFeature] = []
        var parts: [BinnedMatrix] = []
        let binning = try seconds {
            features = try Self.features(of: table, bins: bins, pool)
            parts = try Self.bin(table, features, parts: threads, pool)
        }
        let labels = table.labels
        let booster = Booster(
            settings: settings, binCounts: features.map(\.bins.binCount), labelSum: Double(labels.count { $0 == 1 }),
            rows: table.rows)
        var ensemble = Ensemble(base: 0, trees: [])
        var meter = CountingMeter()
        let processor = processorSeconds()
        let training = try seconds {
            (ensemble, meter) = try Self.train(booster, &parts, labels, settings, heldOut: heldOut, pool)
        }
        let trainingProcessor = processorSeconds() - processor
        let peak = try residentMemory("VmHWM") - libraries
        let made = Model(features: features, ensemble: ensemble, calibration: .identity, settings: settings)
        if let model { try Data(made.encoded).write(to: URL(fileURLWithPath: model)) }
        let test = try RawTable(folder, .test)
        let margins = ensemble.margins(of: try Self.bin(test, features, parts: 1, pool)[0])
        try LearningBench.report(
            [
                "bin": binning, "train": training, "train_processor": trainingProcessor, "peak": peak,
                "auc": auc(margins, test.labels),
                "logloss": logLoss(margins, test.labels), "adds": Double(meter.additions),
                "adds_per_second": Double(meter.additions) / inSeconds(meter.time),
                "counting": inSeconds(meter.time),
            ], hash: made.encoded.withUnsafeBytes { StableHash.hash($0) })
    }

    static func features(of table: RawTable, bins: Int, _ pool: ComputePool) throws -> [ModelFeature] {
        let sampled = (0..<table.rows).filter {
            StableHash.mix(UInt64($0), 7) % UInt64(table.rows) < UInt64(sample)
        }
        return try pool.map(table.features) { feature -> Result<ModelFeature, any Error> in
            Result {
                let values = try table.values(of: feature, rows: 0..<table.rows)
                let sketch = NumericSketch(values: sampled.map { values[$0] })
                return ModelFeature(
                    code: "f\(feature)", name: "f\(feature)", bins: .numeric(from: sketch, maximumBins: bins))
            }
        }.map { try $0.get() }
    }

    /// Equal parts of the rows, each a matrix.
    static func bin(
        _ table: RawTable, _ features: [ModelFeature], parts: Int, _ pool: ComputePool
    ) throws -> [BinnedMatrix] {
        try pool.map(parts) { part -> Result<BinnedMatrix, any Error> in
            let rows = (table.rows * part / parts)..<(table.rows * (part + 1) / parts)
            return Result {
                try BinnedMatrix(rows: rows.count, features: features.count) { feature, column in
                    guard case .numeric(let edges) = features[feature].bins else { return }
                    numericBins(of: try table.values(of: feature, rows: rows), edges: edges, into: &column)
                }
            }
        }.map { try $0.get() }
    }

    private final class Resident: Sendable {
        let trainer: Mutex<ShardTrainer>
        init(_ trainer: consuming sending ShardTrainer) { self.trainer = Mutex(trainer) }
    }

    /// One trainer a thread, as a worker has them.
    private static func train(
        _ booster: Booster, _ parts: inout [BinnedMatrix], _ labels: [UInt8], _ settings: TrainingSettings,
        heldOut: Bool, _ pool: ComputePool
    ) throws -> (Ensemble, CountingMeter) {
        var booster = booster
        let (binCounts, base) = (booster.layout.binCounts, booster.base)
        let starts = parts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.rows) }
        let matrices = parts
        parts = []
        let trainers = try pool.map(matrices.count) { part -> Result<Resident, TrainingError> in
            let rows = matrices[part].rows
            return Result { () throws(TrainingError) in
                Resident(
                    try ShardTrainer(
                        matrix: matrices[part], binCounts: binCounts,
                        labels: LabelColumn(outcomes: Array(labels[starts[part]..<(starts[part] + rows)])),
                        keys: (0..<rows).map { UInt64(starts[part] + $0) },
                        training: Array(0..<UInt32(heldOut ? rows / 5 * 4 : rows)),
                        validation: heldOut ? Array(UInt32(rows / 5 * 4)..<UInt32(rows)) : [], base: base,
                        settings: settings
                    ))
            }
        }.map { try $0.get() }
        var order = booster.start()
        while true {
            let current = order
            let replies = pool.map(trainers.count) { part in
                trainers[part].trainer.withLock { trainer in
                    Result { () throws(TrainingError) in try trainer.perform(current) }
                }
            }
            var sum = try replies[0].get()
            for reply in replies.dropFirst() { sum.add(try reply.get()) }
            switch booster.receive(sum) {
            case .order(let next): order = next
            case .finished(let ensemble):
                var meter = CountingMeter()
                for trainer in trainers { trainer.trainer.withLock { meter.add($0.meter) } }
                return (ensemble, meter)
            }
        }
    }
}
