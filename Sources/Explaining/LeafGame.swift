import Learning

/// One leaf as a cooperative game of the features on its path: v(S) is the leaf's value times, for each feature in S,
/// whether the row satisfies the feature's conditions (0 or 1), and for each other feature the share of training rows
/// (by hessian) that did.
///
/// The path-dependent Shapley values of a tree (Lundberg et al. 2018) are the sums over its leaves of these games'
/// values, and a product game's values follow from the elementary polynomials of its factors in O(k^2) a feature.
struct LeafGame {
    /// Distinct features of the path, in order of first appearance.
    private(set) var features: [Int] = []
    /// For each of them: the levels that ask for it, as bits, and the answers that lead here.
    private(set) var levelMasks: [Int] = []
    private(set) var answerMasks: [Int] = []
    /// For each of them: the product of its splits' shares of cover.
    private var shares: [Double] = []
    private let value: Double

    /// - Parameter leaf: index among the tree's leaves; nil when a node without a split never leads there.
    init?(_ tree: Tree, leaf: Int) {
        value = Double(tree.leaves[leaf])
        var node = 0
        for level in 0..<tree.depth {
            let bit = 1 << (tree.depth - 1 - level)
            let goesRight = leaf & bit != 0
            let child = 2 * node + (goesRight ? 2 : 1)
            if let split = tree.splits[node] {
                let share =
                    tree.covers[node] > 0 ? Double(tree.covers[child]) / Double(tree.covers[node]) : 0.5
                add(split.feature, bit, goesRight ? bit : 0, share)
            } else if goesRight {
                return nil
            }
            node = child
        }
    }

    private mutating func add(_ feature: Int, _ level: Int, _ answer: Int, _ share: Double) {
        if let place = features.firstIndex(of: feature) {
            levelMasks[place] |= level
            answerMasks[place] |= answer
            shares[place] *= share
        } else {
            features.append(feature)
            levelMasks.append(level)
            answerMasks.append(answer)
            shares.append(share)
        }
    }

    /// What the leaf gives a row of which nothing is known.
    var expectation: Double { shares.reduce(value, *) }

    /// The features' Shapley values when the row satisfies those of `pattern` (bit i: feature i).
    func values(_ pattern: Int) -> [Double] {
        let count = features.count
        var weights = [Double](repeating: 0, count: count)
        for size in 0..<count { weights[size] = 1 / (Double(count) * Self.choose(count - 1, size)) }
        return (0..<count).map { own in
            // Coefficients by the number of satisfied features in the coalition.
            var coefficients = [1.0]
            for other in 0..<count where other != own {
                var next = coefficients.map { $0 * shares[other] } + [0]
                if pattern >> other & 1 == 1 {
                    for index in coefficients.indices { next[index + 1] += coefficients[index] }
                }
                coefficients = next
            }
            var sum = 0.0
            for size in 0..<count { sum += coefficients[size] * weights[size] }
            return value * (Double(pattern >> own & 1) - shares[own]) * sum
        }
    }

    /// The pattern of a row whose answers at the levels are `answers`.
    func pattern(answers: Int) -> Int {
        var pattern = 0
        for index in features.indices where answers & levelMasks[index] == answerMasks[index] { pattern |= 1 << index }
        return pattern
    }

    private static func choose(_ n: Int, _ k: Int) -> Double {
        var result = 1.0
        for index in 0..<k { result = result * Double(n - index) / Double(index + 1) }
        return result
    }
}
