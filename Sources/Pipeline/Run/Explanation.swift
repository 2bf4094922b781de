import Events
import Foundation
import InstanceFile
import Learning
import Reporting
import RunOutputs
import Tables

/// One profile of a finished run, read from its outputs: score, factors, segments.
package struct Explanation: Sendable {
    package let text: String

    package init(run folder: String, profile: String) throws(RunError) {
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
                + "probability \(percent(score.value("probability"))), percentile \(score.text("percentile"))",
            run.name + (run.scoreDate.map { ", as of \($0)" } ?? ""), "",
        ]
        let factors = try Self.rows(of: identity, in: "\(folder)/factors/\(part)")
        lines += Self.steps(to: score.value("probability"), from: run.meanProbability, factors, run.missing)
        var segments: [String] = []
        for segment in run.segments {
            if try !Self.rows(of: identity, in: "\(folder)/segments/\(slug(segment.name))/\(part)").isEmpty {
                segments.append(segment.name)
            }
        }
        lines += ["", "Segments: " + (segments.isEmpty ? "none" : segments.joined(separator: ", "))]
        text = lines.joined(separator: "\n")
    }

    /// From the rate of the population to the profile's probability: what all the rest does to it, then each factor. The steps
    /// are those of the log-odds, taken one after the other.
    ///
    /// - Parameter missing: what no value means, by the feature's code.
    private static func steps(
        to probability: Double, from mean: Double, _ factors: [OutputRow], _ missing: [String: String]
    ) -> [String] {
        let contributions = factors.map { $0.value("contribution") }
        var logOdds = logOdds(probability) - contributions.reduce(0, +)
        var steps = [(after: sigmoid(logOdds), words: "all other features together")]
        for (factor, contribution) in zip(factors, contributions) {
            logOdds += contribution
            let value = factor.text("value")
            let none = missing[factor.text("code")].map { "no value: \($0)" } ?? "no value"
            steps.append((sigmoid(logOdds), "\(factor.text("name")): \(value == "none" ? none : value)"))
        }
        var before = mean
        let changes = steps.map { step in
            defer { before = step.after }
            return step.after - before
        }
        let largest = changes.map(abs).reduce(1e-12, max)
        var lines = [
            "  \(padded("chance", 10))\(padded("points", 31))because of",
            "  \(padded(percent(mean), 10))\(padded("", 31))of all scored profiles are expected to have the outcome",
        ]
        for (step, change) in zip(steps, changes) {
            let length = max(1, Int((abs(change) / largest * 20).rounded()))
            let bar = String(repeating: "█", count: length) + String(repeating: " ", count: 21 - length)
            lines.append(
                "  \(padded(percent(step.after), 10))\(padded((change < 0 ? "-" : "+") + decimal(100 * abs(change), 1), 10))\(bar)\(step.words)"
            )
        }
        return lines + ["  \(padded(percent(probability), 10))\(padded("", 31))for this profile"]
    }

    private static func rows(of identity: String, in path: String) throws(RunError) -> [OutputRow] {
        try OutputRow.read(path) { table, index in OutputRow(table: table, index: index).text("profile") == identity }
    }
}

/// The first lines of a finished run: a few profiles' scores, and the reasons of the first.
package struct Preview: Sendable {
    package let text: String

    package init(run folder: String, rows count: Int = 5) throws(RunError) {
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

private func logOdds(_ probability: Double) -> Double { logit(min(max(probability, 1e-15), 1 - 1e-15)) }

/// In per cent, with a digit more where there is less than one.
private func percent(_ share: Double) -> String { points(share) + " %" }

private func points(_ share: Double) -> String { decimal(100 * share, abs(share) < 0.01 ? 2 : 1) }

private func decimal(_ value: Double, _ places: Int) -> String { String(format: "%.\(places)f", value) }

private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
}
