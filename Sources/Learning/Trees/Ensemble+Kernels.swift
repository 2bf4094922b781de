import CPrefetch

/// Adds the leaves of `trees` to the margins of `rows`, in blocks of 64 rows.
func addLeaves(of trees: ArraySlice<Tree>, _ matrix: BinnedMatrix, _ rows: Range<Int>, to margins: inout [Float]) {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= matrix.rows && margins.count == rows.count)
    let finders = trees.map { tree in
        for split in tree.splits { if let split { precondition(split.feature < matrix.features) } }
        return LeafFinder(tree)
    }
    matrix.withColumns { columns, stride in
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: BinnedMatrix.blockRows) { indices in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: BinnedMatrix.blockRows) { sums in
                margins.withUnsafeMutableBufferPointer { margins in
                    guard let indices = indices.baseAddress, let sums = sums.baseAddress,
                        let margins = margins.baseAddress
                    else { return }
                    let columns = columns + rows.lowerBound
                    let whole = rows.count / BinnedMatrix.blockRows * BinnedMatrix.blockRows
                    for start in Swift.stride(from: 0, to: whole, by: BinnedMatrix.blockRows) {
                        for finder in finders {
                            finder.addLeaves(columns + start, stride, indices, to: margins + start)
                        }
                    }
                    // Columns are padded to whole blocks, margins are not.
                    for i in whole..<rows.count { sums[i - whole] = margins[i] }
                    if whole == rows.count { return }
                    for i in (rows.count - whole)..<BinnedMatrix.blockRows { sums[i] = 0 }
                    for finder in finders { finder.addLeaves(columns + whole, stride, indices, to: sums) }
                    for i in whole..<rows.count { margins[i] = sums[i - whole] }
                }
            }
        }
    }
}

/// A tree laid out for finding the leaves of 64 rows at once.
struct LeafFinder: Sendable {
    /// A byte for each of 16 rows, a quarter of a block.
    private typealias Rows = SIMD16<UInt8>

    /// A split and the node it is in. Where the tree is symmetric, one for each level.
    private struct Step {
        let column: Int
        let threshold: UInt8
        let shift: UInt8
        let level: UInt8
        private let thresholds: Rows
        private let shifts: Rows
        private let nodes: Rows

        init(_ split: Split, level: Int, node: Int) {
            column = split.feature
            shift = split.shift
            threshold = split.threshold &- split.shift
            self.level = UInt8(level)
            thresholds = Rows(repeating: threshold)
            shifts = Rows(repeating: shift)
            nodes = Rows(repeating: UInt8(node))
        }

        /// Sets all bits, which is -1, of the rows that are in this node and go right.
        @inline(__always)
        func decide(_ column: UnsafePointer<UInt8>, _ current: Rows, _ isRight: inout Rows) {
            let bins = UnsafeRawPointer(column).loadUnaligned(as: Rows.self) &- shifts
            isRight |= unsafeBitCast((bins .> thresholds) .& (current .== nodes), to: Rows.self)
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
    ///   - indices: 64 bytes for the rows' leaves.
    @inline(__always)
    func addLeaves(
        _ columns: UnsafePointer<UInt8>, _ stride: Int, _ indices: UnsafeMutablePointer<UInt8>,
        to sums: UnsafeMutablePointer<Float>
    ) {
        if isSymmetric {
            findSymmetric(columns, stride, indices)
        } else {
            find(columns, stride, indices)
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
        _ columns: UnsafePointer<UInt8>, _ stride: Int, _ indices: UnsafeMutablePointer<UInt8>
    ) {
        // Four vectors by name: in an array or a wider one they do not stay in registers.
        var nodes = (Rows(), Rows(), Rows(), Rows())
        var next = 0
        steps.withUnsafeBufferPointer { steps in
            for level in 0..<depth {
                var isRight = (Rows(), Rows(), Rows(), Rows())
                while next < steps.count && steps[next].level == level {
                    let column = columns + steps[next].column &* stride
                    // There are too many columns for the processor to foresee which comes next.
                    prefetch_line(column + 4 * BinnedMatrix.blockRows)
                    steps[next].decide(column, nodes.0, &isRight.0)
                    steps[next].decide(column + 16, nodes.1, &isRight.1)
                    steps[next].decide(column + 32, nodes.2, &isRight.2)
                    steps[next].decide(column + 48, nodes.3, &isRight.3)
                    next += 1
                }
                nodes.0 = nodes.0 &+ nodes.0 &- isRight.0
                nodes.1 = nodes.1 &+ nodes.1 &- isRight.1
                nodes.2 = nodes.2 &+ nodes.2 &- isRight.2
                nodes.3 = nodes.3 &+ nodes.3 &- isRight.3
            }
        }
        let indices = UnsafeMutableRawPointer(indices)
        indices.storeBytes(of: nodes.0, as: Rows.self)
        indices.storeBytes(of: nodes.1, toByteOffset: 16, as: Rows.self)
        indices.storeBytes(of: nodes.2, toByteOffset: 32, as: Rows.self)
        indices.storeBytes(of: nodes.3, toByteOffset: 48, as: Rows.self)
    }
}
