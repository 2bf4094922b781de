public import Bytes
public import Tables

/// How events and attributes become the rows and columns that are learned from: decided once, from what was gathered.
public struct FeatureRecipe: Sendable, Equatable {
    /// The score date; nil for a feature table without one.
    public internal(set) var asOf: Timestamp?
    /// Newest first: the scoring snapshot, then those whose outcome is known.
    public internal(set) var snapshots: [Snapshot] = []
    public internal(set) var features: [FeatureDefinition] = []
    /// Indices of attributes that the instance excludes: they are no features of the model, and segments may ask for them.
    var excluded: [Int] = []
    /// What the user may want to know, in full sentences.
    public internal(set) var warnings: [String] = []

    /// Days, ascending; the window after the last is all time.
    public internal(set) var windows: [Int] = []
    public internal(set) var slots: [EventSlot] = []
    /// The numbers and the categories that have features, by the slot whose events they are taken from.
    public internal(set) var numberPairs: [FieldPair] = []
    public internal(set) var categoryPairs: [FieldPair] = []
    public internal(set) var attributes: [RecipeAttribute] = []

    /// What the blocks must look like, and how they are labelled.
    var numberCount = 0
    var categoryCount = 0
    /// Whether the features came ready made.
    public internal(set) var isFeatureTable = false
    var dropsDuplicates = true
    var willOccur = true
    /// How many conditions the goal has, each to be met by some event.
    var goalConditions = 1
    /// Microseconds after a snapshot in which the goal counts; 0 for a feature table.
    public internal(set) var outcomeWindow: Int64 = 0
    /// Who has a row at a snapshot; all of them must be met.
    var eligibility: [EligibilityRule] = []
    var sessionGap: Int64 = 0
    /// Where the events begin, apart from stray ones.
    var dataStart: Int64 = 0
    /// What dates are compared with where there is no as-of date.
    var referenceDate: Int64 = 0

    init() {}

    /// The moment at which features are frozen.
    public struct Snapshot: Sendable, Equatable {
        /// Microseconds since 1970; what happened at this very moment is still seen.
        public var asOf: Int64
        /// Whether the outcome is known.
        public var isLabelled: Bool
    }

    /// Whether a model may use the feature of that index.
    public func isUsed(_ feature: Int) -> Bool { !excluded.contains(feature) }

    /// The attributes of whose numbers more than the feature is kept, by their index.
    public var keptAttributes: [Int] {
        features.compactMap { feature in
            guard case .attribute(let index) = feature.source else { return nil }
            return attributes[index].attribute.precision == .feature ? nil : index
        }
    }

    /// The snapshots, apart from the scoring one, that have labels.
    public var labelledSnapshots: Range<Int> { min(1, snapshots.count)..<snapshots.count }
}

/// A set of events that has features of its own.
public struct EventSlot: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        case any
        case type
        /// All the types that have no slot.
        case otherTypes
        /// By index in the instance.
        case customEvent(Int)
    }

    public var kind: Kind
    /// The type or custom event, as the user calls it.
    public var name: String
    /// Unique among the slots; the first part of its features' codes.
    public var code: String
}

/// A field of the events in a slot.
public struct FieldPair: Sendable, Equatable {
    public var slot: Int
    /// Index into `InputPlan.numbers`, or `InputPlan.categories`.
    public var field: Int
    public var name: String
}

/// An attribute and where its values come from.
public struct RecipeAttribute: Sendable, Equatable {
    public var attribute: PlannedAttribute
    /// Index into `InputPlan.datasets`, and into that dataset's attributes.
    public var dataset: Int
    public var column: Int
}
