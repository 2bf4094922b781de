import TestSupport
import Testing

@testable import Learning

@Suite struct TrimmedModelTests {
    private func matrix(_ model: Model, _ columns: [[Float]], rows: Int) -> BinnedMatrix {
        BinnedMatrix(rows: rows, features: model.features.count) { feature, bins in
            let place = Int(model.features[feature].code) ?? 0
            for row in 0..<rows { bins[row] = model.features[feature].bins.bin(of: columns[place][row]) }
        }
    }

    @Test(arguments: [true, false])
    func aTrimmedModelSendsEveryRowTheSameWay(_ isSymmetric: Bool) throws {
        var random = SplitMix(seed: 5)
        // The features at 2 and 5 are asked for by no tree.
        let asked = [0, 1, 3, 4]
        let binCounts = [9, 64, 3, 2, 256, 20]
        let features = binCounts.indices.map { feature in
            ModelFeature(
                code: "\(feature)", name: "",
                bins: .numeric(edges: (0..<(binCounts[feature] - 2)).map { Float($0) / Float(binCounts[feature]) }))
        }
        let trees = try (1...6).map { depth in
            try random.tree(depth: depth, binCounts: asked.map { binCounts[$0] }, isSymmetric: isSymmetric).renaming {
                Split(feature: asked[$0.feature], threshold: $0.threshold, missingLeft: $0.missingLeft)
            }
        }
        let model = Model(
            features: features, ensemble: Ensemble(base: 0.5, trees: trees), calibration: .identity,
            settings: try TrainingSettings())
        let trimmed = model.trimmed
        #expect(trimmed.features.map(\.code) == model.ensemble.usedFeatures.map { "\($0)" })
        #expect(trimmed.features.count <= 4)
        #expect(trimmed.features.allSatisfy { $0.bins.binCount <= 130 })
        let rows = 500
        let columns = features.map { _ in
            (0..<rows).map { _ in random.oneIn(8) ? Float.nan : Float(random.unit() * 1.2 - 0.1) }
        }
        let margins = model.ensemble.margins(of: matrix(model, columns, rows: rows))
        #expect(trimmed.ensemble.margins(of: matrix(trimmed, columns, rows: rows)) == margins)
        #expect(trimmed.ensemble.trees.map(\.isSymmetric) == trees.map(\.isSymmetric))
        #expect(trimmed.trimmed == trimmed)
    }
}
