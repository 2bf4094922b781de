package import Bytes
package import ClusterCore
package import ClusterProtocol
package import Learning

/// Logistic regression by the cluster: a round is a step of the search, its order the scores to try, and an answer the
/// loss and the gradient there of the rows of some shards.
package struct RegressionFit: DistributedFit {
    private var regression: LogisticRegression
    private var scores: LinearScores
    private var merged: RegressionSums?
    private var evaluations = 0

    package init(_ regression: LogisticRegression) {
        self.regression = regression
        scores = regression.start
    }

    /// Goes on from the checkpoints of another fit of the same regression; nil when they cannot be that.
    package init?(_ regression: LogisticRegression, after checkpoints: [[UInt8]]) {
        self.init(regression)
        for checkpoint in checkpoints {
            guard accepts(checkpoint) else { return nil }
            add(checkpoint)
            guard case .round = advance() else { return nil }
        }
    }

    package var progress: FitProgress {
        FitProgress(rounds: "steps", finished: evaluations, limit: nil)
    }

    package var subject: String { "sums of losses for step \(evaluations)" }
    package var order: [UInt8] {
        RegressionOrder(scores: scores, weighsBins: !regression.noSums.weights.isEmpty).encoded
    }
    /// Steps do not build on each other.
    package var history: [UInt8] { order }

    package func accepts(_ reply: [UInt8]) -> Bool { read(reply) != nil }

    private func read(_ bytes: [UInt8]) -> RegressionSums? {
        guard let sums = try? RegressionSums(decoding: bytes), regression.noSums.fits(sums) else { return nil }
        return sums
    }

    package mutating func take(
        _ reply: [UInt8], of shards: [UInt32], by worker: WorkerID, isCounted: Bool
    ) -> FitReplyVerdict {
        guard let sums = read(reply) else { return .unfit }
        if isCounted { add(sums) }
        return .good
    }

    package mutating func add(_ reply: [UInt8]) {
        guard let sums = read(reply) else { preconditionFailure("an answer that was not accepted") }
        add(sums)
    }

    private mutating func add(_ sums: RegressionSums) {
        if merged == nil { merged = sums } else { merged?.add(sums) }
    }

    package mutating func advance() -> FitStep {
        guard let sums = merged.take() else { preconditionFailure("no shard has answered") }
        evaluations += 1
        switch regression.receive(sums) {
        case .evaluate(let next):
            scores = next
            return .round(checkpoint: sums.encoded)
        case .finished(let model):
            return .finished(outcome: RegressionOutcome(model: model, binWeights: regression.binWeights).encoded)
        }
    }
}

/// What shards are asked in a step of a regression.
package struct RegressionOrder: FieldCodable, Sendable {
    package var scores: LinearScores
    /// Whether the weight of each bin's rows is wanted too.
    package var weighsBins: Bool

    package init(scores: LinearScores, weighsBins: Bool) {
        self.scores = scores
        self.weighsBins = weighsBins
    }

    package static let fields = FieldList(Self.init, \.scores, \.weighsBins)
}

/// What a regression ended with.
package struct RegressionOutcome: FieldCodable, Sendable {
    package var model: AdditiveModel
    /// The weight of the training rows in each bin.
    package var binWeights: [Int64]

    package init(model: AdditiveModel, binWeights: [Int64]) {
        self.model = model
        self.binWeights = binWeights
    }

    /// Whether it is of a regression by these terms.
    package func fits(_ layout: LinearLayout) -> Bool {
        model.scores.count == layout.bins.totalBins && binWeights.count == layout.bins.totalBins
            && model.intercept.isFinite && model.scores.allSatisfy(\.isFinite)
    }

    package static let fields = FieldList(Self.init, \.model, \.binWeights)
}
