import Events
import Features
import Foundation
import InstanceFile
import Readiness
import Tables
import Testing

@testable import ClusterTransport
@testable import Pipeline

/// What came of earlier scores: real scores, real data with a future, real processes.
@Suite(.serialized) struct OutcomesTests {
    /// A profile as a run scored it, and what the data say of it: counted by the test itself.
    private struct Known {
        var probability: Double
        var percentile: Int
        var bucket: String
        /// nil: not in the data.
        var hasOutcome: Bool?
    }

    private let sample: SampleFolder

    init() throws { sample = try SampleFolder(trees: 4) }

    private func instance(asOf date: String, output: String, _ changes: (String) -> String = { $0 }) throws -> String {
        let name = "\(UUID().uuidString).yaml"
        let text = try String(contentsOfFile: sample.instance, encoding: .utf8)
            .replacingOccurrences(of: "as_of: 2011-09-01", with: "as_of: \(date)\nchecks: { minimum_outcomes: 50 }")
            .replacingOccurrences(of: "output: results", with: "output: \(output)")
        try sample.write(changes(text), to: name)
        return sample.path(name)
    }

    private func succeed(_ arguments: [String]) throws -> String {
        let (code, text) = try RunningProgram.run(arguments)
        try #require(code == 0, "\(text)")
        return text
    }

    /// The bytes of all that a run lists as its outputs, and of what tells of it.
    private func outputs(_ run: String) throws -> [String: Data] {
        let paths = try sample.hashes(run).keys + ["run.json", "insights.json"]
        return Dictionary(
            uniqueKeysWithValues: try Set(paths).map {
                ($0, try Data(contentsOf: URL(fileURLWithPath: sample.path("\(run)/\($0)"))))
            })
    }

    private func measured(_ run: String) throws -> [[String: Any]] {
        let file = try JSONSerialization.jsonObject(
            with: Data(contentsOf: URL(fileURLWithPath: sample.path("\(run)/outcomes.json"))))
        let content = try #require(file as? [String: Any])
        #expect(content["version"] as? Int == 1)
        return try #require(content["runs"] as? [[String: Any]])
    }

    private func page(_ run: String) throws -> String {
        try String(contentsOfFile: sample.path("\(run)/report.html"), encoding: .utf8)
    }

    /// A batch of columns at a time, as texts.
    private func eachRow(_ path: String, _ names: [String], _ body: ([String]) throws -> Void) throws {
        let reader = try TableFile(path: path, allowingNoRows: true).reader(columns: names)
        while let batch = try reader.next() {
            let columns = try names.map { try #require(batch.column($0)?.texts()) }
            for row in 0..<batch.rowCount {
                try body(columns.map { $0.codes[row] < 0 ? "" : $0.dictionary[Int($0.codes[row])] })
            }
        }
    }

    /// - Parameter country: whose lines are left out.
    private func known(_ run: String, from start: String, to end: String, without country: String?) throws -> [Known] {
        var isThere = Set<String>()
        var hasBought = Set<String>()
        let first = try #require(Timestamp(iso8601: start))
        let last = try #require(Timestamp(iso8601: end))
        try eachRow(sample.path("online_retail.parquet"), ["CustomerID", "InvoiceNo", "InvoiceDate", "Country"]) {
            row in
            guard let number = Double(row[0]), row[3] != country else { return }
            let profile = "\(Int(number))"
            isThere.insert(profile)
            let time = try #require(Timestamp(iso8601: row[2]))
            if !row[1].hasPrefix("C"), first < time, time <= last { hasBought.insert(profile) }
        }
        var known: [Known] = []
        for part in try FileManager.default.contentsOfDirectory(atPath: sample.path("\(run)/scores")) {
            let path = sample.path("\(run)/scores/\(part)")
            try eachRow(path, ["profile", "probability", "percentile", "bucket"]) { row in
                known.append(
                    Known(
                        probability: try #require(Double(row[1])), percentile: try #require(Int(row[2])),
                        bucket: row[3], hasOutcome: isThere.contains(row[0]) ? hasBought.contains(row[0]) : nil))
            }
        }
        return known
    }

    private func expect(_ group: [String: Any], isOf members: [Known], _ name: String) throws {
        let outcomes = members.count { $0.hasOutcome == true }
        #expect(group["profiles"] as? Int == members.count, "\(name)")
        #expect(group["outcomes"] as? Int == outcomes, "\(name)")
        let expected = members.reduce(0) { $0 + $1.probability }
        #expect(abs(try #require(group["expected_outcomes"] as? Double) - expected) < 1e-6, "\(name)")
        guard !members.isEmpty else {
            #expect(group["rate"] == nil && group["expected_rate"] == nil, "\(name)")
            return
        }
        let (count, rate) = (Double(members.count), Double(outcomes) / Double(members.count))
        #expect(abs(try #require(group["rate"] as? Double) - rate) < 1e-12, "\(name)")
        #expect(abs(try #require(group["expected_rate"] as? Double) - expected / count) < 1e-9, "\(name)")
        // A bound of Wilson's interval is a rate from which the actual one lies 1.96 of its own standard errors.
        for key in ["rate_low", "rate_high"] {
            let bound = try #require(group[key] as? Double)
            #expect(abs(abs(bound - rate) - 1.959964 * (bound * (1 - bound) / count).squareRoot()) < 1e-6, "\(name)")
        }
    }

    private func expect(_ run: [String: Any], tellsOf known: [Known]) throws {
        let members = known.filter { $0.hasOutcome != nil }
        #expect(run["profiles_scored"] as? Int == known.count)
        #expect(run["profiles_vanished"] as? Int == known.count - members.count)
        try expect(try #require(run["all"] as? [String: Any]), isOf: members, "all")
        let buckets = try #require(run["buckets"] as? [[String: Any]])
        #expect(buckets.compactMap { $0["name"] as? String } == ["low", "medium", "high"])
        for bucket in buckets {
            let name = try #require(bucket["name"] as? String)
            try expect(bucket, isOf: members.filter { $0.bucket == name }, name)
        }
        let deciles = try #require(run["deciles"] as? [[String: Any]])
        #expect(deciles.compactMap { $0["rank"] as? Int } == Array(1...10))
        for (place, decile) in deciles.enumerated() {
            let percentiles = (91 - 10 * place)...(100 - 10 * place)
            try expect(decile, isOf: members.filter { percentiles.contains($0.percentile) }, "tenth \(place + 1)")
        }
        // Pairs in the right order, one by one.
        var (pairs, ordered) = (0.0, 0.0)
        let without = members.filter { $0.hasOutcome == false }.map(\.probability)
        for one in members where one.hasOutcome == true {
            for other in without { ordered += one.probability > other ? 1 : one.probability == other ? 0.5 : 0 }
            pairs += Double(without.count)
        }
        let auc = try #require(run["auc"] as? Double)
        // Profiles whose margins are nearer than 1/2048 count as equal.
        #expect(abs(auc - ordered / pairs) < 5e-4, "\(auc), \(ordered / pairs)")
    }

    @Test func scoresAreHeldAgainstWhatCame() throws {
        let june = try instance(asOf: "2011-06-01", output: "june")
        _ = try succeed(["run", june])
        let before = try outputs("june")
        let said = try succeed(["outcomes", june, "--workers", "3"])
        #expect(said.contains("scores of 2011-06-01, outcomes to 2011-08-30: expected"), "\(said)")
        let known = try known("june", from: "2011-06-01", to: "2011-08-30", without: nil)
        try expect(try measured("june")[0], tellsOf: known)
        #expect(try page("june").contains("This run's scores, as of 2011-06-01"))
        // What a run has listed stays true.
        #expect(try outputs("june") == before)

        // The next run, in a folder of its own, tells of both, and the earlier one still of itself.
        let september = try instance(asOf: "2011-09-01", output: "september")
        _ = try succeed(["run", september])
        let bothSaid = try succeed(["outcomes", september, "--run", sample.path("june"), "--run", sample.path("june/")])
        #expect(bothSaid.contains("Added to"), "\(bothSaid)")
        let both = try measured("september")
        #expect(both.compactMap { $0["score_date"] as? String } == ["2011-09-01", "2011-06-01"])
        #expect(try measured("june").count == 1)
        try expect(both[1], tellsOf: known)
        try expect(both[0], tellsOf: self.known("september", from: "2011-09-01", to: "2011-11-30", without: nil))
        #expect(try page("september").contains("An earlier run's scores, as of 2011-06-01"))

        // Who is not in the data any more is counted and left out.
        let fewer = try instance(asOf: "2011-06-01", output: "june") {
            $0 + "exclude: { any_of: [{ field: Country, equals: France }] }\n"
        }
        let fewerSaid = try succeed(["outcomes", fewer])
        #expect(fewerSaid.contains("are not in the data any more and are left out"), "\(fewerSaid)")
        let rest = try self.known("june", from: "2011-06-01", to: "2011-08-30", without: "France")
        #expect(rest.contains { $0.hasOutcome == nil })
        try expect(try measured("june")[0], tellsOf: rest)
        #expect(try page("june").contains("are not in the data any more"))

        // What the replacing run finds out by itself is what the command does.
        let replacing = try instance(asOf: "2011-09-01", output: "june") {
            $0 + "exclude: { any_of: [{ field: Country, equals: France }] }\n"
        }
        let replaced = try #require(try measured("june")[0]["all"] as? NSDictionary)
        let text = try succeed(["run", replacing])
        #expect(text.contains("scores of 2011-06-01, outcomes to 2011-08-30"), "\(text)")
        #expect(try measured("june").map { $0["all"] as? NSDictionary } == [replaced])
        #expect(try page("june").contains("An earlier run's scores, as of 2011-06-01"))

        try refusals(june: sample.path("september"))
    }

    /// Each says what is in the way, changes nothing and ends with 2.
    private func refusals(june run: String) throws {
        let early = try instance(asOf: "2011-09-01", output: "september") {
            $0.replacingOccurrences(of: "within: 90d", with: "within: 60d")
        }
        let nowhere = try instance(asOf: "2011-09-01", output: "nowhere")
        let before = try outputs("september")
        let page = try page("september")
        // A score date so late that the window is still open.
        let late = sample.path("late")
        try FileManager.default.copyItem(atPath: run, toPath: late)
        let insights = try String(contentsOfFile: "\(late)/insights.json", encoding: .utf8)
        try insights.replacingOccurrences(
            of: "\"score_date\" : \"2011-09-01\"", with: "\"score_date\" : \"2011-10-01\""
        )
        .write(toFile: "\(late)/insights.json", atomically: true, encoding: .utf8)
        for (arguments, words) in [
            ([early], "has another goal than the instance"),
            ([nowhere], "there is no earlier run"),
            ([nowhere, "--run", sample.path("missing")], "is not a finished run"),
        ] {
            let (code, text) = try RunningProgram.run(["outcomes"] + arguments)
            #expect(code == 2 && text.contains(words), "\(text)")
        }
        let (code, text) = try RunningProgram.run(["outcomes", nowhere, "--run", late])
        #expect(code == 0 && text.contains("No run is due yet."), "\(text)")
        #expect(text.contains("its outcomes are known once the data reach to 2011-12-30"), "\(text)")
        #expect(try outputs("september") == before)
        #expect(try self.page("september") == page)
    }

    /// Whatever the two numbers of shards are: each profile's score is in one of the parts that its shard reads.
    @Test(arguments: [8, 16, 64], [8, 32, 128]) func partsHoldTheShardsProfiles(_ then: Int, _ now: Int) {
        let (earlier, later) = (ShardMap(shardCount: then), ShardMap(shardCount: now))
        for number in 0..<2000 {
            let task = MeasureOutcomesTask(
                shard: later.shard(of: "\(number)"), earlier: 0, shards: then, scoreDate: Timestamp(microseconds: 0))
            #expect(task.parts(of: now).contains(earlier.shard(of: "\(number)")))
            #expect(task.parts(of: now).count == max(1, then / now))
        }
    }
}
