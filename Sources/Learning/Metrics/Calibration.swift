package import Bytes

/// A map from margins to calibrated log-odds, `slope * margin + intercept` (Platt 1999); where the objective is a number, to
/// numbers.
package struct Calibration: Sendable, Equatable {
    /// Positive, so calibrating never changes who is before whom.
    package let slope: Double
    package let intercept: Double

    /// What makes more of a margin has not been learnt from rows.
    private static let largestSlope = 1e4

    package static let identity = Calibration(slope: 1, intercept: 0)

    init(slope: Double, intercept: Double) {
        self.slope = slope
        self.intercept = intercept
    }

    /// Calibrated log-odds.
    package func margin(_ margin: Double) -> Double { slope * margin + intercept }

    /// Calibrated probability, 0...1.
    package func probability(ofMargin margin: Double) -> Double { sigmoid(self.margin(margin)) }
}

extension Calibration {
    /// The calibration that fits margins of rows the model has not learned from; the identity where it would not
    /// lower their log loss by more than chance does.
    ///
    /// Targets are smoothed as Platt proposed; Newton's method with halved steps (Lin, Lin and Weng 2007), at most 100 of them.
    package init(fitting histogram: MarginHistogram) {
        self = Self.fitted(to: histogram) ?? .identity
    }

    private static func fitted(to histogram: MarginHistogram) -> Calibration? {
        let (positives, negatives) = (histogram.positives, histogram.negatives)
        guard positives > 0, negatives > 0 else { return nil }
        let fit = PlattFit(histogram.counts, positives: positives, negatives: negatives).solve()
        guard fit.intercept.isFinite, fit.slope > 0, fit.slope <= Self.largestSlope,
            let fitted = histogram.logLoss(fit),
            let plain = histogram.logLoss(), (plain - fitted) * Double(histogram.rows) > leastGain
        else { return nil }
        return fit
    }

    /// In nats over all rows: what two free parameters gain by chance once in a hundred times (Wilks 1938: twice the
    /// gain is chi-squared distributed, and 9.21 is that distribution's 99 % point for two degrees of freedom).
    private static let leastGain = 9.21 / 2

    private struct PlattFit {
        let counts: [MarginHistogram.Count]
        let positiveTarget: Double
        let negativeTarget: Double

        init(_ counts: [MarginHistogram.Count], positives: Int, negatives: Int) {
            self.counts = counts
            positiveTarget = (Double(positives) + 1) / (Double(positives) + 2)
            negativeTarget = 1 / (Double(negatives) + 2)
        }

        func solve() -> Calibration {
            var current = Calibration.identity
            var loss = self.loss(current)
            for _ in 0..<100 {
                let step = newtonStep(current)
                guard let (next, nextLoss) = descend(from: current, loss, along: step) else { break }
                let improvement = loss - nextLoss
                (current, loss) = (next, nextLoss)
                if improvement <= 1e-12 * loss { break }
            }
            return current
        }

        /// The first of the step's halves, quarters, ... that lowers the loss; nil when none does.
        private func descend(
            from start: Calibration, _ loss: Double, along step: (slope: Double, intercept: Double)
        ) -> (Calibration, Double)? {
            var size = 1.0
            while size > 1e-10 {
                let next = Calibration(
                    slope: start.slope + size * step.slope, intercept: start.intercept + size * step.intercept)
                let nextLoss = self.loss(next)
                if nextLoss < loss { return (next, nextLoss) }
                size /= 2
            }
            return nil
        }

        private func loss(_ calibration: Calibration) -> Double {
            var sum = 0.0
            for count in counts {
                let margin = calibration.margin(count.margin)
                let come = Double(count.positives) * positiveTarget + Double(count.negatives) * negativeTarget
                sum += come * Learning.logLoss(margin: margin, isPositive: true)
                sum += (Double(count.rows) - come) * Learning.logLoss(margin: margin, isPositive: false)
            }
            return sum
        }

        private func newtonStep(_ calibration: Calibration) -> (slope: Double, intercept: Double) {
            var (gradientSlope, gradientIntercept) = (0.0, 0.0)
            // A little on the diagonal keeps it invertible when all margins are the same.
            var (h11, h12, h22) = (1e-12, 0.0, 1e-12)
            for count in counts {
                let probability = calibration.probability(ofMargin: count.margin)
                let come = Double(count.positives) * positiveTarget + Double(count.negatives) * negativeTarget
                let error = Double(count.rows) * probability - come
                let weight = Double(count.rows) * probability * (1 - probability)
                gradientSlope += error * count.margin
                gradientIntercept += error
                h11 += weight * count.margin * count.margin
                h12 += weight * count.margin
                h22 += weight
            }
            let determinant = h11 * h22 - h12 * h12
            guard determinant > 0 else { return (0, -gradientIntercept / h22) }
            return (
                -(h22 * gradientSlope - h12 * gradientIntercept) / determinant,
                -(h11 * gradientIntercept - h12 * gradientSlope) / determinant
            )
        }
    }
}

extension Calibration: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.write(slope)
        writer.write(intercept)
    }

    /// Of log-odds.
    package init(from reader: inout ByteReader) throws(ByteError) {
        try self.init(from: &reader, largestSlope: Self.largestSlope)
    }

    init(from reader: inout ByteReader, for objective: Objective) throws(ByteError) {
        // Contributions to log-odds, times the slope, are summed up in fixed point; a number is of any size.
        let largest = objective.labels == .outcomes ? Self.largestSlope : .greatestFiniteMagnitude
        try self.init(from: &reader, largestSlope: largest)
    }

    private init(from reader: inout ByteReader, largestSlope: Double) throws(ByteError) {
        let start = reader.offset
        slope = try reader.read(Double.self)
        intercept = try reader.read(Double.self)
        guard slope > 0, slope <= largestSlope, intercept.isFinite else {
            throw .badValue("calibration", offset: start)
        }
    }
}
