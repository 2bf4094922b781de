package import InstanceFile
import Tables

extension Goal {
    /// The goal as a sentence: Purchase where Revenue is over 500 occurs within 90 days.
    package var words: String {
        conditions.map(\.words).joined(separator: "; and ") + (willOccur ? " occurs" : " does not occur")
            + " within \(Format.count(within.count)) days"
    }
}

extension Eligibility {
    /// What is asked of a profile: with “Purchase” in the 365 days before the score date, and without “Withdrawal”.
    package var words: String {
        var parts = requirements.map(\.words)
        parts += latest.map { latest in
            let names = latest.of.map { "“\($0)”" }
            let allowed = latest.allowed.map { "“\($0)”" }.joined(separator: " or ")
            return "whose latest of \(names.joined(separator: ", ")) is \(allowed)" + Requirement.reach(latest.inLast)
        }
        if let attributes { parts.append("where \(attributes.words)") }
        return parts.joined(separator: ", and ")
    }
}

extension Eligibility.Requirement {
    fileprivate var words: String {
        let event = condition?.words ?? "any event"
        let count =
            atLeast == 1
            ? (isForbidden ? "without" : "with")
            : isForbidden ? "with fewer than \(Format.count(atLeast)) of" : "with at least \(Format.count(atLeast)) of"
        return "\(count) \(event)\(Self.reach(inLast))"
    }

    fileprivate static func reach(_ inLast: Days?) -> String {
        guard let inLast else { return "" }
        return inLast.count == 1
            ? " in the day before the score date" : " in the \(Format.count(inLast.count)) days before the score date"
    }
}

extension Condition {
    /// The condition as a clause: Purchase where Revenue is over 500.
    var words: String { words(isNested: false) }

    private func words(isNested: Bool) -> String {
        switch self {
        case .event(let name): return "“\(name)”"
        case .field(let path, let test): return "\(path) \(test.words)"
        case .factor(let test): return test.words
        case .all(let conditions): return Self.join(conditions, "and", isNested)
        case .any(let conditions): return Self.join(conditions, "or", isNested)
        case .none(let conditions): return "not (\(Self.join(conditions, "or", false)))"
        }
    }

    private static func join(_ conditions: [Condition], _ word: String, _ isNested: Bool) -> String {
        let text = conditions.map { $0.words(isNested: conditions.count > 1) }.joined(separator: " \(word) ")
        return isNested && conditions.count > 1 ? "(\(text))" : text
    }
}

extension FieldTest {
    var words: String {
        switch self {
        case .exists(let exists): exists ? "is there" : "is missing"
        case .equals(let operand): "is \(operand.words)"
        case .notEquals(let operand): "is not \(operand.words)"
        case .isIn(let operands): "is one of \(Self.list(operands))"
        case .notIn(let operands): "is none of \(Self.list(operands))"
        case .contains(let text): "contains “\(text)”"
        case .startsWith(let text): "starts with “\(text)”"
        case .endsWith(let text): "ends with “\(text)”"
        case .matches(let text): "matches “\(text)”"
        case .greater(let operand): "is over \(operand.words)"
        case .greaterOrEqual(let operand): "is at least \(operand.words)"
        case .less(let operand): "is under \(operand.words)"
        case .lessOrEqual(let operand): "is at most \(operand.words)"
        case .between(let low, let high): "is from \(low.words) to \(high.words)"
        }
    }

    private static func list(_ operands: [Operand]) -> String {
        let more = operands.count > 8 ? " and \(operands.count - 8) more" : ""
        return operands.prefix(8).map(\.words).joined(separator: ", ") + more
    }
}

extension FactorTest {
    fileprivate var words: String {
        let direction = direction.map { " \($0.rawValue) the score" } ?? " is an influential factor"
        return "“\(name)”\(direction)" + (importance.map { ", importance \($0.rawValue) or more" } ?? "")
    }
}

extension Operand {
    var words: String {
        switch self {
        case .text(let text): text
        case .number(let value): Format.value(value)
        case .boolean(let value): value ? "true" : "false"
        case .date(let moment): Format.moment(moment.description)
        }
    }
}
