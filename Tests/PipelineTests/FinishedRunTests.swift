import Foundation
import Testing

/// What can be had of a run that is over: segments, the page, comparisons.
@Suite struct FinishedRunTests {
    private let folder: SampleFolder
    private var output: String { folder.path("out") }

    init() throws {
        folder = try SampleFolder()
        let (code, text) = try RunningProgram.run(["run", folder.instance, "--output", folder.path("out")])
        try #require(code == 0, "\(text)")
    }

    @Test func suggestedSegmentsAreWhatWasSaidOfThem() throws {
        let insights = try #require(try json("out/insights.json") as? [String: Any])
        let suggested = try #require(insights["suggested_segments"] as? [[String: Any]])
        #expect(suggested.count > 3)
        let own = """
            segments:
              - { name: Ready to buy, all_of: [{ field: score, gte: 75 }] }
              - { name: Win back, all_of: [{ field: bucket, equals: low }, { factor: Sessions with Purchase, direction: lowers }] }

            """
        let rules = suggested.compactMap { $0["rule"] as? String }.map { "  \($0)\n" }.joined()
        let (code, text) = try segment(own + rules)
        #expect(code == 0, "\(text)")
        for segment in ["ready_to_buy", "win_back"] { try expectSameMembers(segment) }
        let summary = try #require(try json("out/added_segments/summary.json") as? [[String: Any]])
        #expect(summary.count == suggested.count + 2)
        for (said, found) in zip(suggested, summary.dropFirst(2)) {
            #expect(said["name"] as? String == found["name"] as? String)
            #expect(said["profiles"] as? Int == found["profiles"] as? Int)
            #expect(said["expected_outcomes"] as? Double == found["expected_outcomes"] as? Double)
        }
    }

    @Test func featuresAreMadeAnewForSegments() throws {
        let (code, text) = try segment(
            "- { name: a, field: purchase_days_since_last, gte: 3 }\n- { name: b, factor: Day since last Purchase }\n")
        #expect(code == 2 && text.contains("is a feature"), "\(text)")
        #expect(text.contains("did you mean \"Days since last Purchase\""), "\(text)")
        #expect(text.contains("add `--features DIR`"), "\(text)")

        // Members are those of the run's own segment, whose rule names a feature.
        let favourites =
            "- { name: French favourites, all_of: [{ field: purchase_country_last_value, equals: France }, "
            + "{ field: percentile, gte: 50 }] }\n- { name: Recent, field: purchase_days_since_last, lt: 10.5 }\n"
        let made = folder.path("made")
        let features = try RunningProgram.run(["features", folder.instance, "--output", made])
        #expect(features.code == 0, "\(features.output)")
        let withFeatures = try segment(favourites, "--features", made)
        #expect(withFeatures.code == 0 && !withFeatures.output.contains("Recent: 0"), "\(withFeatures.output)")
        try expectSameMembers("french_favourites")

        let catalogue = try String(contentsOfFile: "\(made)/features.json", encoding: .utf8)
        try folder.write(
            catalogue.replacingOccurrences(of: "2011-09-01", with: "2011-08-01"), to: "made/features.json")
        let outdated = try segment(favourites, "--features", made)
        #expect(outdated.code == 2 && outdated.output.contains("as of 2011-08-01"), "\(outdated.output)")
    }

    @Test func thePageIsMadeAgainAsItWas() throws {
        let written = try Data(contentsOf: URL(fileURLWithPath: output + "/report.html"))
        #expect(written.count > 50_000 && written.count < 2_000_000)
        let (code, text) = try RunningProgram.run(["report", output, "--output", folder.path("again.html")])
        #expect(code == 0, "\(text)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path("again.html"))) == written)
    }

    @Test func aRunIsComparedWithRunsOnly() throws {
        let same = try RunningProgram.run(["compare", output, output])
        #expect(same.code == 0 && same.output.contains("Who moved: 0 of"), "\(same.output)")
        let nowhere = try RunningProgram.run(["compare", output, folder.url.path])
        #expect(nowhere.code == 2 && nowhere.output.contains("not a finished run"), "\(nowhere.output)")
    }

    private func segment(_ rules: String, _ options: String...) throws -> (code: Int32, output: String) {
        try folder.write(rules, to: "added.yaml")
        return try RunningProgram.run(["segment", output, folder.path("added.yaml")] + options)
    }

    /// Whether a segment that was added has the members, byte by byte, of the run's own.
    private func expectSameMembers(_ segment: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let parts = try FileManager.default.contentsOfDirectory(atPath: "\(output)/segments/\(segment)")
        #expect(!parts.isEmpty, sourceLocation: sourceLocation)
        for part in parts {
            let bytes = try ["segments", "added_segments"].map {
                try Data(contentsOf: URL(fileURLWithPath: "\(output)/\($0)/\(segment)/\(part)"))
            }
            #expect(bytes[0] == bytes[1], "\(segment)/\(part)", sourceLocation: sourceLocation)
        }
    }

    private func json(_ name: String) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: folder.path(name))))
    }
}
