import Foundation
import Learning
import TestSupport
import Testing

@testable import InstanceFile
@testable import Tables

private let plain = """
    version: 1
    name: Leaves soon
    propensity: churn
    events:
      - path: events.csv
        identity: who
        timestamp: at
        type: { column: kind }
    goal:
      will: not occur
      all_of: [{ event: Purchase }]
      within: 30d
    """

private func parsed(_ text: String) throws -> Instance {
    try Instance.parse(text: text, file: "a.yaml", baseDirectory: "/data", checkingFiles: false)
}

/// The lines that the user sees.
private func problems(_ text: String) -> [String] {
    do throws(InstanceError) {
        _ = try Instance.parse(text: text, file: "a.yaml", baseDirectory: "/data", checkingFiles: false)
        return []
    } catch {
        return error.description.split(separator: "\n").map(String.init)
    }
}

@Suite struct InstanceFileTests {
    @Test func whatIsNotWrittenHasItsDefault() throws {
        let dataset = EventDataset(
            paths: ["/data/events.csv"], identity: "who", timestamp: TimestampColumn(column: "at"),
            type: .column("kind"))
        let goal = Goal(willOccur: false, condition: .all([.event("Purchase")]), within: Days(30))
        let expected = Instance(
            name: "Leaves soon", propensity: .churn, source: .events(EventSource(datasets: [dataset], goal: goal)))
        #expect(try parsed(plain) == expected)
        guard case .events(let source) = expected.source else { return }
        #expect(source.eligible == Eligibility(condition: nil, inLast: Days(45)))
        #expect(source.duplicates == .drop)
        #expect(expected.checks == Checks(minimumOutcomes: 500, maximumRejected: 0.5))
        #expect(expected.model == HyperParameters())
    }

    @Test func theSampleInstanceIsRead() throws {
        let sample = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Sources/propensity/Sample/online_retail.yaml").standardized.path
        let instance = try Instance.parse(file: sample)
        guard case .events(let source) = instance.source else {
            Issue.record("no events")
            return
        }
        #expect(source.datasets[0].paths.map { $0.hasSuffix("/Sample/online_retail.parquet") } == [true])
        #expect(
            source.datasets[0].type
                == .rules([
                    .init(name: "Cancellation", when: .field(path: "InvoiceNo", .startsWith("C"))),
                    .init(name: "Purchase"),
                ]))
        #expect(source.datasets[0].numbers?.last == NumberField(name: "Revenue", columns: ["Quantity", "UnitPrice"]))
        #expect(source.eligible == Eligibility(condition: .any([.event("Purchase")]), inLast: Days(365)))
        #expect(source.customEvents.map(\.name) == ["Big order line"])
        #expect(instance.asOf == Timestamp(year: 2011, month: 9, day: 1))
        #expect(instance.segments.map(\.name) == ["Ready to buy", "Win back", "French favourites"])
        #expect(instance.output?.hasSuffix("/Sample/results") == true)
    }

    /// Has every key.
    private static let whole = """
        version: 1
        name: 2011
        propensity: conversion
        events:
          - path: [a.csv, /b/*.csv, ./c/./d.csv]
            identity: identityMap.ECID[0].id
            timestamp: { column: ts, unit: ms, zone: Europe/London, format: "%Y" }
            event: visit
            numbers: [n, { name: total, product: [n, m] }]
            categories: []
        goal:
          will: occur
          any_of:
            - all_of: [{ event: visit }, { field: n, between: [1, 2.5] }]
            - none_of: [{ field: day, gte: 2011-09-01 }, { field: flag, equals: true }]
          within: 4w
        eligible: { field: s, in: [a, 1, true, "1"], in_last: 30d }
        custom_events:
          - { name: big, field: n, gt: 5 }
          - { name: bigger, all_of: [{ event: big }, { field: n, not_equals: 7 }] }
        exclude: { field: s, matches: "^bot" }
        duplicates: keep
        profiles: [{ path: p.csv, identity: id, attributes: [age] }, { path: q.csv, identity: id }]
        as_of: 2011-09-01T12:00:00+02:00
        checks: { minimum_outcomes: 10, maximum_rejected: 0.25 }
        model:
          { kind: trees, growth: depthwise, bins: 256, learning_rate: 1, trees: 1, stop_after: 2, depth: 3, l2: 0,
            minimum_child_hessian: 2.5, minimum_child_count: 7, training_rows: all, row_sampling: 0.5, feature_sampling: 0.25, tune: true,
            seed: 0 }
        segments:
          - { name: s, all_of: [{ field: bucket, in: [low] }, { factor: f, direction: raises, importance: high }] }
        output: out/
        """

    @Test func keysOfEventsHaveTheirMeaning() throws {
        let instance = try parsed(Self.whole)
        guard case .events(let source) = instance.source else { return }
        #expect(source.datasets[0].paths == ["/data/a.csv", "/b/*.csv", "/data/c/d.csv"])
        #expect(
            source.datasets[0].timestamp
                == TimestampColumn(column: "ts", unit: .ms, zone: "Europe/London", format: "%Y"))
        #expect(source.datasets[0].type == .constant("visit"))
        #expect(source.datasets[0].categories == [])
        #expect(source.customEvents[0].condition == .field(path: "n", .greater(.number(5))))
        #expect(source.exclude == .field(path: "s", .matches("^bot")))
        #expect(source.duplicates == .keep)
        #expect(instance.profiles.map(\.attributes) == [["age"], nil])
    }

    @Test func keysOfGoalAndEligibilityHaveTheirMeaning() throws {
        guard case .events(let source) = try parsed(Self.whole).source else { return }
        #expect(
            source.goal.condition
                == .any([
                    .all([.event("visit"), .field(path: "n", .between(.number(1), .number(2.5)))]),
                    .none([
                        .field(path: "day", .greaterOrEqual(.date(Timestamp(year: 2011, month: 9, day: 1)))),
                        .field(path: "flag", .equals(.boolean(true))),
                    ]),
                ]))
        #expect(source.goal.within == Days(28))
        #expect(
            source.eligible.conditions
                == [.field(path: "s", .isIn([.text("a"), .number(1), .boolean(true), .text("1")]))])
    }

    @Test func keysOfTheModelHaveTheirMeaning() throws {
        let instance = try parsed(Self.whole)
        let model: [String: HyperValue] = [
            "kind": .text("trees"), "growth": .text("depthwise"), "bins": .integer(256), "learning_rate": .number(1),
            "trees": .integer(1), "stop_after": .integer(2), "depth": .integer(3), "l2": .number(0),
            "minimum_child_hessian": .number(2.5), "minimum_child_count": .integer(7), "training_rows": .text("all"),
            "row_sampling": .number(0.5),
            "feature_sampling": .number(0.25), "tune": .truth(true), "seed": .integer(0),
        ]
        for each in HyperParameters.table { #expect(instance.model[each] == model[each.name], "\(each.name)") }
    }

    @Test func keysOfTheRunHaveTheirMeaning() throws {
        let instance = try parsed(Self.whole)
        #expect(instance.name == "2011")
        #expect(instance.asOf?.description == "2011-09-01T10:00:00Z")
        #expect(instance.checks == Checks(minimumOutcomes: 10, maximumRejected: 0.25))
        #expect(
            instance.segments[0].condition
                == .all([
                    .field(path: "bucket", .isIn([.text("low")])),
                    .factor(FactorTest(name: "f", direction: .raises, importance: .high)),
                ]))
        #expect(instance.output == "/data/out")
    }

    @Test func aReadyFeatureTableTakesThePlaceOfEvents() throws {
        let text = """
            version: 1
            name: Bank
            propensity: conversion
            features: { path: bank.csv, identity: row, label: { field: y, equals: "yes" }, drop: [duration] }
            """
        #expect(
            try parsed(text).source
                == .features(
                    FeatureTable(
                        paths: ["/data/bank.csv"], identity: .rowNumber, labelField: "y",
                        label: .outcome(.equals(.text("yes"))),
                        drop: ["duration"])))
        #expect(
            problems(text + "\ngoal: { will: occur, event: x, within: 30d }\nexclude: { event: x }") == [
                "a.yaml:5:1: goal: has no meaning beside features: a ready feature table takes the place of events",
                "a.yaml:6:1: exclude: has no meaning beside features: a ready feature table takes the place of events",
            ])
    }

    /// A long number that a Double would round stays the text that it is.
    @Test func longNumbersInConditionsKeepEveryDigit() throws {
        let text = plain.replacing("{ event: Purchase }", with: "{ field: id, equals: 9007199254740993 }")
        guard case .events(let source) = try parsed(text).source else { return }
        #expect(source.goal.condition == .all([.field(path: "id", .equals(.text("9007199254740993")))]))
    }
}

@Suite struct InstanceErrorTests {
    /// What the user changed in the plain instance, into what, and what is then said.
    @Test(
        arguments: [
            // Keys
            ("identity: who", "identty: who", ["6:5: events[0].identty: unknown key; did you mean \"identity\"?"]),
            ("name: Leaves", "nmae: Leaves", ["2:1: nmae: unknown key; did you mean \"name\"?"]),
            (
                "within: 30d", "within: 30d\n  zebra: 1",
                [
                    "13:3: goal.zebra: unknown key; the keys here are will, event, field, all_of, any_of, none_of, "
                        + "exists, equals, not_equals, in, not_in, contains, starts_with, ends_with, matches, gt, gte, "
                        + "lt, lte, between, events, within"
                ]
            ),
            (
                "    identity: who\n", "",
                [
                    "5:5: events[0].identity: missing: the column or XDM path that names the profile, or a mapping that describes it"
                ]
            ),
            (
                "propensity: churn\n", "",
                ["1:1: propensity: missing: the polarity of the goal: conversion (good news) or churn (bad news)"]
            ),
            (
                "    type: { column: kind }\n", "",
                [
                    "5:5: events[0].type: missing: the event's type: a name, { column: NAME }, { xdm: standard }, or a list of rules"
                ]
            ),
            (
                "    type:", "    event: x\n    type:",
                ["8:5: events[0].event: type and event stand side by side; keep one"]
            ),
            (
                "within: 30d", "within: 30d\n  events: [{ event: a }, { event: b }]",
                [
                    "13:3: goal.events: events stands beside another condition; keep one, or make the other an item of events"
                ]
            ),
            (
                "within: 30d", "within: 30d\nmodel: { row_samplng: 0.5 }",
                ["13:10: model.row_samplng: unknown key; did you mean \"row_sampling\"?"]
            ),
            // Values
            ("name: Leaves soon", "name: [Leaves]", ["2:7: name: expected text, found a list"]),
            ("name: Leaves soon", "name: \"  \"", ["2:7: name: is empty"]),
            (
                "name: Leaves soon", "name: true",
                ["2:7: name: expected text, found true or false; put it in quotes if it is a name"]
            ),
            ("version: 1", "version: 2", ["1:10: version: 2 is out of range; it must be between 1 and 1"]),
            (
                "within: 30d", "within: 30d\nmodel: { feature_sampling: 0 }",
                ["13:28: model.feature_sampling: 0 is out of range; it must be above 0.0 and at most 1.0"]
            ),
            (
                "within: 30d", "within: 30d\nmodel: { row_sampling: 1.5 }",
                ["13:24: model.row_sampling: 1.5 is out of range; it must be above 0.0 and at most 1.0"]
            ),
            (
                "within: 30d", "within: 30d\nmodel: { training_rows: 10 }",
                ["13:25: model.training_rows: 10 is out of range; it must be between 1000 and 1000000000000"]
            ),
            (
                "within: 30d", "within: 30d\nmodel: { training_rows: 2M }",
                ["13:25: model.training_rows: expected all or a number, found text"]
            ),
            (
                "within: 30d", "within: 30d\nmodel: { row_sampling: [0.5] }",
                ["13:24: model.row_sampling: expected auto, gradient or a number, found a list"]
            ),
            (
                "within: 30d", "within: 30d\nmodel: { row_sampling: gradients }",
                ["13:24: model.row_sampling: \"gradients\" is not one of auto, gradient; did you mean \"gradient\"?"]
            ),
            (
                "within: 30d", "within: 30d\nmodel: { tune: much }",
                ["13:16: model.tune: expected true or false, found text"]
            ),
            ("version: 1", "version: one", ["1:10: version: expected a whole number, found text"]),
            (
                "propensity: churn", "propensity: chrun",
                ["3:13: propensity: \"chrun\" is not one of conversion, churn; did you mean \"churn\"?"]
            ),
            (
                "will: not occur", "will: not ocur",
                ["10:9: goal.will: \"not ocur\" is not one of occur, not occur; did you mean \"not occur\"?"]
            ),
            (
                "within: 30d", "within: 30",
                ["12:11: goal.within: 30 has no unit; write 30d for days or 30w for weeks"]
            ),
            (
                "within: 30d", "within: a month",
                ["12:11: goal.within: \"a month\" is no number of days; write it as 90d or 4w"]
            ),
            (
                "within: 30d", "within: 0d",
                ["12:11: goal.within: 0d is too short; it must be at least 1d, the outcome window is whole days"]
            ),
            ("within: 30d", "within: 99999w", ["12:11: goal.within: 99999w is too long; the most is 36500d"]),
            (
                "within: 30d", "within: 30d\neligible: { in_last: 0d }",
                ["13:22: eligible.in_last: 0d is too short; it must be at least 1d, days are counted whole"]
            ),
            (
                "within: 30d", "within: 30d\nas_of: soon",
                ["13:8: as_of: \"soon\" is no date; write it as 2011-09-01 or 2011-09-01T12:00:00Z"]
            ),
            (
                "within: 30d", "within: 30d\nchecks: { maximum_rejected: 1.5 }",
                ["13:29: checks.maximum_rejected: 1.5 is out of range; it must be between 0.0 and 1.0"]
            ),
            (
                "within: 30d", "within: 30d\nmodel: { learning_rate: 0, bins: 1.5, kind: forest }",
                [
                    "13:25: model.learning_rate: 0 is out of range; it must be above 0.0 and at most 1.0",
                    "13:34: model.bins: expected a whole number, found 1.5",
                    "13:45: model.kind: \"forest\" is not one of trees, logistic",
                ]
            ),
            (
                "timestamp: at", "timestamp: { column: at, zone: Europe/Londn }",
                [
                    "7:36: events[0].timestamp.zone: \"Europe/Londn\" is no time zone; use an IANA name such as "
                        + "Europe/London; did you mean \"Europe/London\"?"
                ]
            ),
            ("path: events.csv", "path: []", ["5:11: events[0].path: expected a list of at least 1, found 0"]),
            (
                "path: events.csv", "path: hdfs://host/events.csv",
                [
                    "5:11: events[0].path: hdfs://host/events.csv: hdfs:// is not known; use s3://, gs:// or abfs://, or a path on "
                        + "a disk"
                ]
            ),
            (
                "type: { column: kind }", "type: [{ name: a }, { name: b }]",
                [
                    "8:11: events[0].type: rule [0] always holds, so the rules after it are never reached; move it to the end"
                ]
            ),
            (
                "type: { column: kind }", "type: { column: kind }\n    categories: [a, b, a]",
                ["9:17: events[0].categories: \"a\" is named twice"]
            ),
            // Conditions
            (
                "{ event: Purchase }", "{ event: Purchase, field: x, gt: 1 }",
                [
                    "11:31: goal.all_of[0].field: event and field stand side by side; keep one, or make them items of all_of"
                ]
            ),
            (
                "{ event: Purchase }", "{ field: x }",
                [
                    "11:12: goal.all_of[0]: needs an operator: one of exists, equals, not_equals, in, not_in, contains, "
                        + "starts_with, ends_with, matches, gt, gte, lt, lte, between"
                ]
            ),
            (
                "{ event: Purchase }", "{ field: x, gt: 1, lt: 2 }",
                [
                    "11:31: goal.all_of[0].lt: gt and lt stand side by side; make them items of all_of, each with its "
                        + "field, or use between"
                ]
            ),
            (
                "{ event: Purchase }", "{ field: x, between: [2, 1] }",
                ["11:33: goal.all_of[0].between: 2.0 is above 1.0; write the lower one first"]
            ),
            (
                "{ event: Purchase }", "{ field: x, between: [2, b] }",
                ["11:33: goal.all_of[0].between: both ends must be of one kind: numbers, dates or texts"]
            ),
            (
                "{ event: Purchase }", "{ field: x, matches: \"(\" }",
                ["11:33: goal.all_of[0].matches: \"(\" is no regular expression: it is not well formed"]
            ),
            (
                "{ event: Purchase }", "{ field: x, equals: }",
                ["11:32: goal.all_of[0].equals: expected a value, found nothing; for missing values use exists: false"]
            ),
            (
                "{ event: Purchase }", "{ field: x, equals: [1, 2] }",
                ["11:32: goal.all_of[0].equals: expected one value, found a list; for several use in or not_in"]
            ),
            (
                "{ event: Purchase }", "{ factor: Days since }",
                [
                    "11:14: goal.all_of[0].factor: factors exist only once profiles are scored; they may be used in segments only"
                ]
            ),
            (
                "within: 30d", "within: 30d\nsegments: [{ name: a, event: Purchase }]",
                [
                    "13:23: segments[0].event: this chooses among profiles, not events: use field or, in segments, factor; for who has had an event, write has"
                ]
            ),
            (
                "within: 30d", "within: 30d\nsegments: [{ name: a, field: bucket, equals: hgih }]",
                ["13:30: segments[0].field: a bucket is low, medium or high; did you mean \"high\"?"]
            ),
            (
                "within: 30d",
                "within: 30d\nsegments: [{ name: A b, field: score, gt: 1 }, { name: a-b, field: score, gt: 2 }]",
                [
                    "13:48: segments[1]: \"a-b\" and \"A b\" would both be written to segments/a_b, two outputs at one "
                        + "place; choose another name"
                ]
            ),
            (
                "type: { column: kind }", "type: Visit",
                [
                    "11:21: goal.all_of[0].event: no dataset has events named \"Purchase\"; the events are Visit; if \"Visit\" is the column that holds the types, write type: { column: Visit }"
                ]
            ),
            (
                "type: { column: kind }", "type: Purchased",
                ["11:21: goal.all_of[0].event: no dataset has events named \"Purchase\"; did you mean \"Purchased\"?"]
            ),
            (
                "within: 30d",
                "within: 30d\ncustom_events: [{ name: a, event: b }, { name: b, event: a }]",
                ["13:35: custom_events[0].event: a custom event may build on those before it only; \"b\" is after it"]
            ),
            (
                "within: 30d", "within: 30d\ncustom_events: [{ name: a, all_of: [{ event: a }] }]",
                [
                    "13:46: custom_events[0].all_of[0].event: a custom event may build on those before it only; "
                        + "\"a\" is itself"
                ]
            ),
            (
                "type: { column: kind }", "type: Purchase\ncustom_events: [{ name: Purchase, field: x, gt: 1 }]",
                ["9:17: custom_events[0]: \"Purchase\" is an event type already; choose another name"]
            ),
            // The file as a whole
            ("name: Leaves", "name: x\nname: Leaves", ["2:1: \"name\" stands twice in one mapping; remove one"]),
            (
                "within: 30d", "within: 30d\noutput: /data",
                ["13:9: output: the run would replace its own input /data/events.csv; choose another folder"]
            ),
        ] as [(String, String, [String])])
    func eachMistakeIsSaidWithItsPlaceAndItsCure(_ from: String, _ to: String, _ expected: [String]) {
        #expect(problems(plain.replacing(from, with: to)) == expected.map { "a.yaml:" + $0 })
    }

    @Test func allMistakesAreFoundAtOnceInTheOrderOfTheLines() {
        let text =
            plain
            .replacing("propensity: churn", with: "propensity: churned")
            .replacing("timestamp: at", with: "timestamp: { column: at, unit: hours }")
            .replacing("within: 30d", with: "within: soon\nmodle: {}")
        #expect(
            problems(text) == [
                "a.yaml:3:13: propensity: \"churned\" is not one of conversion, churn; did you mean \"churn\"?",
                "a.yaml:7:36: events[0].timestamp.unit: \"hours\" is not one of s, ms, us, ns, excel, days",
                "a.yaml:12:11: goal.within: \"soon\" is no number of days; write it as 90d or 4w",
                "a.yaml:13:1: modle: unknown key; did you mean \"model\"?",
            ])
    }

    /// Who writes the column's name under `type` is told, also where the goal's event is then unknown.
    @Test(arguments: ["type: kind", "event: kind"]) func aTypeThatMayBeAColumnIsNamed(_ type: String) {
        let found = problems(
            """
            version: 1
            name: Buys
            propensity: conversion
            events: [{ path: a.csv, identity: id, timestamp: at, \(type) }]
            goal: { will: occur, event: Purchase, within: 30d }
            """)
        let hint = "; if \"kind\" is the column that holds the types, write type: { column: kind }"
        #expect(found.count == 1 && found[0].contains("no dataset has events named \"Purchase\"; the events are kind"))
        #expect(found[0].hasSuffix(hint) == (type == "type: kind"), "\(found)")
    }

    @Test func whatIsNoYAMLIsSaidAlone() {
        #expect(
            problems("").first
                == "a.yaml: is empty; propensity quickstart unpacks examples, and propensity help instance tells every key"
        )
        #expect(problems("- a") == ["a.yaml:1:1: expected a mapping, found a list"])
        #expect(problems("a: [1").first?.hasPrefix("a.yaml:2:1: ") == true)
        #expect(problems("a: [1").first?.contains("not well-formed YAML") == true)
    }

    @Test func aShortFileCannotUnfoldWithoutEnd() {
        var nested = plain + "\ncustom_events:\n"
        nested += "  - { name: c0, any_of: &l0 [{ event: a }, { event: a }, { event: a }, { event: a }] }\n"
        for level in 1..<12 {
            let alias = "{ any_of: *l\(level - 1) }"
            nested += "  - { name: c\(level), any_of: &l\(level) [\(alias), \(alias), \(alias), \(alias)] }\n"
        }
        #expect(problems(nested).contains { $0.contains("the file unfolds to more than 100000 lists and mappings") })
    }

    @Test func conditionsNestedTooDeepAreRefused() {
        let deep = String(repeating: "{ all_of: [", count: 40) + "{ event: a }" + String(repeating: "] }", count: 40)
        #expect(
            problems(plain.replacing("{ event: Purchase }", with: deep)).contains {
                $0.hasSuffix("conditions are nested more than 32 deep")
            })
    }

    @Test func filesThatAreMissing() throws {
        let folder = try TemporaryFolder()
        try folder.write("who,kind,at\n", to: "evnts.csv")
        let path = try folder.write(
            plain + "\nprofiles: [{ path: nowhere/p.csv, identity: id }, { path: \"*.tsv\", identity: id }]\n",
            to: "a.yaml")
        let error = #expect(throws: InstanceError.self) { try Instance.parse(file: path) }
        #expect(
            error?.problems.map(\.message) == [
                "there is no file \(folder.path)/events.csv",
                "there is no file \(folder.path)/nowhere/p.csv: the folder \(folder.path)/nowhere does not exist",
                "no file matches \(folder.path)/*.tsv",
            ])
        #expect(error?.problems.first?.suggestion == "evnts.csv")
        #expect(error?.problems.first?.keyPath == "events[0].path")
        #expect(error?.problems.first?.line == 5)

        let gone = #expect(throws: InstanceError.self) { try Instance.parse(file: folder.path("no.yaml")) }
        #expect(gone?.description == "\(folder.path)/no.yaml: there is no such file")
        let binary = try folder.write([0xFF, 0xFE, 0x00], to: "b.yaml")
        let unread = #expect(throws: InstanceError.self) { try Instance.parse(file: binary) }
        #expect(unread?.description == "\(binary): is not UTF-8 text; an instance is a YAML file")
    }
}

/// What editors complete and check instance files by.
@Suite struct InstanceSchemaTests {
    private let schema: [String: Any]

    init() throws {
        let whole = try JSONSerialization.jsonObject(with: Data(Instance.jsonSchema.utf8))
        schema = try #require(whole as? [String: Any])
    }

    @Test func itIsValidJSONAndItsReferencesLeadSomewhere() throws {
        #expect(schema["$schema"] as? String == "https://json-schema.org/draft/2020-12/schema")
        let definitions = try #require(schema["$defs"] as? [String: Any])
        var references: Set<String> = []
        func collect(_ value: Any) {
            if let object = value as? [String: Any] {
                if let reference = object["$ref"] as? String { references.insert(reference) }
                for member in object.values { collect(member) }
            }
            for item in value as? [Any] ?? [] { collect(item) }
        }
        collect(schema)
        #expect(references == Set(definitions.keys.map { "#/$defs/\($0)" }))
    }

    /// The keys that it offers are those that the parser takes.
    @Test func itOffersTheKeysThatTheParserTakes() throws {
        let properties = try #require(schema["properties"] as? [String: Any])
        #expect(schema["required"] as? [String] == ["version", "name", "propensity"])
        #expect(schema["additionalProperties"] as? Bool == false)
        #expect(properties.count == 20)
        for (key, property) in properties {
            #expect((property as? [String: Any])?["description"] as? String != nil)
            #expect(!problems("\(key): [[]]").contains { $0.contains("unknown key") }, "\(key)")
        }
        let model = try #require(properties["model"] as? [String: Any])
        let bins = try #require((model["properties"] as? [String: Any])?["bins"] as? [String: Any])
        #expect(bins["minimum"] as? Int == 2)
        #expect(bins["maximum"] as? Int == 256)
    }
}
