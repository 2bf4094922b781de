import EventFixtures
import Tables
import TestSupport
import Testing

@testable import Events
@testable import Features
@testable import InstanceFile
@testable import Readiness

/// Events that are known before they happen, times that are days since a date, and dates that most rows lack.
@Suite struct PlannedEventTests {
    private let folder: TemporaryFolder
    /// Orders of profiles by the day since 2017-01-01, and to whom which campaign was announced when, and begins when.
    private let orders: [(who: Int, day: Int, returned: Int?)]
    private let campaigns: [(who: Int, announced: Int, begins: Int)]

    init() throws {
        folder = try TemporaryFolder()
        var random = SplitMix(seed: 7)
        orders = (0..<4_000).map { _ in
            let day = random.below(400) - 30
            return (random.below(150), day, random.oneIn(10) ? day + 1 + random.below(20) : nil)
        }
        campaigns = (0..<300).map { _ in
            let announced = random.below(420) - 30
            return (random.below(150), announced, announced + random.below(60))
        }
        try folder.write(
            "who,day,returned\n"
                + orders.map { "\($0.who),\($0.day),\($0.returned.map(String.init) ?? "")\n" }.joined(),
            to: "orders.csv")
        try folder.write(
            "who,announced,begins\n" + campaigns.map { "\($0.who),\($0.announced),\($0.begins)\n" }.joined(),
            to: "campaigns.csv")
    }

    private func instance(_ returns: String = ", nullable: true", _ more: String = "") throws -> Instance {
        let origin = "unit: days, origin: 2017-01-01"
        return try Instance.parse(
            text: """
                version: 1
                name: Shop
                propensity: conversion
                events:
                  - { path: orders.csv, identity: who, timestamp: { column: day, \(origin) }, event: Order }
                  - { path: orders.csv, identity: who, timestamp: { column: returned, \(origin)\(returns) }, event: Return\(more) }
                  - { path: campaigns.csv, identity: who, timestamp: { column: begins, \(origin) },
                      known_from: { column: announced, \(origin) }, event: Campaign }
                goal: { will: occur, event: Order, within: 30d }
                eligible: { event: Order, in_last: 365d }
                as_of: 2018-01-01
                """, file: "shop.yaml", baseDirectory: folder.path)
    }

    private static func moment(_ number: Int) -> Int64 { Timestamp(year: 2017, month: 1, day: 1 + number).microseconds }

    @Test func whatIsKnownToComeIsSeenAtEverySnapshot() throws {
        let ingested = try Ingested(files: try instance())
        let recipe = try ingested.recipe()
        #expect(recipe.asOf == Timestamp(year: 2018, month: 1, day: 1) && recipe.snapshots.count > 2)
        let codes = recipe.features.map(\.code)
        #expect(codes.contains("campaign_days_until_next") && codes.contains("campaign_to_come"))
        #expect(!codes.contains("order_to_come") && !codes.contains("return_to_come"))
        let rows = try ingested.rows(recipe)
        var seen = (next: 0, none: 0, past: 0)
        for (key, row) in rows.rows {
            let own = campaigns.filter { "\($0.who)" == key.who }
            let known = own.filter { Self.moment($0.announced) <= key.snapshot }
            let ahead = Set(known.map(\.begins).filter { Self.moment($0) > key.snapshot })
            #expect(
                row.features["campaign_to_come"] == .number(Float(known.filter { ahead.contains($0.begins) }.count)))
            let next = ahead.min().map { Float(Double(Self.moment($0) - key.snapshot) / Double(day)) }
            #expect(row.features["campaign_days_until_next"] == next.map { .number($0) } ?? .missing)
            // What has begun is an event as any other.
            let past = own.filter { Self.moment($0.begins) <= key.snapshot }
            #expect(row.features["campaign_count_all"] == .number(Float(past.count)))
            seen.next += next == nil ? 0 : 1
            seen.none += next == nil ? 1 : 0
            seen.past += past.isEmpty ? 0 : 1
        }
        #expect(seen.next > 50 && seen.none > 50 && seen.past > 50)
        #expect(ingested.summary.types.first { $0.name == "Campaign" }?.planned ?? 0 > 200)
    }

    /// The plan of a campaign that nobody knows of yet is not there, and none of it makes the data later.
    @Test func whatIsAnnouncedLaterIsLeftOut() throws {
        var instance = try instance()
        instance.asOf = nil
        let ingested = try Ingested(files: instance)
        // Of what was known before it happened, when it was known.
        let last = (orders.map(\.day) + orders.compactMap(\.returned) + campaigns.map { min($0.announced, $0.begins) })
            .max()
        #expect(ingested.summary.latest == last.map(Self.moment))
        instance.asOf = Timestamp(microseconds: Self.moment(200))
        let early = try Ingested(files: instance).summary
        let later = campaigns.filter { $0.announced > 200 }.count
        #expect(early.datasets[2].rejected[RejectReason.afterAsOf.rawValue] == later)
    }

    @Test func rowsWithoutADateAreNoEvents() throws {
        let ingested = try Ingested(files: try instance())
        let rows = ingested.summary.datasets[1]
        let without = orders.filter { $0.returned == nil }.count
        #expect(rows.rejected[RejectReason.noEvent.rawValue] == without && rows.unusable == 0)
        #expect(rows.rowsMeant == orders.count - without)
        // Where the instance does not say so, they are rows that cannot be used, past every limit.
        #expect(throws: ReadinessError.self) { try Ingested(files: try instance("")).recipe() }
        // A limit of the dataset's own.
        _ = try Ingested(files: try instance("", ", maximum_rejected: 0.95")).recipe()
        #expect(throws: ReadinessError.self) {
            try Ingested(files: try instance("", ", maximum_rejected: 0.8")).recipe()
        }
    }

    /// A placeholder would show the future, and what cannot be read says nothing: both are counted and told.
    @Test(arguments: ["1900-01-01", "soon"]) func knownTimesAreNotBelievedBlindly(_ text: String) throws {
        let rows = campaigns.map {
            "\($0.who),\(text),\(Timestamp(microseconds: Self.moment($0.begins)).description.prefix(10))\n"
        }
        try folder.write("who,announced,begins\n" + rows.joined(), to: "campaigns.csv")
        var instance = try instance()
        guard case .events(var source) = instance.source else { return }
        source.datasets[2].timestamp = TimestampColumn(column: "begins")
        source.datasets[2].knownFrom = TimestampColumn(column: "announced")
        instance.source = .events(source)
        let ingested = try Ingested(files: instance)
        #expect(ingested.summary.datasets[2].refusedKnownTimes == campaigns.count)
        #expect(ingested.summary.types.first { $0.name == "Campaign" }?.planned == 0)
        #expect(try !ingested.recipe().features.contains { $0.code == "campaign_to_come" })
        var readiness = Readiness(name: "Shop")
        readiness.add(
            ingested.summary, instance: instance, plan: ingested.plan, today: Timestamp(microseconds: Self.moment(400)))
        let finding = try #require(readiness.findings.first { $0.what.contains("from which events were known") })
        #expect(finding.severity == .warning && finding.what.contains("\"\(text)\""), "\(finding)")
    }

    /// Data begin where something happened, not where something was known to happen.
    @Test func whatWasKnownLongBeforeDoesNotMoveTheBeginning() throws {
        try folder.write(
            "who,announced,begins\n" + campaigns.map { "\($0.who),\($0.announced - 2_000),\($0.begins)\n" }.joined(),
            to: "campaigns.csv")
        var instance = try instance()
        let first = (orders.map(\.day) + campaigns.map(\.begins)).min()
        #expect(try Ingested(files: instance).summary.earliest == first.map(Self.moment))
        instance.asOf = nil
        let open = try Ingested(files: instance).summary
        #expect(open.earliest == orders.map(\.day).min().map(Self.moment))
        #expect(open.latest == (orders.map(\.day) + orders.compactMap(\.returned)).max().map(Self.moment))
    }

    /// The largest negative number is no time, and no crash.
    @Test(arguments: [TimeUnit.days, .excel]) func numbersPastAllTimesCannotBeRead(_ unit: TimeUnit) throws {
        let column = Column(name: "t", values: .numbers([-106_751_991_167_300.64, 106_751_991_167_300.64, -1e308]))
        let read = try column.timestamps(
            unit: unit, zone: nil, format: nil, origin: Timestamp(year: 2020, month: 1, day: 1))
        #expect(read.unreadable == 3)
    }

    @Test func textsThatStandForNothingAreNoTime() throws {
        let column = texts("t", ["NULL", "", nil, "2020-01-01", "x"])
        #expect(column.given == [false, false, false, true, true])
        #expect(Column(name: "n", values: .numbers([.nan, 1])).given == [false, true])
    }

    @Test func daysNeedADateToBeCountedFrom() throws {
        let column = Column(name: "day", values: .numbers([0, -1, 1.5, 1e300]))
        let origin = Timestamp(year: 2017, month: 1, day: 1)
        let read = try column.timestamps(unit: .days, zone: "Europe/Berlin", format: nil, origin: origin)
        // Midnight in Berlin is an hour before that in Greenwich.
        let since = read.values.prefix(3).map { (value: Int64) -> Int64 in value - origin.microseconds + 3_600_000_000 }
        #expect(since == [0, -day, day * 3 / 2])
        #expect(read.valid == [true, true, true, false] && read.unreadable == 1)
        #expect(try column.timestamps(unit: .days, zone: nil, format: nil).unreadable == 4)
        func problems(_ timestamp: String) -> String {
            do {
                _ = try Instance.parse(
                    text: """
                        version: 1
                        name: Shop
                        propensity: conversion
                        events: [{ path: orders.csv, identity: who, timestamp: { \(timestamp) }, event: Order }]
                        goal: { will: occur, event: Order, within: 30d }
                        """, file: "shop.yaml", baseDirectory: folder.path)
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(problems("column: day, unit: days").contains("add origin: DATE"))
        #expect(problems("column: day, unit: s, origin: 2017-01-01").contains("is for unit: days only"))
        #expect(problems("column: day, unit: days, origin: 2017-01-01") == "")
    }
}
