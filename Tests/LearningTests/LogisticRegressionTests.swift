import Bytes
import TestSupport
import Testing

@testable import Learning

@Suite struct LogisticRegressionTests {
    private static let binCounts = [10, 3, 7, 2]
    private static let features: [FeatureBins] = [
        .numeric(edges: (0..<8).map(Float.init)), .categorical(values: ["a"]),
        .categorical(values: ["a", "b", "c", "d", "e"]), .numeric(edges: []),
    ]

    private func rows(_ count: Int, _ random: inout SplitMix) -> Rows {
        Rows(count, binCounts: Self.binCounts, &random) { bins in
            sigmoid(0.4 * Double(bins[0]) - 3 + (bins[2] == 3 ? 1.5 : 0) + (bins[3] == 0 ? 1 : 0))
        }
    }

    private func regressionRows(_ rows: Rows, weights: [Float]? = nil) throws -> RegressionRows {
        try RegressionRows(
            matrix: rows.matrix, binCounts: rows.binCounts, labels: rows.labels,
            weights: weights ?? Array(repeating: 1, count: rows.count))
    }

    private func fit(_ parts: [RegressionRows]) throws -> (scores: BinScores, regression: LogisticRegression) {
        var regression = LogisticRegression(features: Self.features, base: -0.5)
        var scores = regression.start
        for _ in 0..<500 {
            var sum = RegressionSums(layout: regression.layout)
            for part in parts { sum.add(try part.sums(at: scores)) }
            switch regression.receive(sum) {
            case .evaluate(let next): scores = next
            case .finished(let found): return (found, regression)
            }
        }
        throw TrainingError.badOrder("it does not end")
    }

    /// Every row's margin stays, and no feature moves the mean.
    @Test func centredScoresAreTheSameModel() throws {
        var random = SplitMix(seed: 21)
        let layout = try HistogramLayout(binCounts: [3, 70, 2])
        let scores = BinScores(intercept: 0.5, scores: (0..<75).map { _ in random.normal() + 3 })
        let weights = (0..<75).map { $0 >= 73 ? 0 : Int64(random.below(1000)) }
        let centred = scores.centred(layout: layout, binWeights: weights)
        for bins in [[0, 0, 0], [2, 69, 1], [1, 33, 0]] {
            func margin(_ model: BinScores) -> Double {
                zip(bins, layout.offsets).reduce(model.intercept) { $0 + model.scores[$1.1 + $1.0] }
            }
            #expect(abs(margin(centred) - margin(scores)) < 1e-12)
        }
        for range in [0..<3, 3..<73] {
            #expect(abs(range.reduce(0.0) { $0 + centred.scores[$1] * Double(weights[$1]) }) < 1e-8)
        }
        #expect(centred.scores[73...] == scores.scores[73...])
    }

    @Test func sumsAreWhatTheDefinitionSays() throws {
        var random = SplitMix(seed: 3)
        for count in [0, 1, 63, 64, 200] {
            let rows = rows(count, &random)
            let weights = (0..<count).map { _ in 1 / Float(1 + random.below(4)) }
            let layout = try HistogramLayout(binCounts: rows.binCounts)
            let scores = BinScores(
                intercept: 0.25, scores: (0..<layout.totalBins).map { _ in 2 * random.unit() - 1 })
            let sums = try regressionRows(rows, weights: weights).sums(at: scores)
            var expected = RegressionSums(layout: layout)
            var bins = (gradients: expected.gradients, weights: expected.weights)
            for row in 0..<count {
                let places = rows.bins(row).enumerated().map { layout.offsets[$0] + Int($1) }
                let margin = places.reduce(scores.intercept) { $0 + scores.scores[$1] }
                let weight = Double(weights[row])
                let gradient = Int64((weight * (sigmoid(margin) - Double(rows.labels[row])) * 0x1p24).rounded())
                let loss = weight * logLoss(margin: margin, isPositive: rows.labels[row] == 1)
                let units = Int64((weight * 1020).rounded())
                expected.add(weight: units, loss: Int64((loss * 0x1p24).rounded()), gradient: gradient)
                for place in places {
                    bins.gradients[place] += gradient
                    bins.weights[place] += units
                }
            }
            expected.withBins { gradients, weights in (gradients, weights) = bins }
            #expect(sums == expected)
            #expect(try RegressionSums(decoding: sums.encoded) == sums)
        }
    }

    /// The loss is convex: where its gradient vanishes there is no better, whoever looks for it.
    @Test func nothingIsLeftToGain() throws {
        var random = SplitMix(seed: 8)
        let rows = rows(3000, &random)
        let part = try regressionRows(rows)
        let (scores, regression) = try fit([part])
        let sums = try part.sums(at: scores)
        let design = LinearDesign(features: Self.features, layout: regression.layout, sums: sums)
        let gradient = design.gradient(sums)
        // Of one-hot inputs the weight can be read off, and the penalty's gradient is the weight.
        for (input, slope) in zip(design.inputs, gradient) where input.values.count == 1 {
            #expect(abs(slope + scores.scores[input.bins.lowerBound]) < 1, "\(input.bins)")
        }
        #expect(abs(Double(sums.gradient)) / 0x1p24 < 1)
        let margins = try scores.trees(layout: regression.layout, binWeights: regression.binWeights)
        let ensemble = Ensemble(base: Float(scores.intercept), trees: margins)
        let found = auc(ensemble.margins(of: rows.matrix).map(Double.init), rows.labels)
        #expect(found > 0.78)
    }

    /// To the bit, for the sums are whole numbers.
    @Test func shardsMakeNoDifference() throws {
        var random = SplitMix(seed: 4)
        let rows = rows(1000, &random)
        let whole = try fit([try regressionRows(rows)])
        let parts = try (0..<3).map { shard in
            try regressionRows(rows.part((0..<rows.count).filter { $0 % 3 == shard }))
        }
        #expect(try fit(parts).scores == whole.scores)
        #expect(try fit(parts.reversed()).scores.encoded == whole.scores.encoded)
    }

    @Test(arguments: [2, 3, 5, 16, 63, 64, 65, 100, 256])
    func treesGiveEachBinItsScore(_ bins: Int) throws {
        var random = SplitMix(seed: UInt64(bins))
        let layout = try HistogramLayout(binCounts: [3, bins])
        let scores = BinScores(
            intercept: 0.5, scores: [0, 0, 0] + (0..<bins).map { _ in 2 * random.unit() - 1 })
        let weights = (0..<layout.totalBins).map { _ in Int64(random.below(1000)) }
        let trees = try scores.trees(layout: layout, binWeights: weights)
        #expect(trees.allSatisfy { $0.isPossible(binCounts: layout.binCounts) })
        let all = (0..<bins).map { UInt8($0) }
        let matrix = BinnedMatrix(columns: [Array(repeating: 1, count: bins), all], rows: bins)
        let margins = Ensemble(base: 0.5, trees: trees).margins(of: matrix)
        for bin in 0..<bins { #expect(margins[bin] == 0.5 + Float(scores.scores[3 + bin]), "bin \(bin)") }
        for tree in trees { #expect(tree.covers[0] == weights[3...].reduce(0, +)) }
    }

    @Test func whatDoesNotFitTogetherIsRefused() throws {
        let matrix = BinnedMatrix(columns: [[0, 1]], rows: 2)
        #expect(throws: TrainingError.self) {
            try RegressionRows(matrix: matrix, binCounts: [1], labels: [0, 1], weights: [1, 1])
        }
        #expect(throws: TrainingError.self) {
            try RegressionRows(matrix: matrix, binCounts: [2], labels: [0, 2], weights: [1, 1])
        }
        #expect(throws: TrainingError.self) {
            try RegressionRows(matrix: matrix, binCounts: [2], labels: [0, 1], weights: [1, 0])
        }
        let rows = try RegressionRows(matrix: matrix, binCounts: [2], labels: [0, 1], weights: [1, 1])
        #expect(throws: TrainingError.self) { try rows.sums(at: BinScores(intercept: 0, scores: [1])) }
        #expect(throws: ByteError.self) {
            try BinScores(decoding: BinScores(intercept: .nan, scores: []).encoded)
        }
    }
}
