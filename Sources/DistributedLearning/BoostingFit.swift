package import Bytes
package import ClusterCore
package import ClusterProtocol
package import Learning

/// Boosting by the cluster: a round is a tree, an order a level of it, and an answer the histograms of some shards.
package struct BoostingFit: DistributedFit {
    private var booster: Booster
    private var merged: TrainingReply?
    private var sequence = 0
    /// What each group of shards answered last, by whom and to which order.
    private var trails: [[UInt32]: (worker: WorkerID, sequence: Int, trail: ReplyTrail)] = [:]

    package init(_ booster: Booster) {
        self.booster = booster
        _ = self.booster.start()
    }

    /// Goes on from the checkpoints of another fit of the same booster; nil when they cannot be that.
    package init?(_ booster: Booster, after checkpoints: [[UInt8]]) {
        self.booster = booster
        let known = checkpoints.compactMap { try? Checkpoint(decoding: $0) }
        let losses = known.compactMap(\.lossBefore)
        guard known.count == checkpoints.count, self.booster.start(after: known.map(\.tree), losses: losses) != nil
        else { return nil }
    }

    package var progress: FitProgress {
        let losses = booster.validationLosses
        // The loss of the last tree is known once the next one has begun.
        return FitProgress(
            rounds: "trees", finished: losses.isEmpty ? booster.treeCount : losses.count - 1, limit: booster.treeLimit,
            loss: losses.last)
    }

    package var subject: String { "sums of gradients for tree \(booster.treeCount)" }
    package var order: [UInt8] { booster.order?.encoded ?? [] }
    package var history: [UInt8] { booster.history.encoded }

    package func accepts(_ reply: [UInt8]) -> Bool { read(reply) != nil }

    private func read(_ bytes: [UInt8]) -> TrainingReply? {
        guard let reply = try? TrainingReply(decoding: bytes), booster.accepts(reply) else { return nil }
        return reply
    }

    package mutating func take(
        _ reply: [UInt8], of shards: [UInt32], by worker: WorkerID, isCounted: Bool
    ) -> FitReplyVerdict {
        guard let reply = read(reply), let order = booster.order else { return .unfit }
        var trail = ReplyTrail()
        if let last = trails[shards], last.worker == worker, last.sequence + 1 == sequence { trail = last.trail }
        guard trail.takes(reply, to: order) else { return .unbalanced }
        trails[shards] = (worker, sequence, trail)
        if isCounted { add(reply) }
        return .good
    }

    package mutating func add(_ reply: [UInt8]) {
        guard let reply = read(reply) else { preconditionFailure("an answer that was not accepted") }
        add(reply)
    }

    private mutating func add(_ reply: TrainingReply) {
        if merged == nil { merged = reply } else { merged?.add(reply) }
    }

    package mutating func advance() -> FitStep {
        guard let sum = merged.take() else { preconditionFailure("no shard has answered") }
        trails = trails.filter { $0.value.sequence == sequence }
        sequence += 1
        switch booster.receive(sum) {
        case .order(.split): return .order
        case .order(.begin(let tree, let adding)):
            let losses = booster.validationLosses
            return .round(
                checkpoint: adding.map {
                    Checkpoint(tree: $0, lossBefore: losses.isEmpty ? nil : losses[tree - 1]).encoded
                })
        case .finished(let ensemble):
            return .finished(
                outcome: BoostingOutcome(ensemble: ensemble, losses: booster.validationLosses).encoded)
        }
    }

    /// A tree, and the validation loss before it; nil where there are no validation rows.
    private struct Checkpoint: FieldCodable {
        var tree: Tree
        var lossBefore: Double?

        static let fields = FieldList(Self.init, \.tree, \.lossBefore)
    }
}

/// What boosting ended with.
package struct BoostingOutcome: FieldCodable, Sendable {
    package var ensemble: Ensemble
    /// The validation loss with 0, 1, 2, ... trees.
    package var losses: [Double]

    package init(ensemble: Ensemble, losses: [Double]) {
        self.ensemble = ensemble
        self.losses = losses
    }

    package static let fields = FieldList(Self.init, \.ensemble, \.losses)
}
