package import Bytes

extension IngestSummary: FieldCodable {
    package static let fields = FieldList(
        filling: Self.init, \.datasets, \.earliest, \.latest, \.earliestAfterAsOf, \.latestDate, \.types,
        \.hasMoreTypes, \.customEvents, \.goalEventsByCondition, \.eligibleEventsByCondition, \.positives, \.negatives,
        \.numbered, \.unlabelled, \.numbers, \.numberShapes, \.categories, \.attributes, \.comparisons
    ).check("moment") { areMoments([$0.earliest, $0.latest, $0.earliestAfterAsOf, $0.latestDate]) }

    /// Whether each is so near that times can be added and subtracted.
    fileprivate static func areMoments(_ moments: [Int64?]) -> Bool {
        moments.allSatisfy { $0.map { $0.magnitude <= 1 << 58 } ?? true }
    }
}

extension IngestSummary.DatasetRows: FieldCodable {
    package static let fields = FieldList(
        filling: Self.init, \.rowsRead, \.rowsKept, \.rejected, \.earliest, \.latest, \.days, \.brokenRows,
        \.unreadableTimes, \.refusedKnownTimes, \.knownTimes
    )
    .check("reasons of rejected rows") { $0.rejected.count == RejectReason.allCases.count }
    .check("moment") { IngestSummary.areMoments([$0.earliest, $0.latest]) }
}

extension IngestSummary.EventCounts: FieldCodable {
    package static let fields = FieldList(Self.init, \.name, \.events, \.numbers, \.categories, \.planned)
}

extension IngestSummary.FieldCounts: FieldCodable {
    package static let fields = FieldList(filling: Self.init, \.present, \.unreadable, \.examples)
}
