import Foundation

/// As little of a finished run's two summaries as all versions of them have: what it was of, and where a profile is found
/// in it.
package struct RunHeadings: Sendable {
    package let name: String
    /// nil of a table without dates.
    package let scoreDate: String?
    package let meanProbability: Double
    /// Of the instance's own, in its order.
    package let segments: [Segment]
    package let shards: Int
    /// What it means when a profile has no value, by the feature's code; empty in older versions.
    package let missing: [String: String]

    package struct Segment: Decodable, Sendable {
        package var name: String
    }

    /// Versions of insights.json that have it.
    static let versions = 1...InsightsFile.versions.upperBound

    struct Insights: Decodable {
        var name: String
        var scoreDate: String?
        var meanProbability: Double
        var segments: [Segment]
        var features: [Feature]?
    }

    struct Feature: Decodable {
        var code: String
        var missing: String?
    }

    struct Record: Decodable { var shards: Int }

    /// From a run's output folder.
    package init(folder: String) throws(InsightsError) {
        let insights = try FinishedRun.decode(
            Insights.self, try FinishedRun.content("insights.json", of: folder), "\(folder)/insights.json")
        shards =
            try FinishedRun.decode(Record.self, try FinishedRun.content("run.json", of: folder), "\(folder)/run.json")
            .shards
        name = insights.name
        scoreDate = InsightsFile.scoreDate(insights.scoreDate)
        meanProbability = insights.meanProbability
        segments = insights.segments
        missing = Dictionary(
            (insights.features ?? []).compactMap { feature in feature.missing.map { (feature.code, $0) } }
        ) { first, _ in first }
    }
}
