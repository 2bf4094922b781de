import Tables
import Testing

/// Columns of every type that Apache Arrow writes, read from the files that it wrote.
@Suite struct TypesTests {
    /// Name, kind, and the three rows, of which the second is null.
    private static let expected: [(name: String, kind: ColumnKind, rows: [String?])] = [
        ("bool", .boolean, ["true", nil, "false"]),
        ("int8", .integer, ["-128", nil, "127"]),
        ("uint16", .integer, ["0", nil, "65535"]),
        ("int32", .integer, ["-2147483648", nil, "2147483647"]),
        ("int64", .integer, ["-9223372036854775808", nil, "9223372036854775807"]),
        ("uint64_small", .integer, ["0", nil, "9223372036854775807"]),
        // Past Int64, digit for digit: it may be an identity.
        ("uint64_large", .integer, ["12346", nil, "18446744073709551615"]),
        ("float32", .number, ["0.5", nil, "-2.0"]),
        ("float64", .number, ["0.1", nil, nil]),
        ("decimal", .number, ["12.34", nil, "-0.01"]),
        ("date32", .timestamp, ["1314835200000000", nil, "-86400000000"]),
        ("seconds", .timestamp, ["1314880200000000", nil, "-1000000"]),
        ("millis", .timestamp, ["1314880200250000", nil, "-1000"]),
        ("micros", .timestamp, ["1314880200250000", nil, "-1"]),
        ("nanos", .timestamp, ["1314880200250000", nil, "-1"]),
        ("zoned", .timestamp, ["1314880200250000", nil, "-1"]),
        ("string", .text, ["Grüße", nil, ""]),
        ("large_string", .text, ["a", nil, "b"]),
        ("dictionary", .text, ["x", nil, "x"]),
        ("dictionary_int", .integer, ["9", nil, "7"]),
        ("latin1", .text, ["K\u{FFFD}se", nil, "plain"]),
        ("fixed", .text, ["abc", nil, "xyz"]),
        ("nothing", .empty, [nil, nil, nil]),
    ]
    private static let arrowOnly: [(name: String, kind: ColumnKind, rows: [String?])] = [
        ("view", .text, ["view", nil, "a text longer than twelve"]),
        ("half", .number, ["1.5", nil, "-0.25"]),
        ("date64", .timestamp, ["1314835200000000", nil, "-86400000000"]),
    ]

    @Test(arguments: ["types.parquet", "types_bare.parquet", "types.arrow", "types.arrows", "types.feather"])
    func everyTypeIsReadAsItsKind(_ name: String) throws {
        let path = fixture(name)
        let schema = try TableFile(path: path).schema
        let all = Self.expected + (name.hasPrefix("types.arrow") ? Self.arrowOnly : [])
        for (column, kind, rows) in all {
            #expect(schema.field(column)?.kind == kind, "\(column)")
            #expect(try TablesTests.column(path, column) == rows, "\(column)")
        }
        // All at once, in another order than the file's, and one of them twice.
        let names = all.map(\.name).reversed() + ["int8"]
        let table = try #require(try batches(path, names).first)
        #expect(table.columns.map(\.name) == names)
        #expect(table.columns.map(cells) == all.map(\.rows).reversed() + [["-128", nil, "127"]])
    }

    @Test(arguments: ["types.parquet", "types.arrow"])
    func whatLiesUnderANullIsNotSeen(_ name: String) throws {
        let table = try #require(try batches(fixture(name), ["bool", "int8", "micros"]).first)
        #expect(table.column("bool")?.values == .booleans([true, false, false]))
        #expect(table.column("int8")?.values == .integers([-128, 0, 127]))
        #expect(table.column("micros")?.values == .timestamps([1_314_880_200_250_000, 0, -1]))
        #expect(table.column("int8")?.valid == [true, false, true])
    }

    @Test(arguments: ["types.parquet", "types_bare.parquet", "types.arrow"])
    func onlyTimestampsWithAZoneAreMoments(_ name: String) throws {
        let table = try #require(try batches(fixture(name), ["zoned", "micros", "date32"]).first)
        #expect(table.columns.map(\.isNaive) == [false, true, true])
    }

    @Test func typesThatCannotBeUsedAreRefusedByName() throws {
        let path = fixture("types.parquet")
        #expect(try TableFile(path: path).schema.field("time")?.kind == .unsupported("time64[us]"))
        for name in ["time"] {
            let error = try #require(failure(path, reading: ["int8", name]))
            guard case .unsupportedColumn(path, name, let type) = error else {
                Issue.record("\(error)")
                continue
            }
            #expect(error.description.contains("the column \"\(name)\" is of type \(type), which cannot be used"))
        }
    }

    /// As Spark, Impala and Hive write timestamps.
    @Test func timestampsOf96Bits() throws {
        let path = fixture("int96.parquet")
        #expect(try TableFile(path: path).schema.field("at")?.kind == .timestamp)
        #expect(try column(path, "at") == ["1314880200250000", nil, "-1"])
    }

    /// As pandas writes integers of which some are missing.
    @Test func integersThatBecameFloatsAreWrittenAsIntegersAgain() throws {
        let table = try #require(try batches(fixture("nullable_ints.parquet"), ["CustomerID"]).first)
        #expect(cells(table.columns[0]) == ["12346.0", nil, nil, "18287.0"])
        #expect(decoded(table.columns[0].texts()) == ["12346", nil, nil, "18287"])
    }

    @Test func uuidsAreReadAsTheyAreWritten() throws {
        #expect(
            try column(fixture("uuid.parquet"), "id") == [
                "00000000-0000-0000-0000-000000000001", nil, "ffffffff-ffff-ffff-ffff-ffffffffffff",
            ])
    }

    @Test func nestedRecordsAreFlattenedAndMissingWhereARecordAroundThemIs() throws {
        let path = fixture("nested.parquet")
        let fields = try TableFile(path: path).schema.fields
        #expect(
            fields.map(\.name) == [
                "who", "commerce.purchases.value", "commerce.purchases.order.id", "commerce.items[].SKU",
            ])
        #expect(try column(path, "commerce.purchases.value") == ["1.5", nil, nil, nil])
        #expect(try column(path, "commerce.purchases.order.id") == ["o1", nil, nil, "o1"])
        #expect(try column(path, "who") == ["a", "b", "c", "d"])
    }
}

@Suite struct RowGroupTests {
    @Test func eachRangeOfRowGroupsIsReadForItself() throws {
        let path = fixture("row_groups.parquet")
        #expect(try TableFile(path: path).rowGroups == [4, 4, 2])
        let all = (0..<10).map(String.init)
        #expect(try column(path, "row") == all)
        #expect(try column(path, "row", part: .rowGroups(1..<2)) == ["4", "5", "6", "7"])
        #expect(try column(path, "row", part: .rowGroups(1..<3)) == Array(all[4...]))
        #expect(try column(path, "row", part: .rowGroups(2..<2)) == [])
        #expect(try column(path, "name") == (0..<10).map { $0 % 3 == 0 ? nil : "name \($0 / 4)" })
        #expect(try column(path, "deep.name") == (0..<10).map { "deep \($0)" })
        #expect(try batches(path, []).map(\.rowCount).reduce(0, +) == 10)
    }

    /// The writer gives up on dictionaries in the midst of a row group.
    @Test func dictionariesOfSeveralRowGroupsDoNotMix() throws {
        let path = fixture("large_dictionary.parquet")
        #expect(try column(path, "name") == (0..<600).map { "group \($0 / 300) name \($0 % 100)" })
        #expect(try column(path, "deep.name") == (0..<600).map { "deep \($0 % 300)" })
    }

    @Test func rowGroupsThatAreNotThereAreRefused() throws {
        let path = fixture("row_groups.parquet")
        let file = try TableFile(path: path)
        #expect(
            throws: TableError.unreadable(
                path: path, reason: "row groups 2..<4 are asked of a file that has 3")
        ) { try file.reader(columns: ["row"], part: .rowGroups(2..<4)) }
    }
}
