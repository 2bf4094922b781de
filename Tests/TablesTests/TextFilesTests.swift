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
        #expect(reader.brokenRows.count == 2)
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

    /// A quote that is never closed, or by another field's quote, would swallow the rows behind it.
    @Test(
        arguments: [
            ("1,\"two\n3,4\n5,6\n", ["4", "6"], ["line 2 has a quote that is never closed"]),
            (
                "1,2\n3,\"five inch\n5,6\n7,\"eight\"\n9,10\n", ["2", "6", "eight", "10"],
                ["line 3 has a quote that is not closed where its field ends"]
            ),
            (
                "1,2\n3,4,5\n6,7\n8\n9,10", ["2", "7", "10"],
                ["line 3 has 3 fields, and the header 2", "line 5 has 1 field, and the header 2"]
            ),
            (
                "1,2\n3,\"4\nb,c\",5\n6,7\n", ["2", "7"], ["line 3 has 3 fields, and the header 2"]
            ),
            (
                "1,2\n\"x\ny\",\"c\nd\"z\n5,6\n", ["2", "6"],
                [
                    "line 3 has a quote that is not closed where its field ends",
                    "line 4 has a quote that is not closed where its field ends",
                    "line 5 has 1 field, and the header 2",
                ]
            ),
            (
                "1,\"in\n2,x\"y\n3\n4,z\n", ["x\"y", "z"],
                ["line 2 has a quote that is not closed where its field ends", "line 4 has 1 field, and the header 2"]
            ),
            (
                "1,\"a\n2,\"b\n3,c,\n", ["c"],
                [
                    "line 2 has a quote that is not closed where its field ends",
                    "line 3 has a quote that is never closed",
                ]
            ),
        ])
    func aBrokenRowIsOneRow(_ rows: String, _ kept: [String], _ reasons: [String]) throws {
        let path = try folder.write("a,b\n" + rows, to: "open.csv")
        let (values, broken) = try read(path, "b")
        #expect(values == kept)
        #expect(broken.reasons == reasons)
        #expect(broken.count == reasons.count)
    }

    /// Over several blocks, and with a clean stretch in the middle.
    @Test func manyStrayQuotesCostTheirRowsOnly() throws {
        func isOdd(_ row: Int) -> Bool { row % 40 == 7 && !(100_000..<200_000).contains(row) }
        let rows = (0..<400_000).map { isOdd($0) ? "\($0),\"inch" : "\($0),x\($0)" }
        let path = try folder.write("a,b\n" + rows.joined(separator: "\n") + "\n", to: "strays.csv")
        let (values, broken) = try read(path, "a")
        #expect(values == (0..<400_000).filter { !isOdd($0) }.map(String.init))
        #expect(broken.count == 7_500)
    }

    private func read(_ path: String, _ name: String, _ options: TextOptions = TextOptions()) throws -> (
        [String?], BrokenRows
    ) {
        let reader = try TableFile(path: path, options: options).reader(columns: [name])
        var values: [String?] = []
        while let table = try reader.next() { values += cells(table.columns[0]) }
        return (values, reader.brokenRows)
    }

    @Test func aFileOfBrokenRowsSaysWhy() throws {
        let path = try folder.write("a,b\n1\n2,3,4\n", to: "all.csv")
        let broken = BrokenRows(
            count: 2, reasons: ["line 2 has 1 field, and the header 2", "line 3 has 3 fields, and the header 2"])
        #expect(failure(path) == .allRowsBroken(path: path, broken))
    }

    /// As spreadsheets write them: in every row, in the rows alone, in some rows, in the header alone.
    @Test(
        arguments: [
            "a,b,,\n1,2,,\n3,4,,\n", "a,b\n1,2,,\n3,4,,\n", "a,b\n1,2\n3,4,,\n", "a,b,,\n1,2\n3,4\n",
            "sep=;\na;b\n1;2\n3;4\n", "\"sep=|\"\r\na|b\r\n1|2\r\n3|4\r\n", "a, b\n1,2\n3,4\n",
            "a,b\n1,2\na,b\n3,4\n", "a,b\r\n1,2\r\na,b\r\n3,4\r\na,b",
        ])
    func whatSpreadsheetsAddIsNoData(_ text: String) throws {
        let path = try folder.write(text, to: "sheet.csv")
        #expect(try TableFile(path: path).schema.fields == ["a", "b"].map { Field(name: $0, kind: .integer) })
        let (values, broken) = try read(path, "b")
        #expect(values == ["2", "4"])
        #expect(broken.count == 0)
    }

    /// Line ends of old, in which a repaired or a broken row must not take the others with it.
    @Test func linesMayEndInCarriageReturnsAlone() throws {
        let rows = (0..<50).map { "\($0),x" } + ["50,y,", "51", "52,\"q"] + (53..<90).map { "\($0),x" }
        let (values, broken) = try read(
            try folder.write("a,b\r" + rows.joined(separator: "\r") + "\r", to: "old.csv"), "a")
        #expect(values.count + broken.count == 90)
        #expect(values.first == "0" && values.contains("50"))
    }

    @Test func repeatedHeadersAreCounted() throws {
        let text = (0..<5).map { "a,b\n" + String(repeating: "\($0),x\n", count: 30_000) }.joined()
        let (values, broken) = try read(try folder.write(text, to: "joined.csv"), "a")
        #expect(values.count == 150_000)
        #expect(broken == BrokenRows(headers: 4))
    }

    /// Backslashes before quotes, as Spark writes them, and \N for nothing beside them.
    @Test(arguments: [nil, TextOptions.Escape.backslash])
    func quotesEscapedByBackslashesAreRead(_ escape: TextOptions.Escape?) throws {
        let text =
            #"a,b"# + "\n" + #"1,"{\"sku\":\"A,0\",\"q\":\"5\\\\\"}""# + "\n" + #"2,\N"# + "\n" + #"3,"say \"no\"""#
            + "\n"
        let (values, broken) = try read(try folder.write(text, to: "spark.csv"), "b", TextOptions(escape: escape))
        #expect(values == [#"{"sku":"A,0","q":"5\\"}"#, nil, #"say "no""#])
        #expect(broken.count == 0)
    }

    @Test func doubledQuotesStayWhatTheyAre() throws {
        let text = "a,b\n1,\"C:\\dir\\\"\n2,\"{\"\"a\"\": \"\"x\\\"\"y\"\"}\"\n"
        let (values, broken) = try read(try folder.write(text, to: "plain.csv"), "b")
        #expect(values == ["C:\\dir\\", "{\"a\": \"x\\\"y\"}"])
        #expect(broken.count == 0)
    }

    @Test(
        arguments: [
            (TextEncoding.latin1, [0x4B, 0xE4, 0x73, 0x65, 0x80], "Käse\u{80}"),
            (.windows1252, [0x4B, 0xE4, 0x73, 0x65, 0x80], "Käse€"),
            (.utf16, [0x4B, 0x00, 0xE4, 0x00, 0x3D, 0xD8, 0x00, 0xDE], "Kä\u{1F600}"),
        ] as [(TextEncoding, [UInt8], String)])
    func encodingsAreDecoded(_ encoding: TextEncoding, _ cell: [UInt8], _ expected: String) throws {
        func wide(_ text: String) -> [UInt8] { text.utf8.flatMap { encoding == .utf16 ? [$0, 0] : [$0] } }
        let path = try folder.write(wide("a;b\n") + cell + wide(";1\nx;2\n"), to: "encoded.csv")
        let (values, _) = try read(path, "a", TextOptions(encoding: encoding))
        #expect(values == [expected, "x"])
        // Much larger than what is read at once, so that characters are cut.
        let rows = 300_000
        let large = try folder.write(
            wide("a;b\n") + (0..<rows).flatMap { _ in cell + wide(";1\n") }, to: "large.csv")
        let (many, broken) = try read(large, "a", TextOptions(encoding: encoding))
        #expect(many == [String](repeating: expected, count: rows))
        #expect(broken.count == 0)
    }

    @Test func aByteOrderMarkTellsTheEncoding() throws {
        let little: [UInt8] = [0xFF, 0xFE] + "a,b\n1,ü\n".utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        let big: [UInt8] = [0xFE, 0xFF] + "a,b\n1,ü\n".utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
        for bytes in [little, big] {
            #expect(try read(try folder.write(bytes, to: "wide.csv"), "b").0 == ["ü"])
        }
        let cut = try folder.write(Array(little.dropLast()), to: "cut.csv")
        #expect(failure(cut)?.description.contains("not valid UTF-16") == true)
    }

    /// Two names that differ in a byte that is no UTF-8 must not become one.
    @Test func whereEveryLetterCountsBytesThatAreNoTextAreRefused() throws {
        let path = try folder.write(Array("who\nM".utf8) + [0xFC] + Array("ller\n".utf8), to: "latin.csv")
        let reader = try TableFile(path: path).reader(columns: ["who"], exact: ["who"])
        #expect(throws: TableError.noText(path: path, column: "who", example: "M\\xfcller", isRaw: false)) {
            try reader.next()
        }
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
    func aFieldOfNumbersAndManyTextsIsText(_ rowsBefore: Int) throws {
        let text =
            String(repeating: "{\"a\": {\"b\": \"x\"}}\n{\"a\": {\"b\": 2}}\n", count: 300)
            + String(repeating: "{\"a\": {\"b\": 1}}\n", count: rowsBefore) + "{\"a\": {\"b\": \"x\"}}\n"
        let path = try folder.write(text, to: "two.jsonl")
        #expect(try TableFile(path: path).schema.field("a.b")?.kind == .text)
        #expect(try column(path, "a.b").suffix(2) == ["1", "x"])
    }

    /// Each is one row, told by its line, and the others are read.
    @Test(
        arguments: [
            ("null", "is no object: null"), ("17", "is no object: 17"), ("\"x\"", "is no object: \"x\""),
            ("true", "is no object: true"), ("[1]", "is no object: [1]"), ("<html>", "is no object: <html>"),
            ("{\"a\": 3} null", "is no object: null"), ("{\"a\": }", "is no JSON: "), ("{\"a\": 1", "is no JSON: "),
            ("{\"a\": \"x", "is no JSON: "), ("{\"a\": \"\\ud800\"}", "is no JSON: "),
            ("{\"a\": 1, \"a\": 2}", "is no JSON: "),
            ("}", "is no object: }"), ("{\"a\": 1}}", "is no object: }"),
            (String(repeating: "[", count: 99), "is no object: "),
            (String(repeating: "{\"a\":", count: 99), "is nested more than"),
        ])
    func aBrokenLineIsOneRow(_ line: String, _ reason: String) throws {
        for before in line.hasPrefix("[") ? [3, 40_000] : [0, 3, 40_000] {
            let text = String(repeating: "{\"a\": 1}\n", count: before) + line + "\n{\"a\": 2}\n"
            let path = try folder.write(text, to: "broken.jsonl")
            let reader = try TableFile(path: path).reader(columns: ["a"])
            var values: [String?] = []
            while let table = try reader.next() { values += cells(table.columns[0]) }
            #expect(values.count { $0 == "1" } == before + (line.hasPrefix("{\"a\": 1}") ? 1 : 0))
            #expect(values.last == "2")
            #expect(reader.brokenRows.count == 1)
            #expect(
                reader.brokenRows.reasons.first?.hasPrefix("line \(before + 1) \(reason)") == true,
                "\(reader.brokenRows)")
        }
    }

    /// A line that is cut off swallows none of those behind it, however many there are.
    @Test func manyLinesBehindOneThatIsCutOffAreRead() throws {
        let path = try folder.write(
            "{\"u\":1,\"e\":\"a\"\n" + String(repeating: "{\"u\":1,\"e\":\"a\"}\n", count: 40_000), to: "cut.jsonl")
        let reader = try TableFile(path: path).reader(columns: ["u"])
        var rows = 0
        while let table = try reader.next() { rows += table.rowCount }
        #expect(rows == 40_000)
        #expect(reader.brokenRows.count == 1)
    }

    @Test func aBooleanAmongExactNumbersIsABrokenRow() throws {
        let path = try folder.write(
            String(repeating: "{\"u\": 7}\n", count: 200) + "{\"u\": true}\n{\"u\": 8}\n", to: "exact.jsonl")
        let reader = try TableFile(path: path).reader(columns: ["u"], exact: ["u"])
        #expect(try reader.next()?.rowCount == 201)
        #expect(reader.brokenRows.reasons == ["line 201 has boolean in u, where other rows have number or string"])
    }

    @Test func aFileOfBrokenLinesSaysWhy() throws {
        let path = try folder.write("null\n1\n", to: "all.jsonl")
        let broken = BrokenRows(count: 2, reasons: ["line 1 is no object: null", "line 2 is no object: 1"])
        #expect(failure(path) == .allRowsBroken(path: path, broken))
    }

    /// A field of numbers with a text here and there is a number, as in CSV.
    @Test func aStrayTextAmongNumbersIsOneUnreadableValue() throws {
        let text = (0..<500).map { "{\"n\": \($0).5}\n" }.joined() + "{\"n\": \"free\"}\n"
        let file = try TableFile(path: try folder.write(text, to: "stray.jsonl"))
        #expect(file.schema.field("n")?.kind == .number)
        #expect(file.votes["n"]?.examples == ["free"])
    }

    /// Some few rows of another kind than nearly all are broken, and cost nobody the field.
    @Test(
        arguments: [
            ("1.5", "[1]", ColumnKind.number, "has array in b.n, where other rows have number"),
            ("\"x\"", "{\"c\": 1}", .text, "has object in b.n, where other rows have string"),
            ("1", "true", .number, "has boolean in b.n, where other rows have number"),
            ("true", "7", .boolean, "has number in b.n, where other rows have boolean"),
        ])
    func aStrayKindOfValueIsABrokenRow(_ usual: String, _ odd: String, _ kind: ColumnKind, _ reason: String) throws {
        func row(_ value: String) -> String { "{\"a\": \"k\", \"b\": {\"m\": null, \"n\": \(value)}}\n" }
        let usuals = String(repeating: row(usual), count: 150)
        for text in [usuals + row(odd) + usuals, row(odd) + usuals + row("null") + row(odd) + usuals] {
            let path = try folder.write(text, to: "odd.jsonl")
            let file = try TableFile(path: path)
            #expect(file.schema.field("b.n")?.kind == kind)
            let reader = try file.reader(columns: ["b.n"])
            let table = try #require(try reader.next())
            #expect((0..<table.rowCount).count { !table.columns[0].isMissing($0) } == 300)
            #expect(reader.brokenRows.count == text.split(separator: "\n").count - table.rowCount)
            #expect(reader.brokenRows.reasons.first?.hasSuffix(reason) == true, "\(reader.brokenRows)")
        }
        // As many of both is no accident.
        let path = try folder.write(row(usual) + row(odd), to: "both.jsonl")
        #expect(try TableFile(path: path).schema.field("b.n")?.kind.isUsable != true)
    }

    /// Digits that no Double holds, and floats beside them.
    @Test func whereEveryDigitCountsNumbersComeAsTheyAreWritten() throws {
        let written = ["18446744073709551617", "18446744073709551618", "12346", "12346.0", "1.50", "-7"]
        let text = written.map { "{\"id\": \($0), \"n\": 1}\n" }.joined() + "{\"id\": \"x\"}\n"
        let path = try folder.write(text, to: "ids.jsonl")
        let table = try #require(
            try TableFile(path: path).reader(columns: ["n", "id"], exact: ["id"]).next())
        #expect(cells(table.columns[1]) == written + ["x"])
        let whole = try folder.write("{\"id\": 9007199254740993}\n{\"id\": 1}\n", to: "whole.jsonl")
        let ids = try #require(try TableFile(path: whole).reader(columns: ["id"], exact: ["id"]).next())
        #expect(cells(ids.columns[0]) == ["9007199254740993", "1"])
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

    /// A quote that closes where no field ends, or never, costs its line only, cut or not.
    @Test(
        arguments: [
            ["a,\"b", "c,d", "e,\"f\"", "g,h"], ["a,\"b", "c,d", "e,f"],
            ["a,b", "\"c,d", "e,\"f", "g,\"h\"", "i,\"j\nk\"", "l,m"],
            ["a,\"b\"\"", "c,\"d", "\"e,f", "g,h\"", "i,j"],
        ], ["\n", "\r\n"])
    func aStrayQuoteShiftsNoCut(_ rows: [String], _ lineEnd: String) throws {
        try check((["id,note"] + rows).joined(separator: lineEnd) + lineEnd, "csv", ["id", "note"])
    }

    @Test func quotesThatBackslashesEscapeShiftNoCut() throws {
        let rows = [
            #"1,"{\"note\":\"line one"#, #"line two\"}""#, "2,plain", #"3,"a \\""#, #"4,"say \"hi\" there""#, #"5,"x""#,
        ]
        try check("id,note\n" + rows.joined(separator: "\n") + "\n", "csv", ["id", "note"])
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
        #expect(most >= whole[0].count - 1 && most > 0)
    }

    @Test func whatCannotBeCutIsWhole() throws {
        let array = try folder.write("[{\"id\": 1},\n{\"id\": 2},\n{\"id\": 3}]", to: "array.json")
        #expect(try TableFile(path: array).parts(ofBytes: 4) == [])
        for name in ["quotes.csv.gz", "quotes.csv.zst", "events.jsonl.gz", "types.parquet"] {
            #expect(try TableFile(path: fixture(name)).parts(ofBytes: 4) == [])
        }
    }
}
