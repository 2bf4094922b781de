/// A setting of the model that a user may choose, under `model:` in the instance file: its key, what it may be, what it is
/// by default, and what it does.
///
/// The instance file's keys, its schema and documentation, the validation and `run.json` are all made of these.
package struct HyperParameter<Value: HyperParameterValue>: Sendable {
    package let outline: HyperParameterOutline
    package let standard: Value

    init(_ name: String, _ domain: HyperParameterDomain, default standard: Value, _ help: String) {
        outline = HyperParameterOutline(name: name, domain: domain, standard: standard.hyperValue, help: help)
        self.standard = standard
    }
}

/// A hyper-parameter without the type of its value.
package struct HyperParameterOutline: Sendable {
    package let name: String
    package let domain: HyperParameterDomain
    package let standard: HyperValue
    package let help: String
}

/// What a hyper-parameter may be.
package enum HyperParameterDomain: Sendable, Equatable {
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    /// Over 0 to 1.
    case share
    case truth
    case choice([String])
    /// A share, over 0 to 1, or a name.
    case shareOrChoice([String])
    case integerOrChoice(ClosedRange<Int>, [String])

    package func contains(_ value: HyperValue) -> Bool {
        switch (self, value) {
        case (.integer(let range), .integer(let value)), (.integerOrChoice(let range, _), .integer(let value)):
            range.contains(value)
        case (.number(let range), .number(let value)): range.contains(value)
        case (.share, .number(let value)), (.shareOrChoice, .number(let value)): value > 0 && value <= 1
        case (.truth, .truth): true
        case (.choice(let names), .text(let name)), (.shareOrChoice(let names), .text(let name)),
            (.integerOrChoice(_, let names), .text(let name)):
            names.contains(name)
        default: false
        }
    }

    /// For a message about a value that is not among them.
    var allowed: String {
        func text(_ number: Double) -> String { HyperValue.number(number).description }
        return switch self {
        case .integer(let range): "\(range.lowerBound) to \(range.upperBound)"
        case .number(let range): "\(text(range.lowerBound)) to \(text(range.upperBound))"
        case .share: "above 0, at most 1"
        case .truth: "true or false"
        case .choice(let names): names.joined(separator: ", ")
        case .shareOrChoice(let names): names.joined(separator: ", ") + ", or above 0, at most 1"
        case .integerOrChoice(let range, let names):
            names.joined(separator: ", ") + ", or \(range.lowerBound) to \(range.upperBound)"
        }
    }
}

/// A hyper-parameter's value as it is written.
package enum HyperValue: Sendable, Hashable, CustomStringConvertible {
    case integer(Int)
    case number(Double)
    case truth(Bool)
    case text(String)

    package var description: String {
        switch self {
        case .integer(let value): "\(value)"
        case .number(let value): value == value.rounded() && value.magnitude < 1e15 ? "\(Int64(value))" : "\(value)"
        case .truth(let value): "\(value)"
        case .text(let value): value
        }
    }
}

/// What can be the value of a hyper-parameter.
package protocol HyperParameterValue: Sendable, Equatable {
    var hyperValue: HyperValue { get }
    /// nil for one of another kind.
    init?(_ value: HyperValue)
}

extension Int: HyperParameterValue {
    package var hyperValue: HyperValue { .integer(self) }
    package init?(_ value: HyperValue) {
        guard case .integer(let value) = value else { return nil }
        self = value
    }
}

extension Double: HyperParameterValue {
    package var hyperValue: HyperValue { .number(self) }
    package init?(_ value: HyperValue) {
        guard case .number(let value) = value else { return nil }
        self = value
    }
}

extension Bool: HyperParameterValue {
    package var hyperValue: HyperValue { .truth(self) }
    package init?(_ value: HyperValue) {
        guard case .truth(let value) = value else { return nil }
        self = value
    }
}

extension HyperParameterValue where Self: RawRepresentable, RawValue == String {
    package var hyperValue: HyperValue { .text(rawValue) }
    package init?(_ value: HyperValue) {
        guard case .text(let name) = value else { return nil }
        self.init(rawValue: name)
    }
}
