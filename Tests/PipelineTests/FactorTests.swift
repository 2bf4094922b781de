import Bytes
import Features
import Foundation
import Learning
import Scoring
import Testing

@testable import ClusterTransport
@testable import Pipeline

/// What a run says of its factors, on a table whose truth is known.
@Suite struct FactorTests {
    private let shop: TableFolder

    /// The young leave, and those with calls; `months` is `age` in another unit, `noise` has nothing to do with it.
    init() throws {
        shop = try TableFolder()
        let rows = (0..<2_000).map { row -> String in
            let age = 18 + row * 7919 % 60
            let calls = row % 4 == 0 ? 5 + row * 31 % 12 : 0
            let chance = (age < 35 ? 70 : 10) + (calls > 0 ? 25 : 0)
            return
                "\(row),\(age),\(age * 12 + row % 3),\(calls),\(row * 104729 % 97),\(row * 611953 % 100 < chance ? 1 : 0)"
        }
        try shop.write("id,age,months,calls,noise,left\n" + rows.joined(separator: "\n") + "\n", to: "table.csv")
        let instance = try shop.text("shop.yaml").replacingOccurrences(of: "trees: 3", with: "trees: 60")
        try shop.write(
            instance + "segments: [{ name: By months, all_of: [{ factor: months, direction: raises }] }]\n",
            to: "shop.yaml")
    }

    private func insights(_ results: String) throws -> [String: Any] {
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(results)/insights.json"))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    @Test func twinsAreOneFactorAndRulesNameTheirRange() throws {
        try shop.run("run", shop.instance)
        let insights = try insights(shop.results)
        let factors = try #require(insights["factors"] as? [[String: Any]])
        #expect(factors.first?["name"] as? String == "age / months", "\(factors.map { $0["name"] ?? "" })")
        #expect(factors.compactMap { $0["code"] as? String }.contains("months") == false)
        let features = try #require(insights["features"] as? [[String: Any]])
        #expect(features.first { $0["code"] as? String == "months" }?["same_as"] as? String == "age")
        #expect(features.compactMap { $0["same_as"] }.count == 1)

        // A rule by either name means the factor; the segment of the run, and one that is added to it.
        let segments = try #require(insights["segments"] as? [[String: Any]])
        let profiles = try #require(segments.first?["profiles"] as? Int)
        #expect(profiles > 100)
        try shop.write("- { name: By age, all_of: [{ factor: age, direction: raises }] }\n", to: "added.yaml")
        #expect(
            try shop.run("segment", shop.results, shop.path("added.yaml")).contains("By age: \(profiles) profiles,"))
        try shop.write("- { name: By months, all_of: [{ factor: months, direction: raises }] }\n", to: "added.yaml")
        #expect(
            try shop.run("segment", shop.results, shop.path("added.yaml")).contains("By months: \(profiles) profiles,"))
        // By the name that is shown, too.
        try shop.write("- { name: By both, all_of: [{ factor: age / months, direction: raises }] }\n", to: "added.yaml")
        #expect(
            try shop.run("segment", shop.results, shop.path("added.yaml")).contains("By both: \(profiles) profiles,"))

        // Whom calls raise had some, five at least; whom they lower had none: the rules say so.
        let suggested = try #require(insights["suggested_segments"] as? [[String: Any]])
        let names = suggested.compactMap { $0["name"] as? String }
        #expect(names.contains("High risk, raised by calls (from 5)"), "\(names)")
        #expect(names.contains("Medium risk, lowered by calls (0)"), "\(names)")

        // Zero is zero, and the rate of each value is the data's.
        let calls = try #require(factors.first { $0["code"] as? String == "calls" }?["values"] as? [String: Any])
        let (lowest, highest) = (calls["lowest"] as? [Any], calls["highest"] as? [Any])
        #expect(lowest?[1] as? Double == 0 && highest?[1] as? Double == 0 && lowest?[2] as? Double == 5)
        #expect((calls["rows"] as? [Int])?[1] == 1_500 && lowest?[0] is NSNull)
        let page = try String(contentsOfFile: "\(shop.results)/report.html", encoding: .utf8)
        #expect(page.contains("<th scope=\"row\">0</th>") && !page.contains("≤"))
    }

    @Test func bucketsAreAsTheInstanceSays() throws {
        let text = try shop.text("shop.yaml")
        try shop.write(text + "buckets: rank\n", to: "shop.yaml")
        try shop.run("run", shop.instance)
        var found = try insights(shop.results)
        #expect((found["bucket_rule"] as? [String: Any])?["by"] as? String == "percentile")
        let sizes = (found["buckets"] as? [[String: Any]])?.compactMap { $0["profiles"] as? Int } ?? []
        // Profiles of equal score stay together.
        #expect(sizes.count == 3 && sizes.allSatisfy { 500..<850 ~= $0 }, "\(sizes)")
        #expect(
            try String(contentsOfFile: "\(shop.results)/report.html", encoding: .utf8).contains("the highest third"))
        try shop.write(text + "buckets: [5, 95]\n", to: "shop.yaml")
        try shop.run("run", shop.instance)
        found = try insights(shop.results)
        let medium = (found["buckets"] as? [[String: Any]])?.first { $0["name"] as? String == "medium" }
        #expect((medium?["profiles"] as? Int ?? 0) > 1_700)
        #expect(try String(contentsOfFile: "\(shop.results)/report.html", encoding: .utf8).contains("buckets: rank"))
        try shop.write(text + "buckets: [75, 25]\n", to: "shop.yaml")
        #expect(try shop.run("run", shop.instance, code: 2).contains("leave nobody between"))
        try shop.write(text + "buckets: thirds\n", to: "shop.yaml")
        #expect(try shop.run("run", shop.instance, code: 2).contains("\"thirds\" is not one of odds, rank"))
    }

    @Test(arguments: [
        (
            "Days with Purchase, last 90 days", "Sessions with Purchase, last 90 days",
            "Days / Sessions with Purchase, last 90 days"
        ),
        (
            "Sum of Revenue in any event, all time", "Sum of Revenue in Purchase, all time",
            "Sum of Revenue in any event / Purchase, all time"
        ),
        ("Count of events, last 7 days", "Count of events, all time", "Count of events, last 7 days / all time"),
        ("age", "months", "age / months"), ("a b", "a b", "a b / a b"), ("a", "a b", "a / a b"),
        ("a a", "a", "a a / a"),
    ])
    func whatNamesHaveInCommonIsSaidOnce(_ first: String, _ second: String, _ both: String) {
        #expect(Twins.joined(first, second) == both)
    }

    @Test func momentsAreThoseOfTheBins() throws {
        let columns: [[UInt8]] = [[1, 2, 3, 4], [8, 6, 4, 2], [1, 1, 1, 1], [1, 5, 2, 2]]
        let matrix = BinnedMatrix(columns: columns, rows: 4)
        var moments = BinMoments()
        moments.add(matrix, rows: 2)
        var rest = BinMoments()
        rest.add(BinnedMatrix(columns: columns.map { Array($0.suffix(2)) }, rows: 2), rows: 2)
        moments.add(rest)
        #expect(abs(moments.squaredCorrelation(0, 1) - 1) < 1e-12 && moments.squaredCorrelation(2, 0) == 0)
        #expect(moments.squaredCorrelation(3, 0) < 1e-12)
        #expect(try BinMoments(decoding: moments.encoded) == moments)
        var none = BinMoments()
        #expect(none.fits(moments) && moments.fits(none) && none.squaredCorrelation(0, 1) == 0)
        none.add(moments)
        #expect(none == moments && moments.squaredCorrelation(0, 4) == 0)
        // Too many features say nothing, and cost nothing.
        var wide = BinMoments()
        wide.add(BinnedMatrix(columns: (0..<1_001).map { _ in [1, 2] }, rows: 2), rows: 2)
        #expect(wide == BinMoments())
    }

    /// Two rare columns that are met together in one profile by chance are not one factor.
    @Test func rareFeaturesAreNoTwins() throws {
        let rows = (0..<2_000).map { row in
            "\(row),\(row % 60),\(row % 400 == 7 ? 1 : 0),\(row % 400 == 7 ? 1 : 0),\(row % 60 < 20 || row % 400 == 7 ? 1 : 0)"
        }
        try shop.write("id,age,a,b,left\n" + rows.joined(separator: "\n") + "\n", to: "table.csv")
        let instance = try shop.text("shop.yaml").split(separator: "\n").filter { !$0.hasPrefix("segments") }
        try shop.write(instance.joined(separator: "\n") + "\n", to: "shop.yaml")
        try shop.run("run", shop.instance)
        let features = try #require(try insights(shop.results)["features"] as? [[String: Any]])
        #expect(features.count == 3 && features.allSatisfy { $0["same_as"] == nil })
    }
}
