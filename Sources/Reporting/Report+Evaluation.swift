import RunOutputs

/// How good the model is, on rows that it did not learn from.
struct Evaluated {
    struct Measured {
        var isBackTest: Bool
        var isBaseline: Bool
        var rows: String
        var outcomes: String
        var baseRate: String
        var auc: String
        var interval: String
        var logLoss: String
        var calibrationError: String
        var verdict: String
    }

    struct DecileRow {
        var rank: String
        var rows: String
        var outcomes: String
        var rate: String
        var meanProbability: String
        var lift: String
        var reached: String
    }

    struct DateRow {
        var date: String
        var rows: String
        var outcomes: String
        var auc: String
        var standardError: String
    }

    var isBackTest: Bool
    var isMeasured: Bool
    var verdict: String
    /// The verdict is for the lower end of the interval; this is for the upper one, where it is another.
    var best: String?
    /// Measured on so few outcomes that there is no verdict.
    var isTooFew: Bool
    /// Profiles that had the outcome.
    var outcomes: String
    /// Their rows, where some had it at several dates.
    var times: String?
    /// Back-test and hold-out taken together, where each says little.
    var pooled: String?
    var auc: String
    var interval: String
    /// AUC 0.5...1 as a share of the scale's length.
    var aucPlace: String
    var lowPlace: String
    var intervalLength: String
    var topFive: String
    var topTwenty: String
    var topLift: String
    var advice: Advice
    var measured: [Measured]
    /// Hold-out by date, the latest first; none where rows have no dates.
    var dates: [DateRow]
    var hasDates: Bool
    var deciles: [DecileRow]
    var roc: Curve?
    var gains: Curve?
    var lift: Lift?
    var calibration: CalibrationChart?
    /// Trees against a logistic regression.
    var comparison: Comparison?
    var isTrees: Bool
    var trees: String
    var growth: String
    var tried: [Tried]

    struct Tried {
        var growth: String
        var depth: String
        var learningRate: String
        var l2: String
        var trees: String
        var loss: String
        var isChosen: Bool
    }

    /// What to try next: which of the page's sentences apply.
    struct Advice: Equatable {
        var isPoor = false
        var isFair = false
        /// So good that something may have given the outcome away.
        var isSuspicious = false
        /// The latest snapshot does worse than profiles held out of all of them.
        var hasDrift = false
        /// The interval is wide, for the one reason or the other.
        var hasFewOutcomes = false
        var differsByDate = false
        var hasNoBackTest = false
        /// Whether any of them does.
        var isNeeded = false
    }

    init(_ insights: InsightsFile) {
        let leading = insights.leading
        isBackTest = insights.backTest != nil
        isMeasured = leading.auc != nil
        verdict = leading.verdict ?? "not measured"
        best = leading.bestVerdict
        // Also of runs that older versions have made.
        isTooFew = leading.fewerProfiles < InsightsFile.Evaluation.fewestOutcomes
        outcomes = Format.count(leading.profilesWithOutcome)
        times = leading.outcomes == leading.profilesWithOutcome ? nil : Format.count(leading.outcomes)
        pooled = isTooFew ? Self.pooled(insights) : nil
        auc = Format.optional(leading.auc, 3)
        interval = Self.interval(leading)
        func place(_ auc: Double?) -> Double { min(max(((auc ?? 0.5) - 0.5) * 200, 0), 100) }
        aucPlace = Format.place(place(leading.auc))
        lowPlace = Format.place(place(leading.aucLow ?? leading.auc))
        intervalLength = Format.place(place(leading.aucHigh ?? leading.auc) - place(leading.aucLow ?? leading.auc))
        func gain(_ percent: Int) -> String {
            leading.gains.indices.contains(percent) ? Format.roundPercent(leading.gains[percent]) : "–"
        }
        topFive = gain(5)
        topTwenty = gain(20)
        topLift = leading.deciles.first.map { Format.times($0.lift) } ?? "–"
        advice = Self.advice(insights)
        measured = []
        if let backTest = insights.backTest { measured.append(Measured(backTest, isBackTest: true)) }
        if let backTest = insights.baseline?.backTest {
            measured.append(Measured(backTest, isBackTest: true, isBaseline: true))
        }
        measured.append(Measured(insights.holdOut, isBackTest: false))
        if let holdOut = insights.baseline?.holdOut {
            measured.append(Measured(holdOut, isBackTest: false, isBaseline: true))
        }
        deciles = leading.deciles.map {
            DecileRow(
                rank: "\($0.rank)", rows: Format.count($0.rows), outcomes: Format.count($0.outcomes),
                rate: Format.percent($0.rate), meanProbability: Format.percent($0.meanProbability),
                lift: Format.times($0.lift), reached: Format.percent($0.cumulativeShare))
        }
        dates = (insights.holdOutBySnapshot ?? []).map {
            DateRow(
                date: Format.moment($0.asOf), rows: Format.count($0.rows), outcomes: Format.count($0.outcomes),
                auc: Format.optional($0.auc, 3), standardError: Format.optional($0.aucStandardError, 3))
        }
        hasDates = dates.count > 1
        roc = Curve.roc(leading, baseline: insights.leadingBaseline)
        gains = Curve.gains(leading, baseline: insights.leadingBaseline)
        lift = Lift(leading)
        calibration = CalibrationChart(leading)
        comparison = Comparison(insights)
        isTrees = insights.kind == "trees"
        let chosen = insights.tried.first(where: \.isChosen)
        trees = Format.count(chosen?.trees ?? 0)
        growth = insights.growth ?? ""
        tried = insights.tried.map {
            Tried(
                growth: $0.growth + ($0.rows.map { " on \(Format.count($0)) rows" } ?? ""), depth: "\($0.depth)",
                learningRate: Format.value($0.learningRate),
                l2: Format.value($0.l2), trees: Format.count($0.trees), loss: Format.optional($0.validationLogLoss, 4),
                isChosen: $0.isChosen)
        }
    }

    /// How the trees do against a logistic regression on the very same rows.
    struct Comparison {
        /// The regression's log loss is lower by more than one standard error, or not higher by that.
        var isBeaten: Bool
        var isMatched: Bool
        var auc: String
        var baseline: String
        /// How much lower the regression's log loss is, a row, and how sure that is.
        var gain: String?

        init?(_ insights: InsightsFile) {
            guard insights.kind == "trees", let auc = insights.leading.auc, let other = insights.leadingBaseline?.auc
            else { return nil }
            self.auc = Format.decimal(auc, 3)
            baseline = Format.decimal(other, 3)
            let gain = insights.baseline?.logLossGain
            let error = insights.baseline?.logLossGainStandardError
            if let gain, let error {
                isBeaten = gain > error
                isMatched = !isBeaten && gain >= -error
                let size = isBeaten ? Format.decimal(gain, 4) : (gain > 0 ? "−" : "+") + Format.decimal(abs(gain), 4)
                self.gain = "\(size) ± \(Format.decimal(error, 4))"
            } else {
                isBeaten = false
                isMatched = other >= auc
            }
        }
    }

    /// The AUC of back-test and hold-out, each weighted by the inverse of its variance, with a 95 % interval. They have
    /// profiles in common, so that the interval is no shorter than theirs are on average.
    private static func pooled(_ insights: InsightsFile) -> String? {
        guard let backTest = insights.backTest else { return nil }
        var (sum, weight, reach) = (0.0, 0.0, 0.0)
        for evaluation in [backTest, insights.holdOut] {
            guard let auc = evaluation.auc, let low = evaluation.aucLow, let high = evaluation.aucHigh, high > low
            else {
                return nil
            }
            // The end that is not cut off at 0 or 1.
            let own = low > 0 ? auc - low : high - auc
            sum += auc / (own * own)
            weight += 1 / (own * own)
            reach += 1 / own
        }
        let auc = sum / weight
        reach /= weight
        return
            "\(Format.decimal(auc, 3)) (\(Format.decimal(max(0, auc - reach), 3)) – \(Format.decimal(min(1, auc + reach), 3))) on "
            + "\(Format.count(insights.holdOut.profilesWithOutcome)) profiles with the outcome"
    }

    static func interval(_ evaluation: InsightsFile.Evaluation) -> String {
        guard let low = evaluation.aucLow, let high = evaluation.aucHigh else { return "–" }
        return "\(Format.decimal(low, 3)) – \(Format.decimal(high, 3))"
    }

    static func advice(_ insights: InsightsFile) -> Advice {
        var advice = Advice()
        advice.hasNoBackTest = insights.backTest == nil && !insights.labelledSnapshots.isEmpty
        if let auc = insights.leading.aucLow {
            advice.isPoor = (auc * 1000).rounded() < 650
            advice.isFair = !advice.isPoor && auc < 0.75
        }
        advice.isSuspicious = (insights.leading.auc ?? 0) > 0.97
        if let low = insights.leading.aucLow, let high = insights.leading.aucHigh {
            let isWide = high - low > 0.1
            advice.hasFewOutcomes = isWide && insights.leading.fewerProfiles < 300
            advice.differsByDate = isWide && !advice.hasFewOutcomes && insights.holdOutBySnapshot?.count ?? 0 > 2
        }
        if let backTest = insights.backTest, let auc = backTest.auc, let error = backTest.aucStandardError,
            let holdOut = insights.holdOut.auc
        {
            advice.hasDrift = auc + 1.96 * error < holdOut - 0.02
        }
        advice.isNeeded = advice != Advice()
        return advice
    }
}

extension Evaluated.Measured {
    fileprivate init(_ evaluation: InsightsFile.Evaluation, isBackTest: Bool, isBaseline: Bool = false) {
        self.isBackTest = isBackTest
        self.isBaseline = isBaseline
        rows = Format.count(evaluation.rows)
        outcomes = Format.count(evaluation.outcomes)
        baseRate = evaluation.baseRate.map(Format.percent) ?? "–"
        auc = Format.optional(evaluation.auc, 3)
        interval = Evaluated.interval(evaluation)
        logLoss = Format.optional(evaluation.logLoss, 3)
        calibrationError = evaluation.calibrationError.map(Format.percent) ?? "–"
        verdict = evaluation.verdict ?? "not measured"
    }
}
