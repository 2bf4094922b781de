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

/// Writes a node's bins, and beside it what is left of its parent's: `node` is where the node begins in `next`.
func complete(
    _ next: UnsafeMutablePointer<Int64>, node: Int, sibling: Int, counted: UnsafePointer<Int64>,
    parent: UnsafePointer<Int64>, bins: Int
) {
    let (own, other) = (next + node, next + sibling)
    for bin in 0..<bins {
        own[bin] = counted[bin]
        other[bin] = parent[bin] &- counted[bin]
    }
}

extension Histogram {
    /// Whether the bins of each feature add up to the same: each of a node's rows is in one bin of every feature, so that
    /// a sum which differs is none of any rows.
    ///
    /// Cost: one pass over it.
    public var isBalanced: Bool {
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

    /// The level below this one: the counted nodes as they were answered, their siblings as what is left of the parents.
    func level(below reply: Histogram, _ counted: [Int]) -> Histogram {
        precondition(
            reply.layout == layout && reply.nodes == counted.count
                && counted.allSatisfy { (0..<2 * nodes).contains($0) })
        var next = Histogram(layout: layout, nodes: 2 * nodes)
        complete(&next.gradients, reply.gradients, gradients, counted, bins: layout.totalBins)
        complete(&next.hessians, reply.hessians, hessians, counted, bins: layout.totalBins)
        return next
    }
}

/// All counted nodes of one of the two sums.
private func complete(_ next: inout [Int64], _ answered: [Int64], _ parents: [Int64], _ counted: [Int], bins: Int) {
    next.withUnsafeMutableBufferPointer { next in
        answered.withUnsafeBufferPointer { answered in
            parents.withUnsafeBufferPointer { parents in
                guard let next = next.baseAddress, let answered = answered.baseAddress,
                    let parents = parents.baseAddress
                else { return }
                for (index, node) in counted.enumerated() {
                    complete(
                        next, node: node * bins, sibling: (node ^ 1) * bins, counted: answered + index * bins,
                        parent: parents + (node / 2) * bins, bins: bins)
                }
            }
        }
    }
}
