import Bytes
import Learning
import Scoring
import Testing

/// A seeded generator.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return StableHash.mix(state, 1)
    }
}

private let binCounts = [6, 4, 9, 3, 5]

private func tree(_ random: inout SplitMix, depth: Int, symmetric: Bool) throws -> Tree {
    func split() -> Split {
        let feature = Int(random.next() % UInt64(binCounts.count))
        let threshold = 1 + UInt8(random.next() % UInt64(binCounts[feature] - 2))
        return Split(feature: feature, threshold: threshold, missingLeft: random.next() % 2 == 0)
    }
    var splits: [Split?] = []
    for level in 0..<depth {
        let common = split()
        for _ in 0..<(1 << level) { splits.append(symmetric ? common : random.next() % 5 == 0 ? nil : split()) }
    }
    return try Tree(
        splits: splits, leaves: (0..<(1 << depth)).map { _ in Float(Int(random.next() % 200)) / 100 - 1 },
        leafCovers: (0..<(1 << depth)).map { _ in Int64(random.next() % 1000) })
}

/// The expected leaf when only the features of `known` are looked at: the definition, without any table.
private func expectation(_ tree: Tree, _ known: Int, _ row: [UInt8], node: Int = 0) -> Double {
    guard node < tree.splits.count else { return Double(tree.leaves[node - tree.splits.count]) }
    let (left, right) = (2 * node + 1, 2 * node + 2)
    guard let split = tree.splits[node] else { return expectation(tree, known, row, node: left) }
    if known >> split.feature & 1 == 1 {
        return expectation(tree, known, row, node: split.sendsRight(row[split.feature]) ? right : left)
    }
    let share = tree.covers[node] > 0 ? Double(tree.covers[left]) / Double(tree.covers[node]) : 0.5
    return share * expectation(tree, known, row, node: left) + (1 - share) * expectation(tree, known, row, node: right)
}

/// Shapley values by summing over all subsets of features.
private func bruteForce(_ trees: [Tree], _ row: [UInt8]) -> [Double] {
    let count = binCounts.count
    func factorial(_ n: Int) -> Double { n < 2 ? 1 : Double(n) * factorial(n - 1) }
    return (0..<count).map { feature in
        var sum = 0.0
        for subset in 0..<(1 << count) where subset >> feature & 1 == 0 {
            let size = subset.nonzeroBitCount
            let weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            for tree in trees {
                sum += weight * (expectation(tree, subset | 1 << feature, row) - expectation(tree, subset, row))
            }
        }
        return sum
    }
}

@Suite struct ShapleyTests {
    @Test(arguments: [true, false], [1, 3, 4, 6])
    func tablesEqualBruteForceAndAddUp(_ symmetric: Bool, _ depth: Int) throws {
        var random = SplitMix(state: UInt64(depth) + (symmetric ? 10 : 20))
        let trees = try (0..<5).map { _ in try tree(&random, depth: depth, symmetric: symmetric) }
        let ensemble = Ensemble(base: 0.25, trees: trees)
        let rows = depth == 6 ? 530 : 70
        let columns = binCounts.map { count in (0..<rows).map { _ in UInt8(random.next() % UInt64(count)) } }
        let matrix = BinnedMatrix(columns: columns, rows: rows)
        let tables = ShapleyTables(ensemble, featureCount: binCounts.count)
        var contributions: [Float] = []
        tables.contributions(of: matrix, rows: 0..<rows, into: &contributions)
        let margins = ensemble.margins(of: matrix)
        #expect(abs(tables.base - 0.25 - trees.reduce(0) { $0 + expectation($1, 0, []) }) < 1e-9)
        for row in 0..<rows {
            let own = Array(contributions[(row * binCounts.count)..<((row + 1) * binCounts.count)])
            let expected = bruteForce(trees, columns.map { $0[row] })
            for (mine, theirs) in zip(own, expected) { #expect(abs(Double(mine) - theirs) < 1e-6) }
            let sum = own.reduce(tables.base) { $0 + Double($1) }
            #expect(abs(sum - Double(margins[row])) < 1e-5)
        }
        var part: [Float] = []
        tables.contributions(of: matrix, rows: 5..<69, into: &part)
        #expect(part == Array(contributions[(5 * binCounts.count)..<(69 * binCounts.count)]))
    }

    @Test func factorsAreTheLargestAndOfEqualOnesTheFirst() {
        let factors = topFactors(contributions: [0.1, -0.5, 0, 0.5, 0.02, 0.01][...], slope: 2, limit: 4)
        #expect(factors.map(\.feature) == [1, 3, 0, 4])
        #expect(factors.map(\.direction) == [.lowers, .raises, .raises, .raises])
        #expect(factors.map(\.importance) == [.high, .high, .medium, .low])
        #expect(abs(factors[0].contribution + 1) < 1e-6)
    }
}
