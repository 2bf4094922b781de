extension MarginHistogram {
    /// The share of rows with the outcome; nil without rows.
    public var baseRate: Double? {
        let rows = self.rows
        return rows > 0 ? Double(positives) / Double(rows) : nil
    }

    /// The mean log loss of a row's probability, in nats; nil without rows.
    public func logLoss(_ calibration: Calibration = .identity) -> Double? {
        var sum = 0.0
        var rows = 0
        for count in counts {
            let margin = calibration.margin(count.margin)
            sum += Double(count.positives) * Learning.logLoss(margin: margin, isPositive: true)
            sum += Double(count.negatives) * Learning.logLoss(margin: margin, isPositive: false)
            rows += count.rows
        }
        return rows > 0 ? sum / Double(rows) : nil
    }

    /// The area under the ROC curve: how often a row with the outcome has a higher margin than one without, equal
    /// margins counting half; nil unless there are rows of both kinds.
    public var auc: Double? { rankings?.auc }

    /// An interval that holds the AUC with 95 % confidence (DeLong, DeLong and Clarke-Pearson 1988), within 0...1; nil with
    /// fewer than two rows of a kind.
    public var aucInterval: ClosedRange<Double>? {
        guard let rankings, rankings.positives > 1, rankings.negatives > 1 else { return nil }
        let (auc, positives, negatives) = (rankings.auc, Double(rankings.positives), Double(rankings.negatives))
        var positiveVariance = 0.0
        var negativeVariance = 0.0
        var negativesBelow = 0.0
        var positivesBelow = 0.0
        for count in counts {
            let (own, others) = (Double(count.positives), Double(count.negatives))
            let placement = (negativesBelow + others / 2) / negatives
            positiveVariance += own * (placement - auc) * (placement - auc)
            let otherPlacement = (positives - positivesBelow - own / 2) / positives
            negativeVariance += others * (otherPlacement - auc) * (otherPlacement - auc)
            negativesBelow += others
            positivesBelow += own
        }
        let variance =
            positiveVariance / (positives - 1) / positives + negativeVariance / (negatives - 1) / negatives
        let halfWidth = 1.959963984540054 * variance.squareRoot()
        return max(0, auc - halfWidth)...min(1, auc + halfWidth)
    }

    private var rankings: (auc: Double, positives: Int, negatives: Int)? {
        // Twice the number of pairs in the right order. 2^44 rows a step and kind: 128 bits hold it.
        var ordered: Int128 = 0
        var negativesBelow = 0
        var positives = 0
        for count in counts {
            ordered += Int128(count.positives) * Int128(2 * negativesBelow + count.negatives)
            negativesBelow += count.negatives
            positives += count.positives
        }
        guard positives > 0, negativesBelow > 0 else { return nil }
        let pairs = Int128(positives) * Int128(negativesBelow)
        return (Double(ordered) / (2 * Double(pairs)), positives, negativesBelow)
    }
}

/// A tenth of the rows, the first being those with the highest margins.
public struct Decile: Sendable, Equatable {
    /// 1...10.
    public let rank: Int
    /// A tenth of all rows, so not always a whole number: rows of equal margin are spread evenly over the deciles they touch.
    public let rows: Double
    public let positives: Double
    public let meanProbability: Double
    /// The share of rows with the outcome.
    public let rate: Double
    /// `rate` as a multiple of the rate of all rows; 0 where no row has the outcome.
    public let lift: Double
    /// The share of all outcomes that is in this decile and those above it.
    public let cumulativeShare: Double
}

extension MarginHistogram {
    /// The ten deciles, highest margins first; empty without rows.
    public func deciles(_ calibration: Calibration = .identity) -> [Decile] {
        let total = rows
        let totalPositives = Double(positives)
        guard total > 0 else { return [] }
        var decileRows = [Double](repeating: 0, count: 10)
        var decilePositives = decileRows
        var probabilities = decileRows
        var above = 0
        for count in counts.reversed() {
            // In tenths of a row the deciles' borders are whole numbers: rank r ends at r times the number of rows.
            let start = 10 * above
            let end = start + 10 * count.rows
            let probability = calibration.probability(ofMargin: count.margin)
            for decile in (start / total)...((end - 1) / total) {
                let overlap = min(end, (decile + 1) * total) - max(start, decile * total)
                let share = Double(overlap) / Double(end - start)
                decileRows[decile] += Double(overlap) / 10
                decilePositives[decile] += share * Double(count.positives)
                probabilities[decile] += Double(overlap) / 10 * probability
            }
            above += count.rows
        }
        let baseRate = totalPositives / Double(total)
        var captured = 0.0
        return (0..<10).map { index in
            captured += decilePositives[index]
            let rate = decilePositives[index] / decileRows[index]
            return Decile(
                rank: index + 1, rows: decileRows[index], positives: decilePositives[index],
                meanProbability: probabilities[index] / decileRows[index], rate: rate,
                lift: baseRate > 0 ? rate / baseRate : 0,
                cumulativeShare: totalPositives > 0 ? captured / totalPositives : 0)
        }
    }

    /// The expected calibration error: how far, on average over the deciles, the mean probability is from the rate of the outcome; nil
    /// without rows.
    public func calibrationError(_ calibration: Calibration = .identity) -> Double? {
        let deciles = deciles(calibration)
        guard !deciles.isEmpty else { return nil }
        return deciles.reduce(0) { $0 + ($1.meanProbability - $1.rate).magnitude } / Double(deciles.count)
    }
}
