import Bytes
import Foundation
import TestSupport
import Testing

@testable import Learning

/// Each kernel against the plainest code that does the same.
@Suite struct KernelTests {
    private func naiveHistogram(_ rows: Rows, _ gradients: [UInt16], _ listed: [UInt32]) throws -> Histogram {
        var histogram = Histogram(layout: try HistogramLayout(binCounts: rows.binCounts), nodes: 1)
        for row in listed.map(Int.init) {
            var start = 0
            for (column, bins) in zip(rows.columns, rows.binCounts) {
                histogram.gradients[start + Int(column[row])] += Int64(Int8(bitPattern: UInt8(gradients[row] >> 8)))
                histogram.hessians[start + Int(column[row])] += Int64(gradients[row] & 0xFF)
                start += bins
            }
        }
        return histogram
    }

    private func counted(_ rows: Rows, _ gradients: [UInt16], _ listed: [UInt32], _ range: Range<Int>) throws
        -> Histogram
    {
        let layout = try HistogramLayout(binCounts: rows.binCounts)
        var accumulator = HistogramAccumulator(layout: layout)
        var histogram = Histogram(layout: layout, nodes: 1)
        accumulator.add(
            listed, range, tiles: RowTiles(rows.matrix), gradients: gradients, to: &histogram, node: 0)
        return histogram
    }

    @Test(
        arguments: [
            [1], [2, 3, 2], [64], [65], [128, 5], [129, 128, 64], [256, 1, 2], Array(repeating: 7, count: 8),
            Array(repeating: 64, count: 63), Array(repeating: 64, count: 64), (1...65).map { $0 },
            Array(repeating: 20, count: 130),
        ])
    func histogramsOfAllBinWidths(_ binCounts: [Int]) throws {
        var random = SplitMix(seed: UInt64(binCounts.count))
        let rows = Rows(700, binCounts: binCounts, &random)
        let gradients = (0..<rows.count).map { _ in UInt16.random(in: 0...0xFFFF, using: &random) }
        let listed = (0..<UInt32(rows.count)).filter { _ in !random.oneIn(3) }
        for range in [0..<listed.count, 13..<200, 5..<5] {
            #expect(
                try counted(rows, gradients, listed, range)
                    == naiveHistogram(rows, gradients, Array(listed[range])))
        }
    }

    /// All rows at the greatest hessian and the least gradient in one bin, where a word's lower half would overflow first.
    @Test func sumsOfManyRowsDoNotSpillOver() throws {
        let count = 300_000
        let rows = Rows(
            columns: [[UInt8](repeating: 1, count: count)], binCounts: [2], labels: [UInt8](repeating: 0, count: count))
        let gradients = [UInt16](repeating: UInt16(UInt8(bitPattern: -127)) << 8 | 255, count: count)
        let listed = (0..<UInt32(count)).map { $0 }
        let histogram = try counted(rows, gradients, listed, 0..<count)
        #expect(histogram.gradients == [0, -127 * Int64(count)])
        #expect(histogram.hessians == [0, 255 * Int64(count)])
    }

    @Test func aSiblingIsItsParentLessTheOther() throws {
        var random = SplitMix(seed: 2)
        for _ in 0..<20 {
            let binCounts = [9, 64, 3]
            let rows = Rows(400, binCounts: binCounts, &random)
            let gradients = (0..<rows.count).map { _ in UInt16.random(in: 0...0xFFFF, using: &random) }
            let all = (0..<UInt32(rows.count)).map { $0 }
            let split = try #require(try random.tree(depth: 1, binCounts: binCounts, isSymmetric: true).splits[0])
            let goesRight = { (row: UInt32) in split.sendsRight(rows.columns[split.feature][Int(row)]) }
            let parent = try naiveHistogram(rows, gradients, all)
            let right = try naiveHistogram(rows, gradients, all.filter(goesRight))
            var children = Histogram(layout: parent.layout, nodes: 2)
            children.copy(right, 0, into: 1)
            children.subtract(sibling: 1, from: parent, 0, into: 0)
            let left = try naiveHistogram(rows, gradients, all.filter { !goesRight($0) })
            #expect(children.gradients == left.gradients + right.gradients)
            #expect(children.hessians == left.hessians + right.hessians)
            #expect(parent.sums(of: 0, leftOf: split) == left.sums(of: 0))
            #expect(parent.sums(of: 0) - left.sums(of: 0) == right.sums(of: 0))
            var sum = left
            sum.add(right)
            #expect(sum == parent)
        }
    }

    @Test func partitionsAreStableFilters() throws {
        var random = SplitMix(seed: 3)
        let binCounts = [9, 256, 2]
        let rows = Rows(500, binCounts: binCounts, &random)
        let matrix = rows.matrix
        let listed = (0..<UInt32(rows.count)).filter { _ in !random.oneIn(4) }
        var partition = RowPartition(rows: listed)
        for _ in 0..<20 {
            let tree = try random.tree(depth: 4, binCounts: binCounts, isSymmetric: false)
            partition.restart(listed)
            var nodes = [listed]
            for level in 0..<4 {
                let splits = Array(tree.splits[((1 << level) - 1)..<((2 << level) - 1)])
                partition.split(by: splits, matrix)
                nodes = zip(nodes, splits).flatMap { rowsOfNode, split in
                    let goesRight = { (row: UInt32) in
                        split.map { $0.sendsRight(rows.columns[$0.feature][Int(row)]) } ?? false
                    }
                    return [rowsOfNode.filter { !goesRight($0) }, rowsOfNode.filter(goesRight)]
                }
                #expect(partition.nodes == nodes.count)
                #expect(nodes.indices.map { Array(partition.rows[partition.range(of: $0)]) } == nodes)
            }
        }
    }

    @Test(arguments: [true, false])
    func marginsAreTheSumsOfTheLeaves(_ isSymmetric: Bool) throws {
        var random = SplitMix(seed: 4)
        let binCounts = [5, 64, 256, 2, 17]
        let rows = Rows(333, binCounts: binCounts, &random)
        for depth in 1...6 {
            let trees = try (0..<7).map { _ in
                try random.tree(depth: depth, binCounts: binCounts, isSymmetric: isSymmetric)
            }
            let ensemble = Ensemble(base: 0.25, trees: trees)
            let expected = (0..<rows.count).map { row in
                trees.reduce(0.25 as Float) { sum, tree in sum + tree.leaves[tree.leaf { rows.columns[$0][row] }] }
            }
            #expect(trees.allSatisfy { $0.isSymmetric == isSymmetric || depth == 1 })
            #expect(ensemble.margins(of: rows.matrix) == expected)
            let precise = ensemble.preciseMargins(of: rows.matrix, rows: 70..<170)
            #expect(
                precise
                    == (70..<170).map { row in
                        Float(trees.reduce(0.25) { $0 + Double($1.leaves[$1.leaf { rows.columns[$0][row] }]) })
                    })
            // Some rows and trees only, on top of what there is.
            var part = [Float](repeating: 0.25, count: 100)
            ensemble.margins(of: rows.matrix, rows: 70..<170, trees: 0..<3, adding: &part)
            ensemble.margins(of: rows.matrix, rows: 70..<170, trees: 3..<7, adding: &part)
            #expect(part == Array(expected[70..<170]))
        }
    }

    @Test(arguments: [-20, -3, -0.7, 0, 0.4, 2.5, 20] as [Float], [(0, 1), (1, 1), (1, 0.125)] as [(UInt8, Float)])
    func gradientsAreRoundedToANeighbourAndExactOnAverage(_ margin: Float, _ row: (label: UInt8, weight: Float)) {
        let (label, weight) = row
        let count = 40_000
        let keys = (0..<UInt32(count)).map { UInt32(truncatingIfNeeded: StableHash.mix(UInt64($0), 5)) }
        var gradients = [UInt16](repeating: 0, count: count)
        LogLoss.computeGradients(
            GradientRows(
                count: count, margins: [Float](repeating: margin, count: count),
                labels: LabelColumn(outcomes: [UInt8](repeating: label, count: count)),
                weights: [Float](repeating: weight, count: count), keys: keys,
                salt: PackedGradient.salt(seed: 1, tree: 3), sampling: .uniform(1)), into: &gradients)
        let p = 1 / (1 + exp(-Double(margin)))
        let exact = (
            gradient: (p - Double(label)) * 127 * Double(weight), hessian: p * (1 - p) * 1020 * Double(weight)
        )
        expectRounded(gradients.map(PackedGradient.gradient), from: exact.gradient)
        expectRounded(gradients.map(PackedGradient.hessian), from: exact.hessian)
    }

    /// Sums keep their expectation; few rows of small gradient take part, and what they count for fits a byte.
    @Test(
        arguments: [-9, -6, -3, -1.5, 0, 2.5] as [Float], [(0, 1), (1, 1), (0, 0.125), (1, 0.01)] as [(UInt8, Float)])
    func drawnGradientsAreExactOnAverage(_ margin: Float, _ row: (label: UInt8, weight: Float)) {
        let count = 200_000
        let keys = (0..<UInt32(count)).map { UInt32(truncatingIfNeeded: StableHash.mix(UInt64($0), 5)) }
        var gradients = [UInt16](repeating: 1, count: count)
        LogLoss.computeGradients(
            GradientRows(
                count: count, margins: [Float](repeating: margin, count: count),
                labels: LabelColumn(outcomes: [UInt8](repeating: row.label, count: count)),
                weights: [Float](repeating: row.weight, count: count), keys: keys,
                salt: PackedGradient.salt(seed: 1, tree: 3), sampling: .gradient, leastDrawn: 20), into: &gradients)
        let rows = Array(0..<UInt32(count))
        let taken = drawn(rows, gradients)
        #expect(taken == rows.filter { gradients[Int($0)] != 0 })
        let p = 1 / (1 + exp(-Double(margin)))
        let gradient = (p - Double(row.label)) * 127 * Double(row.weight)
        let threshold = max(20, 31 * Double(row.weight)).rounded()
        let share = min(1, abs(gradient) / threshold)
        let error = (share * (1 - share) / Double(count)).squareRoot()
        #expect(abs(Double(taken.count) / Double(count) - share) <= 5 * error)
        let sums = gradients.reduce(into: (gradient: Int64(0), hessian: Int64(0))) {
            $0.gradient += PackedGradient.gradient($1)
            $0.hessian += PackedGradient.hessian($1)
        }
        #expect(
            abs(Double(sums.gradient) / Double(count) - gradient) <= 5
                * (threshold * error + 0.5 / Double(count).squareRoot())
        )
        let hessian = p * (1 - p) * 1020 * Double(row.weight)
        #expect(
            abs(Double(sums.hessian) / Double(count) - hessian) <= 5
                * (8.04 * threshold * error + 0.5 / Double(count).squareRoot()))
    }

    @Test func roundingDependsOnTheRowAndTheTreeAndNothingElse() {
        let count = 1000
        let keys = (0..<UInt32(count)).map { UInt32(truncatingIfNeeded: StableHash.mix(UInt64($0), 5)) }
        func gradients(_ order: [Int], tree: Int) -> [UInt16] {
            var gradients = [UInt16](repeating: 0, count: count)
            LogLoss.computeGradients(
                GradientRows(
                    count: count, margins: order.map { Float($0 % 7) / 3 - 1 },
                    labels: LabelColumn(outcomes: order.map { UInt8($0 % 2) }),
                    weights: [Float](repeating: 1, count: count), keys: order.map { keys[$0] },
                    salt: PackedGradient.salt(seed: 1, tree: tree), sampling: .uniform(1)), into: &gradients)
            return gradients
        }
        var random = SplitMix(seed: 6)
        let plain = gradients(Array(0..<count), tree: 0)
        let order = Array(0..<count).shuffled(using: &random)
        #expect(gradients(order, tree: 0) == order.map { plain[$0] })
        #expect(gradients(Array(0..<count), tree: 1) != plain)
    }

    @Test func validationLossIsTheLogLossOfTheListedRows() {
        var random = SplitMix(seed: 7)
        let margins = (0..<500).map { _ in Float(random.normal() * 3) }
        let labels = (0..<500).map { _ in UInt8(random.below(2)) }
        let rows = (0..<UInt32(500)).filter { $0 % 3 != 0 }
        let expected = rows.map(Int.init).reduce(0.0) { sum, row in
            sum + log1p(exp(labels[row] == 1 ? -Double(margins[row]) : Double(margins[row])))
        }
        let column = LabelColumn(outcomes: labels)
        let loss = LossSums(rows: 1, loss: LogLoss.loss(margins: margins, labels: column, rows: rows))
        #expect(abs((loss.mean ?? 0) - expected) < 1e-4)
        #expect(LogLoss.loss(margins: margins, labels: column, rows: []) == 0)
    }
}
