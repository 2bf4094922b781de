/// What some shards have answered in the tree under way, by which their next answer is checked: what a node has, its
/// children have between them.
///
/// An answer that does not follow comes from a machine whose memory or arithmetic is not to be trusted, or from a liar.
/// Who lies from the first level on, and consistently, is not found out.
package struct ReplyTrail: Sendable {
    /// The answers of the tree, from the root's on, and which nodes of its level each counted; empty where they are not
    /// known.
    private var levels: [(counted: [Int], histogram: Histogram)] = []
    /// How many rows each node of the last level has.
    private var rows: [Int64] = []

    /// Of all levels together. What would exceed it is not kept, and what follows is not checked against it: 8 MB.
    private static let mostBins = 1 << 19

    package init() {}

    /// Whether `reply`, which must be of the order's shape, can be that of the same shards after what came before; takes
    /// it in if so.
    ///
    /// Cost: one pass over its histogram.
    package mutating func takes(_ reply: TrainingReply, to order: TrainingOrder) -> Bool {
        guard reply.histogram.isBalanced else { return false }
        switch order {
        case .begin:
            levels = []
            keep(reply, counted: [0])
        case .split(_, let level, let splits, let counted):
            guard levels.count == level, rows.count == splits.count else {
                levels = []
                return true
            }
            guard follows(reply, splits, counted) else { return false }
            keep(reply, counted: counted)
        }
        return true
    }

    private func follows(_ reply: TrainingReply, _ splits: [Split?], _ counted: [Int]) -> Bool {
        for parent in rows.indices where reply.rows[2 * parent] &+ reply.rows[2 * parent + 1] != rows[parent] {
            return false
        }
        for (index, node) in counted.enumerated() {
            let parent = node / 2
            guard let whole = sums(of: parent, at: levels.count - 1, { $0.sums(of: $1) }) else { continue }
            var left: NodeSums? = whole
            if let split = splits[parent] {
                left = sums(of: parent, at: levels.count - 1) { $0.sums(of: $1, leftOf: split) }
            }
            guard let left, reply.histogram.sums(of: index) == (node % 2 == 0 ? left : whole - left) else {
                return false
            }
        }
        return true
    }

    /// Some sums of a node: as counted, or what its parent has more than its sibling; nil where neither was counted.
    private func sums(of node: Int, at level: Int, _ read: (Histogram, Int) -> NodeSums) -> NodeSums? {
        if let index = levels[level].counted.firstIndex(of: node) { return read(levels[level].histogram, index) }
        guard let sibling = levels[level].counted.firstIndex(of: node ^ 1),
            let parent = sums(of: node / 2, at: level - 1, read)
        else { return nil }
        return parent - read(levels[level].histogram, sibling)
    }

    private mutating func keep(_ reply: TrainingReply, counted: [Int]) {
        let bins = levels.reduce(reply.histogram.gradients.count) { $0 + $1.histogram.gradients.count }
        guard bins <= Self.mostBins else {
            levels = []
            return
        }
        levels.append((counted, reply.histogram))
        rows = reply.rows
    }
}
