import Customers
import Explaining
import Learning
import Tables

extension FeatureRecipe {
    /// nil of a table without dates, as of no date.
    var scoreDate: Timestamp? {
        let isDated = !isFeatureTable || asOf != nil || snapshots[0].asOf != 0
        return isDated ? Timestamp(microseconds: snapshots[0].asOf) : nil
    }
}

/// `insights.json`: what a run found out, in numbers. The same for the same data and instance, whatever the cluster.
///
/// INSIGHTS.md beside this file describes the format; its version goes up with every change that a reader would notice.
struct Insights: Codable {
    static let formatVersion = 4

    /// Trees that were trained to choose from.
    struct Candidate: Codable {
        var growth: String
        var depth: Int
        var learningRate: Double
        var l2: Double
        var trees: Int
        var validationLogLoss: Double?
        var isChosen: Bool
    }

    /// What is low and what is high: under the one, from the other on.
    struct BucketCuts: Codable {
        /// score or percentile.
        var by: String
        var low: Double
        var high: Double

        init(_ rule: BucketRule) {
            by = rule == .rank ? "percentile" : "score"
            (low, high) = rule.cuts
        }
    }

    struct Group: Codable {
        var name: String
        var profiles: Int
        var meanProbability: Double
        var expectedOutcomes: Double
        /// Of a bucket: codes of the factors with the largest mean magnitude, largest first, at most `factorLimit`.
        var factors: [String]?
    }

    struct Feature: Codable {
        var code: String
        var name: String
        /// numeric or categorical.
        var kind: String
        /// Share of the scored profiles that have a value.
        var coverage: Double
        /// What it is, in what unit, and what it means when it is missing.
        var definition: String
        var unit: String
        var missing: String
        /// Code of the feature whose factor it is part of, because both say the same.
        var sameAs: String?
    }

    /// Log-odds are `slope` times the margin, plus `intercept`; 1 and 0 where that was no better than the margins are.
    struct Calibrated: Codable {
        var slope: Double
        var intercept: Double
        var isKept: Bool
        /// On the profiles held out of training: each half after what the other half alone would give.
        var errorBefore: Double?
        var errorAfter: Double?
        var logLossBefore: Double?
        var logLossAfter: Double?

        init(_ calibration: Calibration, _ holdOut: HeldOutMargins) {
            let margins = holdOut.margins
            let calibrated = holdOut.calibrated()
            slope = calibration.slope
            intercept = calibration.intercept
            isKept = calibration != .identity
            errorBefore = margins.calibrationError()
            errorAfter = calibrated?.error
            logLossBefore = margins.logLoss()
            logLossAfter = calibrated?.logLoss
        }
    }

    /// A logistic regression on the same rows and features, measured as the model is.
    struct Baseline: Codable {
        var backTest: Evaluation?
        var holdOut: Evaluation
        /// By how much the regression's log loss is lower than the model's, row by row: on the back-test where there is one.
        var logLossGain: Double?
        var logLossGainStandardError: Double?
    }

    var version = Insights.formatVersion
    var name: String
    var propensity: String
    /// nil of a table without dates, as of no date.
    var scoreDate: String?
    var labelledSnapshots: [String]
    var profilesScored: Int
    var meanProbability: Double
    /// Trained on earlier snapshots, measured on the latest labelled one; nil when the data reach back for one only.
    var backTest: Evaluation?
    /// Profiles held out of training.
    var holdOut: Evaluation
    /// The latest first; empty of a ready feature table.
    var holdOutBySnapshot: [SnapshotMeasure]
    /// trees or logistic
    var kind: String
    /// Of the trees.
    var growth: String?
    var tried: [Candidate]
    /// What the trees should beat.
    var baseline: Baseline?
    var calibration: Calibrated
    var additivityGap: Double
    var bucketRule: BucketCuts
    var buckets: [Group]
    var segments: [Group]
    /// Segments that suggest themselves.
    var suggestedSegments: [Suggestion]
    /// Profiles whose score is in [i, i + 1), those of 100 in the last of 100.
    var scoreHistogram: [Int]
    /// Outcomes expected among the 0, 1, ... 100 % of the scored profiles with the highest probabilities.
    var expectedGains: [Double]
    /// How many factors of a profile are among its most influential, which is what `topShare` counts.
    var factorsPerProfile: Int
    /// Largest first.
    var factors: [Factor]
    /// What the model may use, in the order in which it was made.
    var features: [Feature]
    /// Codes of features that were made and left out: no value, or the same one in every row.
    var droppedFeatures: [String]

    init(_ instance: Instance, _ prepared: Prepared, _ binned: Binned, _ trained: Trained, _ scored: Scored) {
        name = instance.name
        propensity = instance.propensity.rawValue
        scoreDate = prepared.recipe.scoreDate?.description
        labelledSnapshots =
            prepared.recipe.isFeatureTable
            ? [] : prepared.recipe.snapshots.dropFirst().map { Timestamp(microseconds: $0.asOf).description }
        profilesScored = scored.summary.margins.counts.reduce(0) { $0 + $1.positives + $1.negatives }
        meanProbability = scored.context.meanProbability
        let outlook = Evaluation.Outlook(
            auc: AUCPrediction(dates: trained.bySnapshot),
            profiles: prepared.gathered.unlabelled > 0 ? prepared.gathered.unlabelled : profilesScored)
        backTest = trained.backTest.map { Evaluation($0, outlook) }
        holdOut = Evaluation(trained.holdOut, calibration: trained.model.calibration, outlook)
        holdOutBySnapshot = zip(labelledSnapshots, trained.bySnapshot).map(SnapshotMeasure.init)
        kind = trained.kind.rawValue
        growth = trained.kind == .trees ? "\(trained.model.growth)" : nil
        baseline = trained.baseline.map {
            Baseline(
                backTest: $0.backTest.map { Evaluation($0, outlook) },
                holdOut: Evaluation($0.holdOut, calibration: Calibration(fitting: $0.holdOut.margins), outlook),
                logLossGain: $0.gain.difference?.mean, logLossGainStandardError: $0.gain.difference?.standardError)
        }
        tried = trained.tried.map {
            Candidate(
                growth: "\($0.settings.growth)", depth: $0.settings.depth, learningRate: $0.settings.learningRate,
                l2: $0.settings.lambda, trees: $0.trees, validationLogLoss: $0.validationLoss, isChosen: $0.isChosen)
        }
        calibration = Calibrated(trained.model.calibration, trained.holdOut)
        additivityGap = scored.segments.additivityGap
        let summary = scored.segments.factors
        bucketRule = BucketCuts(instance.buckets)
        let described = FactorDetails(
            model: trained.model, names: scored.context.twins.names(trained.model.features),
            values: binned.counts.scored, outcomes: binned.counts.byFeature)
        buckets = zip(Bucket.allCases, scored.segments.buckets).map { bucket, population in
            Group(bucket.name, population, factors: Self.largest(in: bucket, summary, trained.model))
        }
        expectedGains = Self.expectedGains(scored.summary.margins, trained.model.calibration)
        scoreHistogram = scored.segments.scores.map(Int.init)
        factorsPerProfile = TaskExecutor.factorLimit
        factors = Self.factors(summary, described, detailed: Set(buckets.flatMap { $0.factors ?? [] }))
        segments = zip(instance.segments, scored.segments.segments).map { Group($0.name, $1) }
        suggestedSegments = Self.suggestions(
            scored.segments.reasons, described, buckets: scored.segments.buckets, meanProbability: meanProbability,
            isChurn: instance.propensity == .churn)
        let count = Double(max(1, profilesScored))
        let made = prepared.recipe.features
        let leaders = scored.context.twins.leaders
        features = binned.binning.columns.enumerated().map { place, column in
            let reference = prepared.recipe.reference(of: made[column])
            let leader = Int(leaders[place])
            return Feature(
                code: made[column].code, name: made[column].name, kind: "\(made[column].kind)",
                coverage: Double(scored.summary.known[place]) / count, definition: reference.definition,
                unit: reference.unit, missing: reference.missing,
                sameAs: leader == place ? nil : trained.model.features[leader].code)
        }
        let used = Set(binned.binning.columns)
        droppedFeatures = made.indices.filter { !used.contains($0) }.map { made[$0].code }
    }
}

extension Insights {
    private static func expectedGains(_ margins: MarginHistogram, _ calibration: Calibration) -> [Double] {
        margins.quantiles(100, calibration).reduce(into: [0]) { gains, part in
            gains.append(gains[gains.count - 1] + part.rows * part.meanProbability)
        }
    }
}

extension Insights.Group {
    init(_ name: String, _ population: Population, factors: [String]? = nil) {
        self.name = name
        self.factors = factors
        profiles = Int(population.profiles)
        meanProbability = population.meanProbability
        expectedOutcomes = population.expectedOutcomes
    }
}
