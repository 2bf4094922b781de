import TestSupport
import Testing

@testable import Tables

private func texts(_ values: [String]) -> TextValues {
    TextValues(codes: values.indices.map { Int32($0) }, dictionary: values)
}

@Suite struct NumberTextTests {
    @Test(
        arguments: [
            ("12", 12), ("-7", -7), ("+7", 7), (" 12 ", 12), (".5", 0.5), ("5.", 5), ("1e5", 1e5), ("-2.5E-3", -0.0025),
            ("9007199254740993", 9_007_199_254_740_992), ("00123", 123), ("1e308", 1e308),
            ("5e-324", .leastNonzeroMagnitude),
            ("123456789012345678901234567890", 1.2345678901234568e29),
        ])
    func numbersThatAreRead(_ text: String, _ value: Double) { #expect(NumberText(text)?.value == value) }

    @Test(
        arguments: [
            "", " ", "1,234", "0x10", "inf", "-infinity", "nan", "1e400", "--1", "1 2", "1e", "1.2.3", "12a", "£5", "-",
            ".", "1_000", "٣",
        ])
    func textsThatAreNoNumbers(_ text: String) { #expect(NumberText(text) == nil) }

    @Test func integersKeepEveryDigit() {
        #expect(NumberText("9007199254740993")?.integer == 9_007_199_254_740_993)
        #expect(NumberText("-9223372036854775808")?.integer == .min)
        #expect(NumberText("9223372036854775808")?.integer == nil)
        #expect(NumberText("12.0")?.integer == nil)
        #expect(NumberText("00123")?.hasLeadingZeros == true)
        #expect(NumberText("0.5")?.hasLeadingZeros == false)
    }

    @Test func everyNumberIsRoundedAsTheStandardLibraryRoundsIt() {
        var random = SplitMix(seed: 9)
        for _ in 0..<5000 {
            let digits = 1 + random.below(21)
            var text = random.oneIn(2) ? "-" : ""
            let point = random.below(digits + 1)
            for place in 0..<digits {
                if place == point { text += "." }
                text += "\(random.below(10))"
            }
            if random.oneIn(2) { text += "e\(random.below(80) - 40)" }
            #expect(NumberText(text)?.value == Double(text), "\(text)")
        }
    }
}

@Suite struct KindVotesTests {
    private func votes(_ values: [String], style: NumberStyle = NumberStyle()) -> KindVotes {
        var votes = KindVotes()
        votes.add(texts(values), rows: values.count, style: style)
        return votes
    }

    private func kind(_ values: [String]) -> ColumnKind { votes(values).kind }

    @Test(
        arguments: [
            (["1", "-2", ""], .integer), (["1", "2.5", "NA"], .number), (["1", "1e3"], .number),
            (["true", "FALSE", "null"], .boolean), (["2011-09-01", "2011-09-01T12:00Z"], .timestamp),
            (["00123", "4"], .text), (["1", "true"], .text), (["2011-09-01", "1"], .text), (["", "NA", "\\N"], .empty),
            ([], .empty), (["0", "1"], .integer), (["1", "x"], .text), (["0.5"], .number),
            (["99999999999999999999"], .number),
        ] as [([String], ColumnKind)])
    func theNarrowestKindThatHoldsAllValues(_ values: [String], _ expected: ColumnKind) {
        #expect(kind(values) == expected)
    }

    @Test func rowsPastThoseAskedForDoNotCount() {
        var votes = KindVotes()
        votes.add(texts(["1", "2", "x"]), rows: 2, style: NumberStyle())
        #expect(votes.kind == .integer)
    }

    /// One in a hundred values may be something else, whatever file of many it stands in.
    @Test func aStrayValueDoesNotChangeTheKind() {
        let numbers = (0..<99).map { "\($0).5" }
        #expect(kind(numbers + ["free"]) == .number)
        #expect(kind(numbers + ["free", "gone"]) == .text)
        var sum = votes(["1.5", "free", "free"])
        #expect(sum.kind == .text)
        sum.merge(votes(numbers))
        sum.merge(votes([]))
        #expect(sum.kind == .text)
        sum.merge(votes(numbers))
        #expect(sum.kind == .number)
        #expect(sum.examples == ["free"])
    }

    @Test(
        arguments: [
            (["12,50", "1,25"], "decimal: \",\""), (["1,234.50", "12.00"], "thousands: \",\""),
            (["1.234,50", "2,00"], "decimal: \",\""), (["1 234,50", "2,00"], "decimal: \",\", thousands: \" \""),
            (["$12.50", "$1.00"], "currency: \"$\""), (["12.50 EUR", "1 EUR"], "currency: \"EUR\""),
            (["1'234.50", "2.00"], "thousands: \"'\""),
        ] as [([String], String)])
    func aStyleIsFoundThatReadsThem(_ values: [String], _ keys: String) throws {
        let style = try #require(votes(values).betterStyle)
        #expect(style.keys == keys)
        #expect(votes(values, style: style).kind == .number)
    }

    @Test(arguments: [["A12", "A13"], ["85123A", "71053"], ["red", "blue"], ["1-2", "3-4"], ["12:30", "1:00"]])
    func codesAreInNoStyle(_ values: [String]) { #expect(votes(values).betterStyle == nil) }
}

@Suite struct NumberStyleTests {
    @Test(
        arguments: [
            ("1.234,50", NumberStyle(decimal: ","), "1234.50"), ("12", NumberStyle(decimal: ","), "12"),
            ("-0,5", NumberStyle(decimal: ","), "-0.5"), (",5", NumberStyle(decimal: ","), "0.5"),
            ("1,234,567.5", NumberStyle(thousands: ","), "1234567.5"),
            ("12,34,567", NumberStyle(thousands: ","), "1234567"),
            ("1,23", NumberStyle(thousands: ","), nil), ("1,2345", NumberStyle(thousands: ","), nil),
            ("(1,234.50)", NumberStyle(thousands: ","), "-1234.50"),
            ("1\u{A0}234", NumberStyle(thousands: " "), "1234"),
            ("\u{2212}5 €", NumberStyle(currency: "€"), "-5"), ("-$5.10", NumberStyle(currency: "$"), "-5.10"),
            ("usd 7", NumberStyle(currency: "USD"), "7"), ("7 GBP", NumberStyle(currency: "USD"), nil),
            ("1e3", NumberStyle(decimal: ","), "1e3"), ("", NumberStyle(decimal: ","), nil),
            (",", NumberStyle(decimal: ","), nil),
            ("free", NumberStyle(decimal: ","), nil), ("1.5.2011", NumberStyle(decimal: ","), nil),
        ] as [(String, NumberStyle, String?)])
    func numbersOfAStyleAreWrittenPlainly(_ text: String, _ style: NumberStyle, _ expected: String?) {
        #expect(style.plain(text) == expected)
    }
}

@Suite struct ColumnValuesTests {
    @Test func valuesHaveOneWayOfBeingWritten() {
        func written(_ values: Column.Values, valid: [Bool]? = nil) -> [String?] {
            decoded(Column(name: "c", values: values, valid: valid).texts())
        }
        #expect(
            written(.numbers([12346, 0.1, 1e-5, -0.0, .nan, 1e300])) == ["12346", "0.1", "1e-05", "0", nil, "1e+300"])
        #expect(written(.integers([1, 2, 1]), valid: [true, false, true]) == ["1", nil, "1"])
        #expect(written(.booleans([true, false])) == ["true", "false"])
        #expect(written(.timestamps([0, 1_500_000])) == ["1970-01-01", "1970-01-01T00:00:01.5Z"])
        #expect(Column(name: "c", values: .integers([5, 7, 5])).texts().dictionary == ["5", "7"])
    }

    @Test func numbersOfAllKindsOfColumns() {
        func read(_ values: Column.Values, valid: [Bool]? = nil) -> (values: [Double], unreadable: Int) {
            let read = Column(name: "c", values: values, valid: valid).numbers()
            return (read.values.map { $0.isNaN ? -999 : $0 }, read.unreadable)
        }
        #expect(read(.booleans([true, false])) == ([1, 0], 0))
        #expect(read(.integers([4, 5]), valid: [true, false]) == ([4, -999], 0))
        #expect(read(.numbers([.infinity, .nan, 2])) == ([-999, -999, 2], 1))
        #expect(read(.texts(texts(["1,234", "NA", "", "7 "]))) == ([-999, -999, -999, 7], 1))
    }

    /// Rows are the same whatever file they came from, or the same row would count twice.
    @Test func rowsThatAreEqualHaveEqualHashes() {
        func hashes(_ columns: [Column]) -> [UInt64] {
            var hashes: [UInt64] = []
            Table(columns: columns, rowCount: columns[0].count).contentHashes(into: &hashes)
            return hashes
        }
        func column(_ values: Column.Values) -> Column { Column(name: "a", values: values) }
        let name = Column(name: "b", values: .texts(texts(["x", "y"])))
        let integers = hashes([column(.integers([12, 5])), name])
        #expect(integers[0] != integers[1])
        #expect(hashes([name, column(.integers([12, 5]))]) == integers)
        #expect(hashes([column(.numbers([12, 5])), name]) == integers)
        #expect(hashes([column(.texts(texts(["12", "5.0"]))), name]) == integers)
        #expect(hashes([column(.texts(texts(["0012", "5e0"]))), name])[0] != integers[0])
        #expect(hashes([column(.integers([12, 5]))]) != integers)
        // A value is not the same in another column.
        #expect(hashes([Column(name: "c", values: .integers([12, 5])), name])[0] != integers[0])
        let moment: Int64 = 1_314_878_400_000_000
        #expect(
            hashes([column(.timestamps([moment]))]) == hashes([column(.texts(texts(["2011-09-01 12:00:00"])))]))
        #expect(hashes([column(.booleans([true, false]))]) == hashes([column(.texts(texts(["true", "False"])))]))
        #expect(
            hashes([column(.numbers([.nan])), Column(name: "z", values: .numbers([0.5]))])
                == hashes([Column(name: "z", values: .texts(texts(["0.5"])))]))
    }
}
