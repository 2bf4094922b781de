import Events
import InstanceFile
import Tables

extension DataCheck {
    /// Past so many days without an event a dataset may be stale.
    private static let staleDays = 7
    /// And past so many times the usual time between its events.
    private static let staleGaps = 10.0
    /// So long after the newest event scores are old news.
    private static let oldDays = 30

    func timeFindings(besides stops: [Finding]) -> [Finding] {
        guard case .events(let source) = instance.source, let (earliest, latest) = ingested.reach,
            !stops.contains(where: { $0.code == .asOf })
        else { return [] }
        let asOf = instance.asOf?.microseconds ?? latest
        let tooShort = stops.contains { $0.code == .dataLength }
        return (tooShort ? [] : shortData(source, earliest: earliest, asOf: asOf)) + staleDatasets(asOf: asOf)
            + ageOfData(latest: latest) + strayEvents
    }

    /// Events far from all others, which say nothing of how far the data reach.
    private var strayEvents: [Finding] {
        let reach = ingested.daysOfAll.reach
        guard reach.before + reach.after > 0, let first = ingested.earliest, let last = ingested.latest else {
            return []
        }
        let moments = [reach.before > 0 ? first : nil, reach.after > 0 ? last : nil].compactMap { $0 }
            .map { Timestamp(microseconds: $0).date }
        let count = reach.before + reach.after
        return [
            Finding(
                .strayEvents, .warning, "events",
                "\(Wording.count(count)) \(count == 1 ? "event lies" : "events lie") far from all others, such as on "
                    + moments.joined(separator: " and "),
                means: "the data are taken to reach from \(Timestamp(microseconds: reach.start ?? first).date) to "
                    + Timestamp(microseconds: reach.end ?? last).date,
                change: "correct the timestamps, or leave these rows out with `exclude`")
        ]
    }

    /// Times at which events were known that say nothing.
    var refusedKnownTimes: [Finding] {
        guard case .events(let source) = instance.source else { return [] }
        return zip(plan.datasets, ingested.datasets).compactMap { planned, rows in
            guard planned.role == .events, rows.refusedKnownTimes > 0,
                let known = source.datasets[planned.position].knownFrom
            else { return nil }
            return Finding(
                .unreadableTimes, .warning, planned.name,
                "\(planned.name): \(Wording.count(rows.refusedKnownTimes)) values of \"\(known.column)\", from which events were "
                    + "known, cannot be read or are of before \(known.from)\(rows.knownTimes.suchAs)",
                means: "these events are seen from the time at which they happened, and not before",
                change:
                    "say how the times are written by known_from: { column: \(known.column), format, unit, origin, from }"
            )
        }
    }

    /// Rows that are rejected for being earlier than events are believed to be.
    var earlyEvents: [Finding] {
        guard case .events(let source) = instance.source else { return [] }
        return zip(plan.datasets, ingested.datasets).compactMap { planned, rows in
            let count = rows.rejected[RejectReason.tooEarly.rawValue]
            guard planned.role == .events, count > 0 else { return nil }
            let from = source.datasets[planned.position].timestamp.from
            return Finding(
                .earlyEvents, .note, planned.name,
                "\(planned.name): \(Wording.count(count)) \(count == 1 ? "row is" : "rows are") of before \(from)",
                means: "they are not believed, and not used: most such times stand for a zero or for nothing",
                change: "if they are real, set timestamp: { column: "
                    + "\(source.datasets[planned.position].timestamp.column), from: DATE }")
        }
    }

    /// Enough to train, and not enough for the whole look-back at the latest training date.
    private func shortData(_ source: EventSource, earliest: Int64, asOf: Int64) -> [Finding] {
        let newest = asOf - source.goal.within.microseconds
        let lookBack = source.eligible.reach
        guard lookBack.microseconds > newest - earliest else { return [] }
        let wanted = Timestamp(microseconds: newest - lookBack.microseconds)
        return [
            Finding(
                .dataLength, .warning, "events",
                "`eligible` looks back \(lookBack.count) days, and the data begin only \(Wording.days(newest - earliest)) "
                    + "before the latest training date \(Timestamp(microseconds: newest))",
                means:
                    "customers who were last active before the data begin are missing among those that are learned from, and "
                    + "will be there among those that are scored",
                change:
                    "add the events from \(wanted) on if there are any, or shorten an in_last of `eligible`, or goal.within"
            )
        ]
    }

    /// Datasets that end well before the others' as-of date.
    private func staleDatasets(asOf: Int64) -> [Finding] {
        zip(plan.datasets, ingested.datasets).compactMap { planned, rows in
            guard planned.role == .events, let (first, last) = rows.reach else { return nil }
            let silence = asOf - last
            guard silence > Days(Self.staleDays).microseconds,
                Double(silence) * Double(rows.rowsKept - 1) > Self.staleGaps * Double(last - first)
            else { return nil }
            return Finding(
                .staleDataset, .warning, planned.name,
                "\(planned.name) ends on \(Timestamp(microseconds: last).date), \(Wording.days(silence)) before the as-of date "
                    + Timestamp(microseconds: asOf).date,
                means: "at the score date its features say that nothing happened, where in fact nothing was recorded",
                change:
                    "add its newer events, set as_of to \(Timestamp(microseconds: last).date), or leave the dataset out"
            )
        }
    }

    private func ageOfData(latest: Int64) -> [Finding] {
        guard instance.asOf == nil else { return [] }
        let newest = Timestamp(microseconds: latest)
        let age = today.microseconds - latest
        let future = ingested.rejected(.inTheFuture)
        if future > 0 {
            return [
                Finding(
                    .futureEvents, .warning, "events",
                    "\(Wording.count(future)) \(future == 1 ? "event is" : "events are") of days still to come",
                    means: "they are not used, and scores are made as of \(newest), the newest event but for them",
                    change: "correct the timestamps (is their unit right?), or set as_of")
            ]
        }
        guard age > Days(Self.oldDays).microseconds else { return [] }
        return [
            Finding(
                .oldData, .warning, "events", "the newest event is of \(newest.date), \(Wording.days(age)) ago",
                means: "scores are made as of that date, and the outcome window may be over already",
                change: "add newer events, or set as_of to say that this date is meant")
        ]
    }
}

extension Timestamp {
    /// The day alone.
    fileprivate var date: String { String(description.prefix { $0 != "T" }) }
}
