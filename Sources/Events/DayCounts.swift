package import Bytes
import Tables

/// How many events there are on each day, by which it is told where the events are: a stray one says nothing of how far the
/// data reach.
package struct DayCounts: Sendable, Equatable {
    struct Day: Sendable, Equatable {
        var count = 0
        /// The last moment of the day that has an event; in microseconds since 1970.
        var latest = Int64.min
    }

    /// From `first` on, in days since 1970; those without events have a count of 0.
    private var days: [Day] = []
    private var first = 0

    /// Events of other days count to the nearest of these, 1900-01-01 and 2200-01-01.
    static let range = -25_567...84_006

    init() {}

    mutating func add(_ moment: Int64) {
        let day = Self.day(of: moment)
        let place = place(of: day)
        days[place].count += 1
        days[place].latest = max(days[place].latest, moment)
    }

    mutating func merge(_ other: DayCounts) {
        for (offset, day) in other.days.enumerated() where day.count > 0 {
            let place = place(of: other.first + offset)
            days[place].count += day.count
            days[place].latest = max(days[place].latest, day.latest)
        }
    }

    private static func day(of moment: Int64) -> Int {
        let day = Timestamp(microseconds: moment).dayNumber
        return min(max(day, range.lowerBound), range.upperBound)
    }

    /// Makes room for a day; its place.
    private mutating func place(of day: Int) -> Int {
        if days.isEmpty { first = day }
        if day < first {
            days.insert(contentsOf: repeatElement(Day(), count: first - day), at: 0)
            first = day
        } else if day - first >= days.count {
            days.append(contentsOf: repeatElement(Day(), count: day - first + 1 - days.count))
        }
        return day - first
    }
}

extension DayCounts {
    /// Where the events are.
    package struct Reach: Equatable {
        /// The first day, at midnight, and the moment of the last event; nil where these are the very first and last events.
        package var start: Int64?
        package var end: Int64?
        /// Events before and after.
        package var before = 0
        package var after = 0
    }

    /// The part of the days that is left when some few events are taken away that lie far from all others: at most three, or
    /// one in a thousand, behind a gap of 30 days and a tenth of all that follows (at the end: 14 days and a twentieth).
    package var reach: Reach {
        let places = days.indices.filter { days[$0].count > 0 }
        let total = places.reduce(0) { $0 + days[$1].count }
        var reach = Reach()
        guard total >= 100, places.count > 1 else { return reach }
        var (low, high) = (0, places.count - 1)
        var count = 0
        for index in 0..<(places.count - 1) {
            count += days[places[index]].count
            guard IngestSummary.areFew(count, of: total) else { break }
            let (gap, rest) = (places[index + 1] - places[index], places[places.count - 1] - places[index + 1])
            if gap > 30, 10 * gap > rest { (low, reach.before) = (index + 1, count) }
        }
        count = 0
        for index in stride(from: places.count - 1, to: low, by: -1) {
            count += days[places[index]].count
            guard IngestSummary.areFew(count, of: total) else { break }
            let (gap, rest) = (places[index] - places[index - 1], places[index - 1] - places[low])
            if gap > 14, 20 * gap > rest { (high, reach.after) = (index - 1, count) }
        }
        if reach.before > 0 { reach.start = Int64(first + places[low]) * Timestamp.microsecondsPerDay }
        if reach.after > 0 { reach.end = days[places[high]].latest }
        return reach
    }
}

extension DayCounts: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        let places = days.indices.filter { days[$0].count > 0 }
        writer.write(each: places) { $0.write(Int32(first + $1), days[$1].count, days[$1].latest) }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        let all = try reader.readEach { reader throws(ByteError) -> (Int, Day) in
            let day = Int(try reader.read(Int32.self))
            let count = try reader.read(Int.self)
            let latest: Int64 = try reader.read()
            guard Self.range.contains(day), count > 0, Self.day(of: latest) == day else {
                throw .badValue("day of events", offset: reader.offset)
            }
            return (day, Day(count: count, latest: latest))
        }
        for (number, day) in all {
            let place = place(of: number)
            guard days[place].count == 0 else { throw .badValue("day of events", offset: reader.offset) }
            days[place] = day
        }
    }
}
