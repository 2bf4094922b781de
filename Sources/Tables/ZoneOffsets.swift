internal import Foundation

/// Turns the time on the clocks of a zone into moments, daylight saving included.
///
/// A time that the clocks show twice is the first of the two; one that they skip counts on from before the gap (with a
/// gap from 1 to 2 o'clock, 1:30 is the moment at which clocks show 2:30).
struct ZoneOffsets {
    private let zone: TimeZone
    /// For each day by the local calendar, the offsets a day before it begins and a day after it ends.
    private var days: [Int: (before: Int, after: Int)] = [:]

    init(_ name: String) throws(TableError) {
        guard let zone = TimeZone(identifier: name) else { throw .unknownZone(name) }
        self.zone = zone
    }

    /// The moment at which the clocks show `local` (as if it were UTC).
    mutating func moment(local: Timestamp) -> Timestamp {
        let day = local.dayNumber
        let (before, after) = offsets(around: day)
        var offset = before
        if before != after {
            let microseconds = { (offset: Int) in local.microseconds - Int64(offset) * 1_000_000 }
            if self.offset(at: microseconds(before)) != before, self.offset(at: microseconds(after)) == after {
                offset = after
            }
        }
        let (moment, overflow) = local.microseconds.subtractingReportingOverflow(Int64(offset) * 1_000_000)
        return overflow ? local : Timestamp(microseconds: moment)
    }

    private mutating func offsets(around day: Int) -> (before: Int, after: Int) {
        if let known = days[day] { return known }
        let start = Int64(day) &* Timestamp.microsecondsPerDay
        let found = (
            before: offset(at: start &- Timestamp.microsecondsPerDay),
            after: offset(at: start &+ 2 &* Timestamp.microsecondsPerDay)
        )
        days[day] = found
        return found
    }

    private func offset(at microseconds: Int64) -> Int {
        zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(microseconds) / 1_000_000))
    }
}
