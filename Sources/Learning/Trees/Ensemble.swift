package import Bytes

/// What boosting makes: a row's margin, in log-odds, is `base` plus the leaf it reaches in each tree.
package struct Ensemble: Sendable, Equatable {
    /// The log-odds of the outcome among the training rows.
    package let base: Float
    package let trees: [Tree]

    package init(base: Float, trees: [Tree]) {
        self.base = base
        self.trees = trees
    }

    /// Adds the leaves of some trees to the margins of some rows, tree after tree.
    ///
    /// - Parameters:
    ///   - matrix: has all features that the trees split.
    ///   - margins: one a row of `rows`.
    ///
    /// Cost a row and tree: about 2 ns (symmetric), 6 ns (depth-wise).
    package func margins(
        of matrix: BinnedMatrix, rows: Range<Int>, trees range: Range<Int>, adding margins: inout [Float]
    ) {
        addLeaves(of: trees[range], matrix, rows, to: &margins)
    }

    /// The margins of all rows, `base` and all trees.
    package func margins(of matrix: BinnedMatrix) -> [Float] {
        var margins = [Float](repeating: base, count: matrix.rows)
        addLeaves(of: trees[...], matrix, 0..<matrix.rows, to: &margins)
        return margins
    }

    /// The margins of some rows, added up in double precision: where many trees have large leaves that cancel out, as a logistic
    /// regression's do, single precision is off by 2e-5.
    ///
    /// Cost: some 1 ns a row and tree more than `margins(of:)`.
    package func preciseMargins(of matrix: BinnedMatrix, rows: Range<Int>) -> [Float] {
        var margins: [Float] = []
        margins.reserveCapacity(rows.count)
        // So many rows that their sums stay in the first-level cache.
        for start in stride(from: rows.lowerBound, to: rows.upperBound, by: 2048) {
            let block = start..<min(rows.upperBound, start + 2048)
            var sums = [Double](repeating: Double(base), count: block.count)
            var leaves = [Float](repeating: 0, count: block.count)
            for index in trees.indices {
                for row in leaves.indices { leaves[row] = 0 }
                addLeaves(of: trees[index...index], matrix, block, to: &leaves)
                for row in sums.indices { sums[row] += Double(leaves[row]) }
            }
            margins += sums.map { Float($0) }
        }
        return margins
    }

    /// The features that some tree splits, ascending.
    package var usedFeatures: [Int] {
        var features: Set<Int> = []
        for tree in trees {
            for split in tree.splits { if let split { features.insert(split.feature) } }
        }
        return features.sorted()
    }
}

extension Ensemble: FieldCodable {
    package static let fields = FieldList(Self.init, \.base, \.trees)
        .check("base of the trees") { $0.base.magnitude <= Tree.largestLeaf }
}
