import Bytes
package import InstanceFile
import Tables

/// What was read, what of it is used, and why the rest is not: counts that add up whatever the order of the splits.
package struct IngestSummary: Sendable, Equatable {
    /// Rows of one dataset; `rowsRead` is `rowsKept` and all rejected ones.
    package struct DatasetRows: Sendable, Equatable {
        package var rowsRead = 0
        package var rowsKept = 0
        /// By `RejectReason.rawValue`.
        package var rejected = [Int](repeating: 0, count: RejectReason.allCases.count)
        /// The first and the last moment of the events that are kept; in microseconds since 1970.
        package internal(set) var earliest: Int64?
        package internal(set) var latest: Int64?
        /// On which days these events are.
        package internal(set) var days = DayCounts()
        /// Why rows are broken, with their files and lines.
        package internal(set) var brokenRows = Examples()
        /// Timestamps that cannot be read.
        package internal(set) var unreadableTimes = Examples()
        /// Times at which events were known that cannot be read, or are not believed, and some of them.
        package internal(set) var refusedKnownTimes = 0
        package internal(set) var knownTimes = Examples()
        package init() {}

        /// Without those in which nothing has happened.
        package var rowsMeant: Int { rowsRead - rejected[RejectReason.noEvent.rawValue] }
    }

    /// Events of one type, or of one custom event, and how many of them hold a value of each field.
    package struct EventCounts: Sendable, Equatable {
        package var name: String
        package var events = 0
        package var numbers: [Int]
        package var categories: [Int]
        /// Of the events, those that were known before they happened.
        package var planned = 0
    }

    package struct FieldCounts: Sendable, Equatable {
        package var present = 0
        /// Values that were there but are no number, or no time.
        package var unreadable = 0
        /// Some of the unreadable ones.
        package internal(set) var examples = Examples()
        package init() {}
    }

    /// In the order of `InputPlan.datasets`.
    package internal(set) var datasets: [DatasetRows] = []
    /// The first and the last moment of the events that are kept; in microseconds since 1970.
    package internal(set) var earliest: Int64?
    package internal(set) var latest: Int64?
    /// The first moment among the events that were dropped for being after the as-of date.
    package internal(set) var earliestAfterAsOf: Int64?
    /// By type, in byte order of the names. Past `maximumTypes` only those of the smallest hashes are listed.
    package internal(set) var types: [EventCounts] = []
    /// Whether there were more types than are listed.
    package internal(set) var hasMoreTypes = false
    /// In the order of the instance's custom events; then those of the goal.
    package internal(set) var customEvents: [EventCounts] = []
    /// By condition of the goal.
    package internal(set) var goalEventsByCondition: [Int] = []
    /// By condition of the eligibility.
    package internal(set) var eligibleEventsByCondition: [Int] = []
    /// By number and by category of the plan.
    package internal(set) var numbers: [FieldCounts] = []
    /// Of those that nobody listed what their values look like, by number of the plan.
    package internal(set) var numberShapes: [NumberShape] = []
    package internal(set) var categories: [FieldCounts] = []
    /// By dataset, then by attribute.
    package internal(set) var attributes: [[FieldCounts]] = []
    /// The last date among all date attributes but the ends of subscriptions.
    package internal(set) var latestDate: Int64?
    /// Of each of the instance's comparisons, among the rows that are used: how many values there are, and how many of them
    /// cannot be compared.
    package internal(set) var comparisons: [FieldCounts] = []
    /// Rows of the feature table with the outcome, without it, with a number for a label, and with no label.
    package internal(set) var positives = 0
    package internal(set) var negatives = 0
    package internal(set) var numbered = 0
    package internal(set) var unlabelled = 0

    package static let maximumTypes = 10_000

    init() {}

    /// A summary of nothing, for a plan's datasets and fields.
    package init(instance: Instance, plan: InputPlan) {
        datasets = plan.datasets.map { _ in DatasetRows() }
        numbers = plan.numbers.map { _ in FieldCounts() }
        numberShapes = plan.numbers.map { _ in NumberShape() }
        categories = plan.categories.map { _ in FieldCounts() }
        attributes = plan.datasets.map { $0.attributes.map { _ in FieldCounts() } }
        comparisons = OrderingTest.all(of: instance).map { _ in FieldCounts() }
        if case .events(let source) = instance.source {
            goalEventsByCondition = source.goal.conditions.map { _ in 0 }
            eligibleEventsByCondition = source.eligible.conditions.map { _ in 0 }
            customEvents = (source.customEvents + source.goalEvents).map { custom in
                EventCounts(
                    name: custom.name, numbers: plan.numbers.map { _ in 0 }, categories: plan.categories.map { _ in 0 })
            }
        }
    }

    /// Where the events are: from the first to the last of those that do not lie far from all others.
    package var reach: (earliest: Int64, latest: Int64)? {
        guard let earliest, let latest else { return nil }
        let found = daysOfAll.reach
        return (found.start ?? earliest, found.end ?? latest)
    }

    /// So few rows are taken for accidents.
    package static func areFew(_ rows: Int, of total: Int) -> Bool { rows <= max(3, total / 1000) }

    package var daysOfAll: DayCounts {
        datasets.reduce(into: DayCounts()) { $0.merge($1.days) }
    }

    /// Events of the goal's condition that is met least.
    package var goalEvents: Int { goalEventsByCondition.min() ?? 0 }

    /// Rows of the feature table that can be learned from.
    package var labelled: Int { positives + negatives + numbered }

    package var rowsRead: Int { datasets.reduce(0) { $0 + $1.rowsRead } }
    package var rowsKept: Int { datasets.reduce(0) { $0 + $1.rowsKept } }
    package func rejected(_ reason: RejectReason) -> Int { datasets.reduce(0) { $0 + $1.rejected[reason.rawValue] } }
    /// Rows that could not be used, apart from those that the instance asks to leave out.
    package var rowsUnusable: Int {
        RejectReason.allCases.filter(\.isUnusable).reduce(0) { $0 + rejected($1) }
    }
}

extension IngestSummary {
    /// Whether another split's summary is of the same datasets, fields and conditions.
    package func fits(_ other: IngestSummary) -> Bool {
        func hasFields(_ counts: EventCounts) -> Bool {
            counts.numbers.count == numbers.count && counts.categories.count == categories.count
        }
        return datasets.count == other.datasets.count && numbers.count == other.numbers.count
            && numberShapes.count == other.numberShapes.count
            && categories.count == other.categories.count
            && attributes.map(\.count) == other.attributes.map(\.count)
            && goalEventsByCondition.count == other.goalEventsByCondition.count
            && eligibleEventsByCondition.count == other.eligibleEventsByCondition.count
            && comparisons.count == other.comparisons.count
            && customEvents.map(\.name) == other.customEvents.map(\.name)
            && other.customEvents.allSatisfy(hasFields) && other.types.allSatisfy(hasFields)
    }

    /// Adds another split's summary, which must fit; the result does not depend on the order.
    package mutating func merge(_ other: IngestSummary) {
        Self.merge(&datasets, other.datasets) { $0.merge($1) }
        earliest = Self.either(earliest, other.earliest, min)
        latest = Self.either(latest, other.latest, max)
        earliestAfterAsOf = Self.either(earliestAfterAsOf, other.earliestAfterAsOf, min)
        latestDate = Self.either(latestDate, other.latestDate, max)
        mergeTypes(other)
        Self.merge(&customEvents, other.customEvents) { $0.merge($1) }
        Self.merge(&goalEventsByCondition, other.goalEventsByCondition) { $0 += $1 }
        Self.merge(&eligibleEventsByCondition, other.eligibleEventsByCondition) { $0 += $1 }
        Self.merge(&numbers, other.numbers) { $0.merge($1) }
        Self.merge(&numberShapes, other.numberShapes) { $0.merge($1) }
        Self.merge(&categories, other.categories) { $0.merge($1) }
        Self.merge(&attributes, other.attributes) { mine, theirs in
            Self.merge(&mine, theirs) { $0.merge($1) }
        }
        Self.merge(&comparisons, other.comparisons) { $0.merge($1) }
        positives += other.positives
        negatives += other.negatives
        numbered += other.numbered
        unlabelled += other.unlabelled
    }

    private mutating func mergeTypes(_ other: IngestSummary) {
        var merged: [EventCounts] = []
        merged.reserveCapacity(max(types.count, other.types.count))
        var rest = other.types[...]
        for type in types {
            while let next = rest.first, CanonicalText.precedes(next.name, type.name) {
                merged.append(next)
                rest = rest.dropFirst()
            }
            merged.append(type)
            if let same = rest.first, same.name == type.name {
                merged[merged.count - 1].merge(same)
                rest = rest.dropFirst()
            }
        }
        types = merged + rest
        hasMoreTypes = hasMoreTypes || other.hasMoreTypes
        limitTypes()
    }

    /// Keeps the types of the smallest hashes: a choice that, unlike that of the most frequent, can be made part by
    /// part and still counts each type that stays in full.
    mutating func limitTypes() {
        guard types.count > Self.maximumTypes else { return }
        let limit = types.map { StableHash.hash($0.name) }.sorted()[Self.maximumTypes]
        types.removeAll { StableHash.hash($0.name) >= limit }
        hasMoreTypes = true
    }

    private static func merge<Element>(
        _ mine: inout [Element], _ theirs: [Element], _ add: (inout Element, Element) -> Void
    ) {
        for (index, element) in theirs.enumerated() {
            if index < mine.count { add(&mine[index], element) } else { mine.append(element) }
        }
    }

    fileprivate static func either(_ a: Int64?, _ b: Int64?, _ choose: (Int64, Int64) -> Int64) -> Int64? {
        guard let a, let b else { return a ?? b }
        return choose(a, b)
    }
}

extension IngestSummary.DatasetRows {
    /// As that of all datasets.
    package var reach: (earliest: Int64, latest: Int64)? {
        guard let earliest, let latest else { return nil }
        let found = days.reach
        return (found.start ?? earliest, found.end ?? latest)
    }

    package mutating func merge(_ other: Self) {
        rowsRead += other.rowsRead
        rowsKept += other.rowsKept
        for index in rejected.indices { rejected[index] += other.rejected[index] }
        earliest = IngestSummary.either(earliest, other.earliest, min)
        latest = IngestSummary.either(latest, other.latest, max)
        days.merge(other.days)
        brokenRows.merge(other.brokenRows)
        unreadableTimes.merge(other.unreadableTimes)
        refusedKnownTimes += other.refusedKnownTimes
        knownTimes.merge(other.knownTimes)
    }
}

extension IngestSummary.FieldCounts {
    mutating func merge(_ other: Self) {
        present += other.present
        unreadable += other.unreadable
        examples.merge(other.examples)
    }
}

extension IngestSummary.EventCounts {
    mutating func merge(_ other: Self) {
        events += other.events
        planned += other.planned
        for (index, count) in other.numbers.enumerated() where index < numbers.count { numbers[index] += count }
        for (index, count) in other.categories.enumerated() where index < categories.count {
            categories[index] += count
        }
    }
}
