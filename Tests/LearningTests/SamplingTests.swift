import TestSupport
import Testing

@testable import Learning

@Suite struct SamplingTests {
    private func sampling(rows: Double = 1, features: Double = 1, seed: UInt64 = 1, tree: Int) throws -> Sampling {
        Sampling(try TrainingSettings(rowSampling: .uniform(rows), featureSampling: features, seed: seed), tree: tree)
    }

    /// Whether a row takes part depends on its key alone, not on who holds it beside which others.
    @Test func aRowIsTakenWhateverStandsBesideIt() throws {
        var random = SplitMix(seed: 4)
        let keys = (0..<4000).map { _ in UInt32(truncatingIfNeeded: random.next()) }
        let sampling = try sampling(rows: 0.3, tree: 2)
        let whole = sampling.sample(Array(0..<4000), keys: keys, gradients: [])
        let halves = [0..<2000, 2000..<4000].map { half in
            sampling.sample((0..<2000).map { UInt32($0) }, keys: Array(keys[half]), gradients: [])
        }
        #expect(whole == halves[0] + halves[1].map { $0 + 2000 })
        #expect(abs(Double(whole.count) - 1200) < 150)
        #expect(whole != (try self.sampling(rows: 0.3, tree: 3)).sample(Array(0..<4000), keys: keys, gradients: []))
        #expect(
            whole != (try self.sampling(rows: 0.3, seed: 2, tree: 2)).sample(Array(0..<4000), keys: keys, gradients: [])
        )
        #expect(try self.sampling(tree: 0).sample([1, 5], keys: keys, gradients: []) == [1, 5])
    }

    @Test func manyRowsAreSampledByGradient() {
        #expect(RowSampling.automatic(rows: 499_999) == .uniform(1))
        #expect(RowSampling.automatic(rows: 500_000) == .gradient)
    }

    @Test func aShareOfTheFeaturesIsDrawnForEachTree() throws {
        var counts = [Int](repeating: 0, count: 10)
        for tree in 0..<300 {
            let drawn = try sampling(features: 0.4, tree: tree).features(of: 10)
            #expect(drawn.count == 4 && drawn == Array(Set(drawn)).sorted())
            for feature in drawn { counts[feature] += 1 }
        }
        #expect(counts.allSatisfy { 80...160 ~= $0 })
        #expect(try sampling(features: 0.001, tree: 0).features(of: 10).count == 1)
        #expect(try sampling(tree: 0).features(of: 3) == [0, 1, 2])
    }

    @Test func variationsAreOtherSettingsAllOfThemPossible() throws {
        let settings = try TrainingSettings(growth: .depthwise, learningRate: 0.2, depth: 5, lambda: 3, seed: 9)
        let variations = settings.variations
        #expect(variations.count == 7 && !variations.contains(settings))
        #expect(variations.allSatisfy { $0.seed == 9 && $0.growth == .depthwise })
        #expect(variations[0].learningRate == 0.1 && variations[0].depth == 5 && variations[0].lambda == 3)
        #expect(variations[6].learningRate == 0.1 && variations[6].depth == 3 && variations[6].lambda == 30)
        #expect(try TrainingSettings(depth: 1, lambda: 0).variations.count == 3)
    }
}
