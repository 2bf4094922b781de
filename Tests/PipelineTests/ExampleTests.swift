import Foundation
import TestSupport
import Testing

/// The example instances beside the sample: each runs, is more than guessing, and shows what it is an example of.
@Suite struct ExampleTests {
    private static let sample = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../Sources/propensity/Sample").standardized

    private static let examples = [
        ("churn", "Premium at risk"), ("buys_what_is_seen", "\"by\" : \"percentile\""),
        ("campaign", "campaign_days_until_next"), ("table", "\"propensity\" : \"churn\""),
    ]

    @Test(arguments: examples) func itRuns(_ name: String, _ shows: String) throws {
        let folder = try TemporaryFolder()
        let (code, text) = try RunningProgram.run([
            "run", Self.sample.appendingPathComponent("\(name).yaml").path, "--output", folder.path("results"),
        ])
        try #require(code == 0, "\(text)")
        let insights = try String(contentsOfFile: folder.path("results/insights.json"), encoding: .utf8)
        #expect(insights.contains(shows))
        let read = try #require(try JSONSerialization.jsonObject(with: Data(insights.utf8)) as? [String: Any])
        let holdOut = try #require(read["hold_out"] as? [String: Any])
        #expect((holdOut["auc"] as? Double ?? 0) > 0.65, "\(text)")
        #expect((read["profiles_scored"] as? Int ?? 0) > 400)
    }

    @Test func allOfThemAreTried() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.sample.path)
        let instances = Set(files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) })
        #expect(instances == Set(Self.examples.map(\.0) + ["online_retail"]))
    }
}
