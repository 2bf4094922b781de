package import Bytes
package import Learning

/// What every shard needs to know of all profiles together before scores can be compared.
package struct ScoreContext: FieldCodable {
    /// The mean probability over the profiles scored in this run.
    package var meanProbability: Double
    /// Percentiles by quantised margin: that of `steps[i]` is `percentiles[i]`; steps ascend.
    package var steps: [Int32]
    package var percentiles: [UInt8]
    package var twins: Twins

    /// - Parameters:
    ///   - margins: every scored profile's.
    ///   - probability: the sum of all probabilities, in units of 2^-32.
    package init(margins: MarginHistogram, probability: Int64, twins: Twins) {
        self.twins = twins
        let counts = margins.counts
        let total = counts.reduce(0) { $0 + $1.positives + $1.negatives }
        meanProbability = total == 0 ? 0 : min(max(Double(probability) * 0x1p-32 / Double(total), 0), 1)
        steps = counts.map { Int32($0.step) }
        percentiles = []
        var below = 0
        for entry in counts {
            percentiles.append(UInt8(min(100, 1 + 100 * below / max(1, total))))
            below += entry.positives + entry.negatives
        }
    }

    /// 0...100, 50 being the odds of the whole population: `100 * sigmoid(logit(p) - logit(mean p))`.
    package func score(ofProbability probability: Double) -> Double {
        guard meanProbability > 0, meanProbability < 1 else { return 50 }
        return 100 * sigmoid(logit(min(max(probability, 1e-15), 1 - 1e-15)) - logit(meanProbability))
    }

    /// 1...100: the share of profiles with a lower margin; equal margins share one.
    package func percentile(ofMargin margin: Float) -> UInt8 {
        let step = Int32(MarginHistogram.step(of: Double(margin)))
        var low = 0
        var high = steps.count
        while low < high {
            let middle = (low + high) / 2
            if steps[middle] < step { low = middle + 1 } else { high = middle }
        }
        return low < percentiles.count ? percentiles[low] : 100
    }

    package static let fields = FieldList(
        filling: { ScoreContext(margins: MarginHistogram(), probability: 0, twins: Twins(features: 0)) },
        \.meanProbability, \.steps, \.percentiles, \.twins
    ).check("percentiles") { $0.steps.count == $0.percentiles.count && 0...1 ~= $0.meanProbability }
}
