/// What a feature says of a profile: the one table that codes, names and the reference of features come from.
package enum FeatureKind: String, Sendable, CaseIterable {
    case count
    case activeDays = "active_days"
    case sessions
    case daysSinceLast = "days_since_last"
    case daysUntilNext = "days_until_next"
    case upcoming = "to_come"
    case firstShare = "first_share"
    case meanGap = "gap_mean"
    case lastGap = "gap_last"
    case gapDeviation = "gap_deviation"
    case lateness
    case trend
    case sum
    case mean
    case maximum = "max"
    case last
    case sumPerSession = "per_session"
    case distinct
    case lastValue = "last_value"
    case commonValue = "most_frequent"
    case meanHour = "hour_mean"
    case weekendShare = "weekend_share"
    case modalWeekdayShare = "weekday_share"
    case tenure = "tenure_share"
    case attribute
    case daysSinceAttribute = "days_since"
    case daysUntilAttribute = "days_until"

    /// What the code of such a feature is made of.
    package enum Shape: Sendable {
        /// EVENT_kind, and EVENT_kind_WINDOW.
        case event, eventInWindow
        /// EVENT_FIELD_kind, and EVENT_FIELD_kind_WINDOW.
        case field, fieldInWindow
        /// kind alone.
        case habit
        /// kind_ATTRIBUTE, and ATTRIBUTE alone.
        case ofAttribute, attribute
    }

    package var shape: Shape {
        switch self {
        case .count, .activeDays, .sessions, .trend: .eventInWindow
        case .daysSinceLast, .daysUntilNext, .upcoming, .firstShare, .meanGap, .lastGap, .gapDeviation, .lateness:
            .event
        case .sum, .mean, .maximum, .distinct: .fieldInWindow
        case .last, .sumPerSession, .lastValue, .commonValue: .field
        case .meanHour, .weekendShare, .modalWeekdayShare, .tenure: .habit
        case .daysSinceAttribute, .daysUntilAttribute: .ofAttribute
        case .attribute: .attribute
        }
    }

    /// The code's pattern: EVENT, FIELD and ATTRIBUTE stand for the user's words in small letters, WINDOW for 30d or all.
    package var code: String {
        switch shape {
        case .event: "EVENT_\(rawValue)"
        case .eventInWindow: "EVENT_\(rawValue)_WINDOW"
        case .field: "EVENT_FIELD_\(rawValue)"
        case .fieldInWindow: "EVENT_FIELD_\(rawValue)_WINDOW"
        case .habit: rawValue
        case .ofAttribute: "\(rawValue)_ATTRIBUTE"
        case .attribute: "ATTRIBUTE"
        }
    }

    /// The name's pattern, in the same words; a window is put behind it.
    package var name: String {
        switch self {
        case .count: "Count of EVENT"
        case .activeDays: "Days with EVENT"
        case .sessions: "Sessions with EVENT"
        case .daysSinceLast: "Days since last EVENT"
        case .daysUntilNext: "Days until next EVENT"
        case .upcoming: "Count of EVENT to come"
        case .firstShare: "Time since first EVENT as a share of the data"
        case .meanGap: "Mean gap between EVENT (days)"
        case .lastGap: "Last gap between EVENT (days)"
        case .gapDeviation: "Variability of the gap between EVENT (days)"
        case .lateness: "Days since last EVENT against mean gap"
        case .trend: "Trend of EVENT"
        case .sum: "Sum of FIELD in EVENT"
        case .mean: "Mean FIELD in EVENT"
        case .maximum: "Largest FIELD in EVENT"
        case .last: "Last FIELD in EVENT"
        case .sumPerSession: "Sum of FIELD per session with EVENT"
        case .distinct: "Different FIELD in EVENT"
        case .lastValue: "Last FIELD in EVENT"
        case .commonValue: "Most frequent FIELD in EVENT"
        case .meanHour: "Mean hour of day (UTC)"
        case .weekendShare: "Share of events at weekends"
        case .modalWeekdayShare: "Share of events on the usual weekday"
        case .tenure: "Time since first event as a share of the data"
        case .attribute: "ATTRIBUTE"
        case .daysSinceAttribute: "Days since ATTRIBUTE"
        case .daysUntilAttribute: "Days until ATTRIBUTE"
        }
    }

    /// Whether the name speaks of several events: "Count of events", against "Days since last event".
    var isOfMany: Bool {
        switch self {
        case .count, .upcoming, .meanGap, .lastGap, .gapDeviation, .trend: true
        default: false
        }
    }

    /// The code of one feature, of words that are codes already.
    func code(event: String, field: String = "", window: String? = nil) -> String {
        Self.filled(code, ["EVENT": event, "FIELD": field, "WINDOW": window ?? ""])
    }

    func name(event: String, field: String = "") -> String { Self.filled(name, ["EVENT": event, "FIELD": field]) }

    /// A pattern with the user's words in their places; nothing is looked for in these.
    static func filled(_ pattern: String, _ words: [String: String]) -> String {
        var rest = pattern[...]
        var text = ""
        while let next = words.keys.compactMap({ rest.firstRange(of: $0) }).min(by: { $0.lowerBound < $1.lowerBound }) {
            text += rest[..<next.lowerBound] + (words[String(rest[next])] ?? "")
            rest = rest[next.upperBound...]
        }
        return text + rest
    }

    /// What the value is, in a sentence.
    package var definition: String {
        switch self {
        case .count: "How many times EVENT happened in the window."
        case .activeDays: "On how many calendar days (UTC) of the window EVENT happened, once or more."
        case .sessions:
            "How many sessions with EVENT ended in the window. A session is a run of these events in which none is more "
                + "than 30 minutes after the one before."
        case .daysSinceLast: "The time from the last EVENT to the score date."
        case .daysUntilNext:
            "The time from the score date to the next EVENT, of those that `known_from` says were known by then to come."
        case .upcoming: "How many EVENT lie ahead of the score date, and were known by then to come."
        case .firstShare:
            "The time from the first EVENT that the data have to the score date, divided by the time from where the data begin to "
                + "it: near 1 for who did it from the beginning, near 0 for who has just done it first. In days it would grow "
                + "with the date for everybody."
        case .meanGap:
            "The mean gap, over all time. A gap is the number of days from one calendar day (UTC) with EVENT to the next "
                + "such day: two on one day make no gap."
        case .lastGap: "The gap between the last two calendar days (UTC) with EVENT."
        case .gapDeviation:
            "How much the gaps between calendar days (UTC) with EVENT differ: their standard deviation, over all time."
        case .lateness:
            "The time since the last EVENT, divided by the mean gap: 1 means that the next one is just due, 2 that it is "
                + "overdue by as much again."
        case .trend:
            "The count of EVENT in the window against the count in as long a time before it: their difference divided by "
                + "their sum. 1 means all in the window, 0 as many as before, -1 none any more."
        case .sum: "The sum of FIELD over EVENT in the window."
        case .mean: "The mean of FIELD over those EVENT in the window that have one."
        case .maximum: "The largest FIELD of EVENT in the window."
        case .last: "FIELD of the last EVENT that has one, over all time."
        case .sumPerSession:
            "The sum of FIELD over all EVENT, divided by the number of sessions with EVENT, over all time."
        case .distinct: "How many different values of FIELD the EVENT in the window have."
        case .lastValue: "FIELD of the last EVENT that has one, over all time."
        case .commonValue:
            "The value of FIELD that most EVENT have, over all time; of several the first in the alphabet."
        case .meanHour: "The mean hour of the day (UTC) of all events, over all time."
        case .weekendShare: "The share of all events that are on a Saturday or Sunday (UTC), over all time."
        case .modalWeekdayShare: "The share of all events that are on the weekday (UTC) that has most, over all time."
        case .tenure:
            "The time from the profile's first event of any kind that the data have to the score date, divided by the time from "
                + "where the data begin to it: near 1 for the oldest customers, near 0 for the newest."
        case .attribute: "The profile's attribute as the table of profiles has it, on every date the same."
        case .daysSinceAttribute:
            "The time from the date in the attribute to the score date; below 0 while it is ahead."
        case .daysUntilAttribute:
            "The time from the score date to the date in the attribute; below 0 once it has passed."
        }
    }

    package var unit: String {
        switch self {
        case .count, .upcoming: "events"
        case .activeDays: "calendar days"
        case .sessions: "sessions"
        case .daysSinceLast, .daysUntilNext, .daysSinceAttribute, .daysUntilAttribute:
            "days, with a fraction"
        case .meanGap, .lastGap, .gapDeviation: "days"
        case .lateness: "mean gaps"
        case .trend: "a share from -1 to 1"
        case .sum, .mean, .maximum, .last: "as FIELD"
        case .sumPerSession: "as FIELD, a session"
        case .distinct: "values"
        case .lastValue, .commonValue: "a value of FIELD"
        case .meanHour: "hours, 0 to 24"
        case .firstShare, .tenure, .weekendShare, .modalWeekdayShare: "a share from 0 to 1"
        case .attribute: "as the attribute"
        }
    }

    /// What it means when a profile has none.
    package var missing: String {
        switch self {
        case .count, .upcoming, .activeDays, .sessions, .sum, .distinct: "never; 0 where there is nothing"
        case .daysSinceLast, .firstShare: "EVENT has not happened"
        case .daysUntilNext: "no EVENT was known to come"
        case .meanGap, .lastGap, .lateness: "EVENT has happened on fewer than two days"
        case .gapDeviation: "EVENT has happened on fewer than three days"
        case .trend: "EVENT happened neither in the window nor in the time before it"
        case .mean, .maximum: "no EVENT in the window has FIELD"
        case .last, .lastValue, .commonValue: "no EVENT has FIELD"
        case .sumPerSession: "EVENT has not happened"
        case .meanHour, .weekendShare, .modalWeekdayShare, .tenure: "never; whoever is scored has had an event"
        case .attribute, .daysSinceAttribute, .daysUntilAttribute:
            "the table of profiles has no value, or not this profile"
        }
    }
}

extension FeatureSource {
    /// - Parameter tenureSlot: the slot of any event, where there is one.
    func kind(tenureSlot: Int?) -> FeatureKind {
        switch self {
        case .count: .count
        case .activeDays: .activeDays
        case .sessions: .sessions
        case .daysSinceLast: .daysSinceLast
        case .daysUntilNext: .daysUntilNext
        case .upcoming: .upcoming
        case .firstShare(let slot): slot == tenureSlot ? .tenure : .firstShare
        case .meanGap: .meanGap
        case .lastGap: .lastGap
        case .gapDeviation: .gapDeviation
        case .lateness: .lateness
        case .trend: .trend
        case .sum: .sum
        case .mean: .mean
        case .maximum: .maximum
        case .last: .last
        case .sumPerSession: .sumPerSession
        case .distinct: .distinct
        case .lastValue: .lastValue
        case .commonValue: .commonValue
        case .meanHour: .meanHour
        case .weekendShare: .weekendShare
        case .modalWeekdayShare: .modalWeekdayShare
        case .attribute: .attribute
        case .daysSinceAttribute: .daysSinceAttribute
        case .daysUntilAttribute: .daysUntilAttribute
        }
    }
}
