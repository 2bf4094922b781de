/// Where in a histogram each feature's bins are: one feature after the other, each with just its own bins.
package struct HistogramLayout: Sendable, Equatable {
    /// How many bins each feature has, bin 0 included: 1...256.
    package let binCounts: [Int]
    /// Where each feature starts.
    let offsets: [Int]
    /// Over all features.
    package let totalBins: Int

    /// - Throws: `TrainingError.badShape` when a feature has no bins or more than 256.
    package init(binCounts: [Int]) throws(TrainingError) {
        for (feature, count) in binCounts.enumerated() where !(Self.allowedBins ~= count) {
            throw .badShape("feature \(feature) has \(count) bins; 1 to \(Self.allowedBins.upperBound) are allowed")
        }
        self.init(checked: binCounts)
    }

    /// For counts that come from `FeatureBins`.
    init(checked binCounts: [Int]) {
        precondition(binCounts.allSatisfy { Self.allowedBins ~= $0 }, "a bin is one byte")
        var offsets: [Int] = []
        var next = 0
        for count in binCounts {
            offsets.append(next)
            next += count
        }
        self.binCounts = binCounts
        self.offsets = offsets
        totalBins = next
    }

    private static let allowedBins = 1...FeatureBins.maximumBinCount

    package var features: Int { binCounts.count }
}
