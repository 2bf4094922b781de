import Learning
import RunOutputs

extension Insights {
    /// How far what comes may be from what was measured.
    struct Outlook {
        var auc: AUCPrediction
        /// How many are scored whose outcome is still to come; of a ready table those without a label, where there are any.
        var profiles: Int
    }

    static func evaluation(_ backTest: Trained.BackTest, _ outlook: Outlook) -> InsightsFile.Evaluation {
        evaluation(
            backTest.margins, backTest.margins.calibrated(by: backTest.calibration), points: backTest.calibration,
            outlook.auc.interval(around: backTest.margins, isOfOneDate: true, profiles: outlook.profiles))
    }

    /// - Parameter calibration: all the rows', which the points of the curve are told by; what is measured of probabilities
    ///   comes from halves.
    static func evaluation(
        _ holdOut: HeldOutMargins, _ calibration: Calibration, _ outlook: Outlook
    ) -> InsightsFile.Evaluation {
        evaluation(
            holdOut, holdOut.calibrated(), points: calibration,
            outlook.auc.interval(around: holdOut, isOfOneDate: false, profiles: outlook.profiles))
    }

    private static func evaluation(
        _ heldOut: HeldOutMargins, _ calibrated: CalibratedMargins?, points calibration: Calibration,
        _ interval: ClosedRange<Double>?
    ) -> InsightsFile.Evaluation {
        let margins = heldOut.margins
        return InsightsFile.Evaluation(
            rows: margins.rows, outcomes: margins.positives,
            profiles: InsightsFile.Profiles(with: heldOut.profilesWith, without: heldOut.profilesWithout),
            baseRate: margins.baseRate, auc: margins.auc, aucLow: interval?.lowerBound, aucHigh: interval?.upperBound,
            aucStandardError: heldOut.aucStandardError,
            verdict: interval.map {
                verdict(ofAUC: $0.lowerBound, outcomes: min(heldOut.profilesWith, heldOut.profilesWithout))
            },
            logLoss: calibrated?.logLoss, calibrationError: calibrated?.error,
            deciles: (calibrated?.deciles ?? []).map {
                InsightsFile.Decile(
                    rank: $0.rank, rows: $0.rows, outcomes: $0.positives, meanProbability: $0.meanProbability,
                    rate: $0.rate, lift: $0.lift, cumulativeShare: $0.cumulativeShare)
            },
            gains: margins.rows == 0 ? [] : [0] + margins.quantiles(100).map(\.cumulativeShare),
            roc: margins.rocCurve.map {
                InsightsFile.Point(
                    probability: calibration.probability(ofMargin: $0.margin),
                    falsePositiveRate: $0.falsePositiveRate, truePositiveRate: $0.truePositiveRate)
            })
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

    /// How the model does on the held-out profiles of one snapshot.
    static func measure(_ asOf: String, _ measured: HeldOutMargins) -> InsightsFile.SnapshotMeasure {
        let margins = measured.margins
        return InsightsFile.SnapshotMeasure(
            asOf: asOf, rows: margins.rows, outcomes: margins.positives, auc: margins.auc,
            aucStandardError: measured.aucStandardError)
    }

    static func baseline(_ baseline: Trained.Baseline, _ outlook: Outlook) -> InsightsFile.Baseline {
        InsightsFile.Baseline(
            backTest: baseline.backTest.map { evaluation($0, outlook) },
            holdOut: evaluation(baseline.holdOut, baseline.calibration, outlook),
            logLossGain: baseline.gain.difference?.mean,
            logLossGainStandardError: baseline.gain.difference?.standardError)
    }

    /// - Parameter measured: the hold-out, which says how its probabilities do after calibration.
    static func calibration(
        _ calibration: Calibration, _ margins: MarginHistogram, _ measured: InsightsFile.Evaluation
    ) -> InsightsFile.Calibration {
        InsightsFile.Calibration(
            slope: calibration.slope, intercept: calibration.intercept, isKept: calibration != .identity,
            errorBefore: margins.calibrationError(), errorAfter: measured.calibrationError,
            logLossBefore: margins.logLoss(), logLossAfter: measured.logLoss)
    }
}
