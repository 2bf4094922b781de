package import ClusterProtocol

/// A model that all workers fit together, as the cluster sees it: an order goes to the owners of all shards, each answers
/// for its shards, and the sum of the answers decides what the next order is.
///
/// Orders, answers and outcomes are bytes that the fit's two sides understand. Answers must add up to the same in any
/// order and grouping, and an answer must be a function of the shards' rows and the orders so far, so that a shard's
/// next owner answers as the last one would have.
package protocol DistributedFit: Sendable {
    /// How far it is, for people.
    var progress: FitProgress { get }
    /// What is computed at the moment, as "sums of gradients for tree 7", for a message about who did it wrong.
    var subject: String { get }
    /// The order that waits for answers.
    var order: [UInt8] { get }
    /// All that a worker needs to answer the order that has seen none before it.
    var history: [UInt8] { get }

    /// Whether bytes can be an answer to the order.
    func accepts(_ reply: [UInt8]) -> Bool

    /// Looks at an answer, and adds it to those of other shards if it is good and `isCounted`.
    ///
    /// - Parameters:
    ///   - shards: those that it is of, ascending.
    ///   - isCounted: false of an answer that is to be compared with another first; it is then added by `add`.
    mutating func take(
        _ reply: [UInt8], of shards: [UInt32], by worker: WorkerID, isCounted: Bool
    ) -> FitReplyVerdict

    /// Adds an answer that `take` or `accepts` found good.
    mutating func add(_ reply: [UInt8])

    /// Called when the answers of all shards have been added: what follows from their sum.
    mutating func advance() -> FitStep
}

/// What a fit makes of an answer.
package enum FitReplyVerdict: Sendable, Equatable {
    case good
    /// No answer to the order.
    case unfit
    /// Its sums contradict each other, or those that the worker sent before for the same shards.
    case unbalanced
}

/// What comes after an order that all shards have answered.
package enum FitStep: Sendable, Equatable {
    /// The next order, within the same round.
    case order
    /// The first order of another round. `checkpoint`: what the journal keeps of the round that is over, if anything.
    case round(checkpoint: [UInt8]?)
    /// The end: all that the fit was for.
    case finished(outcome: [UInt8])
}

/// How far a fit is.
package struct FitProgress: Sendable, Equatable {
    /// What its rounds are called: "trees".
    package var rounds: String
    package var finished: Int
    /// The most rounds that there can be; nil where that says nothing about how many there will be.
    package var limit: Int?
    /// The validation loss after the finished rounds, in nats a row; nil where there is none.
    package var loss: Double?

    package init(rounds: String, finished: Int, limit: Int?, loss: Double? = nil) {
        self.rounds = rounds
        self.finished = finished
        self.limit = limit
        self.loss = loss
    }
}
