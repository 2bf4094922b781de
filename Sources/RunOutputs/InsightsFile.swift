/// `insights.json` as the documentation has it (`Documentation.docc/Insights.md`): what pages are made of.
package struct InsightsFile: Codable, Sendable {
    /// Those that can be read.
    package static let versions = 2...4

    package var version: Int
    package var name: String
    package var propensity: String
    /// nil of a table without dates.
    package internal(set) var scoreDate: String?
    package var labelledSnapshots: [String]
    package var profilesScored: Int
    package var meanProbability: Double
    package var kind: String
    package var growth: String?
    package var tried: [Candidate]
    package var backTest: Evaluation?
    package var holdOut: Evaluation
    /// Of version 4 on, the latest first; empty of a ready feature table.
    package var holdOutBySnapshot: [SnapshotMeasure]?
    package var baseline: Baseline?
    package var calibration: Calibration
    /// Before version 4 it was always by the scores 25 and 75.
    package var bucketRule: BucketRule?
    package var buckets: [Bucket]
    package var scoreHistogram: [Int]
    /// From version 4 on: outcomes expected among the 0, 1, ... 100 % of the profiles with the highest probabilities.
    package var expectedGains: [Double]?
    package var segments: [Segment]
    /// From version 3 on.
    package var suggestedSegments: [SuggestedSegment]?
    package var factorsPerProfile: Int
    package var factors: [Factor]
    package var features: [Feature]
    package var droppedFeatures: [String]
    package var additivityGap: Double

    package init(
        version: Int, name: String, propensity: String, scoreDate: String? = nil, labelledSnapshots: [String],
        profilesScored: Int, meanProbability: Double, kind: String, growth: String? = nil, tried: [Candidate],
        backTest: Evaluation? = nil, holdOut: Evaluation, holdOutBySnapshot: [SnapshotMeasure]? = nil,
        baseline: Baseline? = nil, calibration: Calibration, bucketRule: BucketRule? = nil, buckets: [Bucket],
        scoreHistogram: [Int], expectedGains: [Double]? = nil, segments: [Segment],
        suggestedSegments: [SuggestedSegment]? = nil, factorsPerProfile: Int, factors: [Factor], features: [Feature],
        droppedFeatures: [String], additivityGap: Double
    ) {
        self.version = version
        self.name = name
        self.propensity = propensity
        self.scoreDate = scoreDate
        self.labelledSnapshots = labelledSnapshots
        self.profilesScored = profilesScored
        self.meanProbability = meanProbability
        self.kind = kind
        self.growth = growth
        self.tried = tried
        self.backTest = backTest
        self.holdOut = holdOut
        self.holdOutBySnapshot = holdOutBySnapshot
        self.baseline = baseline
        self.calibration = calibration
        self.bucketRule = bucketRule
        self.buckets = buckets
        self.scoreHistogram = scoreHistogram
        self.expectedGains = expectedGains
        self.segments = segments
        self.suggestedSegments = suggestedSegments
        self.factorsPerProfile = factorsPerProfile
        self.factors = factors
        self.features = features
        self.droppedFeatures = droppedFeatures
        self.additivityGap = additivityGap
    }

    /// Versions before wrote the first of all dates where there is none.
    package static func scoreDate(_ text: String?) -> String? {
        text.flatMap { $0.hasPrefix("1970-01-01") ? nil : $0 }
    }

    /// The evaluation that leads: the back-test where there is one.
    package var leading: Evaluation { backTest ?? holdOut }
    package var leadingBaseline: Evaluation? { backTest == nil ? baseline?.holdOut : baseline?.backTest }

    package struct Candidate: Codable, Sendable {
        package var growth: String
        package var depth: Int
        package var learningRate: Double
        package var l2: Double
        package var trees: Int
        package var validationLogLoss: Double?
        package var isChosen: Bool
        /// How many rows it learned from, where that was a part of them: to choose between several is possible on fewer.
        package var rows: Int?

        package init(
            growth: String, depth: Int, learningRate: Double, l2: Double, trees: Int,
            validationLogLoss: Double? = nil, isChosen: Bool, rows: Int? = nil
        ) {
            self.rows = rows
            self.growth = growth
            self.depth = depth
            self.learningRate = learningRate
            self.l2 = l2
            self.trees = trees
            self.validationLogLoss = validationLogLoss
            self.isChosen = isChosen
        }
    }

    package struct SnapshotMeasure: Codable, Sendable {
        package var asOf: String
        package var rows: Int
        package var outcomes: Int
        package var auc: Double?
        package var aucStandardError: Double?

        package init(
            asOf: String, rows: Int, outcomes: Int, auc: Double? = nil, aucStandardError: Double? = nil
        ) {
            self.asOf = asOf
            self.rows = rows
            self.outcomes = outcomes
            self.auc = auc
            self.aucStandardError = aucStandardError
        }
    }

    package struct Baseline: Codable, Sendable {
        package var backTest: Evaluation?
        package var holdOut: Evaluation
        /// By how much its log loss is lower than the model's on the leading evaluation's rows; from version 4 on.
        package var logLossGain: Double?
        package var logLossGainStandardError: Double?

        package init(
            backTest: Evaluation? = nil, holdOut: Evaluation, logLossGain: Double? = nil,
            logLossGainStandardError: Double? = nil
        ) {
            self.backTest = backTest
            self.holdOut = holdOut
            self.logLossGain = logLossGain
            self.logLossGainStandardError = logLossGainStandardError
        }
    }

    package struct Calibration: Codable, Sendable {
        package var slope: Double
        package var intercept: Double
        package var isKept: Bool
        package var errorBefore: Double?
        package var errorAfter: Double?
        package var logLossBefore: Double?
        package var logLossAfter: Double?

        package init(
            slope: Double, intercept: Double, isKept: Bool, errorBefore: Double? = nil, errorAfter: Double? = nil,
            logLossBefore: Double? = nil, logLossAfter: Double? = nil
        ) {
            self.slope = slope
            self.intercept = intercept
            self.isKept = isKept
            self.errorBefore = errorBefore
            self.errorAfter = errorAfter
            self.logLossBefore = logLossBefore
            self.logLossAfter = logLossAfter
        }
    }

    package struct BucketRule: Codable, Sendable {
        package var by: String
        package var low: Double
        package var high: Double

        package init(
            by: String, low: Double, high: Double
        ) {
            self.by = by
            self.low = low
            self.high = high
        }
    }

    package struct Bucket: Codable, Sendable {
        package var name: String
        package var profiles: Int
        package var meanProbability: Double
        package var expectedOutcomes: Double
        package var factors: [String]

        package init(
            name: String, profiles: Int, meanProbability: Double, expectedOutcomes: Double, factors: [String]
        ) {
            self.name = name
            self.profiles = profiles
            self.meanProbability = meanProbability
            self.expectedOutcomes = expectedOutcomes
            self.factors = factors
        }
    }

    package struct Segment: Codable, Sendable {
        package var name: String
        package var profiles: Int
        package var meanProbability: Double
        package var expectedOutcomes: Double

        package init(
            name: String, profiles: Int, meanProbability: Double, expectedOutcomes: Double
        ) {
            self.name = name
            self.profiles = profiles
            self.meanProbability = meanProbability
            self.expectedOutcomes = expectedOutcomes
        }
    }

    package struct SuggestedSegment: Codable, Sendable {
        package var name: String
        package var bucket: String
        package var factor: String
        package var direction: String
        /// From version 4 on.
        package var values: String?
        package var profiles: Int
        package var meanProbability: Double
        package var expectedOutcomes: Double
        package var lift: Double
        package var rule: String

        package init(
            name: String, bucket: String, factor: String, direction: String, values: String? = nil, profiles: Int,
            meanProbability: Double, expectedOutcomes: Double, lift: Double, rule: String
        ) {
            self.name = name
            self.bucket = bucket
            self.factor = factor
            self.direction = direction
            self.values = values
            self.profiles = profiles
            self.meanProbability = meanProbability
            self.expectedOutcomes = expectedOutcomes
            self.lift = lift
            self.rule = rule
        }
    }

    package struct Feature: Codable, Sendable {
        package var code: String
        package var name: String
        package var kind: String
        package var coverage: Double
        /// What it is, in what unit, and what it means when it is missing; older versions do not say.
        package var definition: String?
        package var unit: String?
        package var missing: String?
        /// Code of the feature whose factor it is part of; none before version 4.
        package var sameAs: String?

        package init(
            code: String, name: String, kind: String, coverage: Double, definition: String? = nil,
            unit: String? = nil, missing: String? = nil, sameAs: String? = nil
        ) {
            self.code = code
            self.name = name
            self.kind = kind
            self.coverage = coverage
            self.definition = definition
            self.unit = unit
            self.missing = missing
            self.sameAs = sameAs
        }
    }

    package struct Factor: Codable, Sendable {
        package var code: String
        package var name: String
        package var kind: String
        package var effect: Effect
        package var byBucket: ByBucket<Effect>?
        package var values: Values?

        package init(
            code: String, name: String, kind: String, effect: Effect, byBucket: ByBucket<Effect>? = nil,
            values: Values? = nil
        ) {
            self.code = code
            self.name = name
            self.kind = kind
            self.effect = effect
            self.byBucket = byBucket
            self.values = values
        }
    }

    package struct Effect: Codable, Sendable {
        package var meanContribution: Double
        package var meanMagnitude: Double
        package var coverage: Double
        package var topShare: Double

        package init(
            meanContribution: Double, meanMagnitude: Double, coverage: Double, topShare: Double
        ) {
            self.meanContribution = meanContribution
            self.meanMagnitude = meanMagnitude
            self.coverage = coverage
            self.topShare = topShare
        }
    }

    package struct ByBucket<Value: Codable & Sendable>: Codable, Sendable {
        package var low: Value
        package var medium: Value
        package var high: Value

        package init(
            low: Value, medium: Value, high: Value
        ) {
            self.low = low
            self.medium = medium
            self.high = high
        }

        package subscript(_ bucket: String) -> Value? {
            switch bucket {
            case "low": low
            case "medium": medium
            case "high": high
            default: nil
            }
        }
    }

    package struct Values: Codable, Sendable {
        package var edges: [Double]?
        /// From version 4 on, as the two that follow.
        package var lowest: [Double?]?
        package var highest: [Double?]?
        package var rows: [Int]?
        package var outcomes: [Int]?
        package var categories: [String]?
        package var counts: ByBucket<[Int]>

        package init(
            edges: [Double]? = nil, lowest: [Double?]? = nil, highest: [Double?]? = nil, rows: [Int]? = nil,
            outcomes: [Int]? = nil, categories: [String]? = nil, counts: ByBucket<[Int]>
        ) {
            self.edges = edges
            self.lowest = lowest
            self.highest = highest
            self.rows = rows
            self.outcomes = outcomes
            self.categories = categories
            self.counts = counts
        }
    }

    package struct Evaluation: Codable, Sendable {
        /// Measured on fewer rows with the outcome, or without it, an AUC says nothing.
        package static let fewestOutcomes = 50

        package var rows: Int
        package var outcomes: Int
        /// From version 4 on.
        package var profiles: Profiles?
        package var baseRate: Double?
        package var auc: Double?
        package var aucLow: Double?
        package var aucHigh: Double?
        package var aucStandardError: Double?
        package var verdict: String?
        package var logLoss: Double?
        package var calibrationError: Double?
        package var deciles: [Decile]
        package var gains: [Double]
        package var roc: [Point]

        package init(
            rows: Int, outcomes: Int, profiles: Profiles? = nil, baseRate: Double? = nil, auc: Double? = nil,
            aucLow: Double? = nil, aucHigh: Double? = nil, aucStandardError: Double? = nil, verdict: String? = nil,
            logLoss: Double? = nil, calibrationError: Double? = nil, deciles: [Decile], gains: [Double], roc: [Point]
        ) {
            self.rows = rows
            self.outcomes = outcomes
            self.profiles = profiles
            self.baseRate = baseRate
            self.auc = auc
            self.aucLow = aucLow
            self.aucHigh = aucHigh
            self.aucStandardError = aucStandardError
            self.verdict = verdict
            self.logLoss = logLoss
            self.calibrationError = calibrationError
            self.deciles = deciles
            self.gains = gains
            self.roc = roc
        }

        /// An AUC in words: below .65 poor, then fair, good and excellent; by what is printed of it.
        package static func words(ofAUC auc: Double) -> String {
            switch (auc * 1000).rounded() {
            case ..<650: "poor"
            case ..<750: "fair"
            case ..<850: "good"
            default: "excellent"
            }
        }

        /// The upper end of the interval in words, where the lower end, which is the verdict, has another.
        package var bestVerdict: String? {
            guard let low = aucLow, let high = aucHigh, verdict == Self.words(ofAUC: low) else { return nil }
            let best = Self.words(ofAUC: high)
            return best == verdict ? nil : best
        }

        /// Rows stand for profiles in files that do not count those.
        package var profilesWithOutcome: Int { profiles?.with ?? outcomes }
        /// Profiles with the outcome, or without it: whichever are fewer.
        package var fewerProfiles: Int { min(profilesWithOutcome, profiles?.without ?? rows - outcomes) }
    }

    package struct Profiles: Codable, Sendable {
        package var with: Int
        package var without: Int

        package init(
            with: Int, without: Int
        ) {
            self.with = with
            self.without = without
        }
    }

    package struct Decile: Codable, Sendable {
        package var rank: Int
        package var rows: Double
        package var outcomes: Double
        package var meanProbability: Double
        package var rate: Double
        package var lift: Double
        package var cumulativeShare: Double

        package init(
            rank: Int, rows: Double, outcomes: Double, meanProbability: Double, rate: Double, lift: Double,
            cumulativeShare: Double
        ) {
            self.rank = rank
            self.rows = rows
            self.outcomes = outcomes
            self.meanProbability = meanProbability
            self.rate = rate
            self.lift = lift
            self.cumulativeShare = cumulativeShare
        }
    }

    package struct Point: Codable, Sendable {
        package var probability: Double
        package var falsePositiveRate: Double
        package var truePositiveRate: Double

        package init(
            probability: Double, falsePositiveRate: Double, truePositiveRate: Double
        ) {
            self.probability = probability
            self.falsePositiveRate = falsePositiveRate
            self.truePositiveRate = truePositiveRate
        }
    }
}

extension InsightsFile {
    /// Whether all counts are such that sums of them are numbers too: pages add them up.
    var areCountsPossible: Bool {
        let evaluations = [backTest, holdOut, baseline?.backTest, baseline?.holdOut].compactMap { $0 }
        var counts = [profilesScored, factorsPerProfile] + scoreHistogram
        counts += buckets.map(\.profiles) + segments.map(\.profiles) + (suggestedSegments ?? []).map(\.profiles)
        counts += tried.flatMap { [$0.depth, $0.trees] }
        for evaluation in evaluations {
            counts += [evaluation.rows, evaluation.outcomes]
            counts += evaluation.profiles.map { [$0.with, $0.without] } ?? []
            counts += evaluation.deciles.map(\.rank)
        }
        counts += (holdOutBySnapshot ?? []).flatMap { [$0.rows, $0.outcomes] }
        for values in factors.compactMap(\.values) {
            counts += values.counts.low + values.counts.medium + values.counts.high
            counts += (values.rows ?? []) + (values.outcomes ?? [])
        }
        return counts.allSatisfy { 0...1 << 50 ~= $0 }
    }
}
