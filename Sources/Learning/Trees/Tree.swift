package import Bytes

/// A full binary tree of up to six levels, in heap order: the children of node n are 2n + 1 (left) and 2n + 2.
package struct Tree: Sendable, Equatable {
    /// The most splits between root and leaf.
    package static let maximumDepth = 6
    /// No leaf is larger than this, either way; sums of leaves are therefore always finite.
    package static let largestLeaf: Float = 1024
    static let maximumCover: Int64 = 1 << 52

    /// 1...6.
    package let depth: Int
    /// 2^depth - 1, in heap order; nil sends every row left.
    package let splits: [Split?]
    /// 2^depth log-odds, the learning rate already in them; the first level's decision is an index's highest bit (right is 1).
    package let leaves: [Float]
    /// Hessian sums of the training rows by node, 2^(depth + 1) - 1 in heap order, leaves last; in units of 1 / `Objective.hessianUnits`.
    package let covers: [Int64]
    /// Whether all nodes of a level have the same split.
    package let isSymmetric: Bool

    /// - Parameter leafCovers: the hessian sum of each leaf's training rows, from which those of the nodes above follow.
    /// - Throws: `TrainingError.badTree` when the sizes do not fit together or a number is out of range.
    package init(splits: [Split?], leaves: [Float], leafCovers: [Int64]) throws(TrainingError) {
        let depth = leaves.count.trailingZeroBitCount
        guard 1...Self.maximumDepth ~= depth, leaves.count == 1 << depth else {
            throw .badTree("\(leaves.count) leaves; 2 to \(1 << Self.maximumDepth), a power of two, are allowed")
        }
        guard splits.count == leaves.count - 1, leafCovers.count == leaves.count else {
            throw .badTree("\(splits.count) splits and \(leafCovers.count) covers for \(leaves.count) leaves")
        }
        guard leaves.allSatisfy({ $0.magnitude <= Self.largestLeaf }) else {
            throw .badTree("a leaf is not a number of magnitude up to \(Self.largestLeaf)")
        }
        guard leafCovers.allSatisfy({ 0...Self.maximumCover ~= $0 }) else { throw .badTree("a cover is out of range") }
        guard splits.allSatisfy({ $0.map { $0.feature >= 0 && ($0.missingLeft || $0.threshold > 0) } ?? true }) else {
            throw .badTree("a split sends all rows the same way")
        }
        var covers = [Int64](repeating: 0, count: splits.count) + leafCovers
        for node in splits.indices.reversed() { covers[node] = covers[2 * node + 1] + covers[2 * node + 2] }
        self.depth = depth
        self.splits = splits
        self.leaves = leaves
        self.covers = covers
        isSymmetric = (0..<depth).allSatisfy { level in
            let nodes = splits[((1 << level) - 1)..<((2 << level) - 1)]
            return nodes.first != .some(nil) && nodes.allSatisfy { $0 == nodes.first }
        }
    }

    /// The same tree with every split by another name; the names must keep equal splits equal and others apart.
    func renaming(_ name: (Split) -> Split) -> Tree { Tree(self, splits: splits.map { $0.map(name) }) }

    private init(_ other: Tree, splits: [Split?]) {
        self.splits = splits
        depth = other.depth
        leaves = other.leaves
        covers = other.covers
        isSymmetric = other.isSymmetric
    }

    /// The leaf of a row, given the bin of each feature that it asks for.
    package func leaf(_ bin: (_ feature: Int) -> UInt8) -> Int {
        var node = 0
        for _ in 0..<depth {
            let goesRight = splits[node].map { $0.sendsRight(bin($0.feature)) } ?? false
            node = 2 * node + (goesRight ? 2 : 1)
        }
        return node - splits.count
    }

    /// Whether every split is of a feature there is and parts its bins.
    package func isPossible(binCounts: [Int]) -> Bool {
        splits.allSatisfy { $0?.isPossible(binCounts: binCounts) ?? true }
    }
}

extension Tree: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.write(UInt8(depth))
        for split in splits { Split.encode(split, to: &writer) }
        for leaf in leaves { writer.write(leaf) }
        for cover in covers[splits.count...] { writer.write(cover) }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        let depth = Int(try reader.read(UInt8.self))
        guard 1...Self.maximumDepth ~= depth else { throw .badValue("depth of a tree", offset: start) }
        var splits: [Split?] = []
        for _ in 1..<(1 << depth) { splits.append(try Split.decode(&reader)) }
        var leaves: [Float] = []
        for _ in 0..<(1 << depth) { leaves.append(try reader.read(Float.self)) }
        var leafCovers: [Int64] = []
        for _ in 0..<(1 << depth) { leafCovers.append(try reader.read()) }
        do {
            self = try Tree(splits: splits, leaves: leaves, leafCovers: leafCovers)
        } catch {
            throw .badValue("tree (\(error))", offset: start)
        }
    }
}
