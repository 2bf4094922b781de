import Bytes
package import Events
package import Tables

/// How events and attributes become the rows and columns that are learned from: decided once, from what was ingested.
package struct FeatureRecipe: Sendable, Equatable {
    /// The score date; nil for a feature table without one.
    package internal(set) var asOf: Timestamp?
    /// Newest first: the scoring snapshot, then those whose outcome is known.
    package internal(set) var snapshots: [Snapshot] = []
    package internal(set) var features: [FeatureDefinition] = []
    /// Indices of attributes that the instance excludes: they are no features of the model, and segments may ask for them.
    var excluded: [Int] = []
    /// What the user may want to know, in full sentences.
    package internal(set) var warnings: [String] = []

    /// Days, ascending; the window after the last is all time.
    package internal(set) var windows: [Int] = []
    package internal(set) var slots: [EventSlot] = []
    /// The numbers and the categories that have features, by the slot whose events they are taken from.
    package internal(set) var numberPairs: [FieldPair] = []
    package internal(set) var categoryPairs: [FieldPair] = []
    package internal(set) var attributes: [RecipeAttribute] = []

    /// What the blocks must look like, and how they are labelled.
    var numberCount = 0
    var categoryCount = 0
    /// Whether the features came ready made.
    package internal(set) var isFeatureTable = false
    var dropsDuplicates = true
    var willOccur = true
    /// How many conditions the goal has, each to be met by some event.
    var goalConditions = 1
    /// Microseconds after a snapshot in which the goal counts; 0 for a feature table.
    package internal(set) var outcomeWindow: Int64 = 0
    /// Which labelled rows have features.
    package var rowChoice = RowChoice()
    /// Who has a row at a snapshot; all of them must be met.
    var eligibility: [EligibilityRule] = []
    var sessionGap: Int64 = 0
    /// Where the events begin, apart from stray ones.
    var dataStart: Int64 = 0
    /// What dates are compared with where there is no as-of date.
    var referenceDate: Int64 = 0

    init() {}

    /// The moment at which features are frozen.
    package struct Snapshot: Sendable, Equatable {
        /// Microseconds since 1970; what happened at this very moment is still seen.
        package var asOf: Int64
        /// Whether the outcome is known.
        package var isLabelled: Bool
    }

    /// Whether a model may use the feature of that index.
    package func isUsed(_ feature: Int) -> Bool { !excluded.contains(feature) }

    /// The attributes of whose numbers more than the feature is kept, by their index.
    package var keptAttributes: [Int] {
        features.compactMap { feature in
            guard case .attribute(let index) = feature.source else { return nil }
            return attributes[index].attribute.precision == .feature ? nil : index
        }
    }

    /// The snapshots, apart from the scoring one, that have labels.
    package var labelledSnapshots: Range<Int> { min(1, snapshots.count)..<snapshots.count }
}

/// A set of events that has features of its own.
package struct EventSlot: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case any
        case type
        /// All the types that have no slot.
        case otherTypes
        /// By index in the instance.
        case customEvent(Int)
    }

    package var kind: Kind
    /// The type or custom event, as the user calls it.
    package var name: String
    /// Unique among the slots; the first part of its features' codes.
    package var code: String
}

/// A field of the events in a slot.
package struct FieldPair: Sendable, Equatable {
    package var slot: Int
    /// Index into `InputPlan.numbers`, or `InputPlan.categories`.
    package var field: Int
    package var name: String
}

/// An attribute and where its values come from.
package struct RecipeAttribute: Sendable, Equatable {
    package var attribute: PlannedAttribute
    /// Index into `InputPlan.datasets`, and into that dataset's attributes.
    package var dataset: Int
    package var column: Int
}
