/// What one feature's splits are worth at each threshold, summed over nodes, for both directions of missing values.
struct GainScan {
    private let lambda: Double
    private(set) var missingLeft = [Double](repeating: 0, count: FeatureBins.maximumBinCount)
    private(set) var missingRight = [Double](repeating: 0, count: FeatureBins.maximumBinCount)
    /// Whether some node has missing values of this feature; if not, `missingRight` is not computed.
    private(set) var hasMissing = false
    private var leftGradients = [Double](repeating: 0, count: FeatureBins.maximumBinCount)
    private var leftHessians = [Double](repeating: 0, count: FeatureBins.maximumBinCount)

    init(lambda: Double) { self.lambda = lambda }

    func worth(_ sums: NodeSums) -> Double {
        sums.hessian > 0 ? Double(sums.gradient) * Double(sums.gradient) / (Double(sums.hessian) + lambda) : 0
    }

    mutating func start(bins: Int) {
        for bin in 0..<bins { missingLeft[bin] = 0 }
        hasMissing = false
    }

    /// Adds a node, whose bins of the feature start at `start` and whose children must have a hessian sum of `least`.
    mutating func add(_ histogram: Histogram, at start: Int, bins: Int, _ sums: NodeSums, least: Double) {
        precondition(bins <= FeatureBins.maximumBinCount && start + bins <= histogram.gradients.count)
        let node = (gradient: Double(sums.gradient), hessian: Double(sums.hessian), worth: worth(sums), least: least)
        let missing = (gradient: histogram.gradients[start], hessian: histogram.hessians[start])
        let nodeHasMissing = missing.gradient != 0 || missing.hessian != 0
        if nodeHasMissing && !hasMissing {
            // Until now both directions were the same.
            for bin in 0..<bins { missingRight[bin] = missingLeft[bin] }
            hasMissing = true
        }
        // Whole numbers below 2^53, so these sums are exact.
        var gradient = 0.0
        var hessian = 0.0
        for bin in 0..<bins {
            gradient += Double(histogram.gradients[start + bin])
            hessian += Double(histogram.hessians[start + bin])
            leftGradients[bin] = gradient
            leftHessians[bin] = hessian
        }
        addWorth(to: \.missingLeft, bins: bins, node, lessGradient: 0, lessHessian: 0)
        if hasMissing {
            addWorth(
                to: \.missingRight, bins: bins, node, lessGradient: Double(missing.gradient),
                lessHessian: Double(missing.hessian))
        }
    }

    private mutating func addWorth(
        to total: WritableKeyPath<GainScan, [Double]>, bins: Int,
        _ node: (gradient: Double, hessian: Double, worth: Double, least: Double), lessGradient: Double,
        lessHessian: Double
    ) {
        var worths: [Double] = []
        swap(&worths, &self[keyPath: total])
        worths.withUnsafeMutableBufferPointer { worths in
            leftGradients.withUnsafeBufferPointer { gradients in
                leftHessians.withUnsafeBufferPointer { hessians in
                    guard let worths = worths.baseAddress, let gradients = gradients.baseAddress,
                        let hessians = hessians.baseAddress
                    else { return }
                    sumWorth(
                        worths, gradients, hessians, bins, node.gradient, node.hessian, node.worth, lessGradient,
                        lessHessian, lambda, node.least)
                }
            }
        }
        swap(&worths, &self[keyPath: total])
    }
}

/// Without branches, so that the divisions are done two or more at a time.
@inline(__always)
private func sumWorth(
    _ worths: UnsafeMutablePointer<Double>, _ gradients: UnsafePointer<Double>, _ hessians: UnsafePointer<Double>,
    _ bins: Int, _ nodeGradient: Double, _ nodeHessian: Double, _ nodeWorth: Double, _ lessGradient: Double,
    _ lessHessian: Double, _ lambda: Double, _ minimumHessian: Double
) {
    for bin in 0..<bins {
        let leftGradient = gradients[bin] - lessGradient
        let leftHessian = hessians[bin] - lessHessian
        let rightGradient = nodeGradient - leftGradient
        let rightHessian = nodeHessian - leftHessian
        let worth =
            leftGradient * leftGradient / (leftHessian + lambda) + rightGradient * rightGradient
            / (rightHessian + lambda)
        let smaller = leftHessian < rightHessian ? leftHessian : rightHessian
        worths[bin] += smaller >= minimumHessian ? worth : nodeWorth
    }
}
