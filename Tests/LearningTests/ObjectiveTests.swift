import Bytes
import Foundation
import TestSupport
import Testing

@testable import Learning

/// The squared error beside the log loss, which the other tests are of.
struct ObjectiveTests {
    private let objective = Objective.squaredError

    @Test(arguments: [-0.4, 0, 0.3, 0.999, 1.7] as [Float], [(0, 1), (0.25, 0.125), (1, 1)] as [(Float, Float)])
    func gradientsAreRoundedToANeighbourAndExactOnAverage(_ margin: Float, _ row: (label: Float, weight: Float)) {
        let count = 40_000
        let keys = (0..<UInt32(count)).map { UInt32(truncatingIfNeeded: StableHash.mix(UInt64($0), 5)) }
        var gradients = [UInt16](repeating: 0, count: count)
        SquaredError.computeGradients(
            GradientRows(
                count: count, margins: [Float](repeating: margin, count: count),
                labels: LabelColumn(numbers: [Float](repeating: row.label, count: count)),
                weights: [Float](repeating: row.weight, count: count), keys: keys,
                salt: PackedGradient.salt(seed: 1, tree: 3), sampling: .uniform(1)), into: &gradients)
        // An error of more than the labels' whole range counts as that.
        let error = min(max(Double(margin - row.label), -1), 1)
        expectRounded(gradients.map(PackedGradient.gradient), from: error * 127 * Double(row.weight))
        expectRounded(gradients.map(PackedGradient.hessian), from: 255 * Double(row.weight))
    }

    @Test func lossIsHalfTheSquaredErrorOfTheListedRows() {
        let labels = LabelColumn(numbers: [0, 0.5, 1, .nan])
        let loss = SquaredError.loss(margins: [0.25, 0.5, 0, 9], labels: labels, rows: [0, 2])
        #expect(LossSums(rows: 2, loss: loss).mean == (0.0625 / 2 + 0.5) / 2)
        #expect(objective.rootMeanSquaredError(ofMeanLoss: 0.125) == 0.5)
        #expect(Objective.logLoss.rootMeanSquaredError(ofMeanLoss: 0.125) == nil)
        #expect(objective.base(labelSum: 30, rows: 40) == 0.75)
    }

    /// Numbers that are learned from come back as they were.
    @Test func predictionsAreInTheUnitsOfTheLabels() throws {
        var range = LabelRange()
        for label in [250, -50, .nan, 100] as [Float] { range.add(label) }
        #expect((range.count, range.least, range.most) == (3, -50, 250))
        let labels = LabelColumn(numbers: [250, -50, 100, .nan])
        #expect(range.scaled(LabelColumn(numbers: [1e38, -1e38])).numbers == [1, 0])
        let scaled = range.scaled(labels)
        #expect(scaled.numbers.prefix(3) == [1, 0, 0.5])
        #expect((0..<4).map(scaled.isKnown) == [true, true, true, false])
        for (row, margin) in scaled.numbers.prefix(3).enumerated() {
            let prediction = objective.prediction(ofMargin: range.calibration.margin(Double(margin)))
            #expect(prediction == Double(labels.numbers[row]))
        }
    }

    /// One deep tree without a penalty gives every cell the mean of its labels.
    @Test func leavesAreTheMeansOfTheirRows() throws {
        let (rows, labels) = cells()
        let settings = try TrainingSettings(
            objective: .squaredError, growth: .depthwise, learningRate: 1, maximumTrees: 1, depth: 6, lambda: 0)
        let ensemble = try train(rows, labels, settings, shards: 1)
        var sums: [[UInt8]: (sum: Double, rows: Double)] = [:]
        for row in 0..<rows.count {
            sums[rows.columns.map { $0[row] }, default: (0, 0)].sum += Double(labels[row])
            sums[rows.columns.map { $0[row] }, default: (0, 0)].rows += 1
        }
        var margins = [Float](repeating: ensemble.base, count: rows.count)
        ensemble.margins(of: rows.matrix, rows: 0..<rows.count, trees: 0..<1, adding: &margins)
        for row in 0..<rows.count {
            let cell = try #require(sums[rows.columns.map { $0[row] }])
            // Each gradient is rounded to 1/127: five standard errors of a cell's sum of roundings.
            #expect(abs(Double(margins[row]) - cell.sum / cell.rows) < 5 * 0.5 / 127 / cell.rows.squareRoot())
        }
    }

    @Test(arguments: Growth.allCases) func theModelIsTheSameHoweverRowsAreDivided(_ growth: Growth) throws {
        let (rows, labels) = cells()
        let settings = try TrainingSettings(objective: .squaredError, growth: growth, maximumTrees: 8, depth: 3)
        let whole = try train(rows, labels, settings, shards: 1)
        #expect(whole.trees.count == 8)
        #expect(try train(rows, labels, settings, shards: 5) == whole)
    }

    @Test func labelsOfTheOtherKindAreRefused() throws {
        let (rows, _) = cells()
        #expect(throws: TrainingError.self) {
            try train(rows, labels: LabelColumn(outcomes: rows.labels), TrainingSettings(objective: .squaredError))
        }
        let numbers = LabelColumn(numbers: rows.labels.map(Float.init))
        #expect(throws: TrainingError.self) { try train(rows, labels: numbers, TrainingSettings()) }
        #expect(throws: TrainingSettingsError.self) {
            try TrainingSettings(objective: .squaredError, rowSampling: .gradient)
        }
    }

    @Test(arguments: Objective.allCases, Growth.allCases)
    func settingsComeBackWithTheirObjective(_ objective: Objective, _ growth: Growth) throws {
        let settings = try TrainingSettings(objective: objective, growth: growth)
        #expect(try TrainingSettings(decoding: settings.encoded) == settings)
    }

    /// 16 cells of some 100 rows, each with labels about its own mean, within 0...1.
    private func cells() -> (rows: Rows, labels: [Float]) {
        var random = SplitMix(seed: 11)
        let rows = Rows(1600, binCounts: [4, 4], &random) { _ in 0.5 }
        let labels = (0..<rows.count).map { row in
            Float(rows.columns[0][row]) / 5 + Float(rows.columns[1][row] % 2) / 5 + Float(random.below(1000)) / 5000
        }
        return (rows, labels)
    }

    private func train(
        _ rows: Rows, _ labels: [Float], _ settings: TrainingSettings, shards: Int
    ) throws -> Ensemble {
        var booster = Booster(
            settings: settings, binCounts: rows.binCounts, labelSum: labels.reduce(0) { $0 + Double($1) },
            rows: rows.count)
        var trainers = try (0..<shards).map { shard in
            let own = (0..<rows.count).filter { $0 % shards == shard }
            return try train(
                rows.part(own), labels: LabelColumn(numbers: own.map { labels[$0] }), settings,
                keys: own.map(UInt64.init), base: booster.base)
        }
        return try Training.train(&booster, &trainers)
    }

    @discardableResult
    private func train(
        _ rows: Rows, labels: LabelColumn, _ settings: TrainingSettings, keys: [UInt64]? = nil, base: Float = 0
    ) throws -> ShardTrainer {
        try ShardTrainer(
            matrix: rows.matrix, binCounts: rows.binCounts, labels: labels,
            keys: keys ?? (0..<UInt64(rows.count)).map { $0 }, training: (0..<UInt32(rows.count)).map { $0 },
            validation: [], base: base, settings: settings)
    }
}
