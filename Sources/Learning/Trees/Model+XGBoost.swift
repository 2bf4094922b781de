extension Model {
    /// The model as XGBoost's JSON: `xgboost.Booster(model_file:)` predicts the same margins and contributions of features'
    /// values as this program does.
    ///
    /// A number is given as it is, a missing value as NaN, a category as the number of its bin: 1 for the first of the values
    /// that the attribute `categories` lists for the feature, and so on, one more than the last for every other value.
    /// Margins are those before calibration; the calibrated log-odds are `slope * margin + intercept`, with the attribute
    /// `calibration`'s. Both attributes, and `names` with what features are called, are JSON.
    ///
    /// The base is a tree of one leaf, for XGBoost keeps its own as a probability and loses digits of it. The same model is
    /// the same bytes.
    package var xgboostJSON: [UInt8] {
        let names = XGBoostNames(features).names
        let trees =
            [XGBoostTree(leaf: ensemble.base)]
            + ensemble.trees.map { XGBoostTree($0, features, hessianUnits: objective.hessianUnits) }
        var categories: [(String, String)] = []
        for (name, feature) in zip(names, features) {
            if case .categorical(let values) = feature.bins {
                categories.append((name, JSONText.array(values.map(JSONText.text))))
            }
        }
        let attributes = [
            (
                "calibration",
                JSONText.object([("intercept", "\(calibration.intercept)"), ("slope", "\(calibration.slope)")])
            ),
            ("categories", JSONText.object(categories)),
            ("names", JSONText.object(zip(names, features).map { ($0, JSONText.text($1.name)) })),
        ]
        let forest = JSONText.object([
            (
                "gbtree_model_param",
                JSONText.object([("num_parallel_tree", "\"1\""), ("num_trees", "\"\(trees.count)\"")])
            ),
            ("iteration_indptr", JSONText.array((0...trees.count).map { "\($0)" })),
            ("tree_info", JSONText.array(trees.map { _ in "0" })),
            ("trees", JSONText.array(trees.enumerated().map { $1.json(id: $0, features: features.count) })),
        ])
        let learner = JSONText.object([
            ("attributes", JSONText.object(attributes.map { ($0, JSONText.text($1)) })),
            ("feature_names", JSONText.array(names.map(JSONText.text))),
            ("feature_types", JSONText.array(features.map { _ in "\"float\"" })),
            ("gradient_booster", JSONText.object([("model", forest), ("name", "\"gbtree\"")])),
            (
                "learner_model_param",
                JSONText.object([
                    ("base_score", JSONText.text(objective.definition.xgboost.noBase)), ("boost_from_average", "\"0\""),
                    ("num_class", "\"0\""),
                    ("num_feature", "\"\(features.count)\""), ("num_target", "\"1\""),
                ])
            ),
            (
                "objective",
                JSONText.object([
                    ("name", JSONText.text(objective.definition.xgboost.name)),
                    ("reg_loss_param", JSONText.object([("scale_pos_weight", "\"1\"")])),
                ])
            ),
        ])
        return Array(JSONText.object([("learner", learner), ("version", "[2,1,0]")]).utf8) + [UInt8(ascii: "\n")]
    }
}

/// The features' codes, without the letters that XGBoost does not allow in names, each name once.
private struct XGBoostNames {
    private(set) var names: [String] = []

    init(_ features: [ModelFeature]) {
        var taken: Set<String> = []
        for feature in features {
            let plain = String(feature.code.map { "[]<".contains($0) ? "_" : $0 })
            var name = plain
            var number = 2
            while !taken.insert(name).inserted {
                name = "\(plain)_\(number)"
                number += 1
            }
            names.append(name)
        }
    }
}

/// One tree's nodes as XGBoost lists them: breadth first, a node without a split being a leaf.
private struct XGBoostTree {
    private struct Node {
        var parent: Int
        var left = -1
        var right = -1
        var feature = 0
        /// What a value must be less than to go left; of a leaf, its value.
        var condition: Float
        var missingLeft = false
        var cover: Double

        /// A leaf until it is given children.
        init(parent: Int, leaf: Float, cover: Double) {
            self.parent = parent
            condition = leaf
            self.cover = cover
        }
    }

    /// What XGBoost takes for "no parent".
    private static let noParent = Int(Int32.max)
    /// The share of its parent's cover that a node without any gets: none would be a division of zero by zero further down.
    private static let leastShare = 0x1p-40

    private var nodes: [Node]

    init(leaf: Float) { nodes = [Node(parent: Self.noParent, leaf: leaf, cover: 1)] }

    init(_ tree: Tree, _ features: [ModelFeature], hessianUnits: Double) {
        let cover = Double(max(1, tree.covers[0])) / hessianUnits
        nodes = [Node(parent: Self.noParent, leaf: Self.leftmostLeaf(tree, below: 0), cover: cover)]
        // Where in the tree's heap each node is.
        var places = [0]
        var next = 0
        while next < nodes.count {
            defer { next += 1 }
            let place = places[next]
            guard place < tree.splits.count, let split = tree.splits[place] else { continue }
            let covers = Self.covers(of: nodes[next].cover, tree, place)
            nodes[next].feature = split.feature
            nodes[next].missingLeft = split.missingLeft
            nodes[next].condition = features[split.feature].bins.least(above: split.threshold)
            nodes[next].left = nodes.count
            nodes[next].right = nodes.count + 1
            for (child, cover) in [(2 * place + 1, covers.left), (2 * place + 2, covers.right)] {
                nodes.append(Node(parent: next, leaf: Self.leftmostLeaf(tree, below: child), cover: cover))
                places.append(child)
            }
        }
    }

    /// Nodes without a split send every row left.
    private static func leftmostLeaf(_ tree: Tree, below place: Int) -> Float {
        var node = place
        while node < tree.splits.count { node = 2 * node + 1 }
        return tree.leaves[node - tree.splits.count]
    }

    private static func covers(of cover: Double, _ tree: Tree, _ place: Int) -> (left: Double, right: Double) {
        let (left, right) = (tree.covers[2 * place + 1], tree.covers[2 * place + 2])
        if left == 0 && right == 0 { return (cover / 2, cover / 2) }
        let total = Double(tree.covers[place])
        return (
            cover * max(Self.leastShare, Double(left) / total), cover * max(Self.leastShare, Double(right) / total)
        )
    }

    func json(id: Int, features: Int) -> String {
        func all(_ text: (Node) -> String) -> String { JSONText.array(nodes.map(text)) }
        return JSONText.object([
            ("base_weights", all { $0.left < 0 ? "\($0.condition)" : "0.0" }),
            ("categories", "[]"), ("categories_nodes", "[]"), ("categories_segments", "[]"), ("categories_sizes", "[]"),
            ("default_left", all { $0.missingLeft ? "1" : "0" }),
            ("id", "\(id)"),
            ("left_children", all { "\($0.left)" }),
            ("loss_changes", all { _ in "0.0" }),
            ("parents", all { "\($0.parent)" }),
            ("right_children", all { "\($0.right)" }),
            ("split_conditions", all { "\($0.condition)" }),
            ("split_indices", all { "\($0.feature)" }),
            ("split_type", all { _ in "0" }),
            ("sum_hessian", all { "\(Float($0.cover))" }),
            (
                "tree_param",
                JSONText.object([
                    ("num_deleted", "\"0\""), ("num_feature", "\"\(features)\""), ("num_nodes", "\"\(nodes.count)\""),
                    ("size_leaf_vector", "\"1\""),
                ])
            ),
        ])
    }
}

extension FeatureBins {
    /// What a value, or a category's number, must be less than to be in a bin of at most `threshold`.
    ///
    /// A value on an edge is in the bin left of it, hence the next number that there is.
    fileprivate func least(above threshold: UInt8) -> Float {
        // Only missing values are in bin 0.
        if threshold == 0 { return -.greatestFiniteMagnitude }
        switch self {
        case .numeric(let edges): return min(edges[Int(threshold) - 1].nextUp, .greatestFiniteMagnitude)
        case .categorical: return Float(threshold) + 0.5
        }
    }
}

/// JSON from parts that are JSON already.
private enum JSONText {
    static func array(_ elements: [String]) -> String { "[\(elements.joined(separator: ","))]" }

    static func object(_ members: [(String, String)]) -> String {
        "{\(members.map { "\(text($0)):\($1)" }.joined(separator: ","))}"
    }

    static func text(_ value: String) -> String {
        var result = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case ..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
