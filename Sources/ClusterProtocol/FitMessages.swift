package import Bytes

/// Shards given to a worker in the middle of a fit, with all it needs to answer for them at once.
package struct ShardAssignment: Sendable, FieldCodable {
    package var fit: UInt32
    /// The stage whose fit it is, which says what the bytes mean.
    package var stage: Stage
    /// What is fitted.
    package var specification: [UInt8]
    package var shards: [UInt32]
    /// The order that `history` ends with, and that the worker answers for these shards.
    package var sequence: UInt32
    /// All that came before, and the order.
    package var history: [UInt8]

    package init(
        fit: UInt32, stage: Stage, specification: [UInt8], shards: [UInt32], sequence: UInt32, history: [UInt8]
    ) {
        self.fit = fit
        self.stage = stage
        self.specification = specification
        self.shards = shards
        self.sequence = sequence
        self.history = history
    }

    package static let fields = FieldList(
        Self.init, \.fit, \.stage, \.specification, \.shards, \.sequence, \.history)
}

/// A worker's answer to one order of a fit, for the shards that it names and no others.
package struct Partial: Sendable, FieldCodable {
    package var fit: UInt32
    package var sequence: UInt32
    package var shards: [UInt32]
    package var reply: [UInt8]

    package init(fit: UInt32, sequence: UInt32, shards: [UInt32], reply: [UInt8]) {
        self.fit = fit
        self.sequence = sequence
        self.shards = shards
        self.reply = reply
    }

    package static let fields = FieldList(Self.init, \.fit, \.sequence, \.shards, \.reply)
}
