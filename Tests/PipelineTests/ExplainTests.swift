import Foundation
import Testing

/// What `explain` tells, of a profile and of features.
@Suite struct ExplainTests {
    @Test func aProfileIsExplainedFromTheRateOfAllToItsOwn() throws {
        let shop = try TableFolder()
        try shop.run("run", shop.instance)
        let text = try shop.run("explain", shop.results, "7")
        let lines = text.split(separator: "\n").map(String.init)
        let steps = lines.filter { $0.hasPrefix("  ") && $0.contains(" % ") }
        func percent(_ line: String) -> String { line.trimmingCharacters(in: .whitespaces).prefix { $0 != " " } + " %" }
        let insights = try JSONSerialization.jsonObject(
            with: Data(contentsOf: URL(fileURLWithPath: shop.path("results/insights.json"))))
        let mean = try #require((insights as? [String: Any])?["mean_probability"] as? Double)
        #expect(try percent(#require(steps.first)) == String(format: "%.1f %%", 100 * mean))
        let last = try #require(steps.last)
        #expect(last.hasSuffix("for this profile") && lines[0].contains("probability \(percent(last)),"), "\(text)")
        #expect(percent(steps[steps.count - 2]) == percent(last))
        #expect(text.contains("visits: ") && text.contains("all other features together"))
    }

    @Test func aFeatureIsExplainedInTheWordsOfItsRun() throws {
        let shop = try TableFolder()
        try shop.run("run", shop.instance)
        let known = try shop.run("explain", shop.results, "--feature", "visits")
        #expect(known.contains("The column of that name in the feature table.") && known.contains("100.0 %"))
        let unknown = try shop.run("explain", shop.results, "--feature", "visit", code: 2)
        #expect(unknown.contains("has no feature \"visit\"; did you mean \"visits\"?"), "\(unknown)")
    }

    @Test func aKindOfFeatureIsExplainedWithoutARun() throws {
        let shop = try TableFolder()
        for code in ["purchase_lateness", "lateness", "EVENT_lateness"] {
            #expect(try shop.run("explain", "--feature", code).contains("divided by the mean gap"))
        }
        #expect(try shop.run("explain", "--feature", "x", code: 2).contains("EVENT_count_WINDOW"))
        #expect(try shop.run("explain", shop.results, code: 2).contains("--feature CODE"))
        #expect(try shop.run("explain", shop.results, "7", "--feature", "x", code: 2).contains("not both"))
    }
}

/// What is told of slips on the command line and in a dataset's type.
@Suite struct SlipTests {
    @Test func anUnknownCommandIsSaidToBeOne() throws {
        let shop = try TableFolder()
        #expect(try shop.run("chek", code: 2).contains("there is no command \"chek\"; did you mean \"check\"?"))
        #expect(try shop.run("train", code: 2).contains("the commands are quickstart, check,"))
    }

    @Test func aTypeThatIsAColumnIsTold() throws {
        let shop = try TableFolder()
        let events = (0..<400).flatMap { who in (0..<8).map { "\(who),buy,2023-0\(1 + $0)-1\(who % 10)" } }
        try shop.write("who,kind,at\n" + events.joined(separator: "\n") + "\n", to: "events.csv")
        let instance = try shop.write(
            """
            version: 1
            name: Shop
            propensity: conversion
            events: [{ path: events.csv, identity: who, timestamp: at, event: kind }]
            goal: { will: occur, event: kind, within: 30d }
            checks: { minimum_outcomes: 1 }

            """, to: "kind.yaml")
        let (_, text) = try RunningProgram.run(["check", instance])
        #expect(text.contains("write type: { column: kind }"), "\(text)")
    }
}

/// An e-mail experiment: who converts has visited, and who spends has converted.
@Suite struct OnlyWithOutcomeTests {
    @Test func whatIsThereOnlyWithTheOutcomeGivesItAway() throws {
        let shop = try TableFolder()
        let rows = (0..<9_000).map { row -> String in
            let isVisit = row * 7919 % 100 < 15
            let isConversion = isVisit && row % 11 == 0
            // An honest one: mostly, and not only, with a visit.
            let hasClicked = isVisit ? row % 3 == 0 : row % 50 == 0
            return [
                "\(row)", "\(row * 104729 % 97)", "\(isConversion ? 1 : 0)", "\(isConversion ? 10 + row % 90 : 0)",
                "\(hasClicked ? 1 : 0)", "\(isVisit ? 1 : 0)",
            ].joined(separator: ",")
        }
        try shop.write("id,age,conversion,spend,clicked,left\n" + rows.joined(separator: "\n") + "\n", to: "table.csv")
        let text = try shop.run("check", shop.instance)
        #expect(text.contains("\"conversion\" has another value than most in"), "\(text)")
        #expect(text.contains("\"spend\" has another value than most in") && text.contains("features.drop"))
        #expect(!text.contains("\"clicked\"") && !text.contains("\"age\""))
    }
}
