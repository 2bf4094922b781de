import Bytes
import TestSupport
import Testing

@testable import Learning

@Suite struct BoosterTests {
    private func settings(
        _ growth: Growth, trees: Int = 40, stopAfter: Int = 40, depth: Int = 3, learningRate: Double = 0.3
    ) throws -> TrainingSettings {
        try TrainingSettings(
            growth: growth, learningRate: learningRate, maximumTrees: trees, stopAfter: stopAfter, depth: depth)
    }

    /// How well rows that were not learned from are ranked.
    private func heldOutAUC(_ rows: Rows, _ settings: TrainingSettings) throws -> Double {
        let margins = try Training(rows, settings).ensemble.margins(of: rows.matrix)
        let own = (0..<rows.count).filter { $0 % 5 == 0 }
        return auc(own.map { Double(margins[$0]) }, own.map { rows.labels[$0] })
    }

    @Test(arguments: Growth.allCases)
    func interactionsAreLearned(_ growth: Growth) throws {
        var random = SplitMix(seed: 1)
        let rows = Rows(3000, binCounts: [9, 9, 9], &random) { ($0[0] > 4) != ($0[2] > 4) ? 0.95 : 0.05 }
        #expect(try heldOutAUC(rows, settings(growth)) > 0.9)
    }

    @Test(arguments: Growth.allCases)
    func monotoneEffectsAreLearned(_ growth: Growth) throws {
        var random = SplitMix(seed: 2)
        let rows = Rows(3000, binCounts: [5, 33], &random) { Double($0[1]) / 32 }
        let ensemble = try Training(rows, settings(growth)).ensemble
        // The ideal ranking has an AUC of 5/6.
        #expect(try heldOutAUC(rows, settings(growth)) > 0.8)
        let ladder = (0..<33).map { bin in
            ensemble.trees.reduce(Double(ensemble.base)) { sum, tree in
                sum + Double(tree.leaves[tree.leaf { $0 == 1 ? UInt8(bin) : 2 }])
            }
        }
        #expect(ladder[32] - ladder[1] > 3)
        #expect(abs(sigmoid(ladder[16]) - 0.5) < 0.15)
    }

    @Test(arguments: Growth.allCases)
    func whoHasNoValueIsLearnedFromToo(_ growth: Growth) throws {
        var random = SplitMix(seed: 3)
        // Missing is like the middle, so that neither end is a place for it.
        let rows = Rows(3000, binCounts: [7, 4], &random) { [0, 3, 4].contains($0[0]) ? 0.9 : 0.1 }
        #expect(try heldOutAUC(rows, settings(growth)) > 0.87)
    }

    @Test(arguments: Growth.allCases)
    func theBestPrefixIsKept(_ growth: Growth) throws {
        var random = SplitMix(seed: 4)
        // Little signal and fast learning: it soon learns noise.
        let rows = Rows(400, binCounts: [20, 20, 20, 20], &random) { $0[0] > 10 ? 0.65 : 0.35 }
        let training = try Training(rows, settings(growth, trees: 100, stopAfter: 7, depth: 4, learningRate: 0.8))
        let losses = training.booster.validationLosses
        let best = try #require(losses.indices.min { losses[$0] < losses[$1] })
        #expect(training.ensemble.trees.count == best)
        #expect(losses.count == best + 7 + 1)
        // The losses are those of the ensemble on the validation rows.
        let margins = training.ensemble.margins(of: rows.matrix)
        let own = (0..<rows.count).filter { $0 % 5 == 0 }
        let loss = own.reduce(0) { $0 + logLoss(margin: Double(margins[$1]), isPositive: rows.labels[$1] == 1) }
        #expect(abs(loss / Double(own.count) - losses[best]) < 1e-6)
    }

    @Test func withoutValidationRowsAllTreesAreKept() throws {
        var random = SplitMix(seed: 5)
        let rows = Rows(300, binCounts: [9, 9], &random) { $0[0] > 4 ? 0.8 : 0.2 }
        let training = try Training(rows, settings(.symmetric, trees: 6), isValidation: { _ in false })
        #expect(training.ensemble.trees.count == 6)
        #expect(training.booster.validationLosses.isEmpty)
    }

    @Test func whereThereIsNothingToLearnTheBaseRateIsLeft() throws {
        let rows = Rows(
            columns: [[UInt8](repeating: 1, count: 100)], binCounts: [3], labels: (0..<100).map { $0 % 4 == 1 ? 1 : 0 })
        let training = try Training(rows, settings(.depthwise))
        #expect(training.ensemble.trees.isEmpty)
        #expect(abs(sigmoid(Double(training.ensemble.base)) - 20.0 / 80) < 1e-6)
        for positives in [0, 10] {
            let base = Booster(
                settings: try settings(.symmetric), binCounts: [3], labelSum: Double(positives), rows: 10
            ).base
            #expect(abs(sigmoid(Double(base)) - (positives == 0 ? 0.05 : 0.95)) < 1e-6)
        }
    }

    /// The same bits however the rows lie on shards, and shards in order.
    @Test(arguments: Growth.allCases)
    func shardsDoNotChangeTheModel(_ growth: Growth) throws {
        var random = SplitMix(seed: 6)
        let rows = Rows(600, binCounts: [9, 17, 3], &random) { $0[0] > 4 && $0[2] > 0 ? 0.8 : 0.3 }
        let one = try Training(rows, settings(growth, trees: 8))
        for shards in [2, 5] {
            let many = try Training(rows, settings(growth, trees: 8), shards: shards)
            #expect(many.ensemble == one.ensemble)
            #expect(many.booster.validationLosses == one.booster.validationLosses)
        }
    }

    /// As workers place shards: each has some of sixteen, and joins those of each of its threads to one matrix.
    @Test(arguments: Growth.allCases)
    func threadsAndWorkersDoNotChangeTheModel(_ growth: Growth) throws {
        var random = SplitMix(seed: 18)
        let rows = Rows(480, binCounts: [9, 17, 3], &random) { $0[0] > 4 && $0[2] > 0 ? 0.8 : 0.3 }
        let settings = try TrainingSettings(growth: growth, maximumTrees: 4, depth: 4, rowSampling: .uniform(0.9))
        let expected = try Training(rows, settings).ensemble
        #expect(expected.trees.count > 1)
        for workers in 1...5 {
            for threads in 1...8 {
                let groups = (0..<workers).flatMap { worker -> [[Int]] in
                    let shards = (0..<16).filter { $0 % workers == worker }
                    let parts = min(threads, shards.count)
                    return (0..<parts).map { part in
                        shards[(shards.count * part / parts)..<(shards.count * (part + 1) / parts)].flatMap { shard in
                            (0..<rows.count).filter { $0 % 16 == shard }
                        }
                    }
                }
                let found = try Training(rows, settings, groups: groups).ensemble
                #expect(found == expected, "\(workers) workers of \(threads) threads")
            }
        }
    }

    /// A worker that keeps its own copy of the history up has what one is given that comes later.
    @Test func aHistoryThatIsKeptUpIsTheBoosters() throws {
        var random = SplitMix(seed: 19)
        let rows = Rows(300, binCounts: [9, 9], &random) { $0[0] > 4 ? 0.8 : 0.2 }
        let settings = try settings(.symmetric, trees: 4)
        var booster = Booster(settings: settings, binCounts: rows.binCounts, labelSum: 150, rows: 300)
        let all = (0..<300).map(UInt32.init)
        var trainer = try ShardTrainer(
            matrix: rows.matrix, binCounts: rows.binCounts, labels: LabelColumn(outcomes: rows.labels),
            keys: all.map(UInt64.init),
            training: all, validation: [], base: booster.base, settings: settings)
        var order = booster.start()
        var copies = [booster.history]
        while case .order(let next) = booster.receive(try trainer.perform(order)) {
            order = next
            for place in copies.indices { copies[place].append(order) }
            #expect(copies.allSatisfy { $0 == booster.history })
            #expect(booster.history.trees.count == max(0, order.tree - 1))
            copies.append(booster.history)
        }
        #expect(booster.treeCount == 4)
    }

    /// Trees that see a part of rows and features are as good, and the same however the rows lie.
    @Test(arguments: Growth.allCases, [.uniform(0.6), .gradient] as [RowSampling])
    func sampledTreesAreTheSameOnAnyShards(_ growth: Growth, _ rowSampling: RowSampling) throws {
        var random = SplitMix(seed: 16)
        let rows = Rows(1000, binCounts: [9, 17, 3, 5], &random) { $0[0] > 4 && $0[2] > 0 ? 0.9 : 0.2 }
        let settings = try TrainingSettings(
            growth: growth, maximumTrees: 30, depth: 3, rowSampling: rowSampling, featureSampling: 0.5)
        let one = try Training(rows, settings)
        #expect(one.ensemble != (try Training(rows, self.settings(growth))).ensemble)
        for shards in [2, 5] { #expect(try Training(rows, settings, shards: shards).ensemble == one.ensemble) }
        #expect(one.ensemble.trees.allSatisfy { Set($0.splits.compactMap { $0?.feature }).count <= 2 })
        #expect(try heldOutAUC(rows, settings) > 0.75)
    }

    /// Where the training rows come first, no other row has a gradient.
    @Test(arguments: Growth.allCases, [.uniform(1), .uniform(0.7), .gradient] as [RowSampling])
    func theOrderOfTheRowsDoesNotChangeTheModel(_ growth: Growth, _ rowSampling: RowSampling) throws {
        var random = SplitMix(seed: 17)
        let rows = Rows(600, binCounts: [9, 17, 3], &random) { $0[0] > 4 && $0[2] > 0 ? 0.8 : 0.3 }
        let settings = try TrainingSettings(growth: growth, maximumTrees: 10, depth: 4, rowSampling: rowSampling)
        let order = (0..<600).filter { $0 % 5 != 0 } + (0..<600).filter { $0 % 5 == 0 }
        let sorted = rows.part(order)
        let first = try Training(sorted, settings, keys: order.map(UInt64.init)) { $0 >= 480 }
        let mixed = try Training(rows, settings)
        #expect(first.ensemble == mixed.ensemble)
        #expect(first.booster.validationLosses == mixed.booster.validationLosses)
    }

    /// Every node's split is the best one for the rows that reach it, every leaf the Newton step of its rows.
    @Test func depthwiseTreesAreTheBestSplitsOfTheirOwnRows() throws {
        var random = SplitMix(seed: 7)
        let rows = Rows(500, binCounts: [9, 6, 12], &random) { bins in
            bins[0] > 4 ? (bins[1] > 2 ? 0.9 : 0.3) : (bins[2] > 6 ? 0.7 : 0.1)
        }
        let settings = try settings(.depthwise, trees: 1, depth: 4)
        let training = try Training(rows, settings, isValidation: { _ in false })
        let tree = training.ensemble.trees[0]
        var gradients = [UInt16](repeating: 0, count: rows.count)
        LogLoss.computeGradients(
            GradientRows(
                count: rows.count, margins: [Float](repeating: training.ensemble.base, count: rows.count),
                labels: LabelColumn(outcomes: rows.labels), weights: [Float](repeating: 1, count: rows.count),
                keys: (0..<UInt64(rows.count)).map { UInt32(truncatingIfNeeded: StableHash.mix($0, settings.seed)) },
                salt: PackedGradient.salt(seed: settings.seed, tree: 0), sampling: settings.rowSampling),
            into: &gradients)
        let layout = try HistogramLayout(binCounts: rows.binCounts)
        let finder = SplitFinder(layout: layout, settings: settings)
        var nodes: [[Int]] = [Array(0..<rows.count)]
        for node in 0..<(2 * tree.leaves.count - 1) {
            let own = nodes[node]
            var histogram = Histogram(layout: layout, nodes: 1)
            for row in own {
                for (feature, bin) in rows.bins(row).enumerated() {
                    histogram.gradients[layout.offsets[feature] + Int(bin)] += PackedGradient.gradient(gradients[row])
                    histogram.hessians[layout.offsets[feature] + Int(bin)] += PackedGradient.hessian(gradients[row])
                }
            }
            let sums = histogram.sums(of: 0)
            #expect(tree.covers[node] == sums.hessian)
            guard node < tree.splits.count else {
                let step = Double(sums.gradient) / 127 / (Double(sums.hessian) / 1020 + settings.lambda) * 0.3
                #expect(abs(Double(tree.leaves[node - tree.splits.count]) + step) < 1e-6)
                continue
            }
            let split = own.isEmpty ? nil : finder.bestSplit(of: [0], histogram, sums: [sums], rows: [Int64(own.count)])
            #expect(tree.splits[node] == split)
            let goesRight = { (row: Int) in split?.sendsRight(rows.columns[split?.feature ?? 0][row]) ?? false }
            nodes += [own.filter { !goesRight($0) }, own.filter(goesRight)]
        }
    }

    @Test func symmetricTreesHaveOneSplitALevel() throws {
        var random = SplitMix(seed: 8)
        let rows = Rows(600, binCounts: [9, 9, 9], &random) { $0[0] > 4 ? 0.8 : $0[1] > 4 ? 0.6 : 0.2 }
        let training = try Training(rows, settings(.symmetric, trees: 5))
        #expect(!training.ensemble.trees.isEmpty)
        #expect(training.ensemble.trees.allSatisfy { $0.isSymmetric })
        #expect(Set(training.ensemble.usedFeatures).isSubset(of: [0, 1, 2]))
    }

    /// A worker that takes over a shard in the middle of a tree answers with the same bits.
    @Test func aShardThatIsReplayedAnswersTheSame() throws {
        var random = SplitMix(seed: 9)
        let rows = Rows(300, binCounts: [9, 9], &random) { $0[0] > 4 ? 0.8 : 0.2 }
        let settings = try settings(.depthwise, trees: 4)
        var booster = Booster(settings: settings, binCounts: rows.binCounts, labelSum: 150, rows: 300)
        func trainer() throws -> ShardTrainer {
            try ShardTrainer(
                matrix: rows.matrix, binCounts: rows.binCounts, labels: LabelColumn(outcomes: rows.labels),
                keys: (0..<300).map(UInt64.init), training: (0..<300).filter { $0 % 5 != 0 },
                validation: (0..<300).filter { $0 % 5 == 0 }, base: booster.base, settings: settings)
        }
        var steady = try trainer()
        var order = booster.start()
        for _ in 0..<30 {
            let reply = try steady.perform(order)
            var fresh = try trainer()
            #expect(try fresh.replay(booster.history) == reply)
            #expect(booster.accepts(reply))
            // Two of which would overflow.
            var forged = reply
            forged.rows[0] = .max
            #expect(!booster.accepts(forged))
            guard case .order(let next) = booster.receive(reply) else { return }
            order = next
        }
        Issue.record("training did not end")
    }

    @Test func ordersOutOfTurnAndRowsThatDoNotFitAreRefused() throws {
        var random = SplitMix(seed: 10)
        let rows = Rows(50, binCounts: [4], &random)
        let settings = try settings(.symmetric)
        func trainer(labels: [UInt8], binCounts: [Int] = [4], training: [UInt32] = [0, 1], validation: [UInt32] = [2])
            throws -> ShardTrainer
        {
            try ShardTrainer(
                matrix: rows.matrix, binCounts: binCounts, labels: LabelColumn(outcomes: labels),
                keys: (0..<50).map(UInt64.init),
                training: training, validation: validation, base: 0, settings: settings)
        }
        func message(_ body: () throws -> Void) -> String? {
            #expect(throws: TrainingError.self) { try body() }?.description
        }
        let labels = rows.labels
        let prefix = "the shard cannot be trained on: "
        let end = "; prepare it again"
        #expect(
            message { _ = try trainer(labels: []) } == prefix + "it has 50 rows, 0 labels, 50 weights and 50 keys" + end
        )
        #expect(
            message { _ = try trainer(labels: labels, binCounts: [4, 4]) } == prefix + "it has 1 features, not 2" + end)
        #expect(
            message { _ = try trainer(labels: labels, binCounts: [3]) }
                == prefix + "feature 0 has a bin that is not one of its 3" + end)
        #expect(
            message { _ = try trainer(labels: labels, training: [50]) }
                == prefix + "training row 50 is not one of its 50" + end)
        #expect(
            message { _ = try trainer(labels: labels, training: [1, 1]) }
                == prefix + "training rows do not ascend at 1" + end)
        #expect(
            message { _ = try trainer(labels: labels, validation: [1]) }
                == prefix + "row 1 is for training and for validation" + end)
        #expect(
            message { _ = try trainer(labels: [UInt8](repeating: 255, count: 50)) }
                == prefix + "training row 0 has no label" + end)

        var good = try trainer(labels: labels)
        #expect(
            message { _ = try good.perform(.split(tree: 0, level: 1, splits: [nil], counted: [])) }
                == "training expected the start of a tree and got level 1 of tree 0")
        _ = try good.perform(.begin(tree: 0, adding: nil))
        let impossible = Split(feature: 3, threshold: 1, missingLeft: true)
        #expect(
            message { _ = try good.perform(.split(tree: 0, level: 1, splits: [impossible], counted: [0])) }
                == "the training order cannot be followed: a split that the features do not have")
        #expect(
            message { _ = try good.perform(.split(tree: 0, level: 1, splits: [nil], counted: [2])) }
                == "the training order cannot be followed: a node to count that level 1 does not have")
        // Refused orders leave it as it was.
        #expect(throws: Never.self) { try good.perform(.split(tree: 0, level: 1, splits: [nil], counted: [0])) }
    }
}
