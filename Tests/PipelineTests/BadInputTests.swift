import Foundation
import TestSupport
import Testing

/// What goes wrong with instance files and data, and what `propensity check` says to it: a table of one thing wrong each.
@Suite struct BadInputTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var instance = BadInputTests.instance
        /// Written beside the instance and `events.csv`, or in its place.
        var files: [String: Data] = [:]
        /// What the first finding that stands in the way says, and its code; nil where the data are used.
        var stop: (code: String, says: String)?
        /// Rows that are left out, by reason.
        var rejected: [String: Int] = [:]

        var testDescription: String { name }

        /// The instance with something else in place of a part of it.
        static func instance(
            _ name: String, _ part: String, _ other: String, _ says: String, code: String = "instance"
        ) -> Case {
            Case(name: name, instance: replace(part, other), stop: (code, says))
        }

        static func wholeInstance(_ name: String, _ text: String, _ says: String) -> Case {
            Case(name: name, instance: text, stop: ("instance", says))
        }

        /// Other events, or events in another file.
        static func file(
            _ name: String, in file: String = "events.csv", _ data: Data, _ says: String, code: String = "input"
        ) -> Case {
            Case(
                name: name, instance: replace("path: events.csv", "path: \(file)"), files: [file: data],
                stop: (code, says))
        }

        /// Rows after the good ones.
        static func rows(_ name: String, _ rows: String, _ rejected: [String: Int], instance: String? = nil) -> Case {
            Case(
                name: name, instance: instance ?? BadInputTests.instance,
                files: ["events.csv": Data((events + rows).utf8)], rejected: rejected)
        }
    }

    static let instance = """
        version: 1
        name: Shop
        propensity: conversion
        events:
          - { path: events.csv, identity: customer, timestamp: at, type: { column: kind } }
        goal: { will: occur, any_of: [{ event: buy }], within: 30d }
        as_of: 2011-08-29
        checks: { minimum_outcomes: 20 }
        output: results

        """

    static func replace(_ part: String, _ other: String) -> String {
        precondition(instance.contains(part))
        return instance.replacingOccurrences(of: part, with: other)
    }

    /// Visits of a hundred customers in each of eight months, and purchases with even odds.
    static let events: String = {
        var random = SplitMix(seed: 1)
        var lines = ["customer,at,kind,amount"]
        for month in 1...8 {
            for customer in 0..<100 {
                func day() -> String { "2011-0\(month)-\(10 + random.below(18))" }
                lines.append("\(customer),\(day()),visit,")
                if random.oneIn(2) { lines.append("\(customer),\(day()),buy,\(random.below(90))") }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }()

    static let header = "customer,at,kind,amount\n"
    static let nested = "[" + String(repeating: "[", count: 100_000)
    static let laughs =
        "a: &a [1, 1, 1, 1, 1, 1, 1, 1]\n"
        + zip("abcdefgh", "bcdefghi").map { "\($1): &\($1) [*\($0), *\($0), *\($0), *\($0), *\($0), *\($0)]\n" }
        .joined()

    /// The first bytes of a file that was longer.
    static let tornGzip = Data([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0x4B, 0x2E, 0x2D, 0x2E, 0xC9, 0xCF])

    static let cases: [Case] = [
        // The instance file
        .wholeInstance("nothing at all", "", "is empty"),
        .wholeInstance("no YAML", "version: 1\nname: [Shop\n", "shop.yaml:3:1: not well-formed YAML"),
        .wholeInstance("a list", "- 1\n- 2\n", "expected a mapping, found a list"),
        .wholeInstance("a hundred thousand brackets", "version: \(nested)", "not well-formed YAML"),
        .wholeInstance("lists of lists of lists by alias", laughs + "version: 1\n", "a: unknown key"),
        .instance("a misspelt key", "goal:", "gaol:", "shop.yaml:6:1: gaol: unknown key; did you mean \"goal\"?"),
        .instance("a key twice", "name: Shop", "name: Shop\nname: Shop", "\"name\" stands twice in one mapping"),
        .instance("a version to come", "version: 1", "version: 9", "version: 9 is out of range"),
        .instance("no name", "name: Shop\n", "", "name: missing"),
        .instance("a propensity of no kind", "conversion", "converson", "did you mean \"conversion\"?"),
        .instance("a window in parsecs", "30d", "30 parsecs", "goal.within: \"30 parsecs\" is no number of days"),
        .instance("a window of nothing", "30d", "0d", "goal.within: 0d is too short"),
        .instance("a window into the past", "30d", "-3d", "goal.within: \"-3d\" is no number of days"),
        .instance("a day that never was", "as_of: 2011-08-29", "as_of: 2011-02-30", "as_of: \"2011-02-30\" is no date"),
        .instance("text for a number", "outcomes: 20", "outcomes: many", "expected a whole number, found text"),
        .instance(
            "a model of no kind", "output:", "model: { kind: forest }\noutput:", "\"forest\" is not one of trees"),
        .instance("an operator of no kind", "{ event: buy }", "{ field: amount, over: 3 }", "over: unknown key"),
        .instance(
            "half an interval", "{ event: buy }", "{ field: amount, between: [3] }",
            "expected a list of exactly 2, found 1"),
        .instance(
            "half a regular expression", "{ event: buy }", "{ field: kind, matches: '(' }",
            "\"(\" is no regular expression"),
        .instance(
            "a zone of no place", "timestamp: at", "timestamp: { column: at, zone: Europe/Pariss }",
            "did you mean \"Europe/Paris\"?"),
        .instance(
            "a goal on an unknown event", "event: buy", "event: bye", "there is no event \"bye\"", code: "unknown_event"
        ),
        .instance(
            "a goal on an unknown field", "{ event: buy }", "{ field: amuont, gt: 3 }", "did you mean \"amount\"?",
            code: "input"),
        .instance(
            "a goal that nothing meets", "{ event: buy }", "{ field: amount, gt: 1000 }",
            "no event up to the as-of date meets its condition", code: "goal_never_met"),
        .instance(
            "an identity column that is not there", "identity: customer", "identity: custmer",
            "has no column \"custmer\", which events[0] uses as identity; did you mean \"customer\"?", code: "input"),
        .instance(
            "more outcomes than there are", "outcomes: 20", "outcomes: 100000", "and 100000 of each are needed",
            code: "outcomes"),
        .instance(
            "everything excluded", "output:", "exclude: { field: kind, exists: true }\noutput:",
            "rows can be used", code: "no_usable_row"),
        // Files
        .instance("a file that is not there", "path: events.csv", "path: evnts.csv", "did you mean \"events.csv\"?"),
        .instance("a pattern of no file", "path: events.csv", "path: '*.parquet'", "no file matches"),
        .instance("an address", "path: events.csv", "path: http://host/events", "http:// is not known"),
        .file("no bytes", Data(), "the file is empty (0 bytes)"),
        .file("a header alone", Data(header.utf8), "the file has columns but no rows"),
        .file("UTF-16 without a mark", Data(events.utf8.flatMap { [$0, 0] }), "set `encoding: utf-16`"),
        .file(
            "a column twice", Data("customer,at,kind,kind\n1,2011-01-01,buy,1\n".utf8), "two columns are named \"kind\""
        ),
        .file("Parquet by name alone", in: "e.parquet", Data("hello".utf8), "e.parquet: cannot be read"),
        .file(
            "a torn Parquet file", in: "e.parquet", Data("PAR1".utf8) + Data(count: 400), "e.parquet: cannot be read"),
        .file("a workbook", in: "e.xlsx", Data([0x50, 0x4B, 3, 4, 0, 0]), "export it as CSV"),
        .file("a torn gzip file", in: "e.csv.gz", tornGzip, "Truncated compressed stream"),
        .file(
            "half a JSON object", in: "e.jsonl",
            Data("{\"customer\": 1, \"at\": \"2011-01-01\", \"kind\": \"bu\n{\"cu".utf8),
            "line 1 is no JSON"),
        .file(
            "JSON of two kinds", in: "e.jsonl",
            Data(
                """
                {"customer": {"a": 1}, "at": "2011-01-01", "kind": "buy"}
                {"customer": [2], "at": "2011-01-01", "kind": "buy"}
                """.utf8), "is of type objects in some rows and arrays in others"),
        .file(
            "identities that are all null", Data((header + ",2011-08-01,buy,1\n,2011-08-02,buy,1\n").utf8),
            "none of the 2 rows can be used: 2 missing identity", code: "no_usable_row"),
        .file(
            "times that all are none", Data((header + "1,soon,buy,1\n2,later,buy,1\n").utf8),
            "none of the 2 rows can be used: 2 unreadable timestamp", code: "no_usable_row"),
        .file(
            "data that end long before", Data((header + "1,2010-01-01,buy,1\n2,2010-01-19,buy,1\n").utf8),
            "as_of 2011-08-29 is after all data", code: "as_of"),
        // Rows
        .rows("null identities", ",2011-08-01,buy,3\n  ,2011-08-01,buy,3\n", ["missing identity": 2]),
        .rows("texts and days that never were", "1,yesterday,buy,3\n1,2011-02-30,buy,3\n", ["unreadable timestamp": 2]),
        .rows("no time", "1,,buy,3\n", ["missing timestamp": 1]),
        .rows("no type", "1,2011-08-01,,3\n", ["missing event type": 1]),
        .rows("too few fields, and too many", "1,2011-08-01\n1,2011-08-01,buy,3,4\n", ["broken row": 2]),
        .rows("a date in 2099", "1,2099-01-01,buy,3\n", ["after the as-of date": 1]),
        .rows(
            "a date in 2099 where the last event is the as-of date", "1,2099-01-01,buy,3\n",
            ["on a day still to come": 1],
            instance: replace("as_of: 2011-08-29\n", "")),
        .rows("text where a number was", "1,2011-08-01,buy,lots\n1,2011-08-01,buy,inf\n", [:]),
        .rows("zero bytes", "\0\0,2011-08-01,buy,3\n", [:]),
        .file(
            "an identity that is no UTF-8", Data(events.utf8) + Data([0x4A, 0xE9]) + Data(",2011-08-01,buy,3\n".utf8),
            "holds bytes that are no UTF-8, such as J\\xe9"),
        .rows("a quote that stays open", "7,\"2011-08-01,buy,3\n", ["broken row": 1]),
        Case(
            name: "UTF-16 with a mark",
            files: ["events.csv": Data([0xFF, 0xFE]) + Data(events.utf8.flatMap { [$0, 0] })]),
    ]

    private struct Report: Decodable {
        struct Finding: Decodable {
            var code: String
            var severity: String
            var what: String
        }
        struct Dataset: Decodable {
            struct Rejected: Decodable {
                var name: String
                var count: Int
            }
            var rows: Int
            var used: Int
            var rejected: [Rejected]
        }
        var verdict: String
        var findings: [Finding]
        var datasets: [Dataset]?
    }

    @Test(arguments: cases)
    func isNamedAndNothingIsLost(_ input: Case) throws {
        let folder = try TemporaryFolder()
        let files = ["events.csv": Data(Self.events.utf8)].merging(input.files) { $1 }
        for (name, data) in files { try folder.write(data, to: name) }
        let (code, output) = try check(folder.write(input.instance, to: "shop.yaml"))
        let report = try JSONDecoder().decode(Report.self, from: output)
        let stops = report.findings.filter { $0.severity == "stop" }
        if let (kind, says) = input.stop {
            #expect(code == 2 && report.verdict == "cannot_train")
            #expect(stops.first?.code == kind && stops.first?.what.contains(says) == true, "\(stops)")
        } else {
            #expect(code == 0 && stops.isEmpty, "\(stops)")
            let dataset = try #require(report.datasets?.first)
            let good = Self.events.utf8.count { $0 == 0x0A } - 1
            #expect(Dictionary(uniqueKeysWithValues: dataset.rejected.map { ($0.name, $0.count) }) == input.rejected)
            #expect(dataset.used >= good && dataset.used + input.rejected.values.reduce(0, +) == dataset.rows)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == files.count + 1)
    }

    /// The exit code and what `propensity check --json` prints.
    private func check(_ instance: String) throws -> (code: Int32, output: Data) {
        let (code, output, _) = try RunningProgram.streams(["check", "--json", instance])
        return (code, Data(output.utf8))
    }
}
