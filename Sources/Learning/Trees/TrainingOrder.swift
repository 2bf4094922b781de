package import Bytes

/// What the coordinator asks of every shard.
package enum TrainingOrder: Sendable, Equatable {
    /// Add the finished tree to the margins, compute this tree's gradients, and reply with the root's histogram and the validation loss so far.
    case begin(tree: Int, adding: Tree?)
    /// Part the rows of the level above by these splits, one a node (nil: all go left), and reply with the histograms of the `counted` nodes of `level`, ascending.
    case split(tree: Int, level: Int, splits: [Split?], counted: [Int])

    package var tree: Int {
        switch self {
        case .begin(let tree, _), .split(let tree, _, _, _): tree
        }
    }

    /// How many nodes the histogram of a reply has.
    package var histogramNodes: Int {
        switch self {
        case .begin: 1
        case .split(_, _, _, let counted): counted.count
        }
    }

    /// How many nodes the level of a reply has.
    package var levelNodes: Int {
        switch self {
        case .begin: 1
        case .split(_, _, let splits, _): 2 * splits.count
        }
    }
}

extension TrainingOrder: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        switch self {
        case .begin(let tree, let adding):
            writer.write(UInt8(0))
            writer.write(UInt32(tree))
            writer.write(optional: adding) { $1.encode(to: &$0) }
        case .split(let tree, let level, let splits, let counted):
            writer.write(UInt8(1))
            writer.write(UInt32(tree))
            writer.write(UInt8(level))
            for split in splits { Split.encode(split, to: &writer) }
            writer.write(array: counted.map(UInt8.init))
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        let kind = try reader.read(UInt8.self)
        let tree = Int(try reader.read(UInt32.self))
        switch kind {
        case 0:
            self = .begin(
                tree: tree,
                adding: try reader.readOptional { reader throws(ByteError) in try Tree(from: &reader) })
        case 1:
            let level = Int(try reader.read(UInt8.self))
            guard 1..<Tree.maximumDepth ~= level else { throw .badValue("level of a training order", offset: start) }
            var splits: [Split?] = []
            for _ in 0..<(1 << (level - 1)) { splits.append(try Split.decode(&reader)) }
            let counted = try reader.readArray(of: UInt8.self).map(Int.init)
            guard counted.allSatisfy({ $0 < 1 << level }), zip(counted, counted.dropFirst()).allSatisfy({ $0 < $1 })
            else {
                throw .badValue("nodes of a training order", offset: start)
            }
            self = .split(tree: tree, level: level, splits: splits, counted: counted)
        default: throw .badValue("kind of training order", offset: start)
        }
    }
}

/// What a shard, or the sum of several, answers to a `TrainingOrder`.
package struct TrainingReply: Sendable, Equatable, FieldCodable {
    package var histogram: Histogram
    /// How many rows each node of the level has, counted or not.
    package var rows: [Int64]
    /// With the reply to `begin`, the loss over the validation rows before the tree it begins.
    package var validation: LossSums?

    package init(histogram: Histogram, rows: [Int64], validation: LossSums?) {
        self.histogram = histogram
        self.rows = rows
        self.validation = validation
    }

    /// Adds another shard's reply to the same order. Commutes and associates.
    ///
    /// What comes from elsewhere must have been found good by `Booster.accepts`: histograms of different shape trap.
    package mutating func add(_ other: TrainingReply) {
        histogram.add(other.histogram)
        for node in rows.indices { rows[node] &+= other.rows[node] }
        if let loss = other.validation {
            var sum = validation ?? LossSums()
            sum.add(loss)
            validation = sum
        }
    }

    package static let fields = FieldList(Self.init, \.histogram, \.rows, \.validation)
}

/// All that a worker needs to take over a shard in the middle of a tree.
package struct TrainingHistory: Sendable, Equatable, FieldCodable {
    /// The trees that were added before the current one began; the one that its first order adds is not among them.
    package var trees: [Tree]
    /// The orders of the current tree, from `begin` on; the last is the one to answer.
    package var orders: [TrainingOrder]

    package init(trees: [Tree] = [], orders: [TrainingOrder] = []) {
        self.trees = trees
        self.orders = orders
    }

    /// Takes the next order in. One that begins a tree supersedes the orders of the tree before.
    package mutating func append(_ order: TrainingOrder) {
        if case .begin = order {
            if case .begin(_, let adding?) = orders.first { trees.append(adding) }
            orders = []
        }
        orders.append(order)
    }

    package static let fields = FieldList(Self.init, \.trees, \.orders)
}
