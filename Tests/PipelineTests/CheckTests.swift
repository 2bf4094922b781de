import Foundation
import Testing

/// `propensity check` on small files with one thing wrong each.
@Suite(.serialized) struct CheckTests {

    /// A folder with an instance and its files, gone when the value is.
    private final class Folder {
        let url: URL

        init(_ files: [String: String]) throws {
            url = FileManager.default.temporaryDirectory.appendingPathComponent("propensity-check-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            for (name, text) in files {
                try text.write(to: url.appendingPathComponent(name), atomically: true, encoding: .utf8)
            }
        }

        deinit { try? FileManager.default.removeItem(at: url) }

        /// The program's exit code, standard output and standard error.
        func run(_ arguments: String...) throws -> (code: Int32, output: String, errors: String) {
            try RunningProgram.streams(arguments + [url.appendingPathComponent("shop.yaml").path])
        }

        /// The report as a program reads it.
        func report() throws -> Report {
            let (code, output, errors) = try run("check", "--json")
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            let report = try decoder.decode(Report.self, from: Data(output.utf8))
            #expect(code == (report.verdict == "cannot_train" ? 2 : 0), "\(errors)")
            return report
        }
    }

    private struct Report: Decodable {
        struct Finding: Decodable {
            var code: String
            var severity: String
            var subject: String
            var what: String
        }
        struct Snapshot: Decodable {
            var profiles: Int
            var withOutcome: Int
        }
        var version: Int
        var verdict: String
        var findings: [Finding]
        var toBeScored: Int?
        /// Visitors of the made log come regularly from its first day on: their counts of all time tell the date.
        var others: [Finding] { findings.filter { $0.code != "outgrown_feature" } }
        var snapshots: [Snapshot]

        func whats(_ code: String, _ severity: String = "warning") -> [String] {
            findings.filter { $0.code == code && $0.severity == severity }.map(\.what)
        }
    }

    /// Visits and purchases of two thousand customers over 240 days from 2011-01-01, without any pattern; a purchase in a
    /// month has even odds.
    private static let shop: (events: String, boughtLast: [Int: Int]) = {
        var state: UInt64 = 1
        func random(_ below: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % below
        }
        var lines = ["customer,at,kind,amount"]
        var boughtLast: [Int: Int] = [:]
        for customer in 0..<2_000 {
            for month in 0..<8 {
                lines.append("\(customer + 1),\(date(30 * month + random(30))),visit,")
                let day = 30 * month + random(30)
                if random(2) == 0 {
                    lines.append("\(customer + 1),\(date(day)),buy,\(random(90))")
                    boughtLast[customer] = day
                }
            }
        }
        return (lines.joined(separator: "\n") + "\n", boughtLast)
    }()

    /// So many days after 2011-01-01.
    private static func date(_ day: Int) -> String {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withFullDate]
        return formatter.string(from: Date(timeIntervalSince1970: 1_293_840_000 + 86_400 * Double(day)))
    }

    private func folder(
        _ more: String = "", moreEvents: String = "", files: [String: String] = [:], checks: String = ""
    ) throws -> Folder {
        let text = """
            version: 1
            name: Shop
            propensity: conversion
            events:
              - { path: events.csv, identity: customer, timestamp: at, type: { column: kind } }
            \(moreEvents)
            goal: { will: occur, any_of: [{ event: buy }], within: 30d }
            as_of: 2011-08-29
            output: results
            \(more)
            """
        return try Folder(files.merging(["shop.yaml": text, "events.csv": Self.shop.events]) { $1 })
    }

    @Test func nothingIsWrong() throws {
        let folder = try folder()
        let report = try folder.report()
        #expect(report.version == 1 && report.verdict == "ready")
        #expect(report.others.isEmpty)
        #expect(report.toBeScored == 2_000 && report.snapshots.count > 1)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() == [
                "events.csv", "shop.yaml",
            ])
        let (code, output, _) = try folder.run("check")
        #expect(code == 0 && output.contains("Shop: ready to train"), "\(output)")
    }

    @Test func identitiesStaleDataAndEmptyColumnsAreAllNamed() throws {
        let calls = (0..<300).map { "\($0 + 1),\(Self.date($0 % 100))" }.joined(separator: "\n")
        let customers = (0..<2_000).map { "C-\($0),,\($0 % 3)" }.joined(separator: "\n")
        let folder = try folder(
            "profiles: [{ path: crm.csv, identity: id }]",
            moreEvents: "  - { path: calls.csv, identity: customer, timestamp: at, event: call }",
            files: [
                "calls.csv": "customer,at\n\(calls)\n", "crm.csv": "id,comment,tier\n\(customers)\n",
            ])
        let report = try folder.report()
        #expect(report.verdict == "risky")
        #expect(report.others.allSatisfy { $0.severity == "warning" })
        #expect(report.whats("empty_column") == ["crm.csv: \"comment\" holds no usable value"])
        #expect(
            report.whats("stale_dataset") == ["calls.csv ends on 2011-04-10, 141 days before the as-of date 2011-08-29"]
        )
        #expect(
            report.whats("identities") == [
                "crm.csv: none of its 2,000 profiles are among the 2,000 of the other events; such as \"C-0\" here and "
                    + "\"1\" there"
            ])
        #expect(report.others.count == 3, "\(report.findings)")
    }

    /// The day of the last purchase, as of now: whoever bought after the training date did so in the outcome window.
    @Test func anAttributeThatTheOutcomeUpdates() throws {
        let customers = (0..<2_000).map {
            "\($0 + 1),\(Self.shop.boughtLast[$0].map(Self.date) ?? ""),\(Self.date(400 + $0 % 50))"
        }
        let folder = try folder(
            "profiles: [{ path: crm.csv, identity: id }]",
            files: ["crm.csv": "id,last_purchase,endDate\n" + customers.joined(separator: "\n") + "\n"])
        let report = try folder.report()
        #expect(report.verdict == "risky")
        #expect(report.others.map(\.subject) == ["profiles[0].last_purchase"], "\(report.findings)")
        #expect(report.whats("leakage").first?.hasPrefix("crm.csv: \"last_purchase\" alone tells who") == true)

        // A run goes on, says so, and keeps it with its results.
        let small = "\nmodel: { trees: 3, growth: symmetric }\n"
        let file = folder.url.appendingPathComponent("shop.yaml")
        try (String(contentsOf: file, encoding: .utf8) + small).write(to: file, atomically: true, encoding: .utf8)
        var kept: [[[String: String]]] = []
        for workers in ["1", "3"] {
            let (code, _, errors) = try folder.run("run", "--workers", workers)
            #expect(code == 0 && errors.contains("warning: crm.csv: \"last_purchase\" alone"), "\(errors)")
            let record = try JSONSerialization.jsonObject(
                with: Data(contentsOf: folder.url.appendingPathComponent("results/run.json")))
            kept.append(try #require((record as? [String: Any])?["findings"] as? [[String: String]]))
        }
        #expect(kept[0].map { $0["code"] }.filter { $0 != "outgrown_feature" } == ["leakage"])
        #expect(kept[0] == kept[1])
    }

    @Test func aLeakingColumnOfAFeatureTable() throws {
        let rows = (0..<4_000).map { "\($0 + 1),\($0 % 7),\($0 % 2 == 0 ? "" : "2011-01-0\(1 + $0 % 9)"),\($0 % 2)" }
        let folder = try Folder([
            "shop.yaml": """
            version: 1
            name: Shop
            propensity: churn
            features: { path: table.csv, identity: id, label: { field: left, equals: 1 } }
            """,
            "table.csv": "id,visits,closed,left\n" + rows.joined(separator: "\n") + "\n",
        ])
        // There is no output either, which a check does not need.
        let report = try folder.report()
        #expect(report.verdict == "risky")
        #expect(
            report.whats("leakage") == ["features: whether \"closed\" has a value tells who has the outcome (AUC 1)"])
        #expect(report.findings.count == 1, "\(report.findings)")
    }

    @Test func tooFewOutcomesStopTheCheckAndTheRun() throws {
        let folder = try folder("checks: { minimum_outcomes: 100000 }")
        let report = try folder.report()
        #expect(report.verdict == "cannot_train" && report.whats("outcomes", "stop").count == 1)
        let text = try folder.run("check")
        #expect(text.code == 2 && text.output.contains("Shop: cannot train") && text.output.contains("In the way (1)"))
        let run = try folder.run("run")
        #expect(run.code == 2 && run.errors.contains("lower checks.minimum_outcomes"), "\(run.errors)")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() == [
                "events.csv", "shop.yaml",
            ])
    }

    @Test func whatStandsInTheFilesWayIsJSONToo() throws {
        let columns = try Folder([
            "shop.yaml": """
            version: 1
            name: Shop
            propensity: conversion
            events: [{ path: events.csv, identity: custmer, timestamp: when, event: buy }]
            goal: { will: occur, all_of: [{ event: buy }, { field: amuont, gt: 3 }], within: 30d }
            """,
            "events.csv": Self.shop.events,
        ]).report()
        #expect(columns.verdict == "cannot_train")
        #expect(columns.findings.map(\.code) == ["input", "input", "input"])
        #expect(columns.findings.contains { $0.what.contains("did you mean \"amount\"?") })

        let instance = try Folder(["shop.yaml": "version: 1\nnmae: Shop\n"]).report()
        #expect(instance.findings.count > 1 && instance.findings.allSatisfy { $0.code == "instance" })
    }
}
