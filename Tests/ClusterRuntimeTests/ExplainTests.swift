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
        #expect(known.contains("The profile's attribute as the table of profiles has it") && known.contains("100.0 %"))
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
