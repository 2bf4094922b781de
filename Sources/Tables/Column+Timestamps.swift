extension Column {
    /// The column as moments: microseconds since 1970-01-01T00:00:00Z (0 where not valid), whether a row holds one, and
    /// how many rows hold something that cannot be read as one.
    ///
    /// - Numbers (also in texts, when `format` is nil) count `unit`s since 1970; with nil the unit is guessed from each
    ///   number's magnitude: below 1e11 seconds, below 1e14 milliseconds, below 1e17 microseconds, else nanoseconds.
    ///   A guess that leads to a moment before 1990 is none: then 20110901 and 20110901123000 are dates as they read, and
    ///   other numbers, such as the days that spreadsheets count, cannot be read.
    /// - Texts are ISO 8601, or of the strptime form `format`; with a format, integers are read by it too (20110901).
    /// - Texts and timestamps without a zone are the time on the clocks of `zone` (an IANA name; nil: UTC), daylight
    ///   saving included. A time that the clocks show twice is the first of the two.
    /// - A list is the first of its items.
    /// - With the unit `days` numbers count from `origin`, and cannot be read without it.
    ///
    /// Throws `unknownZone` and `badFormat`. Cost: a pass over the rows; each distinct text of the batch is read once.
    package func timestamps(
        unit: TimeUnit?, zone: String?, format: String?, origin: Timestamp? = nil
    ) throws(TableError) -> (values: [Int64], valid: [Bool], unreadable: Int) {
        var reader = try MomentReader(unit: unit, zone: zone, format: format, origin: origin)
        var moments = [Int64](repeating: 0, count: count)
        var valid = [Bool](repeating: false, count: count)
        var unreadable = 0
        func store(_ moment: Int64?, _ row: Int) {
            if let moment {
                moments[row] = moment
                valid[row] = true
            } else {
                unreadable += 1
            }
        }
        switch values {
        case .timestamps(let values):
            for (row, value) in values.enumerated() where !isMissing(row) {
                store(isNaive ? reader.moment(local: Timestamp(microseconds: value)) : value, row)
            }
        case .integers, .numbers, .booleans:
            if case .booleans = values {
                for row in 0..<count where !isMissing(row) { store(nil, row) }
            } else if format != nil {
                return try Column(name: name, values: .texts(texts())).timestamps(
                    unit: unit, zone: zone, format: format, origin: origin)
            } else if case .integers(let values) = values {
                for (row, value) in values.enumerated() where !isMissing(row) { store(reader.moment(value), row) }
            } else if case .numbers(let values) = values {
                for (row, value) in values.enumerated() where !isMissing(row) { store(reader.moment(value), row) }
            }
        case .texts(let texts):
            let read = texts.dictionary.map { reader.moment($0) }
            let isNothing = texts.dictionary.indices.map { read[$0] == nil && Tables.isMissing(texts.dictionary[$0]) }
            for (row, code) in texts.codes.enumerated() where code >= 0 && !isNothing[Int(code)] {
                store(read[Int(code)], row)
            }
        case .lists(let lists):
            let items = try lists.items.timestamps(unit: unit, zone: zone, format: format, origin: origin)
            for (row, item) in lists.firstItems().enumerated() where item >= 0 {
                store(items.valid[item] ? items.values[item] : nil, row)
            }
        }
        return (moments, valid, unreadable)
    }
}

/// Reads moments of all the ways in which they come.
private struct MomentReader {
    let unit: TimeUnit?
    var zone: ZoneOffsets?
    let format: TimestampFormat?
    let origin: Timestamp?

    init(unit: TimeUnit?, zone: String?, format: String?, origin: Timestamp?) throws(TableError) {
        self.unit = unit
        self.origin = origin
        if let zone, zone != "UTC" { self.zone = try ZoneOffsets(zone) }
        if let format { self.format = try TimestampFormat(format) } else { self.format = nil }
    }

    mutating func moment(local: Timestamp) -> Int64 {
        zone?.moment(local: local).microseconds ?? local.microseconds
    }

    mutating func moment(_ text: String) -> Int64? {
        let time: ParsedTimestamp?
        if let format {
            time = format.time(text)
        } else {
            time = ParsedTimestamp(iso8601: text)
            if time == nil, let number = NumberText(text) {
                return number.integer.map { moment($0) } ?? moment(number.value)
            }
        }
        guard let time else { return nil }
        return time.isNaive ? moment(local: time.timestamp) : time.timestamp.microseconds
    }

    /// nil when the moment is past the range of a timestamp.
    mutating func moment(_ value: Int64) -> Int64? {
        guard let unit else {
            if let digits = TimeFields(digits: value)?.time { return moment(local: digits.timestamp) }
            return credible(moment(value, .guessed(from: Double(value.magnitude))))
        }
        return moment(value, unit)
    }

    mutating func moment(_ value: Double) -> Int64? {
        if let whole = Int64(exactly: value) { return moment(whole) }
        guard let unit else { return credible(moment(value, .guessed(from: abs(value)))) }
        return moment(value, unit)
    }

    private mutating func moment(_ value: Int64, _ unit: TimeUnit) -> Int64? {
        let factor: Int64
        switch unit {
        case .s: factor = 1_000_000
        case .ms: factor = 1000
        case .us: factor = 1
        case .ns: return value / 1000 - (value % 1000 < 0 ? 1 : 0)
        case .excel, .days: return moment(Double(value), unit)
        }
        let (moment, overflow) = value.multipliedReportingOverflow(by: factor)
        return overflow ? nil : moment
    }

    private mutating func moment(_ value: Double, _ unit: TimeUnit) -> Int64? {
        let moment: Double
        switch unit {
        case .s: moment = value * 1_000_000
        case .ms: moment = value * 1000
        case .us: moment = value
        case .ns: moment = value / 1000
        case .excel: return self.moment(days: value, since: Self.excelEpoch)
        case .days: return origin.flatMap { self.moment(days: value, since: $0) }
        }
        return Int64(exactly: moment.rounded())
    }

    /// To the second.
    private mutating func moment(days: Double, since origin: Timestamp) -> Int64? {
        guard let seconds = Int64(exactly: (days * 86_400).rounded()), seconds.magnitude < 1 << 40 else { return nil }
        return moment(local: Timestamp(microseconds: origin.microseconds + seconds * 1_000_000))
    }

    /// 1899-12-30.
    private static let excelEpoch = Timestamp(
        microseconds: Int64(Timestamp.days(year: 1899, month: 12, day: 30)) * Timestamp.microsecondsPerDay)
    /// 1990-01-01: most numbers that are no moments would be seconds before.
    private static let earliestGuess =
        Int64(Timestamp.days(year: 1990, month: 1, day: 1)) * Timestamp.microsecondsPerDay

    private func credible(_ moment: Int64?) -> Int64? {
        guard let moment, moment >= Self.earliestGuess else { return nil }
        return moment
    }
}
