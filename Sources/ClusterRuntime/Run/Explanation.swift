import Customers
import Foundation
import Insights
import Segments
import Tables

/// One profile of a finished run, read from its outputs: score, factors, segments.
public struct Explanation: Sendable {
    public let text: String

    public init(run folder: String, profile: String) throws(RunError) {
        let run: RunHeadings
        do throws(InsightsError) {
            run = try RunHeadings(folder: folder)
        } catch {
            throw .input("\(error)")
        }
        guard let identity = Identity.normalized(profile) else { throw .input("\"\(profile)\" names no profile") }
        let shards = run.shards
        guard 1...ShardMap.mostShards ~= shards, shards & (shards - 1) == 0 else {
            throw .input("\(folder)/run.json: \(shards) shards cannot be")
        }
        let part = "part-\(ShardStore.Name.padded(ShardMap(shardCount: shards).shard(of: identity))).parquet"
        guard let score = try Self.rows(of: identity, in: "\(folder)/scores/\(part)").first else {
            throw .input(
                "profile \(identity) has no score in \(folder): it is not in the data"
                    + (run.scoreDate.map { ", or was not eligible as of \($0)" } ?? ""))
        }
        var lines = [
            "\(identity): score \(decimal(score.value("score"), 1)) (\(score.text("bucket"))), "
                + "probability \(decimal(score.value("probability"), 4)), percentile \(score.text("percentile"))",
            "\(run.name)" + (run.scoreDate.map { ", as of \($0)" } ?? "") + "; the population's mean probability is "
                + decimal(run.meanProbability, 4), "",
        ]
        let factors = try Self.rows(of: identity, in: "\(folder)/factors/\(part)")
        let total = logOdds(score.value("probability"))
        let shown = factors.reduce(0) { $0 + $1.value("contribution") }
        let largest = factors.map { abs($0.value("contribution")) }.reduce(abs(total - shown), max)
        func line(_ contribution: Double, _ words: String) {
            let length = max(1, Int((abs(contribution) / max(largest, 1e-12) * 20).rounded()))
            let bar = String(repeating: "█", count: length) + String(repeating: " ", count: 21 - length)
            lines.append("  \(contribution < 0 ? "-" : "+")\(decimal(abs(contribution), 3)) \(bar)\(words)")
        }
        line(total - shown, "base and all other features")
        for factor in factors {
            line(
                factor.value("contribution"),
                "\(factor.text("direction")) · \(factor.text("importance")) · \(factor.text("name")): "
                    + factor.text("value"))
        }
        lines.append(
            "  \(total < 0 ? "-" : "+")\(decimal(abs(total), 3)) log-odds of the probability: all of the above together"
        )
        var segments: [String] = []
        for segment in run.segments {
            if try !Self.rows(of: identity, in: "\(folder)/segments/\(slug(segment.name))/\(part)").isEmpty {
                segments.append(segment.name)
            }
        }
        lines += ["", "Segments: " + (segments.isEmpty ? "none" : segments.joined(separator: ", "))]
        text = lines.joined(separator: "\n")
    }

    private static func rows(of identity: String, in path: String) throws(RunError) -> [OutputRow] {
        try OutputRow.read(path) { table, index in OutputRow(table: table, index: index).text("profile") == identity }
    }
}

/// The first lines of a finished run: a few profiles' scores, and the reasons of the first.
public struct Preview: Sendable {
    public let text: String

    public init(run folder: String, rows count: Int = 5) throws(RunError) {
        let part = "part-\(ShardStore.Name.padded(0)).parquet"
        let rows = try OutputRow.read("\(folder)/scores/\(part)", limit: count)
        var lines = ["The first scores (\(folder)/scores/\(part)):", ""]
        lines.append(
            "  " + ["profile", "score", "probability", "percentile", "bucket"].map { padded($0, 12) }.joined())
        for row in rows {
            let cells = [
                row.text("profile"), decimal(row.value("score"), 2), decimal(row.value("probability"), 4),
                row.text("percentile"), row.text("bucket"),
            ]
            lines.append("  " + cells.map { padded($0, 12) }.joined())
        }
        if let first = rows.first {
            lines += ["", "Why, for the first of them (propensity explain \(folder) \(first.text("profile"))):", ""]
            lines.append(try Explanation(run: folder, profile: first.text("profile")).text)
        }
        text = lines.joined(separator: "\n")
    }
}

private func logOdds(_ probability: Double) -> Double {
    let inside = min(max(probability, 1e-15), 1 - 1e-15)
    return log(inside / (1 - inside))
}

private func decimal(_ value: Double, _ places: Int) -> String { String(format: "%.\(places)f", value) }

private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
}
