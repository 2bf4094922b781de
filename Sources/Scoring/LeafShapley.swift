import InstanceFile
import Learning

/// One leaf as a cooperative game of the features on its path: v(S) is the leaf's value times, for each feature in S,
/// whether the row satisfies the feature's conditions (0 or 1), and for each other feature the share of training rows
/// (by hessian) that did.
///
/// The path-dependent Shapley values of a tree (Lundberg et al. 2018) are the sums over its leaves of these games'
/// values, and a product game's values follow from the elementary polynomials of its factors.
struct LeafShapley {
    /// A split on the way to the leaf, and the answer that leads there.
    struct Condition {
        var split: Split
        var goesRight: Bool
    }

    /// From the root on.
    private(set) var conditions: [Condition] = []
    /// Distinct features of the path, in order of first appearance.
    private(set) var features: [Int] = []
    /// For each of them: the product of its splits' shares of cover.
    private var shares: [Double] = []
    private let value: Double

    /// - Parameter leaf: index among the tree's leaves; nil when a node without a split never leads there.
    init?(_ tree: Tree, leaf: Int) {
        value = Double(tree.leaves[leaf])
        var node = 0
        for level in 0..<tree.depth {
            let goesRight = leaf >> (tree.depth - 1 - level) & 1 == 1
            let child = 2 * node + (goesRight ? 2 : 1)
            if let split = tree.splits[node] {
                let share =
                    tree.covers[node] > 0 ? Double(tree.covers[child]) / Double(tree.covers[node]) : 0.5
                conditions.append(Condition(split: split, goesRight: goesRight))
                add(split.feature, share)
            } else if goesRight {
                return nil
            }
            node = child
        }
    }

    private mutating func add(_ feature: Int, _ share: Double) {
        if let place = features.firstIndex(of: feature) {
            shares[place] *= share
        } else {
            features.append(feature)
            shares.append(share)
        }
    }

    /// What the leaf gives a row of which nothing is known.
    var expectation: Double { shares.reduce(value, *) }

    /// The features' Shapley values by pattern: `values()[pattern * features.count + k]` is the k-th feature's when the row satisfies
    /// the features whose bits are set (bit k: feature k).
    ///
    /// For each feature, the polynomial of every pattern of the others: the coefficient of x^s is the sum over coalitions
    /// with s satisfied members. Cost: some 2^k k^2 operations for k features.
    func values() -> [Double] {
        let count = features.count
        let weights = (0..<count).map { 1 / (Double(count) * Self.choose(count - 1, $0)) }
        var result = [Double](repeating: 0, count: count << count)
        // By pattern of the others: `count` coefficients.
        var polynomials = [Double](repeating: 0, count: count << max(0, count - 1))
        for own in 0..<count {
            for size in 0..<count { polynomials[size] = size == 0 ? 1 : 0 }
            var patterns = 1
            for other in 0..<count where other != own {
                for pattern in 0..<patterns {
                    let without = pattern * count
                    let with = (pattern + patterns) * count
                    var before = 0.0
                    for size in 0..<count {
                        let scaled = polynomials[without + size] * shares[other]
                        polynomials[with + size] = scaled + before
                        before = polynomials[without + size]
                        polynomials[without + size] = scaled
                    }
                }
                patterns *= 2
            }
            for pattern in 0..<patterns {
                var sum = 0.0
                for size in 0..<count { sum += polynomials[pattern * count + size] * weights[size] }
                let unsatisfied = (pattern >> own) << (own + 1) | pattern & ((1 << own) - 1)
                result[unsatisfied * count + own] = 0 - value * shares[own] * sum
                result[(unsatisfied | 1 << own) * count + own] = value * (1 - shares[own]) * sum
            }
        }
        return result
    }

    private static func choose(_ n: Int, _ k: Int) -> Double {
        var result = 1.0
        for index in 0..<k { result = result * Double(n - index) / Double(index + 1) }
        return result
    }
}
