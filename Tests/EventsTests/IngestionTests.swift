import Bytes
import EventFixtures
import TestSupport
import Testing

@testable import Events
@testable import Features
@testable import InstanceFile
@testable import Readiness
@testable import Tables

@Suite struct IdentityTests {
    @Test(
        arguments: [
            ("12346", "12346"), ("12346.0", "12346"), (" 12346 ", "12346"), ("\t12346.000\n", "12346"), ("-7.0", "-7"),
            ("00123", "00123"), ("1.5", "1.5"), ("1.", "1."), (".0", ".0"), ("v1.0", "v1.0"), ("a@b.com", "a@b.com"),
            ("Cafe\u{301}", "Caf\u{e9}"), ("\u{A0}x\u{2003}", "x"), ("nano", "nano"), ("1.0.0", "1.0.0"),
        ])
    func theSameCustomerHasOneName(_ text: String, _ expected: String) {
        #expect(Identity.normalized(text).map { Array($0.utf8) } == Array(expected.utf8))
    }

    @Test(arguments: ["", "  ", "null", "NULL", "NaN", "nan", "None", "N/A", "<NA>", "NaT", "(null)", " nil "])
    func whatStandsForNobodyIsNobody(_ text: String) { #expect(Identity.normalized(text) == nil) }

    /// As text, as the integer, and as the float that pandas makes of a nullable integer.
    @Test func columnsOfAllKindsNameTheSameCustomer() {
        let columns = [
            texts("id", ["12346", " 12346 ", "12346.0"]), Column(name: "id", values: .integers([12346])),
            Column(name: "id", values: .numbers([12346])),
        ]
        for column in columns {
            #expect(Set(column.texts().dictionary.map(Identity.normalized)) == ["12346"])
        }
    }
}

@Suite struct ShardMapTests {
    @Test func shardsAreThePowersOfTwoThatRowsNeed() {
        #expect(ShardMap.shardCount(forRows: 0) == 8)
        #expect(ShardMap.shardCount(forRows: 8 * 65_536) == 8)
        #expect(ShardMap.shardCount(forRows: 8 * 65_536 + 1) == 16)
        #expect(ShardMap.shardCount(forRows: .max / 65_536) == 4096)
    }

    @Test func profilesSpreadEvenlyOverShardsAndFolds() {
        let names = (0..<8000).map { "customer \($0)" }
        let map = ShardMap(shardCount: 8)
        var counts = [Int](repeating: 0, count: 8)
        var heldOut = [Int](repeating: 0, count: 8)
        for name in names {
            counts[map.shard(of: name)] += 1
            if ShardMap.isValidation(identityHash: Identity.hash(name)) { heldOut[map.shard(of: name)] += 1 }
        }
        #expect(counts.allSatisfy { (850...1150).contains($0) })
        // The folds are independent of the shards.
        #expect(heldOut.allSatisfy { (140...260).contains($0) })
        // Twice as many shards halve each.
        let finer = ShardMap(shardCount: 16)
        #expect(names.allSatisfy { finer.shard(of: $0) / 2 == map.shard(of: $0) })
        #expect(ShardMap(shardCount: 1).shard(of: "x") == 0)
    }
}

/// Events from files, as a user has them.
@Suite struct IngestionTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func instance(_ path: String..., timestamp: TimestampColumn = TimestampColumn(column: "at")) -> Instance {
        Instance(
            name: "t", propensity: .conversion,
            source: .events(
                EventSource(
                    datasets: [
                        EventDataset(
                            paths: path, identity: "who", timestamp: timestamp, type: .column("kind"),
                            numbers: [NumberField(name: "total", columns: ["price", "count"])], categories: ["sku"])
                    ], goal: Goal(condition: .event("buy"), within: Days(30)),
                    exclude: .field(path: "sku", .startsWith("TEST")))),
            asOf: Timestamp(year: 2011, month: 6, day: 1))
    }

    @Test func everyRowThatIsNotKeptHasOneReason() throws {
        let path = try folder.write(
            """
            who,kind,at,price,count,sku
            a,buy,2011-01-02,2.5,4,s1
            12346.0,view,2011-01-03T10:00:00Z,1,NA,s2
            ,buy,2011-01-02,1,1,s1
            nan,,,1,1,TEST
            b,buy,,1,1,s1
            b,buy,yesterday,1,1,s1
            b,buy,2011-02-30,1,1,s1
            b,,2011-01-02,1,1,s1
            b," ",2011-01-02,1,1,s1
            b,buy,2011-01-02,1,1,TEST-1
            b,buy,2011-06-01T00:00:00.000001Z,1,1,s1
            b,buy,2012-06-01,1,1,TEST-2
            b,buy,2011-06-01,oops,3,s1
            b,buy
            b,buy,2011-01-02,1,1,s1,more
            who,kind,at,price,count,sku
            b,buy,1970-01-01,1,1,s1
            b,buy,0001-01-01,1,1,s1

            """, to: "events.csv")
        let ingested = try Ingested(files: instance(path))
        let summary = ingested.summary
        let counts = RejectReason.allCases.map { summary.rejected($0) }
        #expect(counts == [2, 2, 1, 2, 2, 2, 1, 0, 2, 1, 0])
        #expect(
            summary.datasets[0].brokenRows.texts == [
                "events.csv: line 15 has 2 fields, and the header 6",
                "events.csv: line 16 has 7 fields, and the header 6",
            ])
        #expect(summary.datasets[0].unreadableTimes.texts == ["2011-02-30", "yesterday"])
        #expect(
            RejectReason.allCases.map(\.description) == [
                "broken row", "missing identity", "missing timestamp", "unreadable timestamp", "missing event type",
                "excluded", "after the as-of date", "on a day still to come", "earlier than any event is believed",
                "repeated header line", "without a time, hence no event",
            ])
        #expect(summary.rowsKept == 3)
        #expect(summary.rowsRead == summary.rowsKept + counts.reduce(0, +))
        #expect(summary.rowsUnusable == 11)
        #expect(summary.earliest == Timestamp(year: 2011, month: 1, day: 2).microseconds)
        #expect(summary.latest == Timestamp(year: 2011, month: 6, day: 1).microseconds)
        #expect(summary.earliestAfterAsOf == Timestamp(year: 2011, month: 6, day: 1).microseconds + 1)
        #expect(summary.goalEvents == 2)
        #expect(summary.types.map(\.name) == ["buy", "view"])
        #expect(summary.types.map(\.events) == [2, 1])
        // 2.5 * 4; one factor missing; one unreadable.
        #expect(summary.numbers[0].present == 1)
        #expect(summary.numbers[0].unreadable == 1)
        #expect(summary.categories[0].present == 3)
    }

    @Test func rowsThatNoRuleMeetsHaveNoType() throws {
        var random = SplitMix(seed: 1)
        let rules: [EventTypeSource.Rule] = [
            .init(name: "large", when: .field(path: "amount", .greater(.number(50)))),
            .init(name: "small", when: .field(path: "amount", .exists(true))),
        ]
        let events = random.happenings(300, days: 0..<100, profiles: 10)
        let goal = Goal(condition: .event("large"), within: Days(30))
        let summary = try Ingested(shop(asOf: nil, goal: goal, type: .rules(rules)), [events]).summary
        #expect(summary.rejected(.missingType) == events.count { $0.amount == nil })
        #expect(
            summary.types.map(\.events) == [
                events.count { $0.amount ?? 0 > 50 }, events.count { $0.amount != nil && $0.amount ?? 0 <= 50 },
            ])
    }

    /// CSV and JSON Lines, columns in another order, and a float for an integer: the same rows all the same.
    @Test func theSameRowInTwoFilesIsADuplicateWhateverTheirFormat() throws {
        let csv = try folder.write(
            "who,kind,at,price,count,sku\n7,buy,2011-01-02T10:00:00Z,2.5,4,s1\n8,buy,2011-01-02,1,1,s1\n", to: "a.csv")
        let json = try folder.write(
            """
            {"sku": "s1", "at": "2011-01-02T10:00:00Z", "who": 7.0, "price": 2.5, "count": 4, "kind": "buy"}
            {"sku": "s1", "at": "2011-01-02", "who": 8.0, "price": 1, "count": 2, "kind": "buy"}

            """, to: "b.jsonl")
        let ingested = try Ingested(files: instance(csv, json))
        var recipe = FeatureRecipe()
        recipe.numberCount = 1
        recipe.categoryCount = 1
        recipe.snapshots = [FeatureRecipe.Snapshot(asOf: .max / 2, isLabelled: false)]
        let rows = try ingested.rows(recipe)
        #expect(rows.summary.events == 3)
        #expect(rows.summary.duplicates == 1)
        #expect(Set(rows.identities.joined()) == ["7", "8"])
    }

    /// Rows that differ in a column that nobody asked for are two events.
    @Test func columnsThatAreNotUsedTellRowsApart() throws {
        let header = "who,kind,at,price,count,sku,basket\n"
        let path = try folder.write(
            header + "7,buy,2011-01-02,1,1,s1,x\n7,buy,2011-01-02,1,1,s1,y\n7,buy,2011-01-02,1,1,s1,y\n", to: "a.csv")
        let ingested = try Ingested(files: instance(path))
        var recipe = FeatureRecipe()
        recipe.numberCount = 1
        recipe.categoryCount = 1
        #expect(try ingested.rows(recipe).summary.events == 2)
    }

    /// A column of order numbers taken for the type: the same types are listed in whatever order they come.
    @Test func moreTypesThanCanBeListedAreCutTheSameWayInAnyOrder() throws {
        let events = (0..<(IngestSummary.maximumTypes + 200)).map { index in
            Happening(who: "p", kind: "order \(index)", time: worldStart + Int64(index))
        }
        let whole = try Ingested(shop(asOf: nil), [events]).summary
        var random = SplitMix(seed: 2)
        let mixed = events.shuffled(using: &random)
        let parts = try Ingested(shop(asOf: nil), [Array(mixed[..<4000]), Array(mixed[4000...])]).summary
        #expect(whole.types.count == IngestSummary.maximumTypes)
        #expect(whole.hasMoreTypes)
        #expect(parts == whole)
    }

    @Test func zonesAndUnitsOfTheTimestampAreRespected() throws {
        let zoned = try folder.write("who,kind,at,price,count,sku\na,buy,2011-05-02 00:30,1,1,s\n", to: "z.csv")
        let london = TimestampColumn(column: "at", zone: "Europe/London")
        #expect(
            try Ingested(files: instance(zoned, timestamp: london)).summary.latest
                == Timestamp(iso8601: "2011-05-01T23:30:00Z")?.microseconds)
        let numbers = try folder.write("who,kind,at,price,count,sku\na,buy,1304290800,1,1,s\n", to: "n.csv")
        var early = TimestampColumn(column: "at", unit: .us)
        #expect(try Ingested(files: instance(numbers, timestamp: early)).summary.rejected(.tooEarly) == 1)
        early.from = Timestamp(microseconds: 0)
        #expect(
            try Ingested(files: instance(numbers)).summary.latest
                == Timestamp(iso8601: "2011-05-01T23:00:00Z")?.microseconds)
        #expect(
            try Ingested(files: instance(numbers, timestamp: early)).summary.latest == 1_304_290_800)
    }
}

/// Tables of profiles, and ready feature tables.
@Suite struct ProfileTableTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func featureTable(_ path: String..., identity: FeatureTable.Identity = .column("id")) -> Instance {
        Instance(
            name: "t", propensity: .conversion,
            source: .features(
                FeatureTable(
                    paths: path, identity: identity, labelField: "y", label: .outcome(.equals(.text("yes"))),
                    drop: ["leak"])))
    }

    @Test func everybodyIsScoredAndTheLabelledAreLearnedFrom() throws {
        let path = try folder.write(
            "id,age,plan,joined,y,leak\n1,20,a,2011-01-01,yes,1\n2,,b,2011-01-11,no,2\n3,40,a,,,3\n,50,a,,yes,4\n",
            to: "bank.csv")
        let ingested = try Ingested(files: featureTable(path))
        #expect([ingested.summary.positives, ingested.summary.negatives, ingested.summary.unlabelled] == [1, 1, 1])
        #expect(ingested.summary.rejected(.missingIdentity) == 1)
        let recipe = try ingested.recipe()
        #expect(recipe.features.map(\.code) == ["age", "plan", "days_since_joined"])
        let rows = try ingested.rows(recipe).rows
        #expect(rows.count == 5)
        // Without a score date, dates are counted from the latest of them.
        let reference = Timestamp(year: 2011, month: 1, day: 11).microseconds
        func row(_ who: String, _ isLabelled: Bool) -> Rows.Row? {
            rows[Rows.Key(who: who, snapshot: reference, isLabelled: isLabelled)]
        }
        #expect(
            row("1", true)
                == Rows.Row(
                    label: 1, features: ["age": .number(20), "plan": .text("a"), "days_since_joined": .number(10)]))
        #expect(row("2", true)?.label == 0)
        #expect(row("2", true)?.features["age"] == .missing)
        #expect(row("3", true) == nil)
        #expect(row("3", false)?.label == LabelColumn.unknownOutcome)
        #expect(row("3", false)?.features["days_since_joined"] == .missing)
    }

    @Test func truthIsZeroOrOneInEveryFormat() throws {
        let csv = try folder.write("id,vip,y,leak\n1,TRUE,yes,1\n2,false,no,1\n3,NA,no,1\n", to: "a.csv")
        let json = try folder.write(
            """
            {"id": 1, "vip": true, "y": "yes", "leak": 1}
            {"id": 2, "vip": false, "y": "no", "leak": 1}
            {"id": 3, "vip": null, "y": "no", "leak": 1}

            """, to: "b.jsonl")
        for path in [csv, json] {
            let ingested = try Ingested(files: featureTable(path))
            #expect(ingested.summary.attributes[0][0].unreadable == 0)
            let rows = try ingested.rows(try ingested.recipe()).features(of: 0, isLabelled: true)
            let values = ["1", "2", "3"].map { rows[$0]?["vip"] }
            #expect(values == [.number(1), .number(0), .missing])
        }
    }

    @Test func theRowsNumberMayBeTheIdentity() throws {
        let path = try folder.write("age,y,leak\n20,yes,1\n30,no,2\n40,no,3\n", to: "rows.csv")
        let ingested = try Ingested(files: featureTable(path, identity: .rowNumber))
        let rows = try ingested.rows(try ingested.recipe())
        #expect(Set(rows.identities.joined()) == ["0", "1", "2"])
    }

    /// The last file's last row wins.
    @Test func aLaterRowOfTheSameProfileReplacesTheEarlier() throws {
        let first = try folder.write("id,age,y,leak\n1,20,yes,1\n1,21,no,1\n2,50,yes,1\n", to: "a.csv")
        let second = try folder.write("id,age,y,leak\n2.0,51,no,1\n", to: "b.csv")
        let ingested = try Ingested(files: featureTable(first, second))
        let rows = try ingested.rows(try ingested.recipe())
        #expect(rows.summary.replaced == 2)
        let labelled = rows.rows.filter(\.key.isLabelled)
        #expect(labelled.first { $0.key.who == "1" }?.value == Rows.Row(label: 0, features: ["age": .number(21)]))
        #expect(labelled.first { $0.key.who == "2" }?.value == Rows.Row(label: 0, features: ["age": .number(51)]))
    }

    @Test func aTableWithoutAnyLabelIsRefused() throws {
        let path = try folder.write("id,age,y,leak\n1,20,,1\n2,30, ,1\n", to: "a.csv")
        let ingested = try Ingested(files: featureTable(path))
        #expect(throws: ReadinessError.noLabelledRow(field: "y")) { try ingested.recipe() }
        #expect(
            ReadinessError.noLabelledRow(field: "y").description
                == "features.label: no row has a value in \"y\"; name the column that holds the outcome")
    }

    @Test func attributesJoinEventsByIdentityAndDatesCountFromTheSnapshot() throws {
        var random = SplitMix(seed: 1)
        let events = random.happenings(300, days: 0..<120, profiles: 10)
        let lines = events.map { "\($0.who),\($0.kind),\(Timestamp(microseconds: $0.time)),1,s" }
        let path = try folder.write("who,kind,at,amount,sku\n" + lines.joined(separator: "\n"), to: "events.csv")
        let people = try folder.write(
            "id,ends,vip\n p0 ,2011-05-11,true\np1,,false\nnobody,2011-01-01,true\n", to: "people.csv")
        let asOf = worldStart + 120 * day
        var instance = shop(asOf: asOf)
        guard case .events(var source) = instance.source else { return }
        source.datasets[0].paths = [path]
        instance.source = .events(source)
        instance.profiles = [ProfileDataset(paths: [people], identity: "id")]
        let ingested = try Ingested(files: instance)
        let recipe = try ingested.recipe()
        let rows = try ingested.rows(recipe).rows
        let row = try #require(rows[Rows.Key(who: "p0", snapshot: asOf, isLabelled: false)])
        // Ten days ahead of 2011-05-01.
        #expect(row.features["days_since_ends"] == .number(-10))
        #expect(row.features["vip"] == .number(1))
        let earlier = rows[Rows.Key(who: "p0", snapshot: asOf - 30 * day, isLabelled: true)]
        #expect(earlier?.features["days_since_ends"] == .number(-40))
        let other = rows[Rows.Key(who: "p1", snapshot: asOf, isLabelled: false)]
        #expect(other?.features["days_since_ends"] == .missing)
        #expect(other?.features["vip"] == .number(0))
        #expect(!rows.keys.contains { $0.who == "nobody" })
    }
}
