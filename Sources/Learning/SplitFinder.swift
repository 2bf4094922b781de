/// Finds the split that gains most, from histograms alone.
///
/// A side of hessian sum H and gradient sum G is worth G^2 / (H + lambda) (Chen and Guestrin 2016, equation 7); a split gains
/// what its sides are worth more than the node. Ties go to the lowest feature, then the lowest bin, then missing left.
struct SplitFinder: Sendable {
    let layout: HistogramLayout
    /// Those that may be split, ascending.
    let features: [Int]
    /// In units of quantised hessians.
    private let lambda: Double
    private let minimumHessian: Double

    /// A gain of less than this share of what the nodes are worth is a rounding error.
    private static let leastRelativeGain = 1e-10

    /// - Parameter features: those that may be split, ascending; nil: all.
    init(layout: HistogramLayout, settings: TrainingSettings, features: [Int]? = nil) {
        self.layout = layout
        self.features = features ?? Array(0..<layout.features)
        lambda = settings.lambda * GradientScale.hessian
        minimumHessian = max(1, settings.minimumChildHessian * GradientScale.hessian)
    }

    /// The best split that all of `nodes` share; nil when none gains.
    ///
    /// A node that the split would leave with too small a child counts as not split: it is worth what it is.
    /// - Parameter sums: of each node of the histogram.
    func bestSplit(of nodes: [Int], _ histogram: Histogram, sums: [NodeSums]) -> Split? {
        var scan = GainScan(lambda: lambda, minimumHessian: minimumHessian)
        let worth = nodes.reduce(0.0) { $0 + scan.worth(sums[$1]) }
        var best = worth + Self.leastRelativeGain * worth
        var split: Split?
        for feature in features {
            let bins = layout.binCounts[feature]
            guard bins > 1 else { continue }
            scan.start(bins: bins)
            for node in nodes where sums[node].hessian > 0 {
                scan.add(histogram, at: node * layout.totalBins + layout.offsets[feature], bins: bins, sums[node])
            }
            for threshold in 0..<(bins - 1) {
                if scan.missingLeft[threshold] > best {
                    best = scan.missingLeft[threshold]
                    split = Split(feature: feature, threshold: UInt8(threshold), missingLeft: true)
                }
                if threshold > 0 && scan.hasMissing && scan.missingRight[threshold] > best {
                    best = scan.missingRight[threshold]
                    split = Split(feature: feature, threshold: UInt8(threshold), missingLeft: false)
                }
            }
        }
        return split
    }
}
