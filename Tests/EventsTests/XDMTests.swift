import Bytes
import EventFixtures
import Features
import Foundation
import Tables
import Testing

@testable import Events
@testable import InstanceFile

/// Experience events as Adobe's schemas write them; see Tests/Fixtures/make_nested.py.
@Suite struct XDMTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("xdm-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../Fixtures/nested").standardizedFileURL.path

    private func write(_ text: String, _ name: String = "events.jsonl") throws -> String {
        let file = folder.appendingPathComponent(name)
        try text.write(to: file, atomically: true, encoding: .utf8)
        return file.path
    }

    private func instance(
        _ path: String, dataset: String = "identity: \"identityMap.ECID[0].id\"", event: String = "order",
        more: String = ""
    ) throws -> Instance {
        try Instance.parse(
            text: """
                version: 1
                name: Orders
                propensity: conversion
                events:
                  - path: \(path)
                    timestamp: timestamp
                    type: { xdm: standard }
                    \(dataset)
                goal: { will: occur, all_of: [{ event: \(event) }], within: 14d }
                \(more)
                """, file: "instance.yaml", baseDirectory: Self.fixtures)
    }

    private struct Ingested {
        var plan: InputPlan
        var summary: IngestSummary
        var blocks: [[UInt8]] = []
        var shards: [Int] = []

        func events() throws -> [EventBlock] {
            try blocks.map { bytes in
                var reader = try ChecksummedEnvelope.open(bytes, name: EventBlock.name, version: EventBlock.version)
                return try EventBlock(from: &reader)
            }
        }
    }

    private func ingest(_ instance: Instance) throws -> Ingested {
        let plan = try InputPlan(surveying: instance)
        var ingested = Ingested(plan: plan, summary: IngestSummary(instance: instance, plan: plan))
        for split in plan.splits {
            let summary = try EventIngester(instance: instance, plan: plan).ingest(split) { shard, block in
                ingested.shards.append(shard)
                ingested.blocks.append(block)
            }
            ingested.summary.merge(summary)
        }
        return ingested
    }

    /// The types of each line of JSON, in the order of the lines.
    private func types(_ lines: String) throws -> [[String]] {
        let file = try TableFile(path: try write(lines, "types.jsonl"), keyPrefix: StandardGroup.keyPrefix)
        let reader = try file.reader(columns: StandardGroup.paths.filter { file.schema.field($0) != nil })
        var names: [[String]] = []
        var types = TextCodes()
        while let table = try reader.next() {
            let scope = EventScope(table: table, derived: [])
            names += StandardGroup.types(in: scope, &types).map {
                $0 < 0 ? [] : TypeSet.names(in: types.texts[Int($0)])
            }
        }
        return names
    }

    // MARK: Formats

    private struct Expected: Decodable {
        var rows: Int
        var withIdentity: Int
        var types: [String: Int]
    }

    @Test(arguments: ["xdm.jsonl", "xdm.jsonl.gz", "xdm.json.gz", "xdm.parquet", "xdm_map.parquet", "xdm.arrow"])
    func everyRecordIsOfTheTypesThatItWasMadeAs(_ name: String) throws {
        let expected = try JSONDecoder().decode(
            Expected.self, from: Data(contentsOf: URL(fileURLWithPath: Self.fixtures + "/xdm_expected.json")))
        let summary = try ingest(try instance(name)).summary
        let types = Dictionary(uniqueKeysWithValues: summary.types.map { ($0.name, $0.events) })
        #expect(types == expected.types)
        #expect(summary.types.map(\.name) == summary.types.map(\.name).sorted(by: CanonicalText.precedes))
        #expect(summary.rowsRead == expected.rows)
        #expect(summary.rejected(.missingIdentity) == expected.rows - expected.withIdentity)
        #expect(summary.goalEvents == expected.types["order"])
        let untyped = expected.withIdentity - summary.rowsKept
        #expect(untyped > 0 && summary.rejected(.missingType) == untyped)
    }

    @Test func theFormatDoesNotChangeTheBlocks() throws {
        let dataset = """
            identity: "identityMap.ECID[0].id"
                numbers: ["productListItems[].priceTotal", { name: Units, product: ["productListItems[].quantity"] }]
                categories: ["productListItems[].SKU", "web.webPageDetails.name"]
            """
        let expected = try ingest(try instance("xdm.jsonl", dataset: dataset))
        #expect(expected.blocks.count > 1)
        for name in ["xdm.jsonl.gz", "xdm.json.gz", "xdm.parquet", "xdm_map.parquet", "xdm.arrow"] {
            let found = try ingest(try instance(name, dataset: dataset))
            #expect(found.shards == expected.shards)
            #expect(found.summary == expected.summary, "\(name)")
            let areSame = found.blocks == expected.blocks
            #expect(areSame, "\(name)")
        }
    }

    @Test func thePlanRemembersTheTypesOfLargeFiles() throws {
        let line = "{\"who\": \"a\", \"timestamp\": \"2024-01-01\", \"search\": {\"keywords\": \"k\"}}\n"
        let path = try write(String(repeating: line, count: (5 << 20) / line.utf8.count))
        let instance = try instance(path, dataset: "identity: who", event: "search")
        let plan = try InputPlan(surveying: instance)
        #expect(!plan.splits[0].foundTypes.isEmpty)
        var reader = ByteReader(plan.encoded)
        #expect(try InputPlan(from: &reader) == plan)
        #expect(try ingest(instance).summary.rowsKept == (5 << 20) / line.utf8.count)
        #expect(try InputPlan(surveying: try self.instance("xdm.jsonl")).splits[0].foundTypes.isEmpty)
    }

    @Test func featuresCountAnEventUnderEachOfItsTypes() throws {
        var first: [AssembledShard]?
        for name in ["xdm.jsonl", "xdm_map.parquet"] {
            let instance = try instance(name)
            let ingested = try ingest(instance)
            let recipe = try FeatureRecipe.make(instance: instance, plan: ingested.plan, ingested: ingested.summary)
            let shards = try zip(ingested.shards, ingested.blocks).map { _, block in
                try Assembler(recipe: recipe).assemble(blocks: [block])
            }
            let areSame = first.map { $0.map(\.encoded) == shards.map(\.encoded) } ?? true
            #expect(areSame)
            first = shards
            #expect(shards.reduce(0) { $0 + $1.summary.duplicates } > 0)
            func counts(_ code: String) throws -> [Float] {
                let index = try #require(recipe.features.firstIndex { $0.code == code }, "\(code)")
                return shards.flatMap { shard -> [Float] in
                    guard case .numeric(let values) = shard.columns[index] else { return [] }
                    return values
                }
            }
            let codes = recipe.features.map(\.code).filter {
                $0.hasPrefix("order_count") || $0.hasPrefix("count_order")
            }
            #expect(!recipe.slots.filter { $0.name == "order" }.isEmpty, "\(codes)")
            let orders = recipe.features.filter { $0.code.hasPrefix("order_") }
            #expect(!orders.isEmpty)
            for feature in orders {
                let twin = "purchases_" + feature.code.dropFirst("order_".count)
                guard recipe.features.contains(where: { $0.code == twin }) else { continue }
                let (a, b) = (try counts(feature.code), try counts(twin))
                #expect(zip(a, b).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }, "\(feature.code)")
            }
        }
    }

    @Test func everyItemCountsAmongTheDistinctValues() throws {
        let dataset = """
            identity: "identityMap.ECID[0].id"
                categories: ["productListItems[].SKU"]
            """
        let instance = try instance("xdm.parquet", dataset: dataset)
        let ingested = try ingest(instance)
        let recipe = try FeatureRecipe.make(instance: instance, plan: ingested.plan, ingested: ingested.summary)
        // By type and profile, from the blocks themselves.
        var skus: [String: [String: Set<String>]] = [:]
        for block in try ingested.events() {
            let values = block.categories[0]
            for row in 0..<block.rowCount {
                let own = values.range(row).map { values.texts.dictionary[Int(values.texts.codes[$0])] }
                let profile = block.identity.dictionary[Int(block.identity.codes[row])]
                for type in TypeSet.names(in: block.type.dictionary[Int(block.type.codes[row])]) {
                    skus[type, default: [:]][profile, default: []].formUnion(own)
                }
            }
        }
        var checked = 0
        for (index, feature) in recipe.features.enumerated() {
            guard case .distinct(let pair, recipe.windows.count) = feature.source else { continue }
            let slot = recipe.slots[recipe.categoryPairs[pair].slot]
            guard slot.kind == .type else { continue }
            for block in ingested.blocks {
                let shard = try Assembler(recipe: recipe).assemble(blocks: [block])
                guard case .numeric(let values) = shard.columns[index] else { continue }
                for row in values.indices where shard.rowSnapshot[row] == 0 {
                    let profile = shard.identities[Int(shard.rowProfile[row])]
                    #expect(Int(values[row]) == skus[slot.name]?[profile]?.count ?? 0, "\(feature.code) of \(profile)")
                    checked += values[row] > 1 ? 1 : 0
                }
            }
        }
        #expect(checked > 10)
    }

    // MARK: Types

    @Test func aGroupIsThereWhenItsMeasureIsAboveZeroOrWithoutOneAtAll() throws {
        let records: [(String, [String])] = [
            ("{\"commerce\": {\"order\": {}}}", ["order"]),
            ("{\"commerce\": {\"order\": null, \"purchases\": {\"value\": 1}}}", ["purchases"]),
            ("{\"commerce\": {\"checkouts\": {\"value\": 0}}}", []),
            ("{\"commerce\": {\"checkouts\": {\"id\": \"c1\"}}}", ["checkouts"]),
            ("{\"commerce\": {\"checkouts\": {\"id\": \"c1\", \"value\": 0.0}}}", []),
            ("{\"commerce\": {\"productListAdds\": {\"value\": 1}}}", []),
            (
                "{\"commerce\": {\"productListViews\": {\"value\": 1}, \"productListRemovals\": {\"value\": 2}, "
                    + "\"productListOpens\": {\"value\": 1}, \"productViews\": {\"value\": 1}}}",
                ["productListOpens", "productListRemovals", "productListViews", "productViews"]
            ),
            ("{\"web\": {\"webPageDetails\": {\"pageViews\": {\"value\": 1}}}}", ["webVisit"]),
            ("{\"web\": {\"webPageDetails\": {\"name\": \"home\"}}}", ["webVisit"]),
            ("{\"web\": {\"webPageDetails\": {\"name\": \"home\", \"pageViews\": {\"value\": 0}}}}", []),
            (
                "{\"web\": {\"webPageDetails\": {\"name\": \"x\", \"pageViews\": {\"value\": 0}}, "
                    + "\"webInteraction\": {\"linkClicks\": {\"value\": 1}}}}", ["webInteraction"]
            ),
            (
                "{\"application\": {\"closes\": {\"value\": 1}, \"crashes\": {\"value\": 1}, \"featureUsages\": {}, "
                    + "\"firstLaunches\": {\"value\": 1}}}", ["closes", "crashes", "featureUsages", "firstLaunches"]
            ),
            (
                "{\"application\": {\"installs\": {\"value\": 1}, \"launches\": {\"value\": 1}, \"upgrades\": {\"value\": 1}}}",
                ["installs", "launches", "upgrades"]
            ),
            ("{\"application\": {\"name\": \"Shop\"}}", []),
            ("{\"search\": {\"keywords\": \"red\"}, \"commerce\": {\"order\": {\"x\": 1}}}", ["order", "search"]),
            ("{\"eventType\": \" call \"}", ["call"]),
            ("{\"eventType\": \"call\", \"search\": {}}", ["search"]),
            ("{\"eventType\": \"\"}", []), ("{\"eventType\": null, \"web\": {}}", []), ("{}", []),
        ]
        let found = try types(records.map(\.0).joined(separator: "\n"))
        for (record, names) in zip(records, found) { #expect(names == record.1, "\(record.0)") }
        let prefixed = records.map {
            $0.0.replacingOccurrences(of: "\"([A-Za-z]+)\":", with: "\"xdm:$1\":", options: .regularExpression)
        }
        #expect(try types(prefixed.joined(separator: "\n")) == found)
    }

    @Test func everyTypeOfTheDocumentationIsThere() {
        #expect(
            StandardGroup.all.map(\.name) == [
                "order", "productListViews", "checkouts", "purchases", "productListRemovals", "productListOpens",
                "productViews", "webVisit", "webInteraction", "closes", "crashes", "featureUsages", "firstLaunches",
                "installs", "launches", "upgrades", "search",
            ])
        #expect(StandardGroup.all.count <= 32)
    }

    /// As a table of flat columns, and as values that stand for themselves.
    @Test func groupsAreFoundInFlatColumnsToo() throws {
        let path = try write(
            """
            who,timestamp,commerce.purchases.value,web.webPageDetails.name,commerce.checkouts
            a,2024-01-01,1,,0
            a,2024-01-02,0,home,1
            a,2024-01-03,,,
            """, "flat.csv")
        let ingested = try ingest(try instance(path, dataset: "identity: who", event: "purchases"))
        #expect(ingested.summary.types.map(\.name) == ["checkouts", "purchases", "webVisit"])
        #expect(ingested.summary.types.map(\.events) == [1, 1, 1])
        #expect(ingested.summary.rejected(.missingType) == 1)
    }

    @Test func conditionsUnderstandSeveralTypes() throws {
        let ingested = try ingest(
            try instance(
                "xdm.parquet",
                more: """
                    custom_events:
                      - { name: Order without purchase, all_of: [{ event: order }, { none_of: [{ event: purchases }] }] }
                      - { name: Visit to search, all_of: [{ event: webVisit }, { event: search }] }
                    """))
        let searches = ingested.summary.types.first { $0.name == "search" }?.events
        #expect(ingested.summary.customEvents.map(\.events) == [0, searches])
    }

    // MARK: Fields

    @Test func itemsAddUpAndEachIsAValue() throws {
        let path = try write(
            """
            {"who": "a", "timestamp": "2024-01-01", "search": {}, "items": [{"sku": "x", "n": 2, "p": 1.5}, {"sku": "y", "n": 1, "p": 10}]}
            {"who": "a", "timestamp": "2024-01-02", "search": {}, "items": [{"sku": "x", "n": 3}, null, {"sku": " x ", "p": 4}]}
            {"who": "a", "timestamp": "2024-01-03", "search": {}, "items": []}
            """)
        let dataset = """
            identity: who
                numbers: ["items[].n", { name: Worth, product: ["items[].n", "items[].p"] }]
                categories: ["items[].sku", "items[0].sku"]
            """
        let ingested = try ingest(try instance(path, dataset: dataset, event: "search"))
        let block = try #require(try ingested.events().first)
        #expect(block.numbers.map { $0.map { $0.isNaN ? -1 : $0 } } == [[3, 3, -1], [13, -1, -1]])
        let skus = block.categories[0]
        #expect(
            (0..<3).map { row in skus.range(row).map { skus.texts.dictionary[Int(skus.texts.codes[$0])] } } == [
                ["x", "y"], ["x", "x"], [],
            ])
        #expect(block.categories[1].texts.codes == [0, 0, -1])
        #expect(ingested.summary.categories.map(\.present) == [2, 2])
        #expect(ingested.summary.types[0].categories == [2, 2])
    }

    @Test func fieldsThatNobodyNamedAreThoseThatSaySomething() throws {
        let plan = try InputPlan(surveying: try instance("xdm.parquet"))
        #expect(
            plan.numbers == [
                "commerce.order.priceTotal", "productListItems[].quantity", "productListItems[].priceTotal",
            ])
        #expect(
            plan.categories == [
                "commerce.order.purchaseID", "commerce.order.currencyCode", "productListItems[].SKU",
                "productListItems[].name", "web.webPageDetails.name", "web.webPageDetails.URL",
                "web.webInteraction.name", "web.webInteraction.type", "placeContext.geo.countryCode", "search.keywords",
                "application.name",
            ])
    }

    @Test func rowsThatDifferInOneItemAreNoDuplicates() throws {
        let line = "{\"who\": \"a\", \"timestamp\": \"2024-01-01\", \"search\": {\"keywords\": \"k\"}, \"l\": [1, 2]}"
        let other = ["[2, 1]", "[1, 2, 3]", "[[1], 2]", "[]", "null"].map {
            line.replacingOccurrences(of: "[1, 2]", with: $0)
        }
        let path = try write(([line, line] + other.filter { !$0.contains("[[") }).joined(separator: "\n"))
        let ingested = try ingest(try instance(path, dataset: "identity: who", event: "search"))
        let hashes = try ingested.events().flatMap(\.hash)
        #expect(hashes.count == 6)
        #expect(hashes[0] == hashes[1])
        #expect(Set(hashes).count == 4)
        #expect(hashes[4] == hashes[5])
    }

    @Test func aFileMayLackWhatItsRecordsDoNotHave() throws {
        _ = try write("{\"who\": \"a\", \"timestamp\": \"2024-01-01\", \"search\": {}, \"price\": 2.5}\n", "a.jsonl")
        _ = try write(
            "{\"who\": \"b\", \"timestamp\": \"2024-01-02\", \"commerce\": {\"order\": {\"x\": [\"y\"]}}}\n", "b.jsonl")
        let dataset = "identity: who\n    numbers: [price]\n    categories: [\"commerce.order.x\"]"
        let ingested = try ingest(try instance(folder.path + "/*.jsonl", dataset: dataset))
        #expect(ingested.summary.types.map(\.name) == ["order", "search"])
        #expect(ingested.summary.numbers.map(\.present) == [1])
        #expect(ingested.summary.categories.map(\.present) == [1])
        let defaults = try InputPlan(surveying: try instance(folder.path + "/*.jsonl", dataset: "identity: who"))
        #expect(defaults.numbers == ["price"])
        #expect(defaults.categories == ["commerce.order.x"])
    }

    // MARK: Lists in conditions

    @Test func aListPassesWhenAnyItemDoes() {
        let items = Column(
            name: "skus", values: .texts(TextValues(codes: [0, 1, 1, -1, 2], dictionary: ["a", "b", "10"])))
        let column = Column(name: "skus", values: .lists(ListValues(offsets: [0, 2, 3, 3, 4, 5], items: items)))
        let tests: [(FieldTest, [Bool])] = [
            (.exists(true), [true, true, false, false, true]), (.exists(false), [false, false, true, true, false]),
            (.equals(.text("a")), [true, false, false, false, false]),
            (.notEquals(.text("a")), [false, true, true, true, true]),
            (.isIn([.text("b"), .number(10)]), [true, true, false, false, true]),
            (.notIn([.text("b"), .number(10)]), [false, false, true, true, false]),
            (.greater(.number(9)), [false, false, false, false, true]),
            (.startsWith("a"), [true, false, false, false, false]),
            (.matches("^[ab]$"), [true, true, false, false, false]),
        ]
        for (test, rows) in tests { #expect(test.evaluate(on: column, rowCount: 5) == rows, "\(test)") }
        // Both ends by the same item.
        let numbers = Column(
            name: "n",
            values: .lists(ListValues(offsets: [0, 2, 3], items: Column(name: "n", values: .integers([1, 9, 5])))))
        #expect(FieldTest.between(.number(4), .number(6)).evaluate(on: numbers, rowCount: 2) == [false, true])
        #expect(CellTest(OperandSet([.number(9)])).rows(of: numbers, inverted: true) == [false, true])
    }

    // MARK: Errors

    private func problems(_ make: () throws -> Void) -> String {
        do {
            try make()
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: [
        ("identity: \"identityMap.ECIDD[0].id\"", "did you mean \"identityMap.ECID[].id\"?"),
        ("identity: endUserIDs._experience.aid.id", "did you mean \"endUserIDs._experience.aaid.id\"?"),
        (
            "identity: _id\n    numbers: [\"productListItems[].priceTotl\"]",
            "as numbers; did you mean \"productListItems[].priceTotal\"?"
        ),
    ])
    func unknownPathsAreNamedWithTheNearest(_ dataset: String, _ message: String) throws {
        let instance = try instance("xdm.jsonl", dataset: dataset)
        let found = problems { _ = try InputPlan(surveying: instance) }
        #expect(found.contains(message), "\(found)")
    }

    @Test func unknownPathsInConditionsAreNamedWithTheNearest() throws {
        let instance = try instance(
            "xdm.jsonl", more: "exclude: { field: \"productListItems[].SKUs\", equals: SKU-1 }")
        let found = problems { _ = try InputPlan(surveying: instance) }
        #expect(found.contains("no events have a field \"productListItems[].SKUs\""), "\(found)")
        #expect(found.contains("did you mean \"productListItems[].SKU\"?"), "\(found)")
    }

    @Test(arguments: [
        ("{ xdm: standrd }", "\"standrd\" is not one of standard; did you mean \"standard\"?"),
        ("{ xdm: standard, column: a }", "column and xdm stand side by side; keep one"),
        ("{}", "needs column: NAME or xdm: standard"), ("{ xmd: standard }", "did you mean \"xdm\"?"),
    ])
    func typesAreReadStrictly(_ type: String, _ message: String) {
        let text = """
            version: 1
            name: n
            propensity: conversion
            events:
              - { path: xdm.jsonl, identity: _id, timestamp: timestamp, type: \(type) }
            goal: { will: occur, all_of: [{ event: order }], within: 14d }
            """
        let found = problems { _ = try Instance.parse(text: text, file: "i.yaml", baseDirectory: Self.fixtures) }
        #expect(found.contains(message), "\(found)")
        #expect(found.contains("i.yaml:5:"), "\(found)")
    }

    @Test(arguments: [
        "{ field: productListItems[].SKU, equals: A }", "{ field: identityMap.ECID[0].id, exists: true }",
    ])
    func bracketsWithoutQuotesAreExplained(_ condition: String) {
        let found = problems { _ = try instance("xdm.jsonl", more: "exclude: \(condition)") }
        #expect(found.contains("instance.yaml:10:"), "\(found)")
        #expect(found.contains("put paths with brackets in quotes"), "\(found)")
    }

    @Test func profilesMayBeNestedToo() throws {
        let path = try write(
            """
            [{"xdm:who": {"xdm:id": 12.0}, "plan": {"name": "gold"}, "visits": [1, 2], "langs": ["de", "en"]},
             {"xdm:who": {"xdm:id": 13.0}, "plan": null, "visits": []}]
            """, "people.json")
        let instance = try instance("xdm.jsonl", more: "profiles: [{ path: \(path), identity: who.id }]")
        let plan = try InputPlan(surveying: instance)
        #expect(
            plan.datasets[1].attributes == [
                PlannedAttribute(name: "plan.name", kind: .text), PlannedAttribute(name: "visits", kind: .number),
                PlannedAttribute(name: "langs", kind: .text),
            ])
        var rows: [AttributeBlock] = []
        _ = try EventIngester(instance: instance, plan: plan).ingest(plan.splits[1]) { _, bytes in
            var reader = try ChecksummedEnvelope.open(bytes, name: AttributeBlock.name, version: AttributeBlock.version)
            rows.append(try AttributeBlock(from: &reader))
        }
        let gold = try #require(rows.first { $0.identity == ["12"] })
        #expect(gold.attributes[1] == .numbers([3]))
        #expect(gold.attributes[2] == .texts(EventBlock.Texts(codes: [0], dictionary: ["de"])))
        #expect(rows.flatMap(\.identity).sorted() == ["12", "13"])
    }

    @Test func theSchemaKnowsTheStandardGroups() {
        #expect(Instance.jsonSchema.contains("\"xdm\""))
        #expect(Instance.jsonSchema.contains("\"standard\""))
    }

    @Test func blocksOfListsAreReadBackAsTheyWere() throws {
        var block = EventBlock()
        block.identity = EventBlock.Texts(codes: [0, 0, 0], dictionary: ["p"])
        block.type = EventBlock.Texts(codes: [0, 0, 0], dictionary: [TypeSet.text(of: ["b", "a"])])
        block.time = [1, 2, 3]
        block.flags = [0, 0, 0]
        block.hash = [1, 2, 3]
        let values = EventBlock.Texts(codes: [0, 1, 0], dictionary: ["x", "y"])
        block.categories = [EventBlock.Values(texts: values, ends: [2, 2, 3]), EventBlock.Values()]
        var reader = ByteReader(block.encoded)
        #expect(try EventBlock(from: &reader) == block)
        #expect(TypeSet.names(in: block.type.dictionary[0]) == ["a", "b"])
        for ends: [Int32] in [[2, 1, 3], [-1, 2, 3], [1, 2, 4], [1, 3]] {
            block.categories[0].ends = ends
            var reader = ByteReader(block.encoded)
            #expect(throws: ByteError.self) { try EventBlock(from: &reader) }
        }
    }
}
