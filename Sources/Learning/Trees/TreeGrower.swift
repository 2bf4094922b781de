/// Grows one tree from histograms, wherever they come from: an array in memory or the sum that a cluster sent.
///
/// Level by level. Of two siblings only the one with the smaller hessian sum (ties: the left one) is counted; the other is what its parent
/// has more. The last level needs no counting: the sums of a split's sides are in the histogram that it was found in.
struct TreeGrower: Sendable {
    enum Step {
        /// Part the rows by these splits, then count these nodes of `level`.
        case count(level: Int, splits: [Split?], nodes: [Int])
        /// nil when no split gained anything.
        case grown(Tree?)
    }

    private let settings: TrainingSettings
    private let rowScale: Double
    private var finder: SplitFinder
    /// Of the level being split; those of nodes that a split above left without rows are zero.
    private var histogram: Histogram
    private var sums: [NodeSums]
    private var rows: [Int64]
    /// Nodes of that level that may be split.
    private var open: [Int]
    private var counted: [Int] = [0]
    private var splits: [Split?] = []
    private var levelSplits: [Split?] = []
    private var level = 0

    /// - Parameter tree: its number, of which the features that it may split are a function.
    init(layout: HistogramLayout, settings: TrainingSettings, tree: Int, rowScale: Double = 1) {
        self.settings = settings
        self.rowScale = rowScale
        finder = SplitFinder(
            layout: layout, settings: settings,
            features: Sampling(settings, tree: tree).features(of: layout.features), rowScale: rowScale)
        histogram = Histogram(layout: layout, nodes: 0)
        sums = []
        rows = []
        open = [0]
    }

    /// How many nodes the next histogram must have.
    var expectedNodes: Int { counted.count }

    /// Takes the histogram of the root, or of the nodes that the last step asked for, and the row counts of all nodes of its level.
    mutating func receive(_ received: Histogram, rows: [Int64]) -> Step {
        self.rows = rows
        if level == 0 {
            histogram = received
            sums = [received.sums(of: 0)]
        } else {
            complete(received)
        }
        levelSplits = findSplits()
        if level == 0 && levelSplits == [nil] && finder.features.count < histogram.layout.features {
            // None of the features that were drawn gains anything; boosting ends only when no feature does, on the rows drawn.
            finder = SplitFinder(layout: histogram.layout, settings: settings, rowScale: rowScale)
            levelSplits = findSplits()
        }
        if levelSplits.allSatisfy({ $0 == nil }) { return .grown(level == 0 ? nil : tree(leaves: sums)) }
        let childSums = sums(after: levelSplits)
        splits += levelSplits
        level += 1
        if level == settings.depth { return .grown(tree(leaves: childSums)) }
        open = []
        counted = []
        for (node, split) in levelSplits.enumerated() where split != nil {
            let (left, right) = (2 * node, 2 * node + 1)
            open += [left, right]
            counted.append(childSums[left].hessian <= childSums[right].hessian ? left : right)
        }
        sums = childSums
        return .count(level: level, splits: levelSplits, nodes: counted)
    }

    /// Makes the level's histogram of the counted nodes and the parents'.
    private mutating func complete(_ received: Histogram) {
        var next = Histogram(layout: histogram.layout, nodes: sums.count)
        for (index, node) in counted.enumerated() {
            next.copy(received, index, into: node)
            next.subtract(sibling: node, from: histogram, node / 2, into: node ^ 1)
        }
        histogram = next
    }

    private func findSplits() -> [Split?] {
        var found = [Split?](repeating: nil, count: sums.count)
        switch settings.growth {
        case .symmetric:
            if let split = finder.bestSplit(of: open, histogram, sums: sums, rows: rows) {
                found = [Split?](repeating: split, count: sums.count)
            }
        case .depthwise:
            let (finder, histogram, sums, rows) = (finder, histogram, sums, rows)
            let splits = concurrentMap(open, ofWork: open.count * histogram.layout.totalBins) { nodes in
                nodes.map { finder.bestSplit(of: [$0], histogram, sums: sums, rows: rows) }
            }
            for (node, split) in zip(open, splits.joined()) { found[node] = split }
        }
        return found
    }

    private func sums(after splits: [Split?]) -> [NodeSums] {
        var children: [NodeSums] = []
        for (node, split) in splits.enumerated() {
            let left = split.map { histogram.sums(of: node, leftOf: $0) } ?? sums[node]
            children += [left, sums[node] - left]
        }
        return children
    }

    private func tree(leaves: [NodeSums]) -> Tree? {
        do {
            return try Tree(splits: splits, leaves: leaves.map(leaf), leafCovers: leaves.map(\.hessian))
        } catch {
            // Sums of real rows always make a tree; forged ones end boosting.
            return nil
        }
    }

    /// The Newton step -G / (H + lambda) times the learning rate.
    private func leaf(_ sums: NodeSums) -> Float {
        let hessian = Double(sums.hessian) / settings.objective.hessianUnits + settings.lambda / rowScale
        guard hessian > 0 else { return 0 }
        let step = Double(sums.gradient) / GradientScale.gradient / hessian * settings.learningRate
        let limit = Double(Tree.largestLeaf)
        return Float(0 - min(max(step, -limit), limit))
    }
}
