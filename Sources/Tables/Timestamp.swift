/// A moment: microseconds since 1970-01-01T00:00:00Z in the proleptic Gregorian calendar, leap seconds ignored.
public struct Timestamp: Sendable, Hashable, Comparable {
    public var microseconds: Int64
    public init(microseconds: Int64) { self.microseconds = microseconds }
    public static func < (a: Timestamp, b: Timestamp) -> Bool { a.microseconds < b.microseconds }
    public static let microsecondsPerDay: Int64 = 86_400_000_000
}
