import TestSupport
import Testing

@testable import Tables

@Suite struct CSVTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    /// Quotes, line ends within them, a byte order mark, rows of too few and too many fields, stray texts.
    @Test(arguments: ["quotes.csv", "quotes.csv.gz", "quotes.csv.zst"])
    func messyFilesAreReadAsMeant(_ name: String) throws {
        let path = fixture(name)
        let file = try TableFile(path: path)
        #expect(file.format == .csv)
        #expect(
            file.schema.fields == [
                Field(name: "id", kind: .integer), Field(name: "name", kind: .text), Field(name: "amount", kind: .text),
                Field(name: "at", kind: .timestamp), Field(name: "ok", kind: .boolean), Field(name: "zip", kind: .text),
            ])
        let reader = try file.reader(columns: ["name", "amount", "at", "ok", "zip", "id"])
        let table = try #require(try reader.next())
        #expect(cells(table.columns[0]) == ["Miller, Ann", "said \"no\"", "two\r\nlines", nil])
        #expect(cells(table.columns[1]) == ["1.50", nil, "oops", "-2e3"])
        #expect(cells(table.columns[2]) == ["2011-09-01T12:30:00Z", "2011-09-02", nil, "2011-09-03 01:02:03"])
        #expect(cells(table.columns[3]) == ["true", "FALSE", "true", nil])
        #expect(cells(table.columns[4]) == ["00123", "04567", nil, "00001"])
        #expect(cells(table.columns[5]) == ["1", "2", "3", "6"])
        let amounts = table.columns[1].numbers()
        #expect(amounts.values.map { $0.isNaN ? 0 : $0 } == [1.5, 0, 0, -2000])
        #expect(amounts.unreadable == 1)
        #expect(try reader.next() == nil)
        #expect(reader.skippedRows == 2)
    }

    @Test func aStrayTextInANumericColumnIsOneUnreadableValue() throws {
        let lines = (0..<20_000).map { "\($0),\($0).5" } + ["20000,oops", "NA,1"]
        let path = try folder.write("id,amount\n" + lines.joined(separator: "\n"), to: "late.csv")
        let file = try TableFile(path: path)
        #expect(file.schema.fields.map(\.kind) == [.integer, .number])
        let amounts = try batches(path, ["amount"]).map { $0.columns[0].numbers() }
        #expect(amounts.map(\.unreadable).reduce(0, +) == 1)
        #expect(amounts.flatMap(\.values).count { !$0.isNaN } == 20_001)
        let ids = try batches(path, ["id"]).map { $0.columns[0].numbers() }
        #expect(ids.map(\.unreadable).reduce(0, +) == 0)
        #expect(ids.flatMap(\.values).count(where: \.isNaN) == 1)
    }

    @Test(arguments: [",", ";", "\t", "|"])
    func theDelimiterIsFoundInTheHeader(_ delimiter: String) throws {
        let rows = [["who", "\"a,b;c|d\"", "n"], ["x", "1", "2"]]
        let text = rows.map { $0.joined(separator: delimiter) }.joined(separator: "\n")
        let path = try folder.write(text, to: "delimited.csv")
        #expect(try TableFile(path: path).schema.fields.map(\.name) == ["who", "a,b;c|d", "n"])
        #expect(try column(path, "n") == ["2"])
    }

    @Test func blankLinesAreNoRows() throws {
        let path = try folder.write("\n\r\na,b\n\n1,2\n\n3,4\n\n\n", to: "blank.csv")
        #expect(try TableFile(path: path).schema.fields.map(\.name) == ["a", "b"])
        #expect(try column(path, "b") == ["2", "4"])
        let unended = try folder.write("a,b\r\n1,2\r\n3,\"4\"", to: "unended.csv")
        #expect(try column(unended, "b") == ["2", "4"])
    }

    @Test func latin1IsRepairedAndStillReadable() throws {
        let path = fixture("latin1.csv")
        #expect(try TableFile(path: path).schema.fields.map(\.name) == ["Name", "Stra\u{FFFD}e"])
        #expect(try column(path, "Name") == ["K\u{FFFD}se", "M\u{FFFD}hre"])
        #expect(try column(path, "Stra\u{FFFD}e") == ["1", "2"])
    }

    /// A dictionary names each text once; two repaired ones may have become the same.
    @Test func repairedTextsDoNotRepeatInTheDictionary() throws {
        let path = try folder.write(Array("a\n".utf8) + [0xE4, 0x0A, 0xE5, 0x0A, 0xE4, 0x0A], to: "same.csv")
        let table = try #require(try batches(path, ["a"]).first)
        #expect(table.columns[0].values == .texts(TextValues(codes: [0, 0, 0], dictionary: ["\u{FFFD}"])))
    }

    @Test func aBatchHasAtMost65536RowsAndNoneIsLost() throws {
        let text = "n\n" + (0..<70_000).map(String.init).joined(separator: "\n")
        let tables = try batches(try folder.write(text, to: "many.csv"), ["n"])
        #expect(tables.allSatisfy { (1...TableReader.batchRows).contains($0.rowCount) })
        #expect(tables.flatMap { cells($0.columns[0]) } == (0..<70_000).map(String.init))
    }

    @Test func aQuoteThatIsNeverClosedIsAnErrorThatSaysSo() throws {
        let path = try folder.write("a,b\n1,\"two\n3,4\n", to: "open.csv")
        #expect(
            failure(path)
                == .unreadable(path: path, reason: "its end cannot be parsed: a quote that is never closed?"))
    }

    @Test func utf16IsNamedAsSuch() throws {
        let path = try folder.write([0xFF, 0xFE, 0x61, 0x00, 0x0A, 0x00], to: "wide.csv")
        #expect(failure(path) == .unreadable(path: path, reason: "it is in UTF-16: convert it to UTF-8"))
    }
}

@Suite struct JSONLinesTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: ["events.jsonl", "events.jsonl.gz"])
    func objectsAreFlattenedAndAnswerWhatTheyHave(_ name: String) throws {
        let path = fixture(name)
        let file = try TableFile(path: path)
        #expect(file.format == .jsonLines)
        #expect(
            file.schema.fields.map(\.name) == ["who", "at", "n", "commerce.purchases.value", "tags", "late"])
        #expect(
            file.schema.fields.map(\.kind)
                == [.text, .timestamp, .integer, .number, .list(.text), .boolean])
        #expect(try column(path, "who") == ["a", "b", "Grüße"])
        #expect(try column(path, "n") == ["1", "9007199254740993", nil])
        #expect(try column(path, "commerce.purchases.value") == ["2.0", nil, "0.5"])
        #expect(try column(path, "late") == [nil, nil, "true"])
        let at = try #require(try batches(path, ["at"]).first).columns[0].timestamps(unit: nil, zone: nil, format: nil)
        #expect(at.values == [1_314_880_200_000_000, 1_314_921_600_000_000, 0])
        #expect(at.valid == [true, true, false])
    }

    @Test func aFieldMayChangeFromIntegerToNumberFarDownTheFile() throws {
        let text = String(repeating: "{\"n\": 1}\n", count: 40_000) + "{\"n\": 0.5, \"new\": \"x\"}\n"
        let path = try folder.write(text, to: "late.jsonl")
        let schema = try TableFile(path: path).schema
        #expect(schema.fields == [Field(name: "n", kind: .number), Field(name: "new", kind: .text)])
        #expect(try column(path, "n").suffix(2) == ["1.0", "0.5"])
        #expect(try column(path, "new").suffix(2) == [nil, "x"])
    }

    /// Within a block of lines, and from one block to the next.
    @Test(arguments: [1, 32_768])
    func aFieldOfNumbersAndTextsIsText(_ rowsBefore: Int) throws {
        let text = String(repeating: "{\"a\": {\"b\": 1}}\n", count: rowsBefore) + "{\"a\": {\"b\": \"x\"}}\n"
        let path = try folder.write(text, to: "two.jsonl")
        #expect(try TableFile(path: path).schema.field("a.b")?.kind == .text)
        #expect(try column(path, "a.b").suffix(2) == ["1", "x"])
    }

    @Test func aLineThatIsNoJSONIsNamed() throws {
        let path = try folder.write("{\"a\": 1}\n{\"a\": }\n", to: "broken.jsonl")
        let message = try #require(failure(path)).description
        #expect(message.hasPrefix("\(path): cannot be read: "))
        #expect(message.contains("line"))
    }

    @Test func theLastLineNeedNotBeEnded() throws {
        let path = try folder.write("{\"a\": 1}\n\n{\"a\": 2}", to: "open.jsonl")
        #expect(try column(path, "a") == ["1", "2"])
    }
}

/// Parts of text files begin and end between rows, wherever a cut was asked for.
@Suite struct TextPartsTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private static let csv = [
        "id,note,more",
        "1,plain,x", "2,\"two\nlines\",\"\"", "3,\"a \"\"quoted\"\"\n\nword\",\"\"\"\"", "4,5\" pipe,\"x\"y",
        "5,\"\",\"\n\"", "6,ends with\",z", "7,\"a,b\r\nc\",", "8,Grüße,\"ü\n\"",
    ]

    @Test(arguments: ["\n", "\r\n"], [true, false])
    func csvIsCutBetweenRows(_ lineEnd: String, _ isEnded: Bool) throws {
        try check(Self.csv.joined(separator: lineEnd) + (isEnded ? lineEnd : ""), "csv", ["id", "note", "more"])
    }

    @Test func jsonLinesAreCutBetweenRows() throws {
        let rows = [
            #"{"id": 1, "note": "}\n{"}"#, "{\"id\": 2,\n \"list\": [{\"a\": 1},\n{\"a\": 2}]\n}",
            #"{"id": 3, "note": "a } {"}"#,
            "", #"{"id": 4}{"id": 5}"#, "  {\"id\": 6}",
        ]
        try check(rows.joined(separator: "\n"), "jsonl", ["id", "note"])
        try check(rows.joined(separator: "\r\n") + "\r\n", "jsonl", ["id", "note"])
    }

    /// Parts of every size, down to a row each, make up the file.
    private func check(_ text: String, _ ending: String, _ columns: [String]) throws {
        let path = try folder.write(text, to: "file.\(ending)")
        let file = try TableFile(path: path)
        let whole = try columns.map { try column(path, $0) }
        var most = 0
        for size in 1...text.utf8.count {
            let parts = try file.parts(ofBytes: size)
            most = max(most, parts.count)
            guard !parts.isEmpty else { continue }
            for (name, expected) in zip(columns, whole) {
                #expect(try parts.flatMap { try column(path, name, part: $0) } == expected, "\(name) in \(parts)")
            }
        }
        #expect(most >= whole[0].count - 1)
    }

    @Test func whatCannotBeCutIsWhole() throws {
        let array = try folder.write("[{\"id\": 1},\n{\"id\": 2},\n{\"id\": 3}]", to: "array.json")
        #expect(try TableFile(path: array).parts(ofBytes: 4) == [])
        for name in ["quotes.csv.gz", "quotes.csv.zst", "events.jsonl.gz", "types.parquet"] {
            #expect(try TableFile(path: fixture(name)).parts(ofBytes: 4) == [])
        }
    }
}
