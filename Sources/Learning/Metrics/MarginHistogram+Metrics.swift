extension MarginHistogram {
    /// The share of rows with the outcome; nil without rows.
    package var baseRate: Double? {
        let rows = self.rows
        return rows > 0 ? Double(positives) / Double(rows) : nil
    }

    /// The mean log loss of a row's probability, in nats; nil without rows.
    package func logLoss(_ calibration: Calibration = .identity) -> Double? {
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
    package var auc: Double? { rankings?.auc }

    /// An interval that holds the AUC with 95 % confidence, within 0...1; nil with fewer than two rows of a kind.
    package var aucInterval: ClosedRange<Double>? {
        guard let auc, let error = aucStandardError else { return nil }
        return Self.interval(around: auc, standardError: error)
    }

    static func interval(around auc: Double, standardError: Double) -> ClosedRange<Double> {
        let halfWidth = 1.959963984540054 * standardError
        return max(0, auc - halfWidth)...min(1, auc + halfWidth)
    }

    /// The standard error of the AUC (DeLong, DeLong and Clarke-Pearson 1988); nil with fewer than two rows of a kind.
    package var aucStandardError: Double? {
        aucVariance.map { ($0.ofPositives + $0.ofNegatives).squareRoot() }
    }

    /// What the rows with the outcome, and those without it, add to the AUC's variance.
    var aucVariance: (ofPositives: Double, ofNegatives: Double)? {
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
        return (positiveVariance / (positives - 1) / positives, negativeVariance / (negatives - 1) / negatives)
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

/// One of several equal parts of the rows, the first being those with the highest margins.
package struct Quantile: Sendable, Equatable {
    /// From 1 on.
    package let rank: Int
    /// An equal part of all rows, so not always a whole number: rows of equal margin are spread evenly over the parts they touch.
    package let rows: Double
    package let positives: Double
    package let meanProbability: Double
    /// The share of rows with the outcome.
    package let rate: Double
    /// `rate` as a multiple of the rate of all rows; 0 where no row has the outcome.
    package let lift: Double
    /// The share of all outcomes that is in this part and those above it.
    package let cumulativeShare: Double
}

extension MarginHistogram {
    /// The ten deciles, highest margins first; empty without rows.
    package func deciles(_ calibration: Calibration = .identity) -> [Quantile] { quantiles(10, calibration) }

    /// Equal parts of the rows, highest margins first; empty without rows.
    package func quantiles(_ parts: Int, _ calibration: Calibration = .identity) -> [Quantile] {
        quantiles(parts) { calibration.probability(ofMargin: $0.margin) }
    }

    func quantiles(_ parts: Int, probability: (Count) -> Double) -> [Quantile] {
        let total = rows
        let totalPositives = Double(positives)
        guard total > 0 else { return [] }
        var partRows = [Double](repeating: 0, count: parts)
        var partPositives = partRows
        var probabilities = partRows
        var above = 0
        for count in counts.reversed() {
            // In such parts of a row the borders are whole numbers: rank r ends at r times the number of rows.
            let start = parts * above
            let end = start + parts * count.rows
            let probability = probability(count)
            for part in (start / total)...((end - 1) / total) {
                let overlap = min(end, (part + 1) * total) - max(start, part * total)
                let share = Double(overlap) / Double(end - start)
                partRows[part] += Double(overlap) / Double(parts)
                partPositives[part] += share * Double(count.positives)
                probabilities[part] += Double(overlap) / Double(parts) * probability
            }
            above += count.rows
        }
        let baseRate = totalPositives / Double(total)
        var captured = 0.0
        return (0..<parts).map { index in
            captured += partPositives[index]
            let rate = partPositives[index] / partRows[index]
            return Quantile(
                rank: index + 1, rows: partRows[index], positives: partPositives[index],
                meanProbability: probabilities[index] / partRows[index], rate: rate,
                lift: baseRate > 0 ? rate / baseRate : 0,
                // Of whole rows, though parts of some were added up.
                cumulativeShare: totalPositives > 0 ? index == parts - 1 ? 1 : min(1, captured / totalPositives) : 0)
        }
    }

    /// The expected calibration error: how far, on average over the deciles, the mean probability is from the rate of the outcome; nil
    /// without rows.
    package func calibrationError(_ calibration: Calibration = .identity) -> Double? {
        deciles(calibration).calibrationError
    }
}

extension [Quantile] {
    /// The mean distance of the mean probability from the rate of the outcome; nil of none.
    var calibrationError: Double? {
        isEmpty ? nil : reduce(0) { $0 + ($1.meanProbability - $1.rate).magnitude } / Double(count)
    }
}

/// What share of the rows with and without the outcome has at least some margin.
package struct ROCPoint: Sendable, Equatable {
    package let margin: Double
    /// Of the rows without the outcome.
    package let falsePositiveRate: Double
    /// Of the rows with it.
    package let truePositiveRate: Double
}

extension MarginHistogram {
    /// The ROC curve, from the highest margin to the lowest, without the point (0, 0); empty unless there are rows of both kinds.
    ///
    /// Of points of which neither rate differs by a hundredth from the last one's only the final (1, 1) is kept: at most 201.
    package var rocCurve: [ROCPoint] {
        let (positives, negatives) = (Double(self.positives), Double(self.negatives))
        guard positives > 0, negatives > 0 else { return [] }
        var points: [ROCPoint] = []
        var (above, kept) = ((0, 0), (0.0, 0.0))
        let counts = self.counts
        for (place, count) in counts.enumerated().reversed() {
            above = (above.0 + count.negatives, above.1 + count.positives)
            let rates = (Double(above.0) / negatives, Double(above.1) / positives)
            guard rates.0 - kept.0 >= 0.01 || rates.1 - kept.1 >= 0.01 || place == 0 else { continue }
            points.append(ROCPoint(margin: count.margin, falsePositiveRate: rates.0, truePositiveRate: rates.1))
            kept = rates
        }
        return points
    }
}
