/// Sums of gradients and hessians by node, feature and bin: all that the grower needs to know about the rows.
///
/// The sums are of whole numbers (see `GradientScale`), so adding histograms of shards gives the same in any order.
package struct Histogram: Sendable, Equatable {
    package let layout: HistogramLayout
    package let nodes: Int
    /// nodes x bins of all features.
    package var gradients: [Int64]
    /// As `gradients`; never negative.
    package var hessians: [Int64]

    /// All zero.
    package init(layout: HistogramLayout, nodes: Int) {
        self.layout = layout
        self.nodes = nodes
        gradients = [Int64](repeating: 0, count: nodes * layout.totalBins)
        hessians = gradients
    }

    /// Adds the sums of other rows, of the same nodes. Commutes and associates.
    package mutating func add(_ other: Histogram) {
        precondition(nodes == other.nodes && layout == other.layout, "histograms of different shape")
        for index in gradients.indices {
            gradients[index] &+= other.gradients[index]
            hessians[index] &+= other.hessians[index]
        }
    }

    /// Makes a node of this histogram what is left of `parent`'s once the `sibling` (a node of this one) is taken away.
    mutating func subtract(sibling: Int, from parent: Histogram, _ parentNode: Int, into node: Int) {
        let bins = layout.totalBins
        for bin in 0..<bins {
            gradients[node * bins + bin] =
                parent.gradients[parentNode * bins + bin] &- gradients[sibling * bins + bin]
            hessians[node * bins + bin] = parent.hessians[parentNode * bins + bin] &- hessians[sibling * bins + bin]
        }
    }

    /// Copies a node of another histogram.
    mutating func copy(_ source: Histogram, _ sourceNode: Int, into node: Int) {
        let bins = layout.totalBins
        for bin in 0..<bins {
            gradients[node * bins + bin] = source.gradients[sourceNode * bins + bin]
            hessians[node * bins + bin] = source.hessians[sourceNode * bins + bin]
        }
    }

    /// The sums over a node's rows: each row is in one bin of every feature, so the first feature's do.
    func sums(of node: Int) -> NodeSums {
        var sums = NodeSums()
        guard layout.features > 0 else { return sums }
        let start = node * layout.totalBins
        for index in start..<(start + layout.binCounts[0]) {
            sums.gradient &+= gradients[index]
            sums.hessian &+= hessians[index]
        }
        return sums
    }

    /// The sums over the rows of a node that `split` sends left.
    func sums(of node: Int, leftOf split: Split) -> NodeSums {
        var sums = NodeSums()
        let start = node * layout.totalBins + layout.offsets[split.feature]
        for bin in (split.missingLeft ? 0 : 1)...Int(split.threshold) {
            sums.gradient &+= gradients[start + bin]
            sums.hessian &+= hessians[start + bin]
        }
        return sums
    }
}

/// The sums over one node's rows.
struct NodeSums: Sendable, Equatable {
    var gradient: Int64 = 0
    var hessian: Int64 = 0

    static func - (left: NodeSums, right: NodeSums) -> NodeSums {
        NodeSums(gradient: left.gradient &- right.gradient, hessian: left.hessian &- right.hessian)
    }
}
