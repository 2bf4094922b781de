import Bytes
package import Learning
package import Tables

/// A whole number of days, as in "90d".
package struct Days: Sendable, Hashable, Comparable {
    package var count: Int
    package init(_ count: Int) { self.count = count }
    package var microseconds: Int64 { Int64(count) * 86_400_000_000 }
    package static func < (a: Days, b: Days) -> Bool { a.count < b.count }
}

/// The polarity of the goal: whether the outcome is good news (`conversion`) or bad (`churn`).
package enum PropensityType: String, Sendable, CaseIterable { case conversion, churn }

/// One configured prediction, as its instance file declares it. Paths are absolute (or URIs) once parsed.
package struct Instance: Sendable, Equatable {
    package var name: String
    package var propensity: PropensityType
    package var source: Source
    package var profiles: [ProfileDataset]
    /// The score date; nil means the latest event.
    package var asOf: Timestamp?
    package var checks: Checks
    package var objective = Objective.logLoss
    package var model: HyperParameters
    package var buckets = BucketRule.odds
    package var segments: [SegmentDefinition]
    /// Whether the profiles are written with their attributes, scores and most influential factors in one row.
    package var enrich = false
    /// Absolute path of the run's folder, or the address of an object store, if the file names one.
    package var output: String?

    package init(
        name: String, propensity: PropensityType, source: Source, profiles: [ProfileDataset] = [],
        asOf: Timestamp? = nil,
        checks: Checks = Checks(), model: HyperParameters = HyperParameters(), segments: [SegmentDefinition] = [],
        output: String? = nil
    ) {
        self.name = name
        self.propensity = propensity
        self.source = source
        self.profiles = profiles
        self.asOf = asOf
        self.checks = checks
        self.model = model
        self.segments = segments
        self.output = output
    }

    /// Whether a number is predicted, in place of the probability of an outcome.
    package var predictsNumber: Bool { objective.labels == .numbers }

    package enum Source: Sendable, Equatable {
        /// Experience events, from which features are made.
        case events(EventSource)
        /// One row a profile, features ready made.
        case features(FeatureTable)
    }
}

package struct EventSource: Sendable, Equatable {
    package var datasets: [EventDataset]
    package var goal: Goal
    package var eligible: Eligibility
    package var customEvents: [CustomEvent]
    package var exclude: Condition?
    package var duplicates: Duplicates
    package var snapshots: SnapshotOptions
    /// Codes or names of features that are not to be used, with * and ? for any letters and for one.
    package var excludedFeatures: [String] = []

    package init(
        datasets: [EventDataset], goal: Goal, eligible: Eligibility = Eligibility(), customEvents: [CustomEvent] = [],
        exclude: Condition? = nil, duplicates: Duplicates = .drop, snapshots: SnapshotOptions = SnapshotOptions()
    ) {
        self.datasets = datasets
        self.goal = goal
        self.eligible = eligible
        self.customEvents = customEvents
        self.exclude = exclude
        self.duplicates = duplicates
        self.snapshots = snapshots
    }

    /// What custom events mean that the goal names, also by way of others.
    package var goalCustomEvents: [CustomEvent] {
        var names = Set(goal.condition.eventNames)
        // Each builds on those before it only.
        for custom in customEvents.reversed() where names.contains(custom.name) {
            names.formUnion(custom.condition.eventNames)
        }
        return customEvents.filter { names.contains($0.name) }
    }

    /// What the goal asks of one event, as events that have features of their own: those that have none already, by their
    /// type or as a custom event.
    package var goalEvents: [CustomEvent] {
        let known = customEvents.map(\.condition)
        let own = goal.conditions.filter { !$0.isOneEvent && !known.contains($0) }
        return own.enumerated().map {
            CustomEvent(name: own.count == 1 ? "goal event" : "goal event \($0 + 1)", condition: $1)
        }
    }

    /// What happens to rows that are equal in every column.
    package enum Duplicates: String, Sendable, CaseIterable { case drop, keep }
}

/// At which moments of the past there is to be learned from; what is nil is chosen from the data.
package struct SnapshotOptions: Sendable, Equatable {
    /// The most labelled snapshots: 1...`limit`.
    package var count: Int?
    /// How far apart they are.
    package var every: Days?

    package static let limit = 32

    package init(count: Int? = nil, every: Days? = nil) {
        self.count = count
        self.every = every
    }
}

/// One dataset of experience events.
package struct EventDataset: Sendable, Equatable {
    /// Paths or globs.
    package var paths: [String]
    package var identity: String
    package var timestamp: TimestampColumn
    package var type: EventTypeSource
    /// nil: every numeric column that has no other role.
    package var numbers: [NumberField]?
    /// nil: every text column that has no other role.
    package var categories: [String]?
    /// Identities that name nobody, besides those that never do.
    package var missingIdentities: [String] = []
    package var text = TextOptions()
    /// From when an event was known that was still to come, such as the start of a planned campaign; nil: from its own time.
    package var knownFrom: TimestampColumn?
    /// The share of rows that may be unusable; nil: as in `Checks`.
    package var maximumRejected: Double?

    package init(
        paths: [String], identity: String, timestamp: TimestampColumn, type: EventTypeSource,
        numbers: [NumberField]? = nil, categories: [String]? = nil
    ) {
        self.paths = paths
        self.identity = identity
        self.timestamp = timestamp
        self.type = type
        self.numbers = numbers
        self.categories = categories
    }
}

package struct TimestampColumn: Sendable, Equatable {
    package var column: String
    /// The unit of numeric timestamps; nil: guessed from their magnitude.
    package var unit: TimeUnit?
    /// IANA name of the zone of texts and timestamps without one; nil: UTC.
    package var zone: String?
    /// strptime format of texts; nil: ISO 8601.
    package var format: String?
    /// Events before it are not believed.
    package var from = TimestampColumn.usualStart
    /// What days are counted from, of the unit `days`.
    package var origin: Timestamp?
    /// Whether a row without a time is no event and nothing is wrong with it.
    package var isNullable = false

    /// Most earlier moments stand for something else: a zero, a missing value, a number that is no time.
    package static let usualStart = Timestamp(microseconds: 631_152_000_000_000)

    package init(column: String, unit: TimeUnit? = nil, zone: String? = nil, format: String? = nil) {
        self.column = column
        self.unit = unit
        self.zone = zone
        self.format = format
    }
}

/// Where an event's type comes from.
package enum EventTypeSource: Sendable, Equatable {
    case constant(String)
    case column(String)
    /// The standard field groups of XDM that the record has, which may be several (see `StandardGroup`); where it has
    /// none, its `eventType`. Records with neither are rejected.
    case standardXDM
    /// The first rule whose condition holds; a rule without one always holds. Rows that no rule meets are rejected.
    case rules([Rule])

    package struct Rule: Sendable, Equatable {
        package var name: String
        package var when: Condition?
        package init(name: String, when: Condition? = nil) {
            self.name = name
            self.when = when
        }
    }
}

/// A numeric field of an event: a column, or the product of several.
package struct NumberField: Sendable, Equatable {
    package var name: String
    package var columns: [String]
    package init(name: String, columns: [String]) {
        self.name = name
        self.columns = columns
    }
}

/// A table of profile attributes.
package struct ProfileDataset: Sendable, Equatable {
    package var paths: [String]
    package var identity: String
    /// nil: all other columns.
    package var attributes: [String]?
    /// Identities that name nobody, besides those that never do.
    package var missingIdentities: [String] = []
    package var text = TextOptions()

    package init(paths: [String], identity: String, attributes: [String]? = nil) {
        self.paths = paths
        self.identity = identity
        self.attributes = attributes
    }
}

/// A ready feature table: one row a profile.
package struct FeatureTable: Sendable, Equatable {
    package var paths: [String]
    package var identity: Identity
    /// Rows whose label field is missing are scored but not trained on.
    package var labelField: String
    package var label: Label
    package var drop: [String]
    /// Identities that name nobody, besides those that never do.
    package var missingIdentities: [String] = []
    package var text = TextOptions()

    package enum Label: Sendable, Equatable {
        /// What marks the outcome.
        case outcome(FieldTest)
        /// The field's own number.
        case number

        /// What a value of the field is compared with. Any number will do where it is to be one.
        package var test: FieldTest {
            switch self {
            case .outcome(let test): test
            case .number: .greater(.number(-.greatestFiniteMagnitude))
            }
        }
    }

    package enum Identity: Sendable, Equatable {
        case column(String)
        /// The row's number, from 0.
        case rowNumber
    }

    package init(paths: [String], identity: Identity, labelField: String, label: Label, drop: [String] = []) {
        self.paths = paths
        self.identity = identity
        self.labelField = labelField
        self.label = label
        self.drop = drop
    }
}

/// What is to be predicted: whether events occur within the outcome window.
package struct Goal: Sendable, Equatable {
    package var willOccur: Bool
    /// For each of them some event must meet it; one event may meet several.
    package var conditions: [Condition]
    package var within: Days

    package static let conditionLimit = 8

    /// One event that meets the condition.
    package init(willOccur: Bool = true, condition: Condition, within: Days) {
        self.init(willOccur: willOccur, each: [condition], within: within)
    }

    /// Each of several events: 1...`conditionLimit`.
    package init(willOccur: Bool = true, each conditions: [Condition], within: Days) {
        self.willOccur = willOccur
        self.conditions = conditions
        self.within = within
    }

    /// What an event meets that has to do with the goal.
    package var condition: Condition {
        get { conditions.count == 1 ? conditions[0] : .any(conditions) }
        set { conditions = [newValue] }
    }
}

package struct CustomEvent: Sendable, Equatable {
    package var name: String
    package var condition: Condition
    package init(name: String, condition: Condition) {
        self.name = name
        self.condition = condition
    }
}

package struct SegmentDefinition: Sendable, Equatable {
    package var name: String
    package var condition: Condition
    package init(name: String, condition: Condition) {
        self.name = name
        self.condition = condition
    }
}

/// The limits past which a run stops before training; it warns at twice the outcomes, or half the share.
package struct Checks: Sendable, Equatable {
    /// Profiles needed with and without the outcome, summed over training snapshots.
    package var minimumOutcomes: Int
    /// The share of rows that may be unusable.
    package var maximumRejected: Double
    package init(minimumOutcomes: Int = 500, maximumRejected: Double = 0.5) {
        self.minimumOutcomes = minimumOutcomes
        self.maximumRejected = maximumRejected
    }
}
