import Insights
import Learning

extension Insights {
    /// How a model does on rows that it did not learn from.
    struct Evaluation: Codable {
        var rows: Int
        var outcomes: Int
        /// Of these and what follows there is none where an evaluation has rows of one kind only.
        var baseRate: Double?
        var auc: Double?
        /// 95 % interval.
        var aucLow: Double?
        var aucHigh: Double?
        /// DeLong's.
        var aucStandardError: Double?
        /// poor, fair, good or excellent, by the lower end of the interval; or too few to tell.
        var verdict: String?
        var logLoss: Double?
        /// Mean gap between probability and rate over tenths of the rows.
        var calibrationError: Double?
        /// Tenths of the rows, highest probabilities first: lift, cumulative gains and the calibration curve.
        var deciles: [Decile]
        /// Shares of all outcomes among the 0, 1, ... 100 % of the rows with the highest probabilities.
        var gains: [Double]
        var roc: [Point]

        struct Decile: Codable {
            /// From 1, the highest probabilities.
            var rank: Int
            var rows: Double
            var outcomes: Double
            var meanProbability: Double
            var rate: Double
            var lift: Double
            var cumulativeShare: Double
        }

        /// What shares of the rows have at least this probability.
        struct Point: Codable {
            var probability: Double
            var falsePositiveRate: Double
            var truePositiveRate: Double
        }
    }
}

extension Insights.Evaluation {
    init(_ margins: MarginHistogram, calibration: Calibration) {
        rows = margins.rows
        outcomes = margins.positives
        baseRate = margins.baseRate
        auc = margins.auc
        let interval = margins.aucInterval
        aucLow = interval?.lowerBound
        aucHigh = interval?.upperBound
        aucStandardError = margins.aucStandardError
        verdict = interval.map {
            Self.verdict(ofAUC: $0.lowerBound, outcomes: min(margins.positives, margins.rows - margins.positives))
        }
        logLoss = margins.logLoss(calibration)
        calibrationError = margins.calibrationError(calibration)
        deciles = margins.deciles(calibration).map {
            Decile(
                rank: $0.rank, rows: $0.rows, outcomes: $0.positives, meanProbability: $0.meanProbability,
                rate: $0.rate, lift: $0.lift, cumulativeShare: $0.cumulativeShare)
        }
        gains = margins.rows == 0 ? [] : [0] + margins.quantiles(100).map(\.cumulativeShare)
        roc = margins.rocCurve.map {
            Point(
                probability: calibration.probability(ofMargin: $0.margin), falsePositiveRate: $0.falsePositiveRate,
                truePositiveRate: $0.truePositiveRate)
        }
    }

    /// In words: below .65 poor, then fair, good and excellent.
    ///
    /// - Parameters:
    ///   - auc: the lower end of the interval, so that nobody is promised more than is known.
    ///   - outcomes: rows with the outcome or without it, whichever are fewer.
    static func verdict(ofAUC auc: Double, outcomes: Int) -> String {
        if outcomes < InsightsFile.Evaluation.fewestOutcomes { return "too few to tell" }
        return switch auc {
        case ..<0.65: "poor"
        case ..<0.75: "fair"
        case ..<0.85: "good"
        default: "excellent"
        }
    }
}
