/// What a logistic regression makes of bins: inputs, each of one feature, whose weights give each bin its score.
///
/// A number's input is its bin's rank, standardised over the training rows, which tames long tails as much as equal-frequency bins do;
/// a missing number is at the mean and has an input of its own. A category has an input for each of its bins (one-hot).
struct LinearDesign: Sendable {
    /// What an input is in each of some consecutive bins; zero in all others.
    struct Input: Sendable {
        /// Of the layout.
        var bins: Range<Int>
        var values: [Double]
        /// The weighted sum of squares over the training rows.
        var sumOfSquares: Double
    }

    let inputs: [Input]
    private let totalBins: Int

    /// - Parameter sums: of all training rows.
    init(features: [FeatureBins], layout: HistogramLayout, sums: RegressionSums) {
        var inputs: [Input] = []
        for (feature, bins) in features.enumerated() {
            let offset = layout.offsets[feature]
            let weights = (0..<layout.binCounts[feature]).map {
                Double(sums.weights[offset + $0]) / RegressionSums.unitsPerRow
            }
            let all = weights.reduce(0, +)
            func indicator(_ bin: Int) {
                guard weights[bin] > 0, weights[bin] < all else { return }
                inputs.append(
                    Input(bins: (offset + bin)..<(offset + bin + 1), values: [1], sumOfSquares: weights[bin]))
            }
            switch bins {
            case .numeric:
                if let rank = Self.rank(weights, offset) { inputs.append(rank) }
                indicator(0)
            case .categorical:
                for bin in weights.indices { indicator(bin) }
            }
        }
        self.inputs = inputs
        totalBins = layout.totalBins
    }

    /// The standardised rank of a number's bins; nil when all rows are in one.
    private static func rank(_ weights: [Double], _ offset: Int) -> Input? {
        var (weight, sum, squares) = (0.0, 0.0, 0.0)
        for bin in 1..<weights.count {
            weight += weights[bin]
            sum += weights[bin] * Double(bin)
            squares += weights[bin] * Double(bin) * Double(bin)
        }
        guard weight > 0 else { return nil }
        let mean = sum / weight
        let variance = squares / weight - mean * mean
        guard variance > 1e-9 else { return nil }
        let deviation = variance.squareRoot()
        return Input(
            bins: (offset + 1)..<(offset + weights.count),
            values: (1..<weights.count).map { (Double($0) - mean) / deviation }, sumOfSquares: weight)
    }

    /// Each bin's score by the inputs' weights.
    func scores(_ weights: [Double]) -> [Double] {
        var scores = [Double](repeating: 0, count: totalBins)
        for (input, weight) in zip(inputs, weights) {
            for (bin, value) in zip(input.bins, input.values) { scores[bin] += weight * value }
        }
        return scores
    }

    /// The loss's gradient by the inputs' weights, in nats.
    func gradient(_ sums: RegressionSums) -> [Double] {
        inputs.map { input in
            var sum = 0.0
            for (bin, value) in zip(input.bins, input.values) { sum += value * Double(sums.gradients[bin]) }
            return sum / RegressionSums.unitsPerNat
        }
    }
}
