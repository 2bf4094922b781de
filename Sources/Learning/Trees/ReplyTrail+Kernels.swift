/// Whether of each feature the gradients and hessians of one node add up to the same, and no hessian is negative.
///
/// The pointers are to the node's bins, of which `binCounts` tells how many each feature has.
func isBalanced(_ gradients: UnsafePointer<Int64>, _ hessians: UnsafePointer<Int64>, _ binCounts: [Int]) -> Bool {
    var (gradients, hessians) = (gradients, hessians)
    var expected: (gradient: Int64, hessian: Int64)?
    for count in binCounts {
        var (gradient, hessian, signs) = (Int64(0), Int64(0), Int64(0))
        for bin in 0..<count {
            gradient &+= gradients[bin]
            hessian &+= hessians[bin]
            signs |= hessians[bin]
        }
        guard signs >= 0, expected.map({ $0 == (gradient, hessian) }) ?? true else { return false }
        expected = (gradient, hessian)
        gradients += count
        hessians += count
    }
    return true
}

extension Histogram {
    /// Whether the bins of each feature add up to the same: each of a node's rows is in one bin of every feature, so that
    /// a sum which differs is none of any rows.
    ///
    /// Cost: one pass over it.
    package var isBalanced: Bool {
        gradients.withUnsafeBufferPointer { gradients in
            hessians.withUnsafeBufferPointer { hessians in
                guard let gradients = gradients.baseAddress, let hessians = hessians.baseAddress else { return true }
                return (0..<nodes).allSatisfy { node in
                    let start = node * layout.totalBins
                    return Learning.isBalanced(gradients + start, hessians + start, layout.binCounts)
                }
            }
        }
    }
}
