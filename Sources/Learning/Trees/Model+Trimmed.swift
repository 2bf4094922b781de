extension Model {
    /// The same scores from the same values, with only the features that some tree splits, and of their edges only those that
    /// some split asks for: what a row's bins cost when they are wanted for this model alone.
    ///
    /// Every row reaches the same leaves and has the same contributions, bit for bit; features are numbered anew, in their order.
    /// Categorical features keep all their values.
    package var trimmed: Model {
        let used = ensemble.usedFeatures
        var thresholds = [Set<UInt8>](repeating: [], count: features.count)
        for tree in ensemble.trees {
            for split in tree.splits { if let split { thresholds[split.feature].insert(split.threshold) } }
        }
        var numbers = [Int](repeating: 0, count: features.count)
        // By feature: what each threshold becomes.
        var renamed: [[UInt8]] = Array(repeating: (0...UInt8.max).map { $0 }, count: features.count)
        var kept: [ModelFeature] = []
        for feature in used {
            numbers[feature] = kept.count
            guard case .numeric(let edges) = features[feature].bins else {
                kept.append(features[feature])
                continue
            }
            // A threshold of t asks whether a value is above the t-th edge; 0 whether there is one at all.
            var keptEdges: [Float] = []
            for threshold in thresholds[feature].sorted() where threshold > 0 {
                keptEdges.append(edges[Int(threshold) - 1])
                renamed[feature][Int(threshold)] = UInt8(keptEdges.count)
            }
            kept.append(
                ModelFeature(
                    code: features[feature].code, name: features[feature].name, bins: .numeric(edges: keptEdges)))
        }
        let trees = ensemble.trees.map { tree in
            tree.renaming { split in
                Split(
                    feature: numbers[split.feature], threshold: renamed[split.feature][Int(split.threshold)],
                    missingLeft: split.missingLeft)
            }
        }
        return Model(
            features: kept, ensemble: Ensemble(base: ensemble.base, trees: trees), calibration: calibration,
            settings: settings)
    }
}
