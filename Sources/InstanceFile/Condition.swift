package import Tables

/// What the user compares a field with.
package enum Operand: Sendable, Hashable {
    case text(String)
    case number(Double)
    case boolean(Bool)
    case date(Timestamp)
}

/// What a field's value must satisfy. Apart from `exists(false)`, a missing value satisfies none but `notEquals` and `notIn`.
/// A list satisfies it when any of its items does, and `notEquals` and `notIn` when none of them is the value or one of them.
package enum FieldTest: Sendable, Hashable {
    case exists(Bool)
    case equals(Operand)
    case notEquals(Operand)
    case isIn([Operand])
    case notIn([Operand])
    case contains(String)
    case startsWith(String)
    case endsWith(String)
    /// A regular expression that must match somewhere in the text.
    case matches(String)
    case greater(Operand)
    case greaterOrEqual(Operand)
    case less(Operand)
    case lessOrEqual(Operand)
    /// Both ends included.
    case between(Operand, Operand)
}

package enum FactorDirection: String, Sendable, CaseIterable { case raises, lowers }
package enum FactorImportance: String, Sendable, CaseIterable, Comparable {
    case low, medium, high
    package static func < (a: Self, b: Self) -> Bool { a.rank < b.rank }
    private var rank: Int {
        switch self {
        case .low: 0
        case .medium: 1
        case .high: 2
        }
    }
}

/// A factor that must be among a profile's influential factors, by name or code.
package struct FactorTest: Sendable, Hashable {
    package var name: String
    package var direction: FactorDirection?
    /// At least this important.
    package var importance: FactorImportance?
}

/// The one condition type of goals, eligibility, exclusions, custom events and segments.
package indirect enum Condition: Sendable, Hashable {
    case all([Condition])
    case any([Condition])
    /// None of them holds.
    case none([Condition])
    /// The event is of this type or custom event.
    case event(String)
    case field(path: String, FieldTest)
    case factor(FactorTest)
}

/// What a condition is evaluated over: a batch of events (ingestion), or a shard's scored profiles (segments).
package protocol ConditionScope {
    var rowCount: Int { get }
    /// The column at a field path, of lists where the path leads to many values; nil when this batch has none, which counts as missing in every row.
    func column(_ path: String) -> Column?
    /// Which rows are events of this type or custom event.
    func rows(ofEvent name: String) -> [Bool]
    /// Which rows have the factor among their influential ones.
    func rows(withFactor test: FactorTest) -> [Bool]
}
