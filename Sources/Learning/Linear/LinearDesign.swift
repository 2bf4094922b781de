/// What a logistic regression makes of bins: inputs, each of one feature, whose weights give each bin its score.
///
/// A number's input is its bin's rank, standardised over the training rows, which tames long tails as much as equal-frequency bins do;
/// a missing number is at the mean and has an input of its own. A category has an input for each of its bins (one-hot).
struct LinearDesign: Sendable {
    /// What an input is to each of some consecutive terms; zero to all others.
    struct Input: Sendable {
        /// Of the layout.
        var terms: Range<Int>
        var values: [Double]
        /// The weighted sum of squares over the training rows.
        var sumOfSquares: Double
    }

    let inputs: [Input]
    private let totalTerms: Int

    /// - Parameter binWeights: of all training rows.
    init(features: [FeatureBins], layout: LinearLayout, binWeights: [Int64]) {
        var inputs: [Input] = []
        for (feature, bins) in features.enumerated() {
            let offset = layout.offsets[feature]
            let first = layout.bins.offsets[feature]
            let weights = (0..<layout.bins.binCounts[feature]).map {
                Double(binWeights[first + $0]) / RegressionSums.unitsPerRow
            }
            let all = weights.reduce(0, +)
            func indicator(_ bin: Int) {
                guard weights[bin] > 0, weights[bin] < all else { return }
                inputs.append(
                    Input(terms: (offset + bin)..<(offset + bin + 1), values: [1], sumOfSquares: weights[bin]))
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
        totalTerms = layout.totalTerms
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
            terms: (offset + 1)..<(offset + 3), values: [-mean / deviation, 1 / deviation], sumOfSquares: weight)
    }

    /// Each term by the inputs' weights.
    func terms(_ weights: [Double]) -> [Double] {
        var terms = [Double](repeating: 0, count: totalTerms)
        for (input, weight) in zip(inputs, weights) {
            for (term, value) in zip(input.terms, input.values) { terms[term] += weight * value }
        }
        return terms
    }

    /// The loss's gradient by the inputs' weights, in nats.
    func gradient(_ sums: RegressionSums) -> [Double] {
        inputs.map { input in
            var sum = 0.0
            for (term, value) in zip(input.terms, input.values) { sum += value * Double(sums.gradients[term]) }
            return sum / RegressionSums.unitsPerNat
        }
    }
}
