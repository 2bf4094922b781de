/// `insights.json` as its documentation says (`Sources/ClusterRuntime/Insights/INSIGHTS.md`): what pages are made of.
public struct InsightsFile: Decodable, Sendable {
    /// Those that can be read.
    public static let versions = 2...4

    public var name: String
    public var propensity: String
    /// nil of a table without dates.
    public internal(set) var scoreDate: String?
    public var labelledSnapshots: [String]
    public var profilesScored: Int
    public var meanProbability: Double
    public var kind: String
    public var growth: String?
    public var tried: [Candidate]
    public var backTest: Evaluation?
    public var holdOut: Evaluation
    /// Of version 4 on, the latest first; empty of a ready feature table.
    public var holdOutBySnapshot: [SnapshotMeasure]?
    public var baseline: Baseline?
    public var calibration: Calibration
    /// Before version 4 it was always by the scores 25 and 75.
    public var bucketRule: BucketRule?
    public var buckets: [Bucket]
    public var scoreHistogram: [Int]
    /// From version 4 on: outcomes expected among the 0, 1, ... 100 % of the profiles with the highest probabilities.
    public var expectedGains: [Double]?
    public var segments: [Segment]
    /// From version 3 on.
    public var suggestedSegments: [SuggestedSegment]?
    public var factorsPerProfile: Int
    public var factors: [Factor]
    public var features: [Feature]
    public var droppedFeatures: [String]
    public var additivityGap: Double

    /// Versions before wrote the first of all dates where there is none.
    public static func scoreDate(_ text: String?) -> String? {
        text.flatMap { $0.hasPrefix("1970-01-01") ? nil : $0 }
    }

    /// The evaluation that leads: the back-test where there is one.
    public var leading: Evaluation { backTest ?? holdOut }
    public var leadingBaseline: Evaluation? { backTest == nil ? baseline?.holdOut : baseline?.backTest }

    public struct Candidate: Decodable, Sendable {
        public var growth: String
        public var depth: Int
        public var learningRate: Double
        public var l2: Double
        public var trees: Int
        public var validationLogLoss: Double?
        public var isChosen: Bool
    }

    public struct SnapshotMeasure: Decodable, Sendable {
        public var asOf: String
        public var rows: Int
        public var outcomes: Int
        public var auc: Double?
        public var aucStandardError: Double?
    }

    public struct Baseline: Decodable, Sendable {
        public var backTest: Evaluation?
        public var holdOut: Evaluation
        /// By how much its log loss is lower than the model's on the leading evaluation's rows; from version 4 on.
        public var logLossGain: Double?
        public var logLossGainStandardError: Double?
    }

    public struct Calibration: Decodable, Sendable {
        public var slope: Double
        public var intercept: Double
        public var isKept: Bool
        public var errorBefore: Double?
        public var errorAfter: Double?
    }

    public struct BucketRule: Decodable, Sendable {
        public var by: String
        public var low: Double
        public var high: Double
    }

    public struct Bucket: Decodable, Sendable {
        public var name: String
        public var profiles: Int
        public var meanProbability: Double
        public var expectedOutcomes: Double
        public var factors: [String]
    }

    public struct Segment: Decodable, Sendable {
        public var name: String
        public var profiles: Int
        public var meanProbability: Double
        public var expectedOutcomes: Double
    }

    public struct SuggestedSegment: Decodable, Sendable {
        public var name: String
        public var bucket: String
        public var factor: String
        public var direction: String
        /// From version 4 on.
        public var values: String?
        public var profiles: Int
        public var meanProbability: Double
        public var expectedOutcomes: Double
        public var lift: Double
        public var rule: String
    }

    public struct Feature: Decodable, Sendable {
        public var code: String
        public var name: String
        public var kind: String
        public var coverage: Double
        /// What it is, in what unit, and what it means when it is missing; older versions do not say.
        public var definition: String?
        public var unit: String?
        public var missing: String?
        /// Code of the feature whose factor it is part of; none before version 4.
        public var sameAs: String?
    }

    public struct Factor: Decodable, Sendable {
        public var code: String
        public var name: String
        public var kind: String
        public var effect: Effect
        public var byBucket: ByBucket<Effect>?
        public var values: Values?
    }

    public struct Effect: Decodable, Sendable {
        public var meanContribution: Double
        public var meanMagnitude: Double
        public var coverage: Double
        public var topShare: Double
    }

    public struct ByBucket<Value: Decodable & Sendable>: Decodable, Sendable {
        public var low: Value
        public var medium: Value
        public var high: Value

        public subscript(_ bucket: String) -> Value? {
            switch bucket {
            case "low": low
            case "medium": medium
            case "high": high
            default: nil
            }
        }
    }

    public struct Values: Decodable, Sendable {
        public var edges: [Double]?
        /// From version 4 on, as the two that follow.
        public var lowest: [Double?]?
        public var highest: [Double?]?
        public var rows: [Int]?
        public var outcomes: [Int]?
        public var categories: [String]?
        public var counts: ByBucket<[Int]>
    }

    public struct Evaluation: Decodable, Sendable {
        /// Measured on fewer rows with the outcome, or without it, an AUC says nothing.
        public static let fewestOutcomes = 50

        public var rows: Int
        public var outcomes: Int
        /// From version 4 on.
        public var profiles: Profiles?
        public var baseRate: Double?
        public var auc: Double?
        public var aucLow: Double?
        public var aucHigh: Double?
        public var aucStandardError: Double?
        public var verdict: String?
        public var logLoss: Double?
        public var calibrationError: Double?
        public var deciles: [Decile]
        public var gains: [Double]
        public var roc: [Point]

        /// An AUC in words: below .65 poor, then fair, good and excellent; by what is printed of it.
        public static func words(ofAUC auc: Double) -> String {
            switch (auc * 1000).rounded() {
            case ..<650: "poor"
            case ..<750: "fair"
            case ..<850: "good"
            default: "excellent"
            }
        }

        /// The upper end of the interval in words, where the lower end, which is the verdict, has another.
        public var bestVerdict: String? {
            guard let low = aucLow, let high = aucHigh, verdict == Self.words(ofAUC: low) else { return nil }
            let best = Self.words(ofAUC: high)
            return best == verdict ? nil : best
        }

        /// Rows stand for profiles in files that do not count those.
        public var profilesWithOutcome: Int { profiles?.with ?? outcomes }
        /// Profiles with the outcome, or without it: whichever are fewer.
        public var fewerProfiles: Int { min(profilesWithOutcome, profiles?.without ?? rows - outcomes) }
    }

    public struct Profiles: Decodable, Sendable {
        public var with: Int
        public var without: Int
    }

    public struct Decile: Decodable, Sendable {
        public var rank: Int
        public var rows: Double
        public var outcomes: Double
        public var meanProbability: Double
        public var rate: Double
        public var lift: Double
        public var cumulativeShare: Double
    }

    public struct Point: Decodable, Sendable {
        public var probability: Double
        public var falsePositiveRate: Double
        public var truePositiveRate: Double
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
