import Foundation
import TestSupport
import Testing

/// How good a run says that its model is, on made logs whose truth is known.
@Suite struct VerdictTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Everybody visits each week; the same few buy each month, and visit more often.
    private func run(profiles: Int, buyers: Int) throws -> (insights: [String: Any], terminal: String, page: String) {
        var events = "who,day,kind\n"
        for profile in 0..<profiles {
            // Spread over the profiles, so that all shards and the held-out fifth have some.
            let buys = profile * 7919 % profiles < buyers
            for day in stride(from: profile % 7, to: 420, by: buys ? 5 : 7) { events += "\(profile),\(day),Visit\n" }
            if buys {
                for day in stride(from: profile % 25, to: 420, by: 25) { events += "\(profile),\(day),Purchase\n" }
            }
        }
        try folder.write(events, to: "events.csv")
        let instance = try folder.write(
            """
            version: 1
            name: Buys
            propensity: conversion
            events:
              - { path: events.csv, identity: who, timestamp: { column: day, unit: days, origin: 2020-01-01 }, type: { column: kind } }
            goal: { will: occur, event: Purchase, within: 30d }
            eligible: { event: Visit, in_last: 90d }
            checks: { minimum_outcomes: 10 }
            model: { trees: 20, growth: symmetric }
            output: results

            """, to: "shop.yaml")
        let (code, text) = try RunningProgram.run(["run", instance])
        try #require(code == 0, "\(text)")
        let data = try Data(contentsOf: URL(fileURLWithPath: folder.path("results/insights.json")))
        let insights = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        return (insights, text, try String(contentsOfFile: folder.path("results/report.html"), encoding: .utf8))
    }

    private func holdOut(_ insights: [String: Any]) throws -> (
        outcomes: Int, profiles: Int, verdict: String, auc: Double
    ) {
        let evaluation = try #require(insights["hold_out"] as? [String: Any])
        let profiles = try #require((evaluation["profiles"] as? [String: Any])?["with"] as? Int)
        return (
            try #require(evaluation["outcomes"] as? Int), profiles, try #require(evaluation["verdict"] as? String),
            try #require(evaluation["auc"] as? Double)
        )
    }

    /// A dozen held-out buyers at a dozen dates are a dozen, however perfect the model looks on them.
    @Test func outcomesOfFewProfilesAreTooFewToTell() throws {
        let (insights, terminal, page) = try run(profiles: 300, buyers: 60)
        let found = try holdOut(insights)
        #expect(found.auc > 0.99 && found.outcomes > 50 && found.profiles < 30, "\(found)")
        #expect(found.verdict == "too few to tell")
        #expect(terminal.contains("too few to tell; on \(found.profiles) profiles with the outcome"), "\(terminal)")
        #expect(page.contains("<span class=\"big word\">too few to tell</span>") && !page.contains(">excellent</"))
        #expect(page.contains("Do not rely on it before more have come"))
    }

    @Test func outcomesOfManyProfilesAreEnough() throws {
        let (insights, terminal, page) = try run(profiles: 1_500, buyers: 500)
        let found = try holdOut(insights)
        #expect(found.profiles >= 50 && found.verdict == "excellent", "\(found)")
        #expect(terminal.contains("excellent; on ") && page.contains("excellent"))
    }
}
