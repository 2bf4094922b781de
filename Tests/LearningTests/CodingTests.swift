import Bytes
import TestSupport
import Testing

@testable import Learning

@Suite struct CodingTests {
    /// Comes back as it was; whatever else arrives is read or refused, and never ends the process.
    private func comesBack<Value: ByteCodable & Equatable>(_ value: Value, rounds: Int = 400) throws {
        let bytes = value.encoded
        var reader = ByteReader(bytes)
        #expect(try Value(from: &reader) == value)
        try reader.finish()
        for length in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 50)) {
            #expect(throws: ByteError.self) {
                var reader = ByteReader(bytes[..<length])
                _ = try Value(from: &reader)
            }
        }
        var random = SplitMix(seed: UInt64(bytes.count))
        for _ in 0..<rounds {
            var bad = bytes
            for _ in 0..<(1 + random.below(4)) {
                bad[random.below(bad.count)] = UInt8.random(in: 0...255, using: &random)
            }
            var reader = ByteReader(bad)
            do throws(ByteError) { _ = try Value(from: &reader) } catch { #expect(!error.description.isEmpty) }
        }
        let noise = (0..<200).map { _ in UInt8.random(in: 0...255, using: &random) }
        var noisy = ByteReader(noise)
        do throws(ByteError) { _ = try Value(from: &noisy) } catch { #expect(!error.description.isEmpty) }
    }

    private let binCounts = [5, 64, 256, 2, 17]

    private func trees(_ random: inout SplitMix) throws -> [Tree] {
        try (1...6).map { try random.tree(depth: $0, binCounts: binCounts, isSymmetric: $0 % 2 == 0) }
    }

    @Test func treesSettingsAndMetricsComeBack() throws {
        var random = SplitMix(seed: 1)
        let trees = try trees(&random)
        for tree in trees { try comesBack(tree, rounds: 100) }
        try comesBack(Ensemble(base: -0.5, trees: trees))
        try comesBack(
            TrainingSettings(
                growth: .depthwise, bins: 256, learningRate: 0.05, maximumTrees: 7, stopAfter: 3, depth: 2, lambda: 0,
                minimumChildHessian: 2.5, minimumChildCount: 7, rowSampling: .uniform(0.5), featureSampling: 0.25,
                seed: .max))
        try comesBack(TrainingSettings(rowSampling: .gradient))
        var margins = MarginHistogram()
        var paired = PairedLoss()
        var held = HeldOutMargins()
        for row in 0..<50 {
            margins.add(margin: random.normal(), isPositive: random.oneIn(3))
            let isPositive = random.oneIn(3)
            held.add(margin: random.normal(), isPositive: isPositive, half: row % 2)
            held.add(profileWithOutcome: isPositive, withoutOutcome: !isPositive)
            paired.add(first: random.normal(), second: random.normal(), isPositive: random.oneIn(3))
        }
        try comesBack(margins, rounds: 20)
        try comesBack(held, rounds: 20)
        try comesBack(paired)
        try comesBack(Calibration(fitting: margins))
        try comesBack(LossSums(rows: 5, loss: 77))
    }

    @Test func binsSketchesAndMatricesComeBack() throws {
        var random = SplitMix(seed: 2)
        try comesBack(FeatureBins.numeric(edges: [-1, 0, 2.5, .infinity]))
        try comesBack(FeatureBins.categorical(values: ["", "Grüße", "a"]))
        try comesBack(NumericSketch(values: [1, 1, -.infinity, 3, .nan]))
        var categories = CategorySketch()
        for value in ["a", "b", "e\u{301}", "\u{e9}"] {
            categories.add(value, CategorySketch.Count(rows: 3, positives: 1))
        }
        try comesBack(categories)
        try comesBack(Rows(70, binCounts: [3, 256], &random).matrix)
        try comesBack(BinnedMatrix(columns: [], rows: 0))
    }

    /// Narrow where a node's sums allow it.
    @Test(arguments: [(100, 2), (200, 3), (40_000, 6), (70_000, 8), (1 << 40, 16)] as [(Int64, Int)])
    func histogramsOfAllWidthsComeBack(_ most: Int64, _ width: Int) throws {
        let layout = try HistogramLayout(binCounts: [64, 200])
        var histogram = Histogram(layout: layout, nodes: 2)
        for bin in histogram.gradients.indices {
            histogram.gradients[bin] = bin % 2 == 0 ? most : -most
            histogram.hessians[bin] = most
        }
        try comesBack(histogram, rounds: 50)
        #expect(histogram.encoded.count < 100 + layout.totalBins / 8 * 2 + width * histogram.gradients.count)
        try comesBack(
            TrainingReply(histogram: histogram, rows: [most, 0], validation: LossSums(rows: 1, loss: 2)), rounds: 50)
    }

    @Test func emptyBinsTakeABitAndOneWideNodeDoesNotWidenTheOthers() throws {
        let layout = try HistogramLayout(binCounts: [64, 200])
        var histogram = Histogram(layout: layout, nodes: 3)
        histogram.hessians[5] = 1 << 40
        for bin in 0..<layout.totalBins { histogram.gradients[2 * layout.totalBins + bin] = -3 }
        try comesBack(histogram, rounds: 50)
        #expect(histogram.encoded.count < 100 + 3 * layout.totalBins / 8 + 2 * layout.totalBins)
        try comesBack(Histogram(layout: try HistogramLayout(binCounts: []), nodes: 1))
    }

    @Test func ordersAndHistoriesComeBack() throws {
        var random = SplitMix(seed: 3)
        let trees = try trees(&random)
        let orders: [TrainingOrder] = [
            .begin(tree: 0, adding: nil), .begin(tree: 3, adding: trees[2]),
            .split(tree: 3, level: 2, splits: [trees[0].splits[0], nil], counted: [0, 3]),
        ]
        for order in orders { try comesBack(order) }
        var history = TrainingHistory()
        for order in orders { history.append(order) }
        try comesBack(history)
        #expect(history.orders.count == 2)
    }

    private func model() throws -> Model {
        var random = SplitMix(seed: 4)
        let features = binCounts.enumerated().map { index, count in
            ModelFeature(
                code: "f\(index)", name: "Feature \(index)",
                bins: index % 2 == 0
                    ? .numeric(edges: (0..<(count - 2)).map(Float.init))
                    : .categorical(values: (0..<(count - 2)).map { "v\($0)" }))
        }
        return Model(
            features: features, ensemble: Ensemble(base: 0.1, trees: try trees(&random)), calibration: .identity,
            settings: try TrainingSettings())
    }

    @Test func modelsComeBackAndDamagedOnesAreRefused() throws {
        let model = try model()
        let bytes = model.encoded
        #expect(try Model(decoding: bytes) == model)
        #expect(model.encoded == bytes)
        var random = SplitMix(seed: 5)
        for round in 0..<300 {
            var bad = bytes
            if round % 2 == 0 {
                bad.removeLast(1 + random.below(bad.count))
            } else {
                bad[random.below(bad.count)] ^= 1 << UInt8(random.below(8))
            }
            let error = #expect(throws: ModelError.self) { try Model(decoding: bad) }
            #expect(error?.description.contains("give the model of a finished run") == true)
        }
        #expect(throws: ModelError.self) { try Model(decoding: []) }
    }

    @Test func treesThatDoNotFitTheFeaturesAreRefused() throws {
        let whole = try model()
        let short = Model(
            features: Array(whole.features.prefix(1)), ensemble: whole.ensemble, calibration: whole.calibration,
            settings: whole.settings)
        let tree = try #require(
            whole.ensemble.trees.firstIndex { $0.splits.contains { ($0?.feature ?? 0) > 0 } })
        let error = #expect(throws: ModelError.inconsistent(tree: tree)) { try Model(decoding: short.encoded) }
        #expect(error?.description.hasPrefix("the model is damaged: tree \(tree + 1) splits a feature or bin") == true)
    }

    @Test func numbersThatMakeNoTreeAreRefused() {
        let split = Split(feature: 0, threshold: 1, missingLeft: true)
        func reason(_ splits: [Split?], _ leaves: [Float], _ covers: [Int64]) -> String? {
            #expect(throws: TrainingError.self) {
                try Tree(splits: splits, leaves: leaves, leafCovers: covers)
            }?.description
        }
        #expect(reason([], [1], [1])?.contains("1 leaves; 2 to 64, a power of two, are allowed") == true)
        #expect(reason([split, nil], [1, 2], [1, 2])?.contains("2 splits and 2 covers for 2 leaves") == true)
        #expect(reason([split], [1, .nan], [1, 2])?.contains("a leaf is not a number") == true)
        #expect(reason([split], [1, 2], [1, -2])?.contains("a cover is out of range") == true)
        let oneWay = Split(feature: 0, threshold: 0, missingLeft: false)
        #expect(reason([oneWay], [1, 2], [1, 2])?.contains("a split sends all rows the same way") == true)
    }

    /// Sums of leaves and base must stay numbers.
    @Test(arguments: [.nan, .infinity, -2000] as [Float])
    func aBaseOutOfRangeIsRefused(_ base: Float) {
        var reader = ByteReader(Ensemble(base: base, trees: []).encoded)
        #expect(throws: ByteError.badValue("base of the trees", offset: 0)) { try Ensemble(from: &reader) }
    }

    @Test func settingsOutOfRangeAreNamed() {
        func message(_ make: () throws -> TrainingSettings) -> String? {
            #expect(throws: TrainingSettingsError.self) { try make() }?.description
        }
        #expect(
            message { try TrainingSettings(bins: 1) }
                == "bins is 1, which cannot be used; give 2 to 256, or leave it out for the default")
        #expect(message { try TrainingSettings(learningRate: 0) }?.contains("learning_rate is 0,") == true)
        #expect(message { try TrainingSettings(learningRate: .nan) }?.contains("above 0, at most 1") == true)
        #expect(message { try TrainingSettings(maximumTrees: 0) }?.hasPrefix("trees is 0") == true)
        #expect(message { try TrainingSettings(stopAfter: 0) }?.hasPrefix("stop_after is 0") == true)
        #expect(message { try TrainingSettings(depth: 7) }?.hasPrefix("depth is 7") == true)
        #expect(message { try TrainingSettings(lambda: -1) }?.hasPrefix("l2 is -1") == true)
        #expect(
            message { try TrainingSettings(minimumChildHessian: .infinity) }?.hasPrefix("minimum_child_hessian") == true
        )
        #expect(message { try TrainingSettings(rowSampling: .uniform(0)) }?.hasPrefix("row_sampling is 0") == true)
        #expect(message { try TrainingSettings(featureSampling: 1.5) }?.hasPrefix("feature_sampling is 1.5") == true)
    }
}
