import Insights
import Learning

extension Insights {
    /// How a model does on rows that it did not learn from.
    struct Evaluation: Codable {
        var rows: Int
        var outcomes: Int
        /// Whose rows they are.
        var profiles: Profiles
        /// Of these and what follows there is none where an evaluation has rows of one kind only.
        var baseRate: Double?
        var auc: Double?
        /// 95 % interval of the AUC of the scores once their outcomes have come.
        var aucLow: Double?
        var aucHigh: Double?
        /// DeLong's, with as many rows as there are profiles.
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

        /// Distinct profiles that had the outcome at some snapshot, and that lacked it at some.
        struct Profiles: Codable {
            var with: Int
            var without: Int
        }

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

extension Insights {
    /// How the model does on the held-out profiles of one snapshot.
    struct SnapshotMeasure: Codable {
        var asOf: String
        var rows: Int
        var outcomes: Int
        var auc: Double?
        var aucStandardError: Double?

        init(_ asOf: String, _ measured: HeldOutMargins) {
            self.asOf = asOf
            let margins = measured.margins
            rows = margins.rows
            outcomes = margins.positives
            auc = margins.auc
            aucStandardError = measured.aucStandardError
        }
    }
}

extension Insights.Evaluation {
    init(_ backTest: Trained.BackTest, _ outlook: Outlook) {
        self.init(
            backTest.margins, backTest.margins.calibrated(by: backTest.calibration), points: backTest.calibration,
            outlook.auc.interval(around: backTest.margins, isOfOneDate: true, profiles: outlook.profiles))
    }

    /// - Parameter calibration: all the rows', which the points of the curve are told by; what is measured of probabilities
    ///   comes from halves.
    init(_ holdOut: HeldOutMargins, calibration: Calibration, _ outlook: Outlook) {
        self.init(
            holdOut, holdOut.calibrated(), points: calibration,
            outlook.auc.interval(around: holdOut, isOfOneDate: false, profiles: outlook.profiles))
    }

    /// How far what comes may be from what was measured.
    struct Outlook {
        var auc: AUCPrediction
        /// How many are scored whose outcome is still to come; of a ready table those without a label, where there are any.
        var profiles: Int
    }

    private init(
        _ heldOut: HeldOutMargins, _ calibrated: CalibratedMargins?, points calibration: Calibration,
        _ interval: ClosedRange<Double>?
    ) {
        let margins = heldOut.margins
        rows = margins.rows
        outcomes = margins.positives
        profiles = Profiles(with: heldOut.profilesWith, without: heldOut.profilesWithout)
        baseRate = margins.baseRate
        auc = margins.auc
        aucLow = interval?.lowerBound
        aucHigh = interval?.upperBound
        aucStandardError = heldOut.aucStandardError
        verdict = interval.map {
            Self.verdict(ofAUC: $0.lowerBound, outcomes: min(heldOut.profilesWith, heldOut.profilesWithout))
        }
        logLoss = calibrated?.logLoss
        calibrationError = calibrated?.error
        deciles = (calibrated?.deciles ?? []).map {
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
    ///   - outcomes: profiles with the outcome or without it, whichever are fewer.
    static func verdict(ofAUC auc: Double, outcomes: Int) -> String {
        if outcomes < InsightsFile.Evaluation.fewestOutcomes { return "too few to tell" }
        return InsightsFile.Evaluation.words(ofAUC: auc)
    }
}
