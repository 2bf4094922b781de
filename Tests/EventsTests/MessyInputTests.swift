import Bytes
import EventFixtures
import Foundation
import Tables
import TestSupport
import Testing

@testable import Events
@testable import Features
@testable import InstanceFile
@testable import Readiness

/// A log of purchases with one trouble each, of the kinds that people have with such files: what comes out is what was
/// meant, or it is said what does not.
@Suite struct MessyInputTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private static let names = (0..<40).map { "C\($0)" }

    /// Some rows a customer, one a day.
    private func rows(
        _ names: [String] = Self.names, at moment: (Int) -> String = { "2023-0\(1 + $0 % 9)-1\($0 % 10) 10:00:00" },
        price: (Int) -> String = { "\($0 % 50).5" }
    ) -> [[String]] {
        (0..<400).map { row in
            [names[row % names.count], moment(row), row % 3 == 0 ? "Purchase" : "View", price(row), "web"]
        }
    }

    private static let header = ["user", "ts", "type", "price", "channel"]

    private func csv(_ rows: [[String]], header: [String] = Self.header, delimiter: String = ",") -> String {
        ([header] + rows).map { $0.joined(separator: delimiter) }.joined(separator: "\n") + "\n"
    }

    private func instance(
        _ paths: [String], goal: Condition = .event("Purchase"), exclude: Condition? = nil,
        _ edit: (inout EventDataset) -> Void = { _ in }
    ) -> Instance {
        var dataset = EventDataset(
            paths: paths, identity: "user", timestamp: TimestampColumn(column: "ts"), type: .column("type"))
        edit(&dataset)
        return Instance(
            name: "x", propensity: .conversion,
            source: .events(
                EventSource(datasets: [dataset], goal: Goal(condition: goal, within: Days(30)), exclude: exclude)),
            asOf: Timestamp(year: 2023, month: 9, day: 20))
    }

    private func identities(_ ingested: Ingested) throws -> Set<String> {
        var found: Set<String> = []
        for bytes in ingested.blocks.flatMap(\.self) {
            let block: EventBlock = try Assembler.open(bytes, EventBlock.name, EventBlock.version)
            found.formUnion(block.identity.dictionary)
        }
        return found
    }

    private func findings(_ ingested: Ingested) -> [Finding] {
        DataCheck(
            instance: ingested.instance, plan: ingested.plan, ingested: ingested.summary,
            today: Timestamp(year: 2023, month: 9, day: 21)
        ).findings
    }

    private func finding(_ code: FindingCode, _ ingested: Ingested) throws -> Finding {
        try #require(findings(ingested).first { $0.code == code })
    }

    // MARK: Identities

    /// Numbers that no Double holds apart, whole numbers with a fraction of zeros and blanks around: each is one customer.
    @Test func identitiesOfJSONAreTheDigitsThatStandThere() throws {
        let ids = (0..<40).map { "184467440737095516\($0 + 10)" }
        let lines = rows(ids + ["12346"]).map { row in
            "{\"user\": \(row[0]), \"ts\": \"\(row[1])\", \"type\": \"\(row[2])\", \"price\": \(row[3])}"
        }
        let odd = ["12346.0", "\" 12346 \"", "\"12346\""].map {
            "{\"user\": \($0), \"ts\": \"2023-01-01\", \"type\": \"View\"}"
        }
        let path = try folder.write((lines + odd).joined(separator: "\n"), to: "data.jsonl")
        let ingested = try Ingested(files: instance([path]))
        #expect(try identities(ingested) == Set(ids + ["12346"]))
        #expect(ingested.summary.rowsKept == 403)
    }

    @Test func namesInLatin1AreReadAsSuchOrRefused() throws {
        let names = ["Müller", "Möller", "Mäller"]
        let path = folder.path("data.csv")
        try #require(csv(rows(names)).data(using: .isoLatin1)).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: TableError.self) { try Ingested(files: instance([path])) }
        #expect(error?.description.contains("encoding: windows-1252, latin1 or utf-16") == true)
        #expect(error?.description.contains("\"user\"") == true)
        for encoding in [TextEncoding.latin1, .windows1252] {
            let ingested = try Ingested(files: instance([path]) { $0.text.encoding = encoding })
            #expect(try identities(ingested) == Set(names))
        }
        // Elsewhere than in identities and conditions a stray byte costs nobody anything.
        var text = try #require(csv(rows()).data(using: .isoLatin1))
        text.replaceSubrange(try #require(text.range(of: Data("web".utf8))), with: [0xFC])
        try text.write(to: URL(fileURLWithPath: path))
        #expect(try Ingested(files: instance([path])).summary.rowsKept == 400)
        let compared = Condition.field(path: "channel", .equals(.text("web")))
        #expect(throws: TableError.self) { try Ingested(files: instance([path], exclude: compared)) }
    }

    @Test func placeholdersNameNobodyOrAreTold() throws {
        let nobody = ["\\N", "#N/A", "NULL", "<NA>", "n/a", "nan", ""]
        let path = try folder.write(csv(rows(Self.names + nobody)), to: "data.csv")
        let ingested = try Ingested(files: instance([path]))
        #expect(try identities(ingested) == Set(Self.names))
        let odd = ["(not set)", "undefined", "-", "00000000-0000-0000-0000-000000000000", "0", "test@example.com", "?"]
        let told = try folder.write(csv(rows(Self.names + odd)), to: "odd.csv")
        let all = try Ingested(files: instance([told]))
        let recipe = try all.recipe()
        var conspicuous = ConspicuousIdentities()
        for shard in all.blocks.map({ try? Assembler(recipe: recipe).assemble(blocks: $0) }) {
            if let shard { conspicuous.merge(shard.summary.conspicuous) }
        }
        #expect(Set(conspicuous.placeholders.map(\.identity)) == Set(odd))
        let named = instance([told]) { $0.missingIdentities = odd }
        #expect(try identities(Ingested(files: named)) == Set(Self.names))
    }

    @Test(arguments: [("1.23E+10", true), ("1E+05", true), ("1.23e10", false), ("E+10", false), ("C1", false)])
    func numbersThatHaveLostTheirDigitsAreKnown(_ identity: String, _ isRounded: Bool) {
        #expect(ConspicuousIdentities.isRounded(identity) == isRounded)
    }

    // MARK: Columns

    @Test func aStrayTextIsOneUnreadableValue() throws {
        let path = try folder.write(csv(rows(price: { $0 == 7 ? "free" : "\($0).5" })), to: "data.csv")
        let ingested = try Ingested(files: instance([path]))
        #expect(ingested.plan.numbers == ["price"])
        let finding = try finding(.unreadableValues, ingested)
        #expect(finding.severity == .note)
        #expect(finding.what == "events[0]: 1 value of \"price\" is no number, such as \"free\"")
    }

    /// A column without values in one file, one that a file lacks, and one that is called otherwise there.
    @Test func filesOfADatasetAreTakenTogether() throws {
        let full = try folder.write(csv(rows()), to: "d0.csv")
        let empty = try folder.write(csv(rows(price: { _ in "" })), to: "d1.csv")
        #expect(try Ingested(files: instance([full, empty])).plan.numbers == ["price"])
        let short = try folder.write(
            csv(rows().map { Array($0[..<3]) }, header: Array(Self.header[..<3])), to: "d2.csv")
        let lacking = try Ingested(files: instance([full, short]))
        #expect(lacking.plan.numbers == ["price"])
        #expect(
            lacking.plan.notes.map(\.what) == [
                "events[0]: 1 of 2 files have no column \"price\": d2.csv",
                "events[0]: 1 of 2 files have no column \"channel\": d2.csv",
            ])
        let other = try folder.write(csv(rows(), header: ["user", "ts", "type", "Price", "channel"]), to: "d3.csv")
        let notes = try Ingested(files: instance([full, other])).plan.notes
        #expect(notes.map(\.what) == ["events[0]: 1 of 2 files have no column \"price\" but \"Price\": d3.csv"])
        #expect(notes.first?.isWarning == true)
    }

    /// One of ten files with a bad value in ten rows: of all values it is one in a hundred.
    @Test func aFewValuesOfASmallFileDecideNothing() throws {
        let paths = try (0..<10).map { file in
            try folder.write(
                csv(Array(rows(price: { file == 3 && $0 == 1 ? "gone" : "1.5" })[..<11])), to: "part-\(file).csv")
        }
        #expect(try Ingested(files: instance(paths)).plan.numbers == ["price"])
    }

    @Test(
        arguments: [
            ("1.234,50", "decimal: \",\"", NumberStyle(decimal: ",")),
            ("\"1,234.50\"", "thousands: \",\"", NumberStyle(thousands: ",")),
            ("$1234.50", "currency: \"$\"", NumberStyle(currency: "$")),
        ])
    func numbersInAStyleAreToldAndReadWhereItIsNamed(_ price: String, _ keys: String, _ style: NumberStyle) throws {
        let rows = rows(price: {
            $0 % 2 == 0 ? price : price.replacing("1234", with: "2345").replacing("234", with: "345")
        })
        let path = try folder.write(csv(rows, delimiter: ";"), to: "data.csv")
        let goal = Condition.field(path: "price", .greaterOrEqual(.number(800)))
        let untold = try Ingested(files: instance([path], goal: goal))
        #expect(untold.plan.categories.contains("price"))
        #expect(try finding(.looksNumeric, untold).change == "set `\(keys)` beside the path of events[0]")
        let stop = try finding(.unreadableCondition, untold)
        #expect(stop.severity == .stop)
        #expect(stop.what.hasPrefix("goal: 400 of 400 values of \"price\" are no numbers to compare, such as "))
        #expect(stop.change == "set `\(keys)` beside the dataset's path")
        let read = try Ingested(files: instance([path], goal: goal) { $0.text.numbers = style })
        #expect(read.plan.numbers == ["price"])
        #expect(read.summary.goalEvents == 400)
        #expect(findings(read).isEmpty)
    }

    @Test func paddedTextsAreTheSameTexts() throws {
        let padded = rows().map { [$0[0] + "  ", $0[1], " \($0[2])   ", $0[3], "web      "] }
        let path = try folder.write(csv(padded), to: "data.csv")
        let ingested = try Ingested(
            files: instance([path], exclude: .all([.event("View"), .field(path: "channel", .equals(.text("web")))])))
        #expect(ingested.summary.types.map(\.name) == ["Purchase"])
        #expect(ingested.summary.rejected(.excluded) == 266)
        let ends = try Ingested(files: instance([path], exclude: .field(path: "channel", .endsWith("web"))))
        #expect(ends.summary.rejected(.excluded) == 400)
        let never = try Ingested(files: instance([path], exclude: .field(path: "channel", .equals(.text("wep")))))
        #expect(try finding(.excludeNeverMet, never).severity == .note)
    }

    @Test func longNumbersAreComparedDigitByDigit() throws {
        let lines = (0..<20).map {
            "{\"user\": \"a\($0)\", \"ts\": \"2023-01-01\", \"type\": \"Purchase\", \"order\": 123456789012345678901\($0 + 10)}"
        }
        let path = try folder.write(lines.joined(separator: "\n"), to: "orders.jsonl")
        let yaml = """
            version: 1
            name: x
            propensity: conversion
            events: [{ path: \(path), identity: user, timestamp: ts, type: { column: type } }]
            goal: { will: occur, any_of: [{ field: order, equals: 12345678901234567890113 }], within: 30d }
            as_of: 2023-09-20
            """
        let ingested = try Ingested(files: try Instance.parse(text: yaml, file: "x.yaml", baseDirectory: folder.path))
        #expect(ingested.summary.goalEvents == 1)
    }

    // MARK: Times

    @Test func timesThatCannotBeAreRejectedOrReadAsMeant() throws {
        let times = [
            "1970-01-01", "0001-01-01", "45231.10089", "1672567200", "1672567200000", "20230101",
            "2023-01-01T10:00:00Z",
        ]
        let path = try folder.write(csv(rows(at: { times[$0 % times.count] })), to: "data.csv")
        let ingested = try Ingested(files: instance([path]))
        #expect(ingested.summary.rejected(.tooEarly) == 115)
        #expect(ingested.summary.rejected(.unreadableTimestamp) == 57)
        #expect(ingested.summary.earliest == Timestamp(year: 2023, month: 1, day: 1).microseconds)
        #expect(try finding(.earlyEvents, ingested).severity == .note)
        let early = try Ingested(
            files: instance([path]) { $0.timestamp.from = Timestamp(year: 1960, month: 1, day: 1) })
        #expect(early.summary.rejected(.tooEarly) == 57)
    }

    /// A stray event changes neither how far the data reach nor from when they are.
    @Test(arguments: ["1995-03-01", "2001-01-01"])
    func aStrayRowSaysNothingOfHowFarTheDataReach(_ stray: String) throws {
        let plain = try Ingested(files: instance([try folder.write(csv(rows()), to: "plain.csv")]))
        let odd = rows() + [["C1", stray, "View", "1.5", "web"]]
        let ingested = try Ingested(files: instance([try folder.write(csv(odd), to: "odd.csv")]))
        #expect(try ingested.recipe().snapshots == plain.recipe().snapshots)
        let finding = try finding(.strayEvents, ingested)
        #expect(finding.what == "1 event lies far from all others, such as on \(stray)")
    }

    @Test func withoutAScoreDateAStrayLastRowIsNotIt() throws {
        var undated = instance([
            try folder.write(csv(rows() + [["C1", "2023-12-24", "View", "1.5", "web"]]), to: "odd.csv")
        ])
        undated.asOf = nil
        let recipe = try Ingested(files: undated).recipe()
        #expect(recipe.asOf == Timestamp(iso8601: "2023-09-19T10:00:00Z"))
    }

    @Test func theFormatThatWouldReadTheTimesIsProposed() throws {
        let path = try folder.write(csv(rows(at: { "\($0 % 9 + 1)/1\($0 % 10)/2023 02:37 PM" })), to: "data.csv")
        let ingested = try Ingested(files: instance([path]))
        let stop = try finding(.noUsableRow, ingested)
        #expect(stop.what.contains("set `format: \"%m/%d/%Y %I:%M %p\"`"), "\(stop.what)")
        let read = try Ingested(
            files: instance([path]) { $0.timestamp.format = "%m/%d/%Y %I:%M %p" })
        #expect(read.summary.rowsKept == 400)
    }

    @Test func daysOfSpreadsheetsAmongDatesAreToldAndReadWhereTheUnitIsNamed() throws {
        let path = try folder.write(
            csv(rows(at: { $0 % 4 == 0 ? "\(45_000 + $0 % 90).25" : "2023-03-1\($0 % 10)" })), to: "data.csv")
        let ingested = try Ingested(files: instance([path]))
        #expect(ingested.summary.rejected(.unreadableTimestamp) == 100)
        #expect(try finding(.unreadableTimes, ingested).what.hasSuffix("; set `unit: excel`)"))
        #expect(try Ingested(files: instance([path]) { $0.timestamp.unit = .excel }).summary.rowsKept == 400)
    }

    // MARK: Files

    @Test func whatProgramsLeaveBesideTheirDataIsNoData() throws {
        let text = csv(rows())
        for name in [
            "ev/date=2024-01/part-0.csv", "ev/_temporary/0/task/part-0.csv", "ev/.part-0.csv.crc",
            "ev/date=2024-01/part-0.csv.crc",
            "ev/_SUCCESS", "ev/.hidden/part-1.csv",
        ] { try folder.write(text, to: name) }
        try folder.write("user,ts,type,price,channel\n", to: "ev/date=2024-01/part-1.csv")
        try folder.write("", to: "ev/date=2024-02/part-0.csv")
        for pattern in ["ev", "ev/*", "ev/**", "ev/**/*.csv", "ev/*/*", "ev/date=*/part-*"] {
            let ingested = try Ingested(files: instance([folder.path(pattern)]))
            #expect(ingested.summary.rowsRead == 400, "\(pattern)")
            let note = try #require(ingested.plan.notes.first { $0.kind == .filesSkipped })
            #expect(note.what.hasPrefix("events[0]: 2 files without rows"), "\(note.what)")
        }
    }

    @Test func foldersOfPartitionsAreColumns() throws {
        for (type, part) in Dictionary(grouping: rows(), by: { $0[2] }) {
            try folder.write(
                csv(part.map { [$0[0], $0[1], $0[3]] }, header: ["user", "ts", "price"]),
                to: "ev/type=\(type)/year=2023/p.csv")
        }
        let ingested = try Ingested(files: instance([folder.path("ev")]))
        #expect(ingested.summary.types.map(\.name) == ["Purchase", "View"])
        #expect(ingested.summary.types.map(\.events) == [134, 266])
        // Only by name: folders are bookkeeping.
        #expect(ingested.plan.numbers == ["price"])
        let other = try Ingested(
            files: instance([folder.path("ev")], exclude: .field(path: "year", .equals(.number(2023)))))
        #expect(other.summary.rejected(.excluded) == 400)
    }

    @Test func tablesOfSeveralVersionsAreRefused() throws {
        for (leftover, kind) in [
            ("delta/_delta_log/00000000000000000000.json", "Delta"), ("ice/metadata/v1.metadata.json", "Iceberg"),
            ("hudi/.hoodie/hoodie.properties", "Hudi"),
        ] {
            let table = String(leftover.prefix { $0 != "/" })
            try folder.write("{}", to: leftover)
            try folder.write(csv(rows()), to: "\(table)/data/part-0.csv")
            let error = #expect(throws: InputError.self) {
                try InputPlan(surveying: instance([folder.path("\(table)/**/*.csv")]))
            }
            #expect(error?.description.contains("this is a \(kind) table") == true)
        }
    }

    @Test func resultsOfEarlierRunsAreNoInputs() throws {
        try folder.write(csv(rows()), to: "shop/data.csv")
        try folder.write(csv(rows()), to: "shop/results/scores/part-0.csv")
        let record = "{\"outputs\": [{\"path\": \"scores/part-0.csv\", \"sha256\": \"00\", \"bytes\": 1, \"rows\": 1}]}"
        try folder.write(record, to: "shop/results/run.json")
        let ingested = try Ingested(files: instance([folder.path("shop/**/*.csv")]))
        #expect(ingested.summary.rowsRead == 400)
        #expect(ingested.plan.notes.map(\.kind) == [.filesSkipped])
        // A file of that name that is something else makes no folder of results.
        try folder.write("{\"outputs\": 3}", to: "shop/results/run.json")
        #expect(try Ingested(files: instance([folder.path("shop/**/*.csv")])).summary.rowsRead == 800)
    }

    @Test func aFirstLineOfDataIsNoHeader() throws {
        let path = try folder.write(rows().map { $0.joined(separator: ",") }.joined(separator: "\n"), to: "data.csv")
        let error = #expect(throws: InputError.self) { try InputPlan(surveying: instance([path])) }
        #expect(error?.description.contains("its first line seems to be data and no header: \"C0\"") == true)
    }

    @Test func whatIsNoFileIsNamed() throws {
        let path = folder.path("pipe.csv")
        #expect(mkfifo(path, 0o600) == 0)
        let error = #expect(throws: InputError.self) { try InputPlan(surveying: instance([path])) }
        #expect(error?.description.contains("it is a pipe, a socket or a device") == true)
    }

    /// Only what stands in the instance is a pattern, and not the folder in which it lies.
    @Test func theInstancesOwnFolderIsNoPattern() throws {
        try folder.write(csv(rows()), to: "odd [ab]*/ev/a.csv")
        try folder.write(csv(rows()), to: "odd a/ev/a.csv")
        for path in ["ev/*.csv", "ev/a.csv", "ev"] {
            let yaml = """
                version: 1
                name: x
                propensity: conversion
                events: [{ path: "\(path)", identity: user, timestamp: ts, type: { column: type } }]
                goal: { will: occur, any_of: [{ event: Purchase }], within: 30d }
                as_of: 2023-09-20
                """
            let parsed = try Instance.parse(
                text: yaml, file: "x.yaml", baseDirectory: folder.path("odd [ab]*"))
            let plan = try InputPlan(surveying: parsed)
            #expect(plan.splits.map(\.path) == [folder.path("odd [ab]*/ev/a.csv")])
            #expect(plan.splits.allSatisfy { $0.isDeclared(by: parsed) })
        }
    }
}

@Suite struct ExamplesTests {
    /// A character may be of any number of scalars; a message is no longer for it, and is read again as it was written.
    @Test(arguments: ["x", "e\u{301}\u{302}\u{303}", "\u{1F469}\u{200D}\u{1F469}\u{200D}\u{1F467}", "\r\n"])
    func longTextsAreCutAndReadAgain(_ character: String) throws {
        let examples = Examples([String(repeating: character, count: 500), "short"])
        #expect(examples.texts.contains { $0.hasSuffix("...") && $0.unicodeScalars.count == Examples.longest })
        #expect(try Examples(decoding: examples.encoded) == examples)
    }

    @Test func theSameFewAreKeptWhateverTheOrder() {
        let texts = (0..<100).map { "text \($0)" }
        var parts = Examples(texts[50...])
        parts.merge(Examples(texts[..<50].reversed()))
        #expect(parts == Examples(texts))
        #expect(parts.texts.count == Examples.mostShown)
    }
}

@Suite struct DayCountsTests {
    private func counts(_ days: [Int]) -> DayCounts {
        var counts = DayCounts()
        for day in days { counts.add(Int64(day) * 86_400_000_000 + 3_600_000_000) }
        return counts
    }

    @Test func countsAddUpInAnyOrderAndAreReadAgain() throws {
        let days = [19_000, 19_001, 19_001, 15_000, 19_200, -30_000, 90_000]
        var sum = counts(Array(days[3...]))
        sum.merge(counts(Array(days[..<3])))
        #expect(sum == counts(days))
        #expect(try DayCounts(decoding: sum.encoded) == sum)
    }

    /// Few events, far from the others: from the front and from the end; a gap in the middle, or many events, is none.
    @Test func strayEventsAreFewAndFarFromTheRest() {
        let usual = (0..<400).map { 19_000 + $0 % 200 }
        #expect(counts(usual).reach == DayCounts.Reach())
        let stray = counts(usual + [18_000, 18_500, 19_300]).reach
        #expect(stray.before == 2 && stray.after == 1)
        #expect(stray.start == Int64(19_000) * 86_400_000_000)
        #expect(stray.end == Int64(19_199) * 86_400_000_000 + 3_600_000_000)
        #expect(counts(usual + Array(repeating: 18_000, count: 10)).reach == DayCounts.Reach())
        #expect(counts(usual + [18_975, 19_205]).reach == DayCounts.Reach())
        #expect(counts((0..<50).map { 19_000 + $0 } + [15_000]).reach == DayCounts.Reach())
    }
}
