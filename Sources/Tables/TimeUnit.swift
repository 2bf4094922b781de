/// The unit of numeric timestamps.
package enum TimeUnit: String, Sendable, CaseIterable {
    case s, ms, us, ns
    /// Days since 1899-12-30 with the time as their fraction, as spreadsheets count them.
    case excel
    /// Days, with the time as their fraction, since a moment that the user names: negative before it.
    case days

    /// The unit in which a number of this magnitude is a date between 1973 and 5138, ancient ones aside: below 1e11
    /// seconds, below 1e14 milliseconds, below 1e17 microseconds, else nanoseconds.
    static func guessed(from magnitude: Double) -> TimeUnit {
        magnitude < 1e11 ? .s : magnitude < 1e14 ? .ms : magnitude < 1e17 ? .us : .ns
    }
}
