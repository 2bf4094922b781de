import TestSupport
import Testing

@testable import Learning

@Suite struct SplitFinderTests {
    private static func settings(count: Int = 1) throws -> TrainingSettings {
        try TrainingSettings(lambda: 0.5, minimumChildHessian: 0.02, minimumChildCount: count)
    }

    /// Rows as (bins, gradient, hessian) of each node.
    private typealias Node = [(bins: [UInt8], gradient: Int64, hessian: Int64)]

    private func sums(_ rows: Node) -> NodeSums {
        rows.reduce(into: NodeSums()) { sums, row in
            sums.gradient += row.gradient
            sums.hessian += row.hessian
        }
    }

    private func worth(_ sums: NodeSums) -> Double {
        let lambda = 0.5 * GradientScale.hessian
        return sums.hessian > 0 ? Double(sums.gradient * sums.gradient) / (Double(sums.hessian) + lambda) : 0
    }

    private func worth(_ nodes: [Node], _ split: Split, count: Int = 1) -> Double {
        nodes.reduce(0) { total, rows in
            let right = sums(rows.filter { split.sendsRight($0.bins[split.feature]) })
            let left = sums(rows) - right
            let smaller = Double(min(left.hessian, right.hessian))
            let isLargeEnough =
                smaller >= 0.02 * GradientScale.hessian
                && smaller * Double(rows.count) >= Double(count > 1 ? count : 0) * Double(sums(rows).hessian)
            return total + (isLargeEnough ? worth(left) + worth(right) : worth(sums(rows)))
        }
    }

    /// In the order that decides ties.
    private func candidates(_ binCounts: [Int]) -> [Split] {
        binCounts.enumerated().flatMap { feature, bins in
            (0..<(bins - 1)).flatMap { threshold in
                [true, false].filter { $0 || threshold > 0 }.map {
                    Split(feature: feature, threshold: UInt8(threshold), missingLeft: $0)
                }
            }
        }
    }

    private func histogram(_ nodes: [Node], _ layout: HistogramLayout) -> Histogram {
        var histogram = Histogram(layout: layout, nodes: nodes.count)
        for (node, rows) in nodes.enumerated() {
            for row in rows {
                for (feature, bin) in row.bins.enumerated() {
                    let place = node * layout.totalBins + layout.offsets[feature] + Int(bin)
                    histogram.gradients[place] += row.gradient
                    histogram.hessians[place] += row.hessian
                }
            }
        }
        return histogram
    }

    private func best(_ nodes: [Node], _ binCounts: [Int], count: Int = 1) throws -> Split? {
        let layout = try HistogramLayout(binCounts: binCounts)
        let finder = SplitFinder(layout: layout, settings: try Self.settings(count: count))
        return finder.bestSplit(
            of: Array(nodes.indices), histogram(nodes, layout), sums: nodes.map(sums),
            rows: nodes.map { Int64($0.count) })
    }

    @Test(arguments: 0..<60)
    func theBestSplitIsThatOfTryingAll(_ seed: Int) throws {
        var random = SplitMix(seed: UInt64(seed))
        let binCounts = [2, 5, 1, 9, 3]
        let hasMissing = seed % 3 > 0
        let nodes: [Node] = (0..<(1 + seed % 4)).map { _ in
            (0..<random.below(40)).map { _ in
                let bins = binCounts.map { count in
                    hasMissing || count == 1 ? UInt8(random.below(count)) : UInt8(1 + random.below(count - 1))
                }
                let shift = bins[1] == 0 ? 60 : bins[3] > 4 ? -40 : 10
                return (bins, Int64(random.below(60) - 30 + shift), Int64(1 + random.below(255)))
            }
        }
        let count = [1, 1, 3, 7][seed / 4 % 4]
        let all = candidates(binCounts).map { ($0, worth(nodes, $0, count: count)) }
        let none = nodes.reduce(0) { $0 + worth(sums($1)) }
        let most = all.map(\.1).max() ?? 0
        let found = try best(nodes, binCounts, count: count)
        guard most > none * (1 + 1e-9) else {
            #expect(found == nil)
            return
        }
        let split = try #require(found)
        #expect(abs(worth(nodes, split, count: count) - most) <= 1e-9 * most)
        // Of equal ones the first.
        let first = try #require(all.first { $0.1 >= most * (1 - 1e-13) })
        #expect(split == first.0)
    }

    @Test func aSideWithTooFewRowsIsNoSide() throws {
        // The best split parts 5 rows from 35, the second best the halves.
        let node: Node = (0..<40).map { index in
            let (isFew, isOdd) = (index < 5, index % 2 == 1)
            let gradient: Int64 = (isFew ? 120 : 0) + (isOdd ? 20 : 0)
            return ([isFew ? 1 : 2, isOdd ? 2 : 1], gradient, 200)
        }
        #expect(try best([node], [3, 3], count: 5)?.feature == 0)
        #expect(try best([node], [3, 3], count: 6)?.feature == 1)
        #expect(try best([node], [3, 3], count: 21) == nil)
    }

    @Test func tiesGoToTheLowestFeatureThenBinThenMissingLeft() throws {
        // Features 1 and 2 are the same; bins 2 and 3 of them are empty; nothing is missing.
        let node: Node = (0..<40).map { index in
            let bin: UInt8 = index % 2 == 0 ? 1 : 4
            return ([1, bin, bin], index % 2 == 0 ? 100 : -100, 200)
        }
        #expect(try best([node], [3, 6, 6]) == Split(feature: 1, threshold: 1, missingLeft: true))
    }

    @Test func missingValuesGoWhereTheyGainMost() throws {
        // Missing behaves as the high bins do in the first case, as the low ones in the second.
        for missingLeft in [false, true] {
            let node: Node = (0..<60).map { index in
                let bin = UInt8(index % 3 == 0 ? 0 : index % 3 == 1 ? 1 : 2)
                let isLow = bin == 1 || bin == 0 && missingLeft
                return ([bin], isLow ? 100 : -100, 200)
            }
            #expect(try best([node], [3]) == Split(feature: 0, threshold: 1, missingLeft: missingLeft))
        }
    }

    @Test func whatGainsNothingIsNotSplit() throws {
        let same: Node = (0..<40).map { ([UInt8($0 % 4)], 10, 100) }
        #expect(try best([same], [4]) == nil)
        #expect(try best([[]], [4]) == nil)
        // One side would have too few rows.
        let lonely: Node = (0..<40).map { ([UInt8($0 == 0 ? 1 : 2)], $0 == 0 ? 127 : -1, $0 == 0 ? 1 : 100) }
        #expect(try best([lonely], [3]) == nil)
    }

    /// The lowest of equal features is found, in whichever core's part of them it is; and it is the best of all.
    @Test func coresShareTheSearch() throws {
        let (features, bins, nodes) = (37, 64, 32)
        let layout = try HistogramLayout(binCounts: Array(repeating: bins, count: features))
        var histogram = Histogram(layout: layout, nodes: nodes)
        var random = SplitMix(seed: 3)
        for node in 0..<nodes {
            let start = node * layout.totalBins
            for bin in 0..<bins {
                let (gradient, hessian) = (Int64(random.below(2001)) - 1000, Int64(1 + random.below(4000)))
                // All features are the same, so that their sums are.
                for feature in 0..<features {
                    histogram.gradients[start + feature * bins + bin] = gradient
                    histogram.hessians[start + feature * bins + bin] = hessian
                }
            }
        }
        let sums = (0..<nodes).map { histogram.sums(of: $0) }
        let rows = [Int64](repeating: 100_000, count: nodes)
        let settings = try Self.settings(count: 1)
        for allowed in [Array(0..<features), Array(5..<features), [17, 30, 36]] {
            let found = SplitFinder(layout: layout, settings: settings, features: allowed)
                .bestSplit(of: Array(0..<nodes), histogram, sums: sums, rows: rows)
            let alone = SplitFinder(layout: layout, settings: settings, features: [allowed[0]])
                .bestSplit(of: Array(0..<nodes), histogram, sums: sums, rows: rows)
            #expect(found == alone && found?.feature == allowed[0])
        }
        #expect(concurrentMap(Array(0..<100), ofWork: 1 << 30) { Array($0) }.flatMap(\.self) == Array(0..<100))
    }
}
