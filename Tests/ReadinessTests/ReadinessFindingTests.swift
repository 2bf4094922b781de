import EventFixtures
import Foundation
import Testing

@testable import Events
@testable import Features
@testable import InstanceFile
@testable import Readiness
@testable import Tables

/// A shop with two datasets of events and a table of customers, and an account of them with which nothing is wrong.
struct CheckedShop {
    static let day = Timestamp.microsecondsPerDay
    static let asOf = Timestamp(year: 2012, month: 1, day: 1)
    static let start = Timestamp(year: 2011, month: 1, day: 1)

    var instance: Instance
    var plan: InputPlan
    var ingested: IngestSummary
    var today = CheckedShop.asOf

    init() throws {
        let visits = EventDataset(
            paths: ["visits"], identity: "who", timestamp: TimestampColumn(column: "at"), type: .column("kind"),
            numbers: [NumberField(name: "amount", columns: ["amount"])], categories: ["sku"])
        let calls = EventDataset(
            paths: ["calls"], identity: "who", timestamp: TimestampColumn(column: "at"), type: .constant("call"),
            numbers: [], categories: [])
        let source = EventSource(
            datasets: [visits, calls], goal: Goal(condition: .event("buy"), within: Days(30)),
            customEvents: [CustomEvent(name: "dear", condition: .field(path: "amount", .greater(.number(100))))])
        instance = Instance(
            name: "Shop", propensity: .conversion, source: .events(source),
            profiles: [ProfileDataset(paths: ["crm"], identity: "id")], asOf: Self.asOf)
        func file(_ path: String, _ fields: [(String, ColumnKind)]) -> [SurveyedFile] {
            [
                SurveyedFile(
                    path: path, schema: Schema(fields: fields.map { Field(name: $0.0, kind: $0.1) }), rowGroups: [],
                    byteCount: 1)
            ]
        }
        plan = try InputPlan(
            instance: instance,
            files: [
                file(
                    "visits",
                    [("who", .text), ("kind", .text), ("at", .timestamp), ("amount", .number), ("sku", .text)]),
                file("calls", [("who", .text), ("at", .timestamp)]),
                file("crm", [("id", .text), ("plan", .text), ("since", .timestamp), ("end_date", .text)]),
            ])
        ingested = IngestSummary(instance: instance, plan: plan)
        for index in 0..<2 {
            ingested.datasets[index].earliest = Self.start.microseconds
            ingested.datasets[index].latest = Self.asOf.microseconds - Self.day
        }
        for (index, rows) in [10_000, 1_000, 500].enumerated() {
            ingested.datasets[index].rowsRead = rows
            ingested.datasets[index].rowsKept = rows
        }
        ingested.earliest = Self.start.microseconds
        ingested.latest = Self.asOf.microseconds - Self.day
        ingested.types = [
            IngestSummary.EventCounts(name: "buy", events: 2_000, numbers: [2_000], categories: [2_000]),
            IngestSummary.EventCounts(name: "call", events: 1_000, numbers: [0], categories: [0]),
            IngestSummary.EventCounts(name: "view", events: 8_000, numbers: [0], categories: [8_000]),
        ]
        ingested.customEvents[0].events = 10
        ingested.goalEventsByCondition = [2_000]
        ingested.numbers[0].present = 2_000
        ingested.categories[0].present = 10_000
        ingested.attributes[2] = [500, 500, 0].map {
            var counts = IngestSummary.FieldCounts()
            counts.present = $0
            return counts
        }
        // A column that is not there yet is no fault of the base case.
        plan.datasets[2].attributes.removeLast()
        ingested.attributes[2].removeLast()
    }

    mutating func reject(_ count: Int, _ reason: RejectReason, dataset: Int) {
        ingested.datasets[dataset].rejected[reason.rawValue] += count
        ingested.datasets[dataset].rowsKept -= count
    }

    mutating func changeSource(_ change: (inout EventSource) -> Void) {
        guard case .events(var source) = instance.source else { return }
        change(&source)
        instance.source = .events(source)
    }

    var readiness: Readiness {
        var readiness = Readiness(name: instance.name)
        readiness.add(ingested, instance: instance, plan: plan, today: today)
        return readiness
    }
}

/// What is said of ingested data before anything is made of them.
@Suite struct ReadinessFindingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var verdict: Verdict
        /// Severity, code and the finding's line, in order.
        var expected: [String]
        var change: @Sendable (inout CheckedShop) -> Void

        init(
            _ description: String, _ verdict: Verdict, _ expected: [String],
            _ change: @escaping @Sendable (inout CheckedShop) -> Void
        ) {
            testDescription = description
            self.verdict = verdict
            self.expected = expected
            self.change = change
        }
    }

    static let cases: [Case] = [
        Case("nothing is wrong", .ready, []) { _ in },
        Case(
            "a quarter of the rows and more cannot be used", .risky,
            [
                "warning rejected_rows events[0]: 30 % of 10,000 rows cannot be used: 2,000 missing identity, 1,000 unreadable "
                    + "timestamp; see whether the columns of events[0] are the right ones; anonymous rows can stay as they are"
            ]
        ) {
            $0.reject(2_000, .missingIdentity, dataset: 0)
            $0.reject(1_000, .unreadableTimestamp, dataset: 0)
            $0.ingested.categories[0].present = 7_000
        },
        Case(
            "most rows of two datasets cannot be used, and nobody ever reaches the goal: all is told", .cannotTrain,
            [
                "stop rejected_rows events[0]: 6000 of 10000 rows cannot be used (60 %), and the limit is 50 %: 6000 missing "
                    + "identity; correct the columns of the instance, or raise checks.maximum_rejected",
                "stop rejected_rows profiles[0]: 300 of 500 rows cannot be used (60 %), and the limit is 50 %: 300 missing "
                    + "identity; correct the columns of the instance, or raise checks.maximum_rejected",
                "stop unknown_event goal: there is no event \"byu\"; did you mean \"buy\"?; the event types are \"buy\", "
                    + "\"call\", \"view\"",
            ]
        ) {
            $0.reject(6_000, .missingIdentity, dataset: 0)
            $0.reject(300, .missingIdentity, dataset: 2)
            $0.ingested.attributes[2][0].present = 200
            $0.ingested.attributes[2][1].present = 200
            $0.ingested.categories[0].present = 4_000
            $0.ingested.goalEventsByCondition = [0]
            $0.changeSource { $0.goal.condition = .event("byu") }
        },
        Case("rows that are left out as asked are no fault", .ready, []) {
            $0.reject(6_000, .excluded, dataset: 0)
            $0.ingested.categories[0].present = 4_000
        },
        Case(
            "too little history and an event that does not exist", .cannotTrain,
            [
                "stop data_length the data reach from 2011-12-01 to 2012-01-01, but learning needs 30 days of history and "
                    + "another 30 days in which the outcome is known; add older events, or shorten goal.within",
                "stop nobody_eligible eligible: no event up to the as-of date meets its condition; the event types are "
                    + "\"buy\", \"call\", \"view\"; correct the event's name or the fields' values, or leave the condition out",
            ]
        ) {
            $0.ingested.earliest = Timestamp(year: 2011, month: 12, day: 1).microseconds
            $0.changeSource { $0.eligible = Eligibility(condition: .event("buy")) }
            $0.ingested.eligibleEventsByCondition = [0]
        },
        Case(
            "less history than the look-back", .risky,
            [
                "warning data_length `eligible` looks back 365 days, and the data begin only 335 days before the latest training "
                    + "date 2011-12-02; add the events from 2010-12-02 on if there are any, or shorten an in_last of `eligible`, or goal.within"
            ]
        ) { $0.changeSource { $0.eligible = Eligibility(inLast: Days(365)) } },
        Case(
            "a dataset that ends early", .risky,
            [
                "warning stale_dataset events[1] ends on 2011-09-01, 122 days before the as-of date 2012-01-01; add its newer "
                    + "events, set as_of to 2011-09-01, or leave the dataset out"
            ]
        ) { $0.ingested.datasets[1].latest = Timestamp(year: 2011, month: 9, day: 1).microseconds },
        Case("a dataset of rare events may be silent for a while", .ready, []) {
            $0.ingested.datasets[1].rowsKept = 12
            $0.ingested.datasets[1].rowsRead = 12
            $0.ingested.datasets[1].latest = Timestamp(year: 2011, month: 11, day: 1).microseconds
        },
        Case(
            "an as-of date that the data do not reach", .cannotTrain,
            [
                "stop as_of as_of 2013-01-01 is after all data, the last event being at 2011-12-31; add newer events, or set "
                    + "as_of to that moment or leave it out"
            ]
        ) { $0.instance.asOf = Timestamp(year: 2013, month: 1, day: 1) },
        Case(
            "old data, and no as-of date to say that they are meant", .risky,
            [
                "warning old_data the newest event is of 2011-12-31, 367 days ago; add newer events, or set as_of to say that "
                    + "this date is meant"
            ]
        ) {
            $0.instance.asOf = nil
            $0.today = Timestamp(year: 2013, month: 1, day: 1)
        },
        Case(
            "events of a day still to come", .risky,
            [
                "warning future_events 3 events are of days still to come; correct the timestamps (is their unit right?), "
                    + "or set as_of"
            ]
        ) {
            $0.instance.asOf = nil
            $0.today = Timestamp(year: 2012, month: 1, day: 1)
            $0.ingested.datasets[0].rejected[RejectReason.inTheFuture.rawValue] = 3
        },
        Case(
            "columns that are empty, sparse and no numbers", .risky,
            [
                "warning empty_column profiles[0]: \"plan\" holds no usable value; see that it is the column that is meant, "
                    + "or leave it out of `attributes`",
                "warning sparse_column events[0]: fewer than half of the rows have a value: \"amount\" 1 %, \"sku\" "
                    + "4.9 %; see whether the values get lost on their way, or leave the columns out",
                "warning unreadable_values events[0]: 900 values of \"amount\" are no numbers; write plain numbers, or use the "
                    + "column as a category",
            ]
        ) {
            $0.ingested.attributes[2][0].present = 0
            $0.ingested.numbers[0].present = 100
            $0.ingested.numbers[0].unreadable = 900
            $0.ingested.categories[0].present = 490
            for index in 0..<3 {
                $0.ingested.types[index].numbers = [30]
                $0.ingested.types[index].categories = [90]
            }
        },
        Case("a field that one type of event always has", .ready, []) { $0.ingested.types[0].numbers = [1_500] },
        Case(
            "an end date that is no date", .risky,
            [
                "warning date_as_text profiles[0]: \"end_date\" should be a date, and holds texts; write dates as 2011-09-01"
            ]
        ) {
            $0.plan.datasets[2].attributes.append(PlannedAttribute(name: "end_date", kind: .text))
            $0.ingested.attributes[2].append($0.ingested.attributes[2][0])
        },
        Case(
            "conditions of which a part can never hold", .risky,
            [
                "warning unknown_event eligible: there is no event \"veiw\"; did you mean \"view\"?; the event types are \"buy\", "
                    + "\"call\", \"view\"",
                "note custom_event_never_met no event meets the custom event \"dear\"; correct its conditions, or remove it",
            ]
        ) {
            $0.ingested.customEvents[0].events = 0
            $0.changeSource { $0.eligible = Eligibility(condition: .any([.event("buy"), .event("veiw")])) }
            $0.ingested.eligibleEventsByCondition = [2_000]
        },
        Case(
            "a goal of which a part can never hold is another goal", .cannotTrain,
            [
                "stop unknown_event goal: there is no event \"veiw\"; did you mean \"view\"?; the event types are \"buy\", "
                    + "\"call\", \"view\""
            ]
        ) { $0.changeSource { $0.goal.condition = .any([.event("buy"), .event("veiw")]) } },
        Case(
            "more types than types can be", .risky,
            [
                "warning many_types there are more than 10,000 event types; name a column of few values as the type, and put "
                    + "this one among the categories"
            ]
        ) { $0.ingested.hasMoreTypes = true },
        Case("what the plan has to say", .ready, ["note notice events[0] has many columns."]) {
            $0.plan.warnings = ["events[0] has many columns."]
        },
    ]

    @Test(arguments: cases) func findings(_ example: Case) throws {
        var shop = try CheckedShop()
        example.change(&shop)
        let readiness = shop.readiness
        #expect(readiness.findings.map { "\($0.severity.rawValue) \($0.code.rawValue) \($0.line)" } == example.expected)
        #expect(readiness.verdict == example.verdict)
        // Whatever is found says what it means, apart from notices.
        for finding in readiness.findings where finding.code != .notice { #expect(finding.means != nil) }
    }

    /// One row a problem of the instance or the files, each with its place.
    @Test func theInstanceAndItsFiles() throws {
        let error = #expect(throws: InstanceError.self) {
            try Instance.parse(text: "version: 1\nnam: x\n", file: "x.yaml", baseDirectory: "/")
        }
        let readiness = Readiness(try #require(error), file: "x.yaml")
        #expect(readiness.verdict == .cannotTrain)
        #expect(readiness.findings.count > 1)
        #expect(readiness.findings.allSatisfy { $0.code == .instance && $0.what.hasPrefix("x.yaml:") })

        var files = Readiness(name: "Shop")
        files.add(
            InputError(problems: [
                .unknownField(field: "pricee", role: .goal, datasets: ["events[0]"], nearest: "price"),
                .missingColumn(
                    column: "who", role: .identity, dataset: "events[0]", file: "a.csv", nearest: nil,
                    columns: ["a", "b"]),
            ]))
        #expect(
            files.findings.map(\.line) == [
                "goal: no events have a field \"pricee\" (looked in events[0]); did you mean \"price\"?",
                "a.csv: has no column \"who\", which events[0] uses as identity; its columns are \"a\", \"b\"",
            ])
    }

    @Test func theReportIsNarrowAndSaysEverything() throws {
        var shop = try CheckedShop()
        shop.reject(3_000, .missingIdentity, dataset: 0)
        let readiness = shop.readiness
        let text = readiness.text(width: 70)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.first == "Shop: risky; it can be trained, but see the warnings")
        #expect(lines.contains("    who                   70 % of 10,000, identity of events[0]") == false)
        #expect(lines.contains("  who                     70 % of 10,000, identity of events[0]"))
        let findings = try #require(lines.firstIndex(of: "Warning"))
        #expect(lines[findings...].allSatisfy { $0.count <= 70 })
        for finding in readiness.findings {
            let words = text.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
            let parts = [try #require(finding.means), try #require(finding.change)]
            #expect(parts.allSatisfy { words.contains($0) })
        }
    }

    @Test(arguments: FindingCode.allCases) func everyKindOfFindingIsDocumented(_ code: FindingCode) throws {
        let file = URL(fileURLWithPath: #filePath).appendingPathComponent(
            "../../../Sources/propensity/Documentation.docc/Checks.md"
        ).standardizedFileURL
        #expect(try String(contentsOf: file, encoding: .utf8).contains("| `\(code.rawValue)` |"))
    }

    @Test func sharesAreNeverRoundedToAllOrNothing() {
        #expect(Wording.percent(1, of: 100_000) == "under 0.1 %")
        #expect(Wording.percent(99_999, of: 100_000) == "over 99.9 %")
        #expect(
            [Wording.percent(0, of: 5), Wording.percent(5, of: 5), Wording.percent(1, of: 3)] == [
                "0 %", "100 %", "33.3 %",
            ])
        #expect([0, 999, 1_000, -1_234_567].map(Wording.count) == ["0", "999", "1,000", "-1,234,567"])
    }
}
