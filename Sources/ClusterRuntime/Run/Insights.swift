import Customers
import Explaining
import Learning
import Tables

extension FeatureRecipe {
    var scoreDate: Timestamp { Timestamp(microseconds: snapshots[0].asOf) }
}

/// `insights.json`: what a run found out, in numbers. The same for the same data and instance, whatever the cluster.
struct Insights: Codable {
    static let formatVersion = 1

    struct Evaluation: Codable {
        var rows: Int
        var outcomes: Int
        /// Of these and what follows there is none where an evaluation has rows of one kind only.
        var baseRate: Double?
        var auc: Double?
        /// 95 % interval.
        var aucLow: Double?
        var aucHigh: Double?
        var logLoss: Double?
        /// Mean gap between probability and rate over tenths of the rows.
        var calibrationError: Double?
    }

    struct Growth: Codable {
        var growth: String
        var trees: Int
        var validationLogLoss: Double?
    }

    struct Group: Codable {
        var name: String
        var profiles: Int
        var meanProbability: Double
        var expectedOutcomes: Double
    }

    struct Factor: Codable {
        var code: String
        var name: String
        /// Mean magnitude of the contributions, log-odds.
        var meanMagnitude: Double
    }

    struct Feature: Codable {
        var code: String
        var name: String
        /// numeric or categorical.
        var kind: String
        /// Share of the scored profiles that have a value.
        var coverage: Double
    }

    /// Log-odds are `slope` times the margin, plus `intercept`; 1 and 0 where that was no better than the margins are.
    struct Calibrated: Codable {
        var slope: Double
        var intercept: Double
        var isKept: Bool
        /// On the profiles held out of training, from which the two numbers come as well.
        var errorBefore: Double?
        var errorAfter: Double?
        var logLossBefore: Double?
        var logLossAfter: Double?

        init(_ calibration: Calibration, _ margins: MarginHistogram) {
            slope = calibration.slope
            intercept = calibration.intercept
            isKept = calibration != .identity
            errorBefore = margins.calibrationError()
            errorAfter = margins.calibrationError(calibration)
            logLossBefore = margins.logLoss()
            logLossAfter = margins.logLoss(calibration)
        }
    }

    /// A logistic regression on the same rows and features, measured as the model is.
    struct Baseline: Codable {
        var backTest: Evaluation?
        var holdOut: Evaluation
    }

    var version = Insights.formatVersion
    var name: String
    var propensity: String
    var scoreDate: String
    var labelledSnapshots: [String]
    var profilesScored: Int
    var meanProbability: Double
    /// Trained on earlier snapshots, measured on the latest labelled one; nil when the data reach back for one only.
    var backTest: Evaluation?
    /// Profiles held out of training.
    var holdOut: Evaluation
    /// trees or logistic
    var kind: String
    /// Of the trees.
    var growth: String?
    var tried: [Growth]
    /// What the trees should beat.
    var baseline: Baseline?
    var calibration: Calibrated
    var additivityGap: Double
    var buckets: [Group]
    var segments: [Group]
    /// Largest first.
    var factors: [Factor]
    /// What the model may use, in the order in which it was made.
    var features: [Feature]
    /// Codes of features that were made and left out: no value, or the same one in every row.
    var droppedFeatures: [String]

    init(_ instance: Instance, _ prepared: Prepared, _ binned: Binned, _ trained: Trained, _ scored: Scored) {
        name = instance.name
        propensity = instance.propensity.rawValue
        scoreDate = prepared.recipe.scoreDate.description
        labelledSnapshots =
            prepared.recipe.isFeatureTable
            ? [] : prepared.recipe.snapshots.dropFirst().map { Timestamp(microseconds: $0.asOf).description }
        profilesScored = scored.summary.margins.counts.reduce(0) { $0 + $1.positives + $1.negatives }
        meanProbability = scored.context.meanProbability
        backTest = trained.backTest.map { Evaluation($0, calibration: .identity) }
        holdOut = Evaluation(trained.holdOut, calibration: trained.model.calibration)
        kind = trained.kind.rawValue
        growth = trained.kind == .trees ? "\(trained.model.growth)" : nil
        baseline = trained.baseline.map {
            Baseline(
                backTest: $0.backTest.map { Evaluation($0, calibration: .identity) },
                holdOut: Evaluation($0.holdOut, calibration: Calibration(fitting: $0.holdOut)))
        }
        tried = trained.tried.map {
            Growth(growth: "\($0.growth)", trees: $0.trees, validationLogLoss: $0.validationLoss)
        }
        calibration = Calibrated(trained.model.calibration, trained.holdOut)
        additivityGap = scored.summary.additivityGap
        buckets = zip(Bucket.allCases, scored.segments.buckets).map { Group($0.name, $1) }
        segments = zip(instance.segments, scored.segments.segments).map { Group($0.name, $1) }
        let count = Double(max(1, profilesScored))
        let made = prepared.recipe.features
        features = zip(binned.binning.columns, scored.summary.known).map { column, known in
            Feature(
                code: made[column].code, name: made[column].name, kind: "\(made[column].kind)",
                coverage: Double(known) / count)
        }
        let used = Set(binned.binning.columns)
        droppedFeatures = made.indices.filter { !used.contains($0) }.map { made[$0].code }
        factors = zip(trained.model.features, scored.summary.magnitudes).enumerated()
            .filter { $0.element.1 > 0 }
            .sorted { ($1.element.1, $0.offset) < ($0.element.1, $1.offset) }
            .map { _, entry in
                Factor(code: entry.0.code, name: entry.0.name, meanMagnitude: Double(entry.1) * 0x1p-20 / count)
            }
    }
}

extension Insights.Group {
    init(_ name: String, _ population: Population) {
        self.name = name
        profiles = Int(population.profiles)
        meanProbability = population.meanProbability
        expectedOutcomes = population.expectedOutcomes
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
        logLoss = margins.logLoss(calibration)
        calibrationError = margins.calibrationError(calibration)
    }

    /// In words: below .65 poor, then fair, good and excellent.
    var verdict: String {
        switch auc ?? 0 {
        case ..<0.65: "poor"
        case ..<0.75: "fair"
        case ..<0.85: "good"
        default: "excellent"
        }
    }
}
