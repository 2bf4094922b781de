package import Bytes
import Events

/// One feature: its code, its name in the user's own words, and what it is made of.
package struct FeatureDefinition: Sendable, Equatable {
    package enum Kind: UInt8, Sendable, ByteCodable { case numeric, categorical }

    /// Unique: "purchase_count_30d".
    package var code: String
    /// "Count of Purchase, last 30 days".
    package var name: String
    package var kind: Kind
    package var source: FeatureSource
}

/// What a feature is made of; the numbers are indices into the recipe's slots, windows, pairs and attributes.
///
/// Days are 86,400 s before the snapshot in windows and recencies, and calendar days in UTC where activity is
/// counted by the day. A window index past the last window means all time.
package enum FeatureSource: Sendable, Equatable, Hashable {
    /// Events of the slot in the window.
    case count(slot: Int, window: Int)
    /// Days with such an event.
    case activeDays(slot: Int, window: Int)
    /// Runs of such events that are at most 30 minutes apart, by their last event.
    case sessions(slot: Int, window: Int)
    /// Days from the slot's last event to the snapshot; with a fraction. Missing without events.
    case daysSinceLast(slot: Int)
    /// The time from the slot's first event to the snapshot, as a share of the time since the data begin: in days it would
    /// stand for the date. Missing without events.
    case firstShare(slot: Int)
    /// The days between active days: mean, the last one, and the standard deviation (population).
    case meanGap(slot: Int)
    case lastGap(slot: Int)
    case gapDeviation(slot: Int)
    /// Days since the last event, divided by the mean gap.
    case lateness(slot: Int)
    /// (recent - before) / (recent + before), of the counts in a window and in as long a time before it.
    case trend(slot: Int, recent: Int, both: Int)
    /// Sum of the number over the slot's events in the window.
    case sum(pair: Int, window: Int)
    case mean(pair: Int, window: Int)
    case maximum(pair: Int, window: Int)
    /// The value of the last event that has one.
    case last(pair: Int)
    case sumPerSession(pair: Int)
    /// Different values among the slot's events in the window.
    case distinct(pair: Int, window: Int)
    case lastValue(pair: Int)
    /// Ties go to the first in byte order.
    case commonValue(pair: Int)
    /// Over events of any kind: the mean time of day in hours, the share on Saturdays and Sundays, and the share on
    /// the weekday that has most; all in UTC.
    case meanHour
    case weekendShare
    case modalWeekdayShare
    /// A profile's attribute: a number, 0 or 1, or a category.
    case attribute(Int)
    /// Days from an attribute's date to the snapshot; negative while the date is ahead.
    case daysSinceAttribute(Int)
    /// Days from the snapshot to an attribute's date; negative once it has passed.
    case daysUntilAttribute(Int)
    /// Days from the snapshot to the slot's next event, of those that are known by then to come; missing without any.
    case daysUntilNext(slot: Int)
    /// How many events of the slot are known at the snapshot to come.
    case upcoming(slot: Int)
}

extension FeatureSource: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        let (tag, numbers) = parts
        writer.write(tag)
        for number in numbers { writer.write(number) }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        let tag = try reader.read(UInt8.self)
        var numbers: [Int] = []
        for _ in 0..<3 { numbers.append(try reader.read()) }
        guard let source = FeatureSource(tag: tag, numbers) else {
            throw .badValue("feature source \(tag)", offset: reader.offset)
        }
        self = source
    }
}

extension FeatureDefinition: FieldCodable {
    package static let fields = FieldList(Self.init, \.code, \.name, \.kind, \.source)
}

extension FeatureSource {
    /// A tag and three numbers, zero where the case has fewer.
    fileprivate var parts: (tag: UInt8, numbers: [Int]) {
        switch self {
        case .count(let slot, let window): (0, [slot, window, 0])
        case .activeDays(let slot, let window): (1, [slot, window, 0])
        case .sessions(let slot, let window): (2, [slot, window, 0])
        case .daysSinceLast(let slot): (3, [slot, 0, 0])
        case .firstShare(let slot): (4, [slot, 0, 0])
        case .meanGap(let slot): (5, [slot, 0, 0])
        case .lastGap(let slot): (6, [slot, 0, 0])
        case .gapDeviation(let slot): (7, [slot, 0, 0])
        case .lateness(let slot): (8, [slot, 0, 0])
        case .trend(let slot, let recent, let both): (9, [slot, recent, both])
        case .sum(let pair, let window): (10, [pair, window, 0])
        case .mean(let pair, let window): (11, [pair, window, 0])
        case .maximum(let pair, let window): (12, [pair, window, 0])
        case .last(let pair): (13, [pair, 0, 0])
        case .sumPerSession(let pair): (14, [pair, 0, 0])
        case .distinct(let pair, let window): (15, [pair, window, 0])
        case .lastValue(let pair): (16, [pair, 0, 0])
        case .commonValue(let pair): (17, [pair, 0, 0])
        case .meanHour: (18, [0, 0, 0])
        case .weekendShare: (19, [0, 0, 0])
        case .modalWeekdayShare: (20, [0, 0, 0])
        case .attribute(let index): (21, [index, 0, 0])
        case .daysSinceAttribute(let index): (22, [index, 0, 0])
        case .daysUntilAttribute(let index): (23, [index, 0, 0])
        case .daysUntilNext(let slot): (24, [slot, 0, 0])
        case .upcoming(let slot): (25, [slot, 0, 0])
        }
    }

    fileprivate init?(tag: UInt8, _ numbers: [Int]) {
        let (a, b, c) = (numbers[0], numbers[1], numbers[2])
        switch tag {
        case 0: self = .count(slot: a, window: b)
        case 1: self = .activeDays(slot: a, window: b)
        case 2: self = .sessions(slot: a, window: b)
        case 3: self = .daysSinceLast(slot: a)
        case 4: self = .firstShare(slot: a)
        case 5: self = .meanGap(slot: a)
        case 6: self = .lastGap(slot: a)
        case 7: self = .gapDeviation(slot: a)
        case 8: self = .lateness(slot: a)
        case 9: self = .trend(slot: a, recent: b, both: c)
        case 10: self = .sum(pair: a, window: b)
        case 11: self = .mean(pair: a, window: b)
        case 12: self = .maximum(pair: a, window: b)
        case 13: self = .last(pair: a)
        case 14: self = .sumPerSession(pair: a)
        case 15: self = .distinct(pair: a, window: b)
        case 16: self = .lastValue(pair: a)
        case 17: self = .commonValue(pair: a)
        case 18: self = .meanHour
        case 19: self = .weekendShare
        case 20: self = .modalWeekdayShare
        case 21: self = .attribute(a)
        case 22: self = .daysSinceAttribute(a)
        case 23: self = .daysUntilAttribute(a)
        case 24: self = .daysUntilNext(slot: a)
        case 25: self = .upcoming(slot: a)
        default: return nil
        }
    }
}

extension FeatureSource {
    /// The attribute that a feature is made of; nil for features of events.
    package var attributeIndex: Int? {
        switch self {
        case .attribute(let index), .daysSinceAttribute(let index), .daysUntilAttribute(let index): index
        default: nil
        }
    }
}
