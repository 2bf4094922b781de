/// What some shards have answered in the tree under way, by which their next answer is checked: what a node has, its
/// children have between them.
///
/// An answer that does not follow comes from a machine whose memory or arithmetic is not to be trusted, or from a liar.
/// Who lies from the first level on, and consistently, is not found out.
public struct ReplyTrail: Sendable {
    /// All nodes of the last level, those that were not counted too; nil where it is not known.
    private var last: (histogram: Histogram, rows: [Int64])?

    /// Larger levels are not kept, and what follows them is not checked against them: 8 MB.
    private static let mostBins = 1 << 19

    public init() {}

    /// Whether `reply`, which must be of the order's shape, can be that of the same shards after what came before; takes
    /// it in if so.
    ///
    /// Cost: some passes over the histogram.
    public mutating func takes(_ reply: TrainingReply, to order: TrainingOrder) -> Bool {
        guard reply.histogram.isBalanced else { return false }
        switch order {
        case .begin:
            last = reply.histogram.gradients.count <= Self.mostBins ? (reply.histogram, reply.rows) : nil
            return true
        case .split(_, _, let splits, let counted):
            guard let (parents, rows) = last, parents.nodes == splits.count, rows.count == splits.count else {
                last = nil
                return true
            }
            for parent in rows.indices where reply.rows[2 * parent] &+ reply.rows[2 * parent + 1] != rows[parent] {
                return false
            }
            for (index, node) in counted.enumerated() {
                let whole = parents.sums(of: node / 2)
                let left = splits[node / 2].map { parents.sums(of: node / 2, leftOf: $0) } ?? whole
                guard reply.histogram.sums(of: index) == (node % 2 == 0 ? left : whole - left) else { return false }
            }
            last =
                parents.gradients.count <= Self.mostBins / 2
                ? (parents.level(below: reply.histogram, counted), reply.rows) : nil
            return true
        }
    }
}
