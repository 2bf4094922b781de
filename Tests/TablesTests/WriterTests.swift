import Foundation
import TestSupport
import Testing

@testable import Tables

@Suite struct WriterTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private static let schema = [
        Field(name: "b", kind: .boolean), Field(name: "i", kind: .integer), Field(name: "n", kind: .number),
        Field(name: "t", kind: .timestamp), Field(name: "s.deep", kind: .text),
    ]

    private func table(_ random: inout SplitMix) -> Table {
        let rows = 1 + random.below(40)
        func draw<Value>(_ value: (inout SplitMix) -> Value) -> [Value] { (0..<rows).map { _ in value(&random) } }
        let valid = random.oneIn(3) ? nil : draw { !$0.oneIn(4) }
        func cleared(_ values: [Int64]) -> [Int64] { valid.map { zip(values, $0).map { $1 ? $0 : 0 } } ?? values }
        let words = ["", "a", "Grüße", "two\nlines", "\u{1F600}"]
        return Table(
            columns: [
                Column(
                    name: "s.deep",
                    values: .texts(
                        TextValues(
                            codes: draw { Int32($0.below(words.count + 1)) - 1 }, dictionary: words))),
                Column(name: "not written", values: .integers(draw { _ in 0 })),
                Column(name: "b", values: .booleans(draw { Bool.random(using: &$0) }), valid: valid),
                Column(name: "i", values: .integers(cleared(draw { Int64(bitPattern: $0.next()) })), valid: valid),
                Column(name: "n", values: .numbers(draw { $0.oneIn(5) ? .nan : $0.normal() * 1e9 }), valid: valid),
                Column(
                    name: "t", values: .timestamps(cleared(draw { Int64(bitPattern: $0.next()) / 8 })), valid: valid),
            ], rowCount: rows)
    }

    @Test(arguments: TableWriter.Compression.allCases)
    func whatIsWrittenIsReadBack(_ compression: TableWriter.Compression) throws {
        var random = SplitMix(seed: 3)
        for round in 0..<10 {
            let tables = (0...random.below(4)).map { _ in table(&random) }
            let path = folder.path("\(round).parquet")
            let writer = try TableWriter(path: path, schema: Self.schema, compression: compression)
            for table in tables { try writer.write(table) }
            try writer.close()
            let file = try TableFile(path: path)
            #expect(file.schema.fields == Self.schema)
            for field in Self.schema {
                let written = tables.flatMap { $0.column(field.name).map(cells) ?? [] }
                #expect(try column(path, field.name) == written, "\(field.name)")
            }
        }
    }

    @Test func timestampsAreMomentsOfUTC() throws {
        let path = folder.path("t.parquet")
        let writer = try TableWriter(path: path, schema: [Field(name: "t", kind: .timestamp)])
        try writer.write(Table(columns: [Column(name: "t", values: .timestamps([5]))], rowCount: 1))
        try writer.close()
        #expect(try batches(path, ["t"]).first?.columns[0].isNaive == false)
    }

    @Test func whatIsNotANumberIsWrittenAsNull() throws {
        let path = folder.path("n.parquet")
        let writer = try TableWriter(path: path, schema: [Field(name: "n", kind: .number)])
        let column = Column(name: "n", values: .numbers([1, .nan, 3]), valid: [true, true, false])
        try writer.write(Table(columns: [column], rowCount: 3))
        try writer.close()
        #expect(try batches(path, ["n"]).first?.columns[0].valid == [true, false, false])
    }

    @Test func theSameTablesGiveTheSameBytes() throws {
        let paths = try ["one.parquet", "two.parquet"].map { name in
            var random = SplitMix(seed: 5)
            let writer = try TableWriter(path: folder.path(name), schema: Self.schema)
            for _ in 0..<3 { try writer.write(table(&random)) }
            try writer.close()
            return folder.path(name)
        }
        let bytes = try paths.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
        #expect(bytes[0] == bytes[1])
    }

    @Test func whatCannotBeWrittenIsAnErrorThatSaysWhy() throws {
        let path = folder.path("wrong.parquet")
        let writer = try TableWriter(path: path, schema: [Field(name: "a", kind: .integer)])
        func reason(_ column: Column, rowCount: Int = 2) -> String? {
            let error = #expect(throws: TableError.self) {
                try writer.write(Table(columns: [column], rowCount: rowCount))
            }
            return error?.description
        }
        let prefix = "\(path): cannot be written: "
        #expect(reason(Column(name: "b", values: .integers([1, 2]))) == prefix + "no column \"a\"")
        #expect(
            reason(Column(name: "a", values: .numbers([1, 2])))
                == prefix + "the column \"a\" holds numbers, not integers")
        #expect(
            reason(Column(name: "a", values: .integers([1, 2])), rowCount: 3)
                == prefix + "the column \"a\" has not the table's 3 rows")
        try writer.close()
        #expect(reason(Column(name: "a", values: .integers([1, 2]))) == prefix + "the file is closed already")

        let nowhere = folder.path("no folder/a.parquet")
        let error = #expect(throws: TableError.self) { try TableWriter(path: nowhere, schema: []) }
        #expect(error?.description.hasPrefix("\(nowhere): cannot be written: ") == true)
        #expect(throws: TableError.unsupportedColumn(path: path, column: "l", type: "list")) {
            try TableWriter(path: path, schema: [Field(name: "l", kind: .unsupported("list"))])
        }
    }
}
