import Foundation
import TestSupport
import Testing

/// A made log in which time passes and nobody changes: 600 profiles of one month's sign-up, who buy at a rate of their own for
/// ever.
@Suite struct CalendarTests {
    private let folder: TemporaryFolder
    /// How many profiles buy in the 30 days after the score date.
    private let outcomes: Int
    private var instance: String { folder.path("shop.yaml") }

    init() throws {
        folder = try TemporaryFolder()
        var random = SplitMix(seed: 11)
        var events: [String] = []
        var profiles: [String] = []
        var buyers: Set<Int> = []
        let scoreDay = 425
        func date(_ day: Int) -> String {
            let seconds = TimeInterval(1_672_531_200 + 86_400 * day)
            return ISO8601DateFormatter().string(from: Date(timeIntervalSince1970: seconds))
        }
        for profile in 0..<600 {
            let first = random.below(30)
            profiles.append("\(profile),\(date(first).prefix(10)),\(random.below(5))")
            let pace = 10 + random.below(120)
            var day = first
            while day < 500 {
                events.append("\(profile),\(date(day))")
                if scoreDay < day, day <= scoreDay + 30 { buyers.insert(profile) }
                day += 1 + random.below(2 * pace)
            }
        }
        outcomes = buyers.count
        try folder.write("who,at\n" + events.joined(separator: "\n") + "\n", to: "events.csv")
        try folder.write("who,since,kind\n" + profiles.joined(separator: "\n") + "\n", to: "profiles.csv")
        try folder.write(
            """
            version: 1
            name: Buys again
            propensity: conversion
            events: [{ path: events.csv, identity: who, timestamp: at, event: Purchase }]
            profiles: [{ path: profiles.csv, identity: who }]
            goal: { will: occur, event: Purchase, within: 30d }
            eligible: { in_last: 365d }
            as_of: 2024-03-01
            features: { exclude: ["purchase_trend_*", kind, "purchase_cuont_7d"] }
            checks: { minimum_outcomes: 100 }
            segments: [{ name: Kinds, all_of: [{ field: kind, equals: 2 }] }]
            enrich: true
            model: { trees: 60 }
            output: results

            """, to: "shop.yaml")
    }

    private func run(_ arguments: String...) throws -> String {
        let (code, text) = try RunningProgram.run(arguments)
        try #require(code == 0, "\(text)")
        return text
    }

    @Test func whatStandsForTheDateIsLeftOutAndSaid() throws {
        let text = try run("check", instance)
        #expect(text.contains("\"Days since since\" is left out: of "), "\(text)")
        #expect(!text.contains("\"Time since first Purchase as a share of the data\""))
        #expect(
            text.contains("there is no feature \"purchase_cuont_7d\"; did you mean \"purchase_count_7d\"?"), "\(text)")
    }

    /// The population's rate does not change, and neither does what is expected of it.
    @Test func nobodyIsLoweredForTheTimeThatHasPassed() throws {
        _ = try run("run", instance)
        let data = try Data(contentsOf: URL(fileURLWithPath: folder.path("results/insights.json")))
        let insights = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let codes = try #require(insights["features"] as? [[String: Any]]).compactMap { $0["code"] as? String }
        #expect(codes.contains("purchase_first_share") && codes.contains("purchase_count_30d"))
        #expect(!codes.contains("days_since_since") && !codes.contains("kind"))
        // Segments may ask for an attribute that the model may not use.
        let segments = try #require(insights["segments"] as? [[String: Any]])
        #expect(segments.first?["profiles"] as? Int ?? 0 > 50)
        #expect(!codes.contains { $0.hasPrefix("purchase_trend_") })
        let expected = try #require(insights["mean_probability"] as? Double)
        let profiles = try #require(insights["profiles_scored"] as? Int)
        #expect(
            abs(expected * Double(profiles) / Double(outcomes) - 1) < 0.15,
            "\(expected * Double(profiles)), \(outcomes)")
    }
}
