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
    private let minimumCount: Double

    /// A gain of less than this share of what the nodes are worth is a rounding error.
    private static let leastRelativeGain = 1e-10

    /// - Parameters:
    ///   - features: those that may be split, ascending; nil: all.
    ///   - rowScale: as `Booster` has it.
    init(layout: HistogramLayout, settings: TrainingSettings, features: [Int]? = nil, rowScale: Double = 1) {
        self.layout = layout
        self.features = features ?? Array(0..<layout.features)
        lambda = settings.lambda * settings.objective.hessianUnits / rowScale
        minimumHessian = max(1, settings.minimumChildHessian * settings.objective.hessianUnits / rowScale)
        minimumCount = Double(settings.minimumChildCount)
    }

    /// The best split that all of `nodes` share; nil when none gains.
    ///
    /// A node that the split would leave with too small a child counts as not split: it is worth what it is.
    /// - Parameters:
    ///   - sums: of each node of the histogram.
    ///   - rows: how many each has.
    ///
    /// Cost: two divisions a node, bin and direction of missing values, shared by the machine's cores where there are many.
    func bestSplit(of nodes: [Int], _ histogram: Histogram, sums: [NodeSums], rows: [Int64]) -> Split? {
        let scan = GainScan(lambda: lambda)
        let least = nodes.map { leastHessian(of: sums[$0], rows: rows[$0]) }
        let worth = nodes.reduce(0.0) { $0 + scan.worth(sums[$1]) }
        let start = worth + Self.leastRelativeGain * worth
        // One part for each core; of equal ones the first part's is best, as its features are lower.
        let found = concurrentMap(features, ofWork: nodes.count * layout.totalBins) { features in
            best(of: features, nodes, histogram, sums, least, beyond: start)
        }
        return found.reduce((gain: start, split: Split?.none)) { $1.gain > $0.gain ? $1 : $0 }.split
    }

    /// The best split of some features, and what it is worth; without one, `start`.
    private func best(
        of features: ArraySlice<Int>, _ nodes: [Int], _ histogram: Histogram, _ sums: [NodeSums], _ least: [Double],
        beyond start: Double
    ) -> (gain: Double, split: Split?) {
        var scan = GainScan(lambda: lambda)
        var best = start
        var split: Split?
        for feature in features {
            let bins = layout.binCounts[feature]
            guard bins > 1 else { continue }
            scan.start(bins: bins)
            for (index, node) in nodes.enumerated() where sums[node].hessian > 0 {
                scan.add(
                    histogram, at: node * layout.totalBins + layout.offsets[feature], bins: bins, sums[node],
                    least: least[index])
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
        return (best, split)
    }

    /// What each child of a node must have. Bins have no row counts: a child's rows are taken to be the share of the node's
    /// that it has of the hessian sum.
    private func leastHessian(of sums: NodeSums, rows: Int64) -> Double {
        minimumCount > 1 && rows > 0
            ? max(minimumHessian, minimumCount / Double(rows) * Double(sums.hessian)) : minimumHessian
    }
}
