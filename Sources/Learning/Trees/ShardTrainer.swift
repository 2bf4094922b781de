package import Bytes

/// One shard's side of training: it holds the rows, follows the coordinator's orders and answers with sums.
///
/// What it answers depends on its rows and the orders alone, so any worker that has the shard gives the same bits; one that takes over
/// in the middle of a tree calls `replay`. Confined to one thread at a time; shards are the parallelism.
///
/// Memory: two bytes a row and feature (features rounded up to 64 for one of them), and 28 bytes a row.
package struct ShardTrainer: Sendable {
    private let matrix: BinnedMatrix
    private let layout: HistogramLayout
    private let settings: TrainingSettings
    private let base: Float
    private let leastDrawn: Float
    private let tiles: RowTiles
    private let labels: LabelColumn
    private let weights: [Float]
    private let keys: [UInt32]
    private let training: [UInt32]
    private let validation: [UInt32]

    private var margins: [Float]
    private var gradients: [UInt16]
    private var accumulator: HistogramAccumulator
    /// What counting has cost since the start.
    package private(set) var meter = CountingMeter()
    /// How many trees are in the margins.
    private var treesAdded = 0
    /// The tree being grown and the rows of its nodes; nil before the first order.
    private var growing: (tree: Int, partition: RowPartition)?
    /// Of how many rows, from the first on, gradients are needed.
    private let gradientCount: Int

    /// - Parameters:
    ///   - binCounts: `FeatureBins.binCount` of each feature.
    ///   - labels: one a row of the matrix, as the objective learns from them; known for the rows that are listed.
    ///   - weights: one a row, over 0 to 1: how much the row counts in training; nil: every row in full.
    ///   - keys: one a row, a hash of its identity: what its stochastic rounding is a function of.
    ///   - training: numbers of the rows to learn from, ascending. Gradients are computed of the rows up to the last of
    ///     them: best that they come first.
    ///   - validation: numbers of the rows to measure the loss on, ascending, none of them in `training`.
    ///   - base: `Booster.base`.
    ///   - leastDrawn: `GradientScale.leastDrawn`.
    /// - Throws: `TrainingError.badShard` or `.badShape` when these do not fit together.
    package init(
        matrix: BinnedMatrix, binCounts: [Int], labels: LabelColumn, weights: [Float]? = nil, keys: [UInt64],
        training: [UInt32],
        validation: [UInt32], base: Float, settings: TrainingSettings, leastDrawn: Float = 1
    ) throws(TrainingError) {
        guard 1...GradientScale.drawn ~= leastDrawn, leastDrawn == leastDrawn.rounded() else {
            throw .badShard("\(leastDrawn) is not what rows are drawn by")
        }
        self.leastDrawn = leastDrawn
        layout = try HistogramLayout(binCounts: binCounts)
        guard matrix.features == binCounts.count else {
            throw .badShard("it has \(matrix.features) features, not \(binCounts.count)")
        }
        let weights = weights ?? [Float](repeating: 1, count: matrix.rows)
        guard labels.count == matrix.rows, weights.count == matrix.rows, keys.count == matrix.rows else {
            throw .badShard(
                "it has \(matrix.rows) rows, \(labels.count) labels, \(weights.count) weights and \(keys.count) keys")
        }
        guard weights.allSatisfy({ $0 > 0 && $0 <= 1 }) else { throw .badShard("a weight is not over 0, to 1") }
        if let feature = matrix.firstFeatureOutOfRange(binCounts: binCounts) {
            throw .badShard("feature \(feature) has a bin that is not one of its \(binCounts[feature])")
        }
        guard labels.kind == settings.objective.labels else {
            throw .badShard("its labels are \(labels.kind), and \(settings.objective.rawValue) learns from others")
        }
        guard base.magnitude <= Tree.largestLeaf else { throw .badShard("the base \(base) is out of range") }
        try Self.check(training: training, validation: validation, labels: labels)
        self.matrix = matrix
        self.settings = settings
        self.base = base
        self.labels = labels
        self.weights = weights
        self.keys = keys.map { UInt32(truncatingIfNeeded: StableHash.mix($0, settings.seed)) }
        self.training = training
        self.validation = validation
        gradientCount = training.last.map { Int($0) + 1 } ?? 0
        tiles = RowTiles(matrix)
        margins = [Float](repeating: base, count: matrix.rows)
        gradients = [UInt16](repeating: 0, count: matrix.rows)
        accumulator = HistogramAccumulator(layout: layout)
    }

    /// About how many bytes so many rows take, with what loading them takes besides: two bytes a row and feature, those of one
    /// of the two copies for features rounded up to 64, and some 100 bytes a row.
    package static func memory(rows: Int, features: Int) -> Int {
        rows * (features + (features + RowTiles.width - 1) / RowTiles.width * RowTiles.width + 100)
    }

    private static func check(training: [UInt32], validation: [UInt32], labels: LabelColumn) throws(TrainingError) {
        for (name, rows) in [("training", training), ("validation", validation)] {
            for (index, row) in rows.enumerated() {
                guard Int(row) < labels.count else {
                    throw .badShard("\(name) row \(row) is not one of its \(labels.count)")
                }
                guard index == 0 || rows[index - 1] < row else {
                    throw .badShard("\(name) rows do not ascend at \(row)")
                }
                guard labels.isKnown(Int(row)) else {
                    throw .badShard("\(name) row \(row) has no label")
                }
            }
        }
        var isTraining = [Bool](repeating: false, count: labels.count)
        for row in training { isTraining[Int(row)] = true }
        for row in validation where isTraining[Int(row)] {
            throw .badShard("row \(row) is for training and for validation")
        }
    }

    /// Follows an order and answers it.
    ///
    /// - Throws: `TrainingError.outOfTurn` or `.badOrder`; the shard is then as it was before.
    ///
    /// Cost of a level: one addition a feature and row counted (1.5-2.5 G/s), and one pass over the rows.
    package mutating func perform(_ order: TrainingOrder) throws(TrainingError) -> TrainingReply {
        switch order {
        case .begin(let tree, let finished): try begin(tree, adding: finished)
        case .split(let tree, let level, let splits, let counted):
            try split(tree, level: level, splits: splits, counted: counted)
        }
    }

    /// Starts over from the base and goes through what others did before, as a worker that takes over the shard.
    ///
    /// - Returns: the answer to the last order, with the same bits as from a worker that was there from the start.
    package mutating func replay(_ history: TrainingHistory) throws(TrainingError) -> TrainingReply {
        guard let last = history.orders.last else { throw .badOrder("a history without orders has nothing to answer") }
        for tree in history.trees { try check(tree) }
        margins = [Float](repeating: base, count: matrix.rows)
        addLeaves(of: history.trees[...], matrix, 0..<matrix.rows, to: &margins)
        treesAdded = history.trees.count
        growing = nil
        for order in history.orders.dropLast() { try follow(order) }
        return try perform(last)
    }

    /// As `perform`, but without counting what has been answered already.
    private mutating func follow(_ order: TrainingOrder) throws(TrainingError) {
        switch order {
        case .begin: _ = try perform(order)
        case .split(let tree, let level, let splits, _):
            _ = try split(tree, level: level, splits: splits, counted: [])
        }
    }

    private func check(_ tree: Tree) throws(TrainingError) {
        guard tree.isPossible(binCounts: layout.binCounts) else {
            throw .badOrder("a tree has a split that the features do not have")
        }
    }

    private mutating func begin(_ tree: Int, adding finished: Tree?) throws(TrainingError) -> TrainingReply {
        guard tree == treesAdded + (finished == nil ? 0 : 1), (finished == nil) == (tree == 0) else {
            let expected = treesAdded == 0 && growing == nil ? "0 or 1" : "\(treesAdded + 1)"
            throw .outOfTurn(
                expected: "the start of tree \(expected)",
                got: "the start of tree \(tree) \(finished == nil ? "without" : "with") the one before")
        }
        if let finished {
            try check(finished)
            addLeaves(of: [finished], matrix, 0..<matrix.rows, to: &margins)
            treesAdded += 1
        }
        let salt = PackedGradient.salt(seed: settings.seed, tree: tree)
        let objective = settings.objective.definition
        objective.computeGradients(
            GradientRows(
                count: gradientCount, margins: margins, labels: labels, weights: weights, keys: keys, salt: salt,
                sampling: settings.rowSampling, leastDrawn: leastDrawn), into: &gradients)
        // Emptied first, so that the rows are restarted in place and not in a copy.
        var partition = growing?.partition ?? RowPartition(rows: training)
        growing = nil
        partition.restart(Sampling(settings, tree: tree).sample(training, keys: keys, gradients: gradients))
        growing = (tree, partition)
        let loss = objective.loss(margins: margins, labels: labels, rows: validation)
        return TrainingReply(
            histogram: count([0], of: partition), rows: partition.counts,
            validation: LossSums(rows: Int64(validation.count), loss: loss))
    }

    private mutating func split(
        _ tree: Int, level: Int, splits: [Split?], counted: [Int]
    ) throws(TrainingError) -> TrainingReply {
        guard var current = growing, current.tree == tree, current.partition.level + 1 == level else {
            let state = growing.map { "level \($0.partition.level + 1) of tree \($0.tree)" } ?? "the start of a tree"
            throw .outOfTurn(expected: state, got: "level \(level) of tree \(tree)")
        }
        guard level < Tree.maximumDepth, splits.count == current.partition.nodes else {
            throw .badOrder("\(splits.count) splits for the \(current.partition.nodes) nodes above level \(level)")
        }
        guard splits.allSatisfy({ $0?.isPossible(binCounts: layout.binCounts) ?? true }) else {
            throw .badOrder("a split that the features do not have")
        }
        guard counted.allSatisfy({ 0..<(2 * splits.count) ~= $0 }) else {
            throw .badOrder("a node to count that level \(level) does not have")
        }
        // Emptied first, so that the rows are parted in place and not in a copy.
        growing = nil
        current.partition.split(by: splits, matrix)
        growing = current
        return TrainingReply(
            histogram: count(counted, of: current.partition), rows: current.partition.counts, validation: nil)
    }

    private mutating func count(_ nodes: [Int], of partition: RowPartition) -> Histogram {
        let start = ContinuousClock.now
        var histogram = Histogram(layout: layout, nodes: nodes.count)
        for (index, node) in nodes.enumerated() {
            meter.additions += partition.range(of: node).count * layout.features
            accumulator.add(
                partition.rows, partition.range(of: node), tiles: tiles, gradients: gradients, to: &histogram,
                node: index)
        }
        meter.time += ContinuousClock.now - start
        return histogram
    }
}

/// How much has been counted, and in how long; for benchmarks.
package struct CountingMeter: Sendable {
    /// Rows counted times features.
    package var additions = 0
    /// Of the counting thread.
    package var time = Duration.zero

    package init() {}

    package mutating func add(_ other: CountingMeter) {
        additions += other.additions
        time += other.time
    }
}
