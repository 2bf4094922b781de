import Foundation
import TestSupport
import Testing

@testable import Tables

private func moment(_ iso: String) throws -> Int64 { try #require(Timestamp(iso8601: iso), "\(iso)").microseconds }

@Suite struct ISO8601Tests {
    @Test(
        arguments: [
            ("2011-09-01", 1_314_835_200_000_000), ("2011-09-01T12:30", 1_314_880_200_000_000),
            ("2011-09-01 12:30:00", 1_314_880_200_000_000), ("2011-09-01t12:30:00z", 1_314_880_200_000_000),
            (" 2011-09-01T12:30:00.25Z ", 1_314_880_200_250_000), ("2011-09-01T12:30:00,25", 1_314_880_200_250_000),
            ("2011-09-01T12:30:00.0000009Z", 1_314_880_200_000_000),
            ("2011-09-01T14:30:00+02:00", 1_314_880_200_000_000),
            ("2011-09-01T14:30+0200", 1_314_880_200_000_000), ("2011-09-01T07:00:00 -05:30", 1_314_880_200_000_000),
            ("2011-09-01 12:30:00 UTC", 1_314_880_200_000_000), ("2011-09-01 12:30:00GMT", 1_314_880_200_000_000),
            ("1969-12-31T23:59:59.999999Z", -1), ("2012-02-29", 1_330_473_600_000_000),
            // Leap seconds count as the second after.
            ("2016-12-31T23:59:60Z", 1_483_228_800_000_000), ("0001-01-01", -62_135_596_800_000_000),
        ] as [(String, Int64)])
    func formsThatAreRead(_ text: String, _ expected: Int64) throws {
        #expect(try moment(text) == expected)
    }

    @Test(
        arguments: [
            "", "2011", "2011-9-1", "2011-13-01", "2011-00-01", "2011-02-29", "1900-02-29", "2011-04-31", "2011-01-00",
            "2011-09-01T24:00", "2011-09-01T12:60", "2011-09-01T12:00:61", "2011-09-01T12", "2011-09-01T12:00:00.",
            "2011-09-01T12:00+24:00", "2011-09-01T12:00 CET", "2011-09-01T", "2011-09-01x", "20110901", "01/09/2011",
            "2011-09-01T12:00:00ZZ",
        ])
    func formsThatAreNot(_ text: String) { #expect(Timestamp(iso8601: text) == nil) }

    @Test func whatIsWrittenIsReadBack() throws {
        var random = SplitMix(seed: 1)
        for round in 0..<2000 {
            var time = Timestamp(
                microseconds: Int64.random(in: -62_167_219_200_000_000...253_402_300_799_999_999, using: &random))
            if round % 3 == 0 { time.microseconds -= time.microseconds % 1_000_000 }
            #expect(Timestamp(iso8601: time.description) == time, "\(time)")
        }
        #expect(Timestamp(microseconds: 1_314_835_200_000_000).description == "2011-09-01")
        #expect(Timestamp(microseconds: 1_314_880_200_250_000).description == "2011-09-01T12:30:00.25Z")
    }

    @Test func theCalendarIsFoundations() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
        var random = SplitMix(seed: 2)
        for _ in 0..<500 {
            let seconds = Int64.random(in: -10_000_000_000...20_000_000_000, using: &random)
            let time = Timestamp(microseconds: seconds * 1_000_000)
            let date = Date(timeIntervalSince1970: Double(seconds))
            let parts = calendar.dateComponents([.year, .month, .day, .hour, .weekday], from: date)
            #expect([time.year, time.month, time.day, time.hour] == [parts.year, parts.month, parts.day, parts.hour])
            #expect((time.weekday + 1) % 7 + 1 == parts.weekday)
        }
    }

    @Test func daysAndMonthsPastTheirRangeCountOn() {
        #expect(Timestamp(year: 2011, month: 13, day: 1).description == "2012-01-01")
        #expect(Timestamp(year: 2012, month: 3, day: 0).description == "2012-02-29")
        #expect(Timestamp(year: 2011, month: 0, day: -30).description == "2010-10-31")
        #expect(Timestamp(microseconds: 0).adding(days: .max).microseconds == .max)
        #expect(Timestamp(microseconds: -1).adding(days: .min).microseconds == .min)
    }
}

/// Columns of all kinds read as moments.
@Suite struct MomentsTests {
    private func texts(_ values: [String?]) -> Column {
        Column(
            name: "t",
            values: .texts(
                TextValues(
                    codes: values.indices.map { values[$0] == nil ? -1 : Int32($0) },
                    dictionary: values.map { $0 ?? "" })))
    }

    /// nil is missing; what cannot be read is counted in `unreadable`.
    private func read(
        _ column: Column, unit: TimeUnit? = nil, zone: String? = nil, format: String? = nil, unreadable: Int = 0
    ) throws -> [Int64?] {
        let read = try column.timestamps(unit: unit, zone: zone, format: format)
        #expect(read.unreadable == unreadable)
        return zip(read.values, read.valid).map { $1 ? $0 : nil }
    }

    @Test func theUnitOfANumberIsGuessedFromItsMagnitudeOrGiven() throws {
        let second = try moment("2011-09-01T12:30:00Z")
        let epochs: [Int64] = [1_314_880_200, 1_314_880_200_000, 1_314_880_200_000_000, 1_314_880_200_000_000_000]
        #expect(try read(Column(name: "n", values: .integers(epochs))) == [second, second, second, second])
        #expect(
            try read(Column(name: "n", values: .numbers(epochs.map(Double.init)))) == [second, second, second, second])
        #expect(try read(texts(epochs.map { "\($0)" })) == [second, second, second, second])
        #expect(try read(texts(["1314880200.25", "1.3148802e9"])) == [second + 250_000, second])
        #expect(try read(Column(name: "n", values: .integers([-1, -1001])), unit: .ns) == [-1, -2])
        #expect(try read(Column(name: "n", values: .integers([5, 7])), unit: .ms) == [5000, 7000])
        #expect(
            try read(Column(name: "n", values: .integers([.max, 1])), unit: .s, unreadable: 1) == [nil, 1_000_000])
        #expect(
            try read(Column(name: "n", values: .numbers([1e300, .nan, .infinity])), unreadable: 2) == [nil, nil, nil])
    }

    /// Days of spreadsheets, years, zeros and small numbers are no moments of 1970, unless a unit says so.
    @Test func aGuessThatLeadsBefore1990IsNone() throws {
        let numbers: [Int64] = [0, 1, -1, 2011, 45_123, 631_151_999, 99_999_999_999_999]
        #expect(
            try read(Column(name: "n", values: .integers(numbers)), unreadable: 6)
                == [nil, nil, nil, nil, nil, nil, 99_999_999_999_999_000])
        #expect(try read(texts(["45123", "45123.5", "-1.5"]), unreadable: 3) == [nil, nil, nil])
        #expect(try read(Column(name: "n", values: .numbers([45_123, 45_123.5])), unreadable: 2) == [nil, nil])
        #expect(try read(Column(name: "n", values: .integers([631_152_000]))) == [631_152_000_000_000])
        #expect(try read(Column(name: "n", values: .integers([1])), unit: .s) == [1_000_000])
    }

    @Test func digitsThatReadAsADateAreOne() throws {
        let day = try moment("2011-09-01")
        let noon = try moment("2011-09-01T12:30:05")
        #expect(try read(Column(name: "n", values: .integers([20_110_901, 20_110_901_123_005]))) == [day, noon])
        #expect(try read(texts(["20110901", "20110901123005", "20110931"]), unreadable: 1) == [day, noon, nil])
        let hour: Int64 = 3_600_000_000
        #expect(
            try read(Column(name: "n", values: .integers([20_110_901])), zone: "Europe/London") == [day - hour])
        #expect(try read(Column(name: "n", values: .integers([20_110_901])), unit: .s) == [20_110_901_000_000])
    }

    @Test func daysOfSpreadsheetsAreReadWhereTheUnitSaysSo() throws {
        #expect(
            try read(texts(["40787", "40787.52089", "1"]), unit: .excel)
                == [try moment("2011-09-01"), try moment("2011-09-01T12:30:05"), try moment("1899-12-31")])
    }

    @Test(
        arguments: [
            (["10/09/2023 02:37 PM", "10/13/2023 10:19 PM"], "%m/%d/%Y %I:%M %p"),
            (["10/9/2023 14:37", "10/13/2023 22:19"], "%m/%d/%Y %H:%M"), (["13/9/2023 14:37"], "%d/%m/%Y %H:%M"),
            (["01.09.2011"], "%d.%m.%Y"), (["1-Sep-2011", "23-Oct-2011"], "%d-%b-%Y"),
            (["10/Oct/2000:13:55:36 -0700"], "%d/%b/%Y:%H:%M:%S %z"), (["Sep 1, 2011 1:02 PM"], "%b %d, %Y %I:%M %p"),
            (["2011/09/01 12:30:05.250"], "%Y/%m/%d %H:%M:%S.%f"),
        ])
    func aFormatIsProposedThatReadsThem(_ examples: [String], _ format: String) throws {
        #expect(guessedTimestampFormat(of: examples) == format)
        #expect(try read(texts(examples), format: format).allSatisfy { $0 != nil })
    }

    @Test func noFormatIsProposedThatReadsSomeOnly() {
        #expect(guessedTimestampFormat(of: ["10/13/2023", "yesterday"]) == nil)
        #expect(guessedTimestampFormat(of: []) == nil)
    }

    @Test func missingIsNotUnreadable() throws {
        #expect(try read(texts([nil, "", "NA", "null", "soon", "2011-02-30"]), unreadable: 2).allSatisfy { $0 == nil })
        #expect(try read(Column(name: "b", values: .booleans([true]), valid: [false])) == [nil])
        #expect(try read(Column(name: "b", values: .booleans([true])), unreadable: 1) == [nil])
        #expect(try read(Column(name: "d", values: .timestamps([5, 6]), valid: [true, false])) == [5, nil])
    }

    @Test(
        arguments: [
            ("%d/%m/%Y %H:%M", "1/9/2011 12:30", "2011-09-01T12:30:00Z"), ("%m/%d/%y", "09/01/11", "2011-09-01"),
            ("%d.%m.%y", "01.09.68", "2068-09-01"), ("%d.%m.%y", "01.09.69", "1969-09-01"),
            ("%b %e, %Y %I:%M %p", "Sep  1, 2011 12:30 am", "2011-09-01T00:30:00Z"),
            ("%A %d %B %Y %I %p", "thursday 01 september 2011 3 PM", "2011-09-01T15:00:00Z"),
            ("%Y-%j", "2012-366", "2012-12-31"), ("%s", "1314880200", "2011-09-01T12:30:00Z"),
            ("%FT%T%z", "2011-09-01T12:30:00+0200", "2011-09-01T10:30:00Z"),
            ("%D %R", "09/01/11 12:30", "2011-09-01T12:30:00Z"),
            ("%Y%m%d%H%M%S.%f", "20110901123000.25", "2011-09-01T12:30:00.25Z"),
            ("100%% %Y", "100% 2011", "2011-01-01"),
        ])
    func formatsOfStrptime(_ format: String, _ text: String, _ expected: String) throws {
        #expect(try read(texts([text]), format: format) == [try moment(expected)])
    }

    @Test func textsThatAreNotOfTheFormatAreUnreadable() throws {
        let bad = ["31/02/2011", "2011-09-01", "01/09", "01/09/2011 x", "01/13/2011"]
        #expect(try read(texts(bad), format: "%d/%m/%Y", unreadable: 5).allSatisfy { $0 == nil })
        #expect(try read(texts(["13:00 AM", "0:30 PM"]), format: "%I:%M %p", unreadable: 2) == [nil, nil])
        #expect(try read(texts(["2011-366", "2011-0"]), format: "%Y-%j", unreadable: 2) == [nil, nil])
        #expect(
            try read(Column(name: "i", values: .integers([20_110_901])), format: "%Y%m%d") == [try moment("2011-09-01")]
        )
        #expect(throws: TableError.badFormat(format: "%Y-%Q", directive: "%Q")) {
            try texts([]).timestamps(unit: nil, zone: nil, format: "%Y-%Q")
        }
        #expect(throws: TableError.badFormat(format: "%Y%", directive: "%")) {
            try texts([]).timestamps(unit: nil, zone: nil, format: "%Y%")
        }
    }

    /// A time that the clocks show twice is the first; one that they skip counts on from before the gap.
    @Test(
        arguments: [
            ("Europe/London", "2011-09-01 12:30", "2011-09-01T11:30:00Z"),
            ("Europe/London", "2011-12-01 12:30", "2011-12-01T12:30:00Z"),
            ("Europe/London", "2011-10-30 01:30", "2011-10-30T00:30:00Z"),
            ("Europe/London", "2011-10-30 02:00", "2011-10-30T02:00:00Z"),
            ("Europe/London", "2011-03-27 01:30", "2011-03-27T01:30:00Z"),
            ("Europe/London", "2011-03-27 02:30", "2011-03-27T01:30:00Z"),
            ("America/New_York", "2011-11-06 01:30", "2011-11-06T05:30:00Z"),
            ("America/New_York", "2011-03-13 02:30", "2011-03-13T07:30:00Z"),
            ("Asia/Kolkata", "2011-09-01", "2011-08-31T18:30:00Z"),
            // With a zone of its own the text is a moment already.
            ("Europe/London", "2011-09-01T12:30:00Z", "2011-09-01T12:30:00Z"),
        ])
    func clocksOfAZone(_ zone: String, _ local: String, _ expected: String) throws {
        #expect(try read(texts([local]), zone: zone) == [try moment(expected)])
        let wall = try #require(ParsedTimestamp(iso8601: local))
        let column = Column(name: "t", values: .timestamps([wall.timestamp.microseconds]), isNaive: wall.isNaive)
        #expect(try read(column, zone: zone) == [try moment(expected)])
    }

    @Test(arguments: ["Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia"])
    func whatTheClocksShowAtAMomentLeadsBackToIt(_ name: String) throws {
        let zone = try #require(TimeZone(identifier: name))
        func offset(_ microseconds: Int64) -> Int64 {
            Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(microseconds) / 1e6))) * 1_000_000
        }
        var random = SplitMix(seed: 4)
        var moments = (0..<200).map { _ in Int64.random(in: 0...1_700_000_000, using: &random) * 1_000_000 }
        // Around each change of the clocks.
        var date = Date(timeIntervalSince1970: 1_262_304_000)
        while let change = zone.nextDaylightSavingTimeTransition(after: date), moments.count < 400 {
            for minutes in [-90, -31, -1, 0, 1, 29, 61, 90] as [Int64] {
                moments.append((Int64(change.timeIntervalSince1970) + minutes * 60) * 1_000_000)
            }
            date = change
        }
        let local = moments.map { $0 + offset($0) }
        let read = try read(Column(name: "t", values: .timestamps(local), isNaive: true), zone: name)
        for (index, found) in read.enumerated() {
            let found = try #require(found)
            #expect(found + offset(found) == local[index])
            #expect(found <= moments[index])
        }
    }

    @Test func zonesThatDoNotExist() {
        #expect(throws: TableError.unknownZone("Europe/Londn")) {
            try texts([]).timestamps(unit: nil, zone: "Europe/Londn", format: nil)
        }
        #expect(
            TableError.unknownZone("X").description
                == "there is no time zone \"X\"; use an IANA name such as Europe/London")
    }
}
