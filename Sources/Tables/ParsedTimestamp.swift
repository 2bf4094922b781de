/// A moment as it was written, with or without a zone.
struct ParsedTimestamp: Equatable {
    /// The moment; where no zone was written, as if UTC had been.
    var timestamp: Timestamp
    var isNaive: Bool

    init(timestamp: Timestamp, isNaive: Bool) {
        self.timestamp = timestamp
        self.isNaive = isNaive
    }

    init?(iso8601 text: String) {
        var scanner = ByteScanner(text)
        scanner.skipBlanks()
        guard let year = scanner.digits(exactly: 4), scanner.take("-"), let month = scanner.digits(exactly: 2),
            scanner.take("-"), let day = scanner.digits(exactly: 2)
        else { return nil }
        var fields = TimeFields(year: year, month: month, day: day)
        if scanner.take("T") || scanner.take("t") || scanner.takeBlankBeforeDigit() {
            guard let hour = scanner.digits(exactly: 2), scanner.take(":"), let minute = scanner.digits(exactly: 2)
            else { return nil }
            fields.hour = hour
            fields.minute = minute
            if scanner.take(":") {
                guard let second = scanner.digits(exactly: 2) else { return nil }
                fields.second = second
                if scanner.take(".") || scanner.take(",") {
                    guard let fraction = scanner.fraction() else { return nil }
                    fields.microsecond = fraction
                }
            }
            guard scanner.zone(into: &fields) else { return nil }
        }
        scanner.skipBlanks()
        guard scanner.atEnd, let time = fields.time else { return nil }
        self = time
    }
}

/// The fields of a moment, not yet checked.
struct TimeFields {
    var year = 1970
    var month = 1
    var day = 1
    var hour = 0
    var minute = 0
    var second = 0
    var microsecond = 0
    /// Seconds east of Greenwich; nil when no zone is written.
    var offset: Int?

    /// Of a number whose digits read as a date: 20110901, or 20110901123000.
    init?(digits: Int64) {
        let isLong = digits >= 1_000_000_000_000
        let (date, clock) = isLong ? (digits / 1_000_000, digits % 1_000_000) : (digits, 0)
        guard 19_000_101...21_001_231 ~= date else { return nil }
        self.init(year: Int(date / 10_000), month: Int(date / 100 % 100), day: Int(date % 100))
        (hour, minute, second) = (Int(clock / 10_000), Int(clock / 100 % 100), Int(clock % 100))
        if time == nil { return nil }
    }

    init(year: Int = 1970, month: Int = 1, day: Int = 1) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// nil when a field is outside its range. Second 60 is the first of the next minute.
    var time: ParsedTimestamp? {
        guard (1...12).contains(month), day >= 1, day <= Timestamp.daysOfMonth(month, year: year), hour < 24,
            minute < 60, second <= 60
        else { return nil }
        let days = Timestamp.days(year: year, month: month, day: day)
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - (offset ?? 0)
        let timestamp = Timestamp(microseconds: Int64(seconds * 1_000_000 + microsecond))
        return ParsedTimestamp(timestamp: timestamp, isNaive: offset == nil)
    }
}
