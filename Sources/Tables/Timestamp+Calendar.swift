extension Timestamp {
    /// Midnight (UTC) of a day. Months and days outside their range count on from it: month 13 is the January after,
    /// day 0 the day before the first. Years stop at ±290,000, which is where 64 bits of microseconds end.
    package init(year: Int, month: Int, day: Int) {
        let month = max(-4_000_000, min(4_000_000, month))
        let year = max(-290_000, min(290_000, year + Self.quotient(month - 1, 12)))
        let days = Self.days(year: year, month: Self.remainder(month - 1, 12) + 1, day: 1)
        self = Timestamp(microseconds: Int64(days) * Self.microsecondsPerDay).adding(days: day - 1)
    }

    package var year: Int { civil.year }
    /// 1...12
    package var month: Int { civil.month }
    /// 1...31
    package var day: Int { civil.day }
    /// 0...23
    package var hour: Int { Int(microsecondOfDay / 3_600_000_000) }
    /// 0 is Monday.
    package var weekday: Int { Self.remainder(dayNumber + 3, 7) }
    /// Days since 1970-01-01.
    package var dayNumber: Int { Self.quotient(Int(microseconds), Int(Self.microsecondsPerDay)) }

    var microsecondOfDay: Int64 { microseconds - Int64(dayNumber) * Self.microsecondsPerDay }

    /// The same time of day so many days later, or earlier; the first or the last moment there is where that is past it.
    package func adding(days: Int) -> Timestamp {
        let (product, tooFar) = Int64(days).multipliedReportingOverflow(by: Self.microsecondsPerDay)
        let (sum, overflow) = microseconds.addingReportingOverflow(product)
        return Timestamp(microseconds: tooFar || overflow ? (days < 0 ? .min : .max) : sum)
    }

    // Hinnant, "chrono-compatible low-level date algorithms" (2013): eras of 400 years that begin on 1 March.

    static func days(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = quotient(shifted, 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    var civil: (year: Int, month: Int, day: Int) {
        let shifted = dayNumber + 719_468
        let era = Self.quotient(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    static func daysOfMonth(_ month: Int, year: Int) -> Int {
        if month == 2 { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28 }
        return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31
    }

    /// Rounded down.
    static func quotient(_ a: Int, _ b: Int) -> Int { a / b - (a % b < 0 ? 1 : 0) }
    /// Never negative.
    static func remainder(_ a: Int, _ b: Int) -> Int { a % b + (a % b < 0 ? b : 0) }
}
