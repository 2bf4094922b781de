/// Why a row that was read is not used: every row that is not kept has exactly one reason, the first that applies.
package enum RejectReason: Int, Sendable, CaseIterable {
    /// The reader could not divide the line into columns.
    case brokenRow
    case missingIdentity
    case missingTimestamp
    case unreadableTimestamp
    /// The type column is empty, or no rule of `type:` holds.
    case missingType
    case excluded
    case afterAsOf
    /// Without an as-of date: on a day still to come, where no event can have happened.
    case inTheFuture
    /// Before `timestamp.from`.
    case tooEarly
    /// A line of a CSV file that repeats its header.
    case repeatedHeader
    /// Nothing has happened: the time's column is empty, which the instance allows.
    case noEvent

    package var description: String {
        switch self {
        case .brokenRow: "broken row"
        case .missingIdentity: "missing identity"
        case .missingTimestamp: "missing timestamp"
        case .unreadableTimestamp: "unreadable timestamp"
        case .missingType: "missing event type"
        case .excluded: "excluded"
        case .afterAsOf: "after the as-of date"
        case .inTheFuture: "on a day still to come"
        case .tooEarly: "earlier than any event is believed"
        case .repeatedHeader: "repeated header line"
        case .noEvent: "without a time, hence no event"
        }
    }

    /// Whether the row could not be used, rather than being left out as the instance asks.
    package var isUnusable: Bool {
        switch self {
        case .brokenRow, .missingIdentity, .missingTimestamp, .unreadableTimestamp, .missingType, .inTheFuture,
            .tooEarly:
            true
        case .excluded, .afterAsOf, .repeatedHeader, .noEvent: false
        }
    }
}
