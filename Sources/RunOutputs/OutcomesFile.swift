import Foundation

/// `outcomes.json` as the documentation has it (`Documentation.docc/OutputFormats.md`): what came of profiles that
/// were scored, once the outcome windows of their runs had passed. It grows after a run has ended, beside its outputs.
package struct OutcomesFile: Codable, Sendable, Equatable {
    package static let formatVersion = 1
    package static let name = "outcomes.json"
    /// The most runs that a file tells of.
    package static let limit = 100

    package var version = OutcomesFile.formatVersion
    /// The latest score date first; of one date, the run that began last.
    package private(set) var runs: [Run]

    /// A run's scores against what came of them.
    package struct Run: Codable, Sendable, Equatable {
        package var name: String
        package var propensity: String
        package var scoreDate: String
        /// The end of the outcome window.
        package var windowEnd: String
        /// When the run began, which tells runs of one score date apart.
        package var started: String
        package var profilesScored: Int
        /// Those of whom the later data hold no event; they count in nothing that follows.
        package var profilesVanished: Int
        package var all: Group
        /// low, medium, high
        package var buckets: [Group]
        /// Tenths by percentile: 91 to 100 first.
        package var deciles: [Group]
        /// Of the run's probabilities for the actual outcomes; nil without outcomes of both kinds.
        package var auc: Double?
        /// 95 % interval.
        package var aucLow: Double?
        package var aucHigh: Double?

        package init(
            name: String, propensity: String, scoreDate: String, windowEnd: String, started: String,
            profilesScored: Int, profilesVanished: Int, all: Group, buckets: [Group], deciles: [Group]
        ) {
            self.name = name
            self.propensity = propensity
            self.scoreDate = scoreDate
            self.windowEnd = windowEnd
            self.started = started
            self.profilesScored = profilesScored
            self.profilesVanished = profilesVanished
            self.all = all
            self.buckets = buckets
            self.deciles = deciles
        }
    }

    /// Expected and actual outcomes of some profiles.
    package struct Group: Codable, Sendable, Equatable {
        /// Of a bucket.
        package var name: String?
        /// Of a tenth, from 1.
        package var rank: Int?
        package var profiles: Int
        package var expectedOutcomes: Double
        package var outcomes: Int
        /// Of these and what follows there is none without profiles.
        package var expectedRate: Double?
        package var rate: Double?
        /// 95 % interval of the actual rate (Wilson 1927).
        package var rateLow: Double?
        package var rateHigh: Double?

        package init(
            name: String? = nil, rank: Int? = nil, profiles: Int, expectedOutcomes: Double, outcomes: Int
        ) {
            self.name = name
            self.rank = rank
            self.profiles = profiles
            self.expectedOutcomes = expectedOutcomes
            self.outcomes = outcomes
            guard profiles > 0 else { return }
            expectedRate = expectedOutcomes / Double(profiles)
            rate = Double(outcomes) / Double(profiles)
            let interval = Wilson.interval(outcomes, of: profiles)
            rateLow = interval.lowerBound
            rateHigh = interval.upperBound
        }
    }

    /// - Parameter runs: in any order; of those that are the same run, the first counts.
    package init(_ runs: [Run]) {
        var kept: [Run] = []
        for run in runs where !kept.contains(where: { $0.isOfSameRun(run) }) { kept.append(run) }
        kept.sort { ($1.scoreDate, $1.started) < ($0.scoreDate, $0.started) }
        self.runs = Array(kept.prefix(Self.limit))
    }
}

extension OutcomesFile.Run {
    func isOfSameRun(_ other: Self) -> Bool { scoreDate == other.scoreDate && started == other.started }
}

/// The score interval of a share (Wilson 1927), which holds up for rare outcomes and few profiles.
enum Wilson {
    /// Of 95 % confidence.
    private static let z = 1.959963984540054

    /// - Precondition: `count` is positive.
    static func interval(_ outcomes: Int, of count: Int) -> ClosedRange<Double> {
        let (n, z2) = (Double(count), z * z)
        let rate = Double(outcomes) / n
        let centre = (rate + z2 / (2 * n)) / (1 + z2 / n)
        let half = z / (1 + z2 / n) * (rate * (1 - rate) / n + z2 / (4 * n * n)).squareRoot()
        // Where none or all have the outcome the bound is exact, which rounding would miss by a hair.
        let low = outcomes == 0 ? 0 : max(0, centre - half)
        return low...max(low, outcomes == count ? 1 : min(1, centre + half))
    }
}
