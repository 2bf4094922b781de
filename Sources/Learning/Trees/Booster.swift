/// Boosting as a state machine: it gives orders, is given the sum of the shards' replies, and ends with an ensemble.
///
/// Gradient boosting with Newton steps on the loss of the settings' objective (Friedman 2001). It never sees a row.
package struct Booster: Sendable {
    package enum Step: Sendable, Equatable {
        /// To be followed by every shard; the sum of their replies goes to `receive`.
        case order(TrainingOrder)
        /// The trees up to the lowest validation loss; all of them where there are no validation rows.
        case finished(Ensemble)
    }

    /// Of a node; so few that no sum over shards, of which there are at most 2^20, overflows.
    private static let rowCounts = Int64(0)...(1 << 42)

    private enum State: Sendable {
        case new
        case waiting(TrainingOrder)
        case finished
    }

    package let layout: HistogramLayout
    /// What a margin starts with: the objective's base of all training rows.
    package let base: Float
    /// What a worker needs to answer the last order, were it to start now.
    package private(set) var history = TrainingHistory()
    /// The mean loss of the validation rows with 0, 1, 2, ... trees.
    package private(set) var validationLosses: [Double] = []

    private let settings: TrainingSettings
    private let rowScale: Double
    private var state = State.new
    private var grower: TreeGrower
    private var trees: [Tree] = []
    private var bestCount = 0

    /// - Parameters:
    ///   - binCounts: `FeatureBins.binCount` of each feature.
    ///   - labelSum: of the training rows over all shards, as they are learned from: of outcomes, how many came. Labels
    ///     must differ for there to be anything to learn.
    ///   - rows: how many training rows there are over all shards.
    ///   - rowScale: how many rows a row of weight 1 stands for, where some were chosen: what settings say of sums of hessians
    ///     is of all rows.
    package init(
        settings: TrainingSettings, binCounts: [Int], labelSum: Double, rows: Int, rowScale: Double = 1
    ) {
        self.settings = settings
        self.rowScale = rowScale
        layout = HistogramLayout(checked: binCounts)
        base = Float(settings.objective.base(labelSum: labelSum, rows: rows))
        grower = TreeGrower(layout: layout, settings: settings, tree: 0, rowScale: rowScale)
    }

    /// How many trees have been grown.
    package var treeCount: Int { trees.count }

    /// How many it grows at most.
    package var treeLimit: Int { settings.maximumTrees }

    /// The order that is waiting for its replies.
    package var order: TrainingOrder? { if case .waiting(let order) = state { order } else { nil } }

    /// The first order. Called again, it starts over.
    package mutating func start() -> TrainingOrder {
        trees = []
        validationLosses = []
        bestCount = 0
        history = TrainingHistory()
        return begin(adding: nil)
    }

    /// Goes on where a booster of the same settings was that had grown these trees: the order that begins the next one.
    ///
    /// - Parameter losses: those with 0 ..< trees.count trees; empty where there are no validation rows.
    /// - Returns: nil, and nothing has changed, when these cannot be the trees and losses of such a booster.
    package mutating func start(after trees: [Tree], losses: [Double]) -> TrainingOrder? {
        guard trees.count <= settings.maximumTrees, losses.isEmpty || losses.count == trees.count,
            !losses.isEmpty || trees.count < settings.maximumTrees,
            trees.allSatisfy({ $0.isPossible(binCounts: layout.binCounts) })
        else { return nil }
        _ = start()
        guard let last = trees.last else { return order }
        self.trees = trees
        validationLosses = losses
        for (count, loss) in losses.enumerated() where loss < losses[bestCount] { bestCount = count }
        history = TrainingHistory(trees: Array(trees.dropLast()))
        return begin(adding: last)
    }

    /// Whether the reply of some shards can be one to the waiting order.
    ///
    /// To be asked of every reply that comes from elsewhere before it is added to others.
    package func accepts(_ reply: TrainingReply) -> Bool {
        guard case .waiting(let order) = state else { return false }
        return isReply(reply, to: order) && reply.rows.allSatisfy(Self.rowCounts.contains)
    }

    private func isReply(_ reply: TrainingReply, to order: TrainingOrder) -> Bool {
        let isBegin = if case .begin = order { true } else { false }
        return reply.histogram.layout == layout && reply.histogram.nodes == order.histogramNodes
            && reply.rows.count == order.levelNodes && (reply.validation != nil) == isBegin
    }

    /// Takes the sum of all shards' replies to the last order, each one that it `accepts`.
    package mutating func receive(_ merged: TrainingReply) -> Step {
        guard case .waiting(let order) = state, isReply(merged, to: order) else {
            preconditionFailure("a reply that was not asked for")
        }
        if case .begin = order {
            note(merged.validation)
            // There are validation rows at each tree or at none; forged ones end boosting.
            let isForged = !validationLosses.isEmpty && validationLosses.count != trees.count + 1
            if isForged || isOver { return finish() }
        }
        switch grower.receive(merged.histogram, rows: merged.rows) {
        case .count(let level, let splits, let nodes):
            return .order(
                wait(for: .split(tree: trees.count, level: level, splits: splits, counted: nodes)))
        case .grown(nil): return finish()
        case .grown(let tree?):
            trees.append(tree)
            // Without validation rows nothing is left to learn from another round.
            if trees.count == settings.maximumTrees && validationLosses.isEmpty { return finish() }
            return .order(begin(adding: tree))
        }
    }

    private mutating func begin(adding tree: Tree?) -> TrainingOrder {
        grower = TreeGrower(layout: layout, settings: settings, tree: trees.count, rowScale: rowScale)
        return wait(for: .begin(tree: trees.count, adding: tree))
    }

    private mutating func wait(for order: TrainingOrder) -> TrainingOrder {
        history.append(order)
        state = .waiting(order)
        return order
    }

    /// Notes the loss with the trees so far.
    private mutating func note(_ validation: LossSums?) {
        guard let loss = validation?.mean else { return }
        validationLosses.append(loss)
        if loss < validationLosses[bestCount] { bestCount = trees.count }
    }

    private var isOver: Bool {
        trees.count >= settings.maximumTrees
            || !validationLosses.isEmpty && trees.count - bestCount >= settings.stopAfter
    }

    private mutating func finish() -> Step {
        state = .finished
        let kept = validationLosses.isEmpty ? trees.count : bestCount
        return .finished(Ensemble(base: base, trees: Array(trees.prefix(kept))))
    }
}
