import Learning

/// The table of one subtree: the answers to `splits` make an index, the first split's the highest bit, and
/// `values[k * size + index]` goes to the feature at place `slots[k]`.
struct SubtreeTable: Sendable {
    let splits: [Split]
    let slots: [Int]
    let values: [Float]
    var size: Int { 1 << splits.count }

    /// An index is one byte; and a table of eight features by 2^8 floats stays in the first-level cache.
    static let maximumSplits = 8

    /// Appends the fewest parts that make up a tree: the largest subtrees with few enough different splits in and above them.
    ///
    /// - Parameters:
    ///   - games: by leaf; nil for leaves that no row reaches.
    ///   - slots: by feature.
    static func append(of tree: Tree, _ games: [LeafShapley?], _ slots: [Int], to parts: inout [SubtreeTable]) {
        append(of: tree, games, slots, node: 0, level: 0, to: &parts)
    }

    private static func append(
        of tree: Tree, _ games: [LeafShapley?], _ slots: [Int], node: Int, level: Int, to parts: inout [SubtreeTable]
    ) {
        let first = (node + 1 - (1 << level)) << (tree.depth - level)
        let members = games[first..<(first + 1 << (tree.depth - level))].compactMap { $0 }
        var splits: [Split] = []
        for member in members {
            for condition in member.conditions where !splits.contains(condition.split) {
                splits.append(condition.split)
            }
        }
        if splits.count > maximumSplits {
            append(of: tree, games, slots, node: 2 * node + 1, level: level + 1, to: &parts)
            append(of: tree, games, slots, node: 2 * node + 2, level: level + 1, to: &parts)
        } else if !splits.isEmpty {
            parts.append(SubtreeTable(members, splits, slots))
        }
    }

    private init(_ games: [LeafShapley], _ splits: [Split], _ slots: [Int]) {
        var features: [Int] = []
        for split in splits where !features.contains(split.feature) { features.append(split.feature) }
        let size = 1 << splits.count
        var sums = [Double](repeating: 0, count: features.count * size)
        for game in games {
            let values = game.values()
            let own = game.features
            let columns = own.map { feature in (features.firstIndex(of: feature) ?? 0) * size }
            // For each of the game's features, the bits of an index that it asks for, and what they must be.
            var masks = [Int](repeating: 0, count: own.count)
            var answers = masks
            for condition in game.conditions {
                let place = splits.firstIndex(of: condition.split) ?? 0
                let bit = 1 << (splits.count - 1 - place)
                let feature = own.firstIndex(of: condition.split.feature) ?? 0
                // Of a split that the path asks twice and answers differently nothing remains.
                if masks[feature] & bit != 0 && (answers[feature] & bit != 0) != condition.goesRight {
                    answers[feature] |= size
                }
                masks[feature] |= bit
                if condition.goesRight { answers[feature] |= bit }
            }
            for index in 0..<size {
                var pattern = 0
                for feature in own.indices where index & masks[feature] == answers[feature] { pattern |= 1 << feature }
                for feature in own.indices { sums[columns[feature] + index] += values[pattern * own.count + feature] }
            }
        }
        self.splits = splits
        self.slots = features.map { slots[$0] }
        values = sums.map { Float($0) }
    }
}
