extension AdditiveModel {
    /// The same model with each feature's scores at a mean of 0 over the training rows: what a score is then is what it
    /// contributes, so that both are rounded to the same number.
    ///
    /// - Parameter binWeights: of the training rows, one a bin.
    package func centred(layout: HistogramLayout, binWeights: [Int64]) -> AdditiveModel {
        precondition(scores.count == layout.totalBins && binWeights.count == layout.totalBins)
        var centred = self
        for (feature, bins) in layout.binCounts.enumerated() {
            let range = layout.offsets[feature]..<(layout.offsets[feature] + bins)
            let weight = binWeights[range].reduce(0, +)
            guard weight > 0 else { continue }
            let mean = range.reduce(0.0) { $0 + scores[$1] * Double(binWeights[$1]) } / Double(weight)
            for bin in range { centred.scores[bin] -= mean }
            centred.intercept += mean
        }
        return centred
    }

    /// The same model as trees, each of one feature: what scores, explains, calibrates and exports trees does so with a
    /// logistic regression too.
    ///
    /// The path-dependent Shapley values of a tree that asks for one feature only are those of a linear model: the bin's score
    /// less its mean over the training rows.
    ///
    /// - Parameter binWeights: of the training rows, in units of covers.
    package func trees(layout: HistogramLayout, binWeights: [Int64]) throws(TrainingError) -> [Tree] {
        guard scores.count == layout.totalBins, binWeights.count == layout.totalBins else {
            throw .badTree("\(scores.count) scores and \(binWeights.count) weights for \(layout.totalBins) bins")
        }
        var trees: [Tree] = []
        for (feature, bins) in layout.binCounts.enumerated() {
            let range = layout.offsets[feature]..<(layout.offsets[feature] + bins)
            guard bins > 1, scores[range].contains(where: { $0 != 0 }) else { continue }
            let own = FeatureScores(
                feature: feature, scores: Array(scores[range]), weights: Array(binWeights[range]))
            // One tree has a leaf for each of 64 bins. With more, each tree needs two splits to leave out the others' bins.
            let size = bins <= 1 << Tree.maximumDepth ? bins : 1 << (Tree.maximumDepth - 2)
            for start in stride(from: 0, to: bins, by: size) {
                trees.append(try own.tree(start..<min(bins, start + size)))
            }
        }
        return trees
    }
}

/// One feature's bins, to be made trees of.
private struct FeatureScores {
    let feature: Int
    let scores: [Double]
    let weights: [Int64]

    /// A tree that gives each bin of `chunk` its score, and the others nothing.
    func tree(_ chunk: Range<Int>) throws(TrainingError) -> Tree {
        var builder = Builder(depth: depth(chunk))
        build(0..<scores.count, chunk, node: 0, level: 0, &builder)
        return try Tree(splits: builder.splits, leaves: builder.leaves, leafCovers: builder.covers)
    }

    private struct Builder {
        let depth: Int
        var splits: [Split?]
        var leaves: [Float]
        var covers: [Int64]

        init(depth: Int) {
            self.depth = depth
            splits = Array(repeating: nil, count: (1 << depth) - 1)
            leaves = Array(repeating: 0, count: 1 << depth)
            covers = Array(repeating: 0, count: 1 << depth)
        }
    }

    private func depth(_ chunk: Range<Int>) -> Int {
        var depth = (chunk.lowerBound > 0 ? 1 : 0) + (chunk.upperBound < scores.count ? 1 : 0)
        var leaves = 1
        while leaves < chunk.count {
            leaves *= 2
            depth += 1
        }
        return max(1, depth)
    }

    /// Gives the bins of `range`, all of which reach the node, their leaves below it.
    private func build(_ range: Range<Int>, _ chunk: Range<Int>, node: Int, level: Int, _ builder: inout Builder) {
        let wanted = range.clamped(to: chunk)
        if range.count == 1 || wanted.isEmpty || level == builder.depth {
            // Without a split all go left.
            let leaf = (node + 1) << (builder.depth - level)
            let index = leaf - 1 - builder.splits.count
            let limit = Double(Tree.largestLeaf)
            let score = wanted.isEmpty ? 0 : scores[wanted.lowerBound]
            builder.leaves[index] = Float(min(max(score, -limit), limit))
            builder.covers[index] = weights[range].reduce(0, +)
            return
        }
        let middle =
            chunk.upperBound < range.upperBound
            ? chunk.upperBound
            : chunk.lowerBound > range.lowerBound
                ? chunk.lowerBound : range.lowerBound + (range.count + 1) / 2
        builder.splits[node] = Split(feature: feature, threshold: UInt8(middle - 1), missingLeft: true)
        build(range.lowerBound..<middle, chunk, node: 2 * node + 1, level: level + 1, &builder)
        build(middle..<range.upperBound, chunk, node: 2 * node + 2, level: level + 1, &builder)
    }
}
