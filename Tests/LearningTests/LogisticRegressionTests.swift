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
            matrix: rows.matrix, layout: LinearLayout(features: Self.features), labels: rows.labels,
            weights: weights ?? Array(repeating: 1, count: rows.count))
    }

    private func fit(_ parts: [RegressionRows]) throws -> (scores: AdditiveModel, regression: LogisticRegression) {
        var regression = LogisticRegression(features: Self.features, base: -0.5)
        var scores = regression.start
        for _ in 0..<500 {
            var sum = regression.noSums
            for part in parts { sum.add(try part.sums(at: scores, weighsBins: !sum.weights.isEmpty)) }
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
        let scores = AdditiveModel(intercept: 0.5, scores: (0..<75).map { _ in random.normal() + 3 })
        let weights = (0..<75).map { $0 >= 73 ? 0 : Int64(random.below(1000)) }
        let centred = scores.centred(layout: layout, binWeights: weights)
        for bins in [[0, 0, 0], [2, 69, 1], [1, 33, 0]] {
            func margin(_ model: AdditiveModel) -> Double {
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
        let layout = LinearLayout(features: Self.features)
        #expect(layout.totalTerms == 3 + 3 + 7 + 3)
        #expect(try LinearLayout(decoding: layout.encoded) == layout)
        for count in [0, 1, 63, 64, 200] {
            let rows = rows(count, &random)
            let weights = (0..<count).map { _ in 1 / Float(1 + random.below(4)) }
            let scores = LinearScores(
                intercept: 0.25, terms: (0..<layout.totalTerms).map { _ in random.unit() - 0.5 })
            var expected = RegressionSums(layout: layout, weighsBins: true)
            var sums = (terms: expected.gradients, weights: expected.weights)
            for row in 0..<count {
                var margin = scores.intercept
                var factors = [Int64](repeating: 0, count: layout.totalTerms)
                for (feature, bin) in rows.bins(row).enumerated() {
                    let first = [0, 3, 6, 13][feature]
                    // What the row's bin takes of each of its feature's terms.
                    let own: [Int64] =
                        feature == 1 || feature == 2
                        ? (0..<Self.binCounts[feature]).map { $0 == Int(bin) ? 1 : 0 }
                        : bin == 0 ? [1, 0, 0] : [0, 1, Int64(bin)]
                    for (term, factor) in own.enumerated() { factors[first + term] = factor }
                    margin += zip(own, scores.terms[first...]).reduce(0.0) { $0 + Double($1.0) * $1.1 }
                }
                let weight = Double(weights[row])
                let gradient = Int64((weight * (sigmoid(margin) - Double(rows.labels[row])) * 0x1p24).rounded())
                let loss = weight * logLoss(margin: margin, isPositive: rows.labels[row] == 1)
                let units = Int64((weight * 1020).rounded())
                expected.add(weight: units, loss: Int64((loss * 0x1p24).rounded()), gradient: gradient)
                for term in factors.indices { sums.terms[term] += factors[term] * gradient }
                for (feature, bin) in rows.bins(row).enumerated() {
                    sums.weights[layout.bins.offsets[feature] + Int(bin)] += units
                }
            }
            let rowsOfShard = try regressionRows(rows, weights: weights)
            let found = try rowsOfShard.sums(at: scores, weighsBins: true)
            #expect(found.gradients == sums.terms && found.weights == sums.weights)
            #expect((found.weight, found.loss, found.gradient) == (expected.weight, expected.loss, expected.gradient))
            #expect(try RegressionSums(decoding: found.encoded) == found)
            let lighter = try rowsOfShard.sums(at: scores, weighsBins: false)
            #expect(lighter.gradients == found.gradients && lighter.weights.isEmpty && !lighter.fits(found))
        }
    }

    /// The terms that give these scores.
    private func terms(of scores: AdditiveModel, _ layout: LinearLayout) -> LinearScores {
        var terms: [Double] = []
        for (feature, first) in layout.bins.offsets.enumerated() {
            let own = Array(scores.scores[first..<(first + Self.binCounts[feature])])
            switch Self.features[feature] {
            case .numeric:
                let slope = own.count > 2 ? own[2] - own[1] : 0
                terms += [own[0], own[1] - slope, slope]
            case .categorical: terms += own
            }
        }
        return LinearScores(intercept: scores.intercept, terms: terms)
    }

    /// The loss is convex: where its gradient vanishes there is no better, whoever looks for it.
    @Test func nothingIsLeftToGain() throws {
        var random = SplitMix(seed: 8)
        let rows = rows(3000, &random)
        let part = try regressionRows(rows)
        let (scores, regression) = try fit([part])
        let sums = try part.sums(at: terms(of: scores, regression.layout), weighsBins: true)
        let design = LinearDesign(
            features: Self.features, layout: regression.layout, binWeights: sums.weights)
        let gradient = design.gradient(sums)
        // Of one-hot inputs the weight can be read off, and the penalty's gradient is the weight.
        let layout = regression.layout
        for (input, slope) in zip(design.inputs, gradient) where input.values.count == 1 {
            let term = input.terms.lowerBound
            let feature = try #require(layout.offsets.lastIndex { $0 <= term })
            let bin = layout.bins.offsets[feature] + term - layout.offsets[feature]
            #expect(abs(slope + scores.scores[bin]) < 1, "\(term)")
        }
        #expect(abs(Double(sums.gradient)) / 0x1p24 < 1)
        let margins = try scores.trees(layout: layout.bins, binWeights: regression.binWeights)
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
        let reversed = try fit(parts.reversed()).scores
        #expect(reversed.scores.map(\.bitPattern) == whole.scores.scores.map(\.bitPattern))
        #expect(reversed.intercept.bitPattern == whole.scores.intercept.bitPattern)
    }

    @Test(arguments: [2, 3, 5, 16, 63, 64, 65, 100, 256])
    func treesGiveEachBinItsScore(_ bins: Int) throws {
        var random = SplitMix(seed: UInt64(bins))
        let layout = try HistogramLayout(binCounts: [3, bins])
        let scores = AdditiveModel(
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
        let layout = LinearLayout(features: [.numeric(edges: [])])
        func rows(_ labels: [UInt8], _ weights: [Float], _ columns: [UInt8] = [0, 1]) throws -> RegressionRows {
            try RegressionRows(
                matrix: BinnedMatrix(columns: [columns], rows: 2), layout: layout, labels: labels, weights: weights)
        }
        #expect(throws: TrainingError.self) { try rows([0, 1], [1, 1], [0, 2]) }
        #expect(throws: TrainingError.self) { try rows([0, 2], [1, 1]) }
        #expect(throws: TrainingError.self) { try rows([0, 1], [1, 0]) }
        let right = try rows([0, 1], [1, 1])
        #expect(throws: TrainingError.self) {
            try right.sums(at: LinearScores(intercept: 0, terms: [1]), weighsBins: true)
        }
        #expect(throws: ByteError.self) {
            try LinearScores(decoding: LinearScores(intercept: .nan, terms: []).encoded)
        }
    }
}
