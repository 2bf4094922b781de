import CPrefetch

/// Adds the leaves of `trees` to the margins of `rows`, in blocks of 64 rows.
func addLeaves(of trees: ArraySlice<Tree>, _ matrix: BinnedMatrix, _ rows: Range<Int>, to margins: inout [Float]) {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= matrix.rows && margins.count == rows.count)
    let finders = trees.map { tree in
        for split in tree.splits { if let split { precondition(split.feature < matrix.features) } }
        return LeafFinder(tree)
    }
    matrix.withColumns { columns, stride in
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 2 * BinnedMatrix.blockRows) { scratch in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: BinnedMatrix.blockRows) { sums in
                margins.withUnsafeMutableBufferPointer { margins in
                    guard let scratch = scratch.baseAddress, let sums = sums.baseAddress,
                        let margins = margins.baseAddress
                    else { return }
                    let columns = columns + rows.lowerBound
                    let whole = rows.count / BinnedMatrix.blockRows * BinnedMatrix.blockRows
                    for start in Swift.stride(from: 0, to: whole, by: BinnedMatrix.blockRows) {
                        for finder in finders {
                            finder.addLeaves(columns + start, stride, scratch, to: margins + start)
                        }
                    }
                    // Columns are padded to whole blocks, margins are not.
                    for i in whole..<rows.count { sums[i - whole] = margins[i] }
                    if whole == rows.count { return }
                    for i in (rows.count - whole)..<BinnedMatrix.blockRows { sums[i] = 0 }
                    for finder in finders { finder.addLeaves(columns + whole, stride, scratch, to: sums) }
                    for i in whole..<rows.count { margins[i] = sums[i - whole] }
                }
            }
        }
    }
}

/// A tree laid out for finding the leaves of 64 rows at once.
struct LeafFinder: Sendable {
    /// A split and the node it is in. Where the tree is symmetric, one for each level.
    private struct Step {
        let column: Int
        let threshold: UInt8
        let shift: UInt8
        let level: UInt8
        let node: UInt8

        init(_ split: Split, level: Int, node: Int) {
            column = split.feature
            shift = split.shift
            threshold = split.threshold &- split.shift
            self.level = UInt8(level)
            self.node = UInt8(node)
        }
    }

    private let isSymmetric: Bool
    private let depth: Int
    private let steps: [Step]
    private let leaves: [Float]

    init(_ tree: Tree) {
        isSymmetric = tree.isSymmetric
        depth = tree.depth
        leaves = tree.leaves
        var steps: [Step] = []
        for level in 0..<tree.depth {
            for node in 0..<(tree.isSymmetric ? 1 : 1 << level) {
                guard let split = tree.splits[(1 << level) - 1 + node] else { continue }
                steps.append(Step(split, level: level, node: node))
            }
        }
        self.steps = steps
    }

    /// Adds each of 64 rows' leaf to its sum.
    ///
    /// - Parameters:
    ///   - columns: the first row's bin in column 0, the other columns `stride` bytes apart.
    ///   - scratch: 128 bytes.
    @inline(__always)
    func addLeaves(
        _ columns: UnsafePointer<UInt8>, _ stride: Int, _ scratch: UnsafeMutablePointer<UInt8>,
        to sums: UnsafeMutablePointer<Float>
    ) {
        let indices = scratch
        if isSymmetric {
            findSymmetric(columns, stride, indices)
        } else {
            find(columns, stride, indices, decisions: scratch + BinnedMatrix.blockRows)
        }
        leaves.withUnsafeBufferPointer { leaves in
            guard let leaves = leaves.baseAddress else { return }
            for i in 0..<BinnedMatrix.blockRows { sums[i] += leaves[Int(indices[i])] }
        }
    }

    private func findSymmetric(
        _ columns: UnsafePointer<UInt8>, _ stride: Int, _ indices: UnsafeMutablePointer<UInt8>
    ) {
        for i in 0..<BinnedMatrix.blockRows { indices[i] = 0 }
        for step in steps {
            let bins = columns + step.column &* stride
            let (threshold, shift) = (step.threshold, step.shift)
            for i in 0..<BinnedMatrix.blockRows {
                indices[i] = (indices[i] &<< 1) | (bins[i] &- shift > threshold ? 1 : 0)
            }
        }
    }

    /// Each node decides for all 64 rows and is heeded by those that are in it: more comparisons than walking down, but
    /// none of them waits for another.
    private func find(
        _ columns: UnsafePointer<UInt8>, _ stride: Int, _ indices: UnsafeMutablePointer<UInt8>,
        decisions: UnsafeMutablePointer<UInt8>
    ) {
        for i in 0..<BinnedMatrix.blockRows { indices[i] = 0 }
        var next = 0
        for level in 0..<depth {
            for i in 0..<BinnedMatrix.blockRows { decisions[i] = 0 }
            while next < steps.count && steps[next].level == level {
                let step = steps[next]
                let bins = columns + step.column &* stride
                let (threshold, shift, node) = (step.threshold, step.shift, step.node)
                prefetch_line(bins + 256)
                // All bits stand for true: the vector's comparisons give that, and it is one less operation.
                if shift == 0 {
                    for i in 0..<BinnedMatrix.blockRows {
                        let isRight: UInt8 = bins[i] > threshold ? 0xFF : 0
                        decisions[i] |= indices[i] == node ? isRight : 0
                    }
                } else {
                    for i in 0..<BinnedMatrix.blockRows {
                        let isRight: UInt8 = bins[i] &- shift > threshold ? 0xFF : 0
                        decisions[i] |= indices[i] == node ? isRight : 0
                    }
                }
                next += 1
            }
            for i in 0..<BinnedMatrix.blockRows { indices[i] = (indices[i] &<< 1) &- decisions[i] }
        }
    }
}
