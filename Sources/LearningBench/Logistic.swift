import ArgumentParser
import ClusterTransport
import Foundation
import Learning
import Synchronization

/// Times a logistic regression on `train` and measures it on `test`.
struct Logistic: ParsableCommand {
    @Argument(help: "The folder with the rows.") var folder: String
    @Option var threads = 2
    @Option var bins = 64
    @Option(help: "Write the training rows' bins to this file, a byte each, one feature after the other.") var binned:
        String?

    func run() throws {
        let table = try RawTable(folder, .train)
        let pool = ComputePool(threads: threads)
        defer { pool.close() }
        let features = try Train.features(of: table, bins: bins, pool)
        let parts = try Train.bin(table, features, parts: threads, pool)
        if let binned {
            let matrix = BinnedMatrix(joining: parts)
            var bytes = Data()
            for feature in features.indices { bytes.append(contentsOf: matrix.bins(of: feature)) }
            try bytes.write(to: URL(fileURLWithPath: binned))
        }
        let binCounts = features.map(\.bins.binCount)
        let starts = parts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.rows) }
        let rate = Double(table.labels.count { $0 == 1 }) / Double(table.rows)
        var regression = LogisticRegression(features: features.map(\.bins), base: Float(logit(rate)))
        let layout = regression.layout
        let rows = try parts.indices.map { part in
            try RegressionRows(
                matrix: parts[part], layout: layout,
                labels: Array(table.labels[starts[part]..<starts[part + 1]]),
                weights: [Float](repeating: 1, count: parts[part].rows))
        }
        var next = regression.start
        var scores = next.binScores(layout)
        var (passes, loss) = (0, 0.0)
        let training = try seconds {
            while true {
                let (current, weighsBins) = (next, !regression.noSums.weights.isEmpty)
                let sums = try pool.map(rows.count) { part in
                    Result { () throws(TrainingError) in try rows[part].sums(at: current, weighsBins: weighsBins) }
                }.map { try $0.get() }
                var sum = regression.noSums
                for part in sums { sum.add(part) }
                passes += 1
                loss = Double(sum.loss) / RegressionSums.unitsPerNat / Double(table.rows)
                switch regression.receive(sum) {
                case .evaluate(let other): next = other
                case .finished(let found):
                    scores = found
                    return
                }
            }
        }
        let test = try RawTable(folder, .test)
        let matrix = try Train.bin(test, features, parts: 1, pool)[0]
        var margins = [Float](repeating: 0, count: test.rows)
        for row in margins.indices {
            var margin = scores.intercept
            var offset = 0
            for (feature, count) in binCounts.enumerated() {
                margin += scores.scores[offset + Int(matrix[row, feature])]
                offset += count
            }
            margins[row] = Float(margin)
        }
        try LearningBench.report([
            "train": training, "passes": Double(passes), "loss": loss, "auc": auc(margins, test.labels),
            "logloss": logLoss(margins, test.labels),
        ])
    }
}
