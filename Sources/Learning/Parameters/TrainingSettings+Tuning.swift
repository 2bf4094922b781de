extension TrainingSettings {
    /// What `tune: true` tries besides these settings: each combination of trees two levels less deep, ten times the L2
    /// regularisation (10 where there is none) and half the learning rate, in this order.
    ///
    /// Seven at most; what changes nothing, such as less than one level, is not among them.
    package var variations: [TrainingSettings] {
        var found: [TrainingSettings] = []
        for depth in [depth, max(1, depth - 2)] {
            for lambda in [lambda, lambda > 0 ? min(1e6, 10 * lambda) : 10] {
                for learningRate in [learningRate, learningRate / 2] {
                    // Each is within the ranges of settings that were checked.
                    guard
                        let variation = try? with(HyperParameters.depth, depth).with(HyperParameters.l2, lambda)
                            .with(HyperParameters.learningRate, learningRate)
                    else { continue }
                    if variation != self && !found.contains(variation) { found.append(variation) }
                }
            }
        }
        return found
    }
}
