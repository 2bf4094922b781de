package import Bytes

/// A moment: microseconds since 1970-01-01T00:00:00Z in the proleptic Gregorian calendar, leap seconds ignored.
package struct Timestamp: Sendable, Hashable, Comparable {
    package var microseconds: Int64
    package init(microseconds: Int64) { self.microseconds = microseconds }
    package static func < (a: Timestamp, b: Timestamp) -> Bool { a.microseconds < b.microseconds }
    package static let microsecondsPerDay: Int64 = 86_400_000_000
}

extension Timestamp: FieldCodable {
    package static let fields = FieldList(Self.init(microseconds:), \.microseconds)
        // So near that times can be added and subtracted.
        .check("moment") { $0.microseconds.magnitude <= 1 << 58 }
}
