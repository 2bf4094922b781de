import Foundation
import Testing

@testable import Tables

/// Records, lists and maps in files of every format that has them; see Tests/Fixtures/make_nested.py.
@Suite struct NestedTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("nested-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func fixture(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../Fixtures/nested/\(name)").standardizedFileURL.path
    }

    private func write(_ text: String, _ name: String = "file.json") throws -> String {
        let file = folder.appendingPathComponent(name)
        try text.write(to: file, atomically: true, encoding: .utf8)
        return file.path
    }

    /// Each row of a column in words: items in brackets, "-" for what is missing.
    private func rows(_ path: String, _ column: String) throws -> [String] {
        try tables(path, [column]).flatMap { Self.words($0.columns[0]) }
    }

    private func tables(_ path: String, _ columns: [String]) throws -> [Table] {
        let reader = try TableFile(path: path, keyPrefix: "xdm:").reader(columns: columns)
        var tables: [Table] = []
        while let table = try reader.next() { tables.append(table) }
        return tables
    }

    private static func words(_ column: Column) -> [String] {
        guard case .lists(let lists) = column.values else {
            let texts = column.texts()
            return texts.codes.map { $0 < 0 ? "-" : texts.dictionary[Int($0)] }
        }
        let items = words(lists.items)
        return (0..<lists.count).map { "[" + items[lists.range($0)].joined(separator: " ") + "]" }
    }

    // MARK: Paths

    static let carts = """
        {"who": {"id": 1}, "carts": [{"items": [{"sku": "a", "n": 2}, {"sku": "b"}]}, {"items": [{"sku": "c", "n": 1}]}]}
        {"who": {"id": 2}, "carts": [], "tags": ["x", null, "y"]}
        {"who": null, "carts": [null, {"items": null}, {"items": [null, {"n": 5}]}], "tags": []}
        {"carts": [{"items": [{"sku": "d", "n": 4}]}], "tags": [null]}
        """

    @Test func pathsLeadThroughRecordsAndLists() throws {
        let path = try write(Self.carts)
        #expect(
            try TableFile(path: path, keyPrefix: "xdm:").schema.fields == [
                Field(name: "who.id", kind: .integer, steps: [.key("who"), .key("id")]),
                Field(
                    name: "carts[].items[].sku", kind: .list(.text),
                    steps: [.key("carts"), .items, .key("items"), .items, .key("sku")]),
                Field(
                    name: "carts[].items[].n", kind: .list(.integer),
                    steps: [.key("carts"), .items, .key("items"), .items, .key("n")]),
                Field(name: "tags", kind: .list(.text), steps: [.key("tags"), .items]),
            ])
        #expect(try rows(path, "who.id") == ["1", "2", "-", "-"])
        #expect(try rows(path, "carts[].items[].sku") == ["[a b c]", "[]", "[- -]", "[d]"])
        #expect(try rows(path, "carts.items.n") == ["[2 - 1]", "[]", "[- 5]", "[4]"])
        #expect(try rows(path, "carts[0].items[].sku") == ["[a b]", "[]", "[]", "[d]"])
        #expect(try rows(path, "carts[0].items[1].sku") == ["b", "-", "-", "-"])
        #expect(try rows(path, "carts[].items[0].n") == ["[2 1]", "[]", "[- - -]", "[4]"])
        #expect(try rows(path, "carts[2].items[1].n") == ["-", "-", "5", "-"])
        #expect(try rows(path, "tags") == ["[]", "[x - y]", "[]", "[-]"])
        #expect(try rows(path, "tags[2]") == ["-", "y", "-", "-"])
    }

    @Test func aRecordIsTrueWhereItIsThere() throws {
        let path = try write(Self.carts)
        #expect(try rows(path, "who") == ["true", "true", "-", "-"])
        #expect(try rows(path, "carts") == ["[true true]", "[]", "[- true true]", "[true]"])
        let empty = try write("{\"a\": 1, \"order\": {}}\n{\"a\": 2, \"order\": null}\n{\"a\": 3}", "empty.jsonl")
        #expect(try rows(empty, "order") == ["true", "-", "-"])
        #expect(try rows(empty, "a") == ["1", "2", "3"])
    }

    @Test func listsAnswerAsOneValueWhereOneIsWanted() throws {
        let table = try #require(try tables(try write(Self.carts), ["carts.items.n", "tags", "carts.items.sku"]).first)
        let numbers = table.columns[0].numbers()
        #expect(numbers.values.map { $0.isNaN ? -1 : $0 } == [3, -1, 5, 4])
        #expect(numbers.unreadable == 0)
        #expect((0..<4).map { table.columns[1].isMissing($0) } == [true, false, true, true])
        let texts = table.columns[2].texts()
        #expect(texts.codes.map { $0 < 0 ? "-" : texts.dictionary[Int($0)] } == ["a", "-", "-", "d"])
    }

    @Test func keysAreTheSameWithAndWithoutTheirPrefix() throws {
        let path = try write(
            """
            {"xdm:timestamp": "t", "xdm:commerce": {"xdm:order": {"xdm:id": "o"}}, "xdm:both": 1, "both": 2, "a": {"xdm:b": 3}}
            """)
        let file = try TableFile(path: path, keyPrefix: "xdm:")
        #expect(
            file.schema.fields.map(\.name) == ["timestamp", "commerce.order.id", "both", "a.b"])
        for name in ["timestamp", "xdm:timestamp"] { #expect(try rows(path, name) == ["t"]) }
        for name in ["commerce.order.id", "xdm:commerce.order.xdm:id", "commerce.xdm:order.id"] {
            #expect(try rows(path, name) == ["o"])
        }
        for name in ["both", "xdm:both"] { #expect(try rows(path, name) == ["1"]) }
        #expect(try rows(path, "xdm:a.b") == ["3"])
    }

    @Test func rowsOfOneFileMaySpellTheirKeysDifferently() throws {
        let path = try write(
            """
            {"xdm:t": "2024-01-01T00:00:00Z", "xdm:o": {"xdm:n": 1, "xdm:l": [{"xdm:s": "a"}, {"xdm:s": null}]}, "xdm:b": true}
            {"t": "2024-01-02T00:00:00Z", "o": {"n": 2.5, "l": [{"s": "b"}]}, "b": false, "k": 7}
            {"xdm:o": {"n": 3}, "o": {"xdm:n": 4, "xdm:l": [{"s": "c"}]}, "xdm:k": "x"}
            {"xdm:b": null, "o": null}
            """)
        let file = try TableFile(path: path, keyPrefix: "xdm:")
        #expect(
            file.schema.fields.map { [$0.name, "\($0.kind.ofItems)"] } == [
                ["t", "timestamp"], ["o.n", "number"], ["o.l[].s", "text"], ["b", "boolean"], ["k", "text"],
            ])
        #expect(file.schema.records.map(\.name) == ["o", "o.l"])
        #expect(try rows(path, "xdm:t") == ["2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z", "-", "-"])
        #expect(try rows(path, "o.n") == ["1", "2.5", "3", "-"])
        #expect(try rows(path, "o.l[].s") == ["[a -]", "[b]", "[c]", "[]"])
        #expect(try rows(path, "o.l[0].xdm:s") == ["a", "b", "c", "-"])
        #expect(try rows(path, "b") == ["true", "false", "-", "-"])
        #expect(try rows(path, "k") == ["-", "7", "x", "-"])
        #expect(try rows(path, "o") == ["true", "true", "true", "-"])
    }

    @Test(arguments: ["odd.parquet", "odd.arrow"])
    func otherTypesOfListsAndNamesThatLookLikePaths(_ name: String) throws {
        let path = fixture(name)
        #expect(try rows(path, "large") == ["[1 2]", "[]", "[]"])
        #expect(try rows(path, "fixed") == ["[1.5 2.5]", "[]", "[3.5 -]"])
        #expect(try rows(path, "fixed[1]") == ["2.5", "-", "-"])
        #expect(try rows(path, "deep[][].a[]") == ["[1 2]", "[]", "[]"])
        #expect(try rows(path, "deep[0][1]") == ["-", "-", "-"])
        #expect(try rows(path, "coded") == ["[u v]", "[u]", "[]"])
        #expect(try rows(path, "words.k") == ["x", "-", "-"])
        #expect(try rows(path, "words.a.b") == ["y", "-", "-"])
        #expect(try rows(path, "words") == ["[x y]", "[]", "[]"])
        #expect(try rows(path, "words.*") == ["[x y]", "[]", "[]"])
        #expect(try rows(path, "a.c") == ["2", "-", "4"])
        #expect(try rows(path, "a") == ["true", "-", "true"])
        #expect(failure(path, reading: ["span"])?.description.contains("duration") == true)
    }

    @Test func aNameWithADotComesBeforeThePathThatItLooksLike() throws {
        let path = try write("{\"a\": {\"b\": 1}, \"a.b\": 2, \"l\": [3], \"l[0]\": 4}")
        #expect(try rows(path, "a.b") == ["2"])
        #expect(try rows(path, "l[0]") == ["4"])
        #expect(try rows(path, "l[]") == ["[3]"])
    }

    @Test(arguments: ["nothing", "who.idd", "who[0]", "carts.items.sku.more", "carts[x].items[0].sku", "tags[", ""])
    func pathsThatLeadNowhereAreNamed(_ column: String) throws {
        let path = try write(Self.carts)
        #expect(
            failure(path, reading: [column])
                == .unknownColumn(
                    path: path, column: column, columns: ["who.id", "carts[].items[].sku", "carts[].items[].n", "tags"])
        )
    }

    // MARK: Formats

    @Test func theSameEventsFromEveryFormat() throws {
        let columns = [
            "_id", "timestamp", "identityMap.ECID[0].id", "identityMap.Email[1].id", "identityMap.Email[].id",
            "endUserIDs._experience.aaid.id", "productListItems[].SKU", "productListItems[].priceTotal",
            "productListItems[0].quantity", "commerce.order", "commerce.order.priceTotal", "eventType",
        ]
        func words(_ name: String) throws -> [[String]] {
            let tables = try tables(fixture(name), columns)
            return columns.indices.map { index in
                tables.flatMap { table -> [String] in
                    guard columns[index] == "timestamp" else { return Self.words(table.columns[index]) }
                    let times = try? table.columns[index].timestamps(unit: nil, zone: nil, format: nil)
                    return (times?.values ?? []).map { "\($0)" }
                }
            }
        }
        let expected = try words("xdm.jsonl")
        #expect(expected[0].count == 246)
        #expect(expected[2].contains("ecid-3") && expected[2].contains("-"))
        #expect(expected[6].contains("[]"))
        for name in ["xdm.jsonl.gz", "xdm.json.gz", "xdm.parquet", "xdm_map.parquet", "xdm.arrow"] {
            let found = try words(name)
            for index in columns.indices {
                let isSame = found[index] == expected[index]
                #expect(isSame, "\(columns[index]) of \(name): \(found[index].prefix(9))")
            }
        }
    }

    @Test(arguments: ["identityMap.ECID[0].idd", "identityMap.ECID.0.id", "identityMap[0].id", "identityMap..id"])
    func misspeltPathsThroughAMapAreNamed(_ column: String) throws {
        let file = try TableFile(path: fixture("xdm_map.parquet"), keyPrefix: "xdm:")
        #expect(file.schema.field(column) == nil)
        #expect(file.schema.field("identityMap.Any key[3].id")?.kind == .text)
        #expect(file.schema.field("identityMap.ECID")?.kind == .list(.boolean))
        #expect(file.schema.field("identityMap")?.kind == .list(.boolean))
    }

    @Test func rowsHashTheSameInEveryFormat() throws {
        func hashes(_ name: String) throws -> [UInt64] {
            let file = try TableFile(path: fixture(name), keyPrefix: "xdm:")
            return try tables(file.path, file.schema.fields.map(\.name)).flatMap { table in
                var hashes: [UInt64] = []
                table.contentHashes(into: &hashes)
                return hashes
            }
        }
        let expected = try hashes("xdm.jsonl")
        #expect(Set(expected).count == 240)
        #expect(Array(expected[0..<2]) == [expected[0], expected[0]])
        for name in ["xdm.json.gz", "xdm.parquet", "xdm_map.parquet", "xdm.arrow"] {
            let isSame = try hashes(name) == expected
            #expect(isSame, "\(name)")
        }
    }

    @Test(arguments: ["xdm.jsonl", "xdm.json.gz", "xdm.parquet"])
    func knownTypesSpareASecondLook(_ name: String) throws {
        let file = try TableFile(path: fixture(name), keyPrefix: "xdm:")
        #expect(file.foundTypes.isEmpty == (file.format == .parquet))
        let again = try TableFile(path: fixture(name), keyPrefix: "xdm:", foundTypes: file.foundTypes)
        #expect(again.schema.fields.map(\.name) == file.schema.fields.map(\.name))
        let column = "productListItems[].SKU"
        let (first, second) = (try file.reader(columns: [column]), try again.reader(columns: [column]))
        while let table = try first.next() { #expect(try second.next() == table) }
        #expect(throws: TableError.self) {
            try TableFile(path: fixture("xdm.jsonl"), keyPrefix: "xdm:", foundTypes: [1, 2, 3])
        }
    }

    // MARK: Arrays

    @Test(arguments: ["[%]", " \n[ % ]\n ", "\u{FEFF}[%,]"])
    func anArrayIsReadItemByItem(_ form: String) throws {
        let items = ["{\"a\": {\"b\": \"]},{\\\"\"}}", "null", "{\"a\": {\"b\": \"x\\\\\"},\n \"c\": [1,\r\n2]}", "{}"]
        let path = try write(form.replacingOccurrences(of: "%", with: items.joined(separator: " , ")), "noname")
        #expect(try TableFile(path: path, keyPrefix: "xdm:").format == .jsonLines)
        #expect(try rows(path, "a.b") == ["]},{\"", "x\\", "-"])
        #expect(try rows(path, "c") == ["[]", "[1 2]", "[]"])
        let reader = try TableFile(path: path, keyPrefix: "xdm:").reader(columns: ["c"])
        while try reader.next() != nil {}
        #expect(reader.brokenRows.count == 1)
    }

    /// More than one block of it, more than 65,536 items, and an item that is larger than a block.
    @Test func longArraysComeInBatches() throws {
        let long = String(repeating: "x", count: 5 << 20)
        let items = (0..<70_000).map { "{\"n\": \($0), \"pad\": \"\(String(repeating: "y", count: 100))\"}" }
        let path = try write("[" + items.joined(separator: ",") + ",{\"n\": 70000, \"pad\": \"\(long)\"}]")
        let tables = try tables(path, ["n"])
        #expect(tables.count > 2)
        #expect(tables.allSatisfy { $0.rowCount <= TableReader.batchRows })
        #expect(tables.flatMap { $0.columns[0].numbers().values } == (0...70_000).map(Double.init))
    }

    @Test(arguments: [
        ("[{\"a\": 1}, {\"a\"", "has it been cut off?"), ("[{\"a\": 1}", "has it been cut off?"),
        ("[{\"a\": 1}] {\"a\": 2}", "there is something behind its array"),
        ("[7]", "item 1 is no object: 7"), ("[[{\"a\": 1}]]", "item 1 is no object"),
        ("[{\"a\": }]", "item 1 is no JSON"), ("[}]", "item 1 is no object: }"), ("[]", "names no columns"),
    ])
    func brokenJSONIsAnErrorThatSaysWhere(_ text: String, _ reason: String) throws {
        let path = try write(text)
        let message = try #require(failure(path)).description
        #expect(message.contains(path))
        #expect(message.contains(reason), "\(message)")
    }

    /// Items that are no objects, or none that can be read, are left out, and told by their number.
    @Test func aBrokenItemIsOneRow() throws {
        let text = "[{\"a\": 1}, null,\n 7, {\"a\": }, {\"a\": \"\\ud800\"}, [], {\"a\":\n 2}, }, {\"a\": 3}]"
        let reader = try TableFile(path: try write(text), keyPrefix: "xdm:").reader(columns: ["a"])
        let table = try #require(try reader.next())
        #expect(table.columns[0].numbers().values == [1, 2, 3])
        #expect(reader.brokenRows.count == 6)
        #expect(reader.brokenRows.reasons.map { $0.prefix(9) } == ["item 2 is", "item 3 is", "item 6 is"])
    }

    @Test func aRowThatIsNestedTooDeepIsBroken() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "{\"a\":", count: depth) + "1" + String(repeating: "}", count: depth)
        }
        let path = String(repeating: "a.", count: 39) + "a"
        #expect(try rows(try write(nested(40)), path) == ["1"])
        for depth in [60, 100_000] {
            for text in ["{\"b\": 1}\n\(nested(depth))", "[{\"b\": 1},\(nested(depth))]"] {
                let reader = try TableFile(path: try write(text), keyPrefix: "xdm:").reader(columns: ["b"])
                #expect(try reader.next()?.rowCount == 1)
                let reasons = reader.brokenRows.reasons
                #expect(reasons.count == 1)
                #expect(reasons.first?.hasSuffix(" 2 is nested more than 48 levels deep") == true, "\(reasons)")
            }
        }
    }

    // MARK: Mixed kinds

    @Test(arguments: [false, true])
    func numbersAmongTextsAreTexts(_ isArray: Bool) throws {
        var lines = [
            "{\"id\": 12, \"in\": {\"v\": [{\"x\": \"a\"}, {\"x\": 1.50}]}}", "{\"id\": \"A7\", \"in\": {\"v\": []}}",
            "{}",
            "{\"id\": null, \"new\": true}", "{\"id\": 9007199254740993}",
        ]
        lines += Array(repeating: "{\"id\": \"z\"}", count: 40_000)
        let path = try write(isArray ? "[\(lines.joined(separator: ",\n"))]" : lines.joined(separator: "\n"))
        let file = try TableFile(path: path, keyPrefix: "xdm:")
        #expect(file.schema.field("id")?.kind == .text)
        #expect(file.schema.field("new")?.kind == .boolean)
        #expect(try rows(path, "id").prefix(6) == ["12", "A7", "-", "-", "9007199254740993", "z"])
        #expect(try rows(path, "in.v[].x").prefix(3) == ["[a 1.50]", "[]", "[]"])
        #expect(try tables(path, ["new", "id"]).first?.columns.map(\.count) == [32_768, 32_768])
    }

    @Test func otherMixedKindsCannotBeUsedAndDoNoHarm() throws {
        let path = try write(
            """
            {"ok": 1, "a": {"b": 1}, "l": [1, "x", null, 2.50]}
            {"ok": 2, "a": "text", "l": ["y"]}
            {"m": [1, {"y": 2}], "only": "}, \\"x\\": [" , "k" : {"here": [[]]}}
            {"ok": 3, "a": [1], "new": "n"}
            """)
        #expect(try rows(path, "ok") == ["1", "2", "-", "3"])
        #expect(try rows(path, "l") == ["[1 x - 2.50]", "[y]", "[]", "[]"])
        #expect(try rows(path, "new") == ["-", "-", "-", "n"])
        #expect(try rows(path, "only") == ["-", "-", "}, \"x\": [", "-"])
        #expect(try TableFile(path: path, keyPrefix: "xdm:").schema.field("k.here") != nil)
        #expect(
            failure(path, reading: ["m"])?.description.contains("numbers in some rows and objects in others") == true)
        guard case .unsupportedColumn(path, "a", let type)? = failure(path, reading: ["ok", "a"]) else {
            Issue.record("\(String(describing: failure(path, reading: ["a"])))")
            return
        }
        #expect(type == "objects in some rows and texts in some rows and arrays in others")
    }

    @Test func randomBytesNeverTrap() throws {
        var state: UInt64 = 1
        func next(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        let pieces = ["{", "}", "[", "]", ",", ":", "\"", "\\", "null", "1", "\"a\"", "\"a\":", "\n", " ", "true", "é"]
        for round in 0..<400 {
            let text =
                (round % 2 == 0 ? "[" : "{\"a\":") + (0..<next(24)).map { _ in pieces[next(pieces.count)] }.joined()
            _ = failure(try write(text))
        }
    }
}
