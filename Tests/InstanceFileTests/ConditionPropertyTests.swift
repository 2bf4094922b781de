import EventFixtures
import Tables
import TestSupport
import Testing

@testable import InstanceFile

/// One value of one row, as the naive twin sees it.
private enum Cell {
    case missing, boolean(Bool), number(Double), moment(Int64), text(String)

    init(_ column: Column?, _ row: Int) {
        guard let column, !column.isMissing(row) else {
            self = .missing
            return
        }
        self =
            switch column.values {
            case .booleans(let values): .boolean(values[row])
            case .integers(let values): .number(Double(values[row]))
            case .numbers(let values): .number(values[row])
            case .timestamps(let values): .moment(values[row])
            case .texts(let values): .text(values.dictionary[Int(values.codes[row])])
            // The columns that are made here hold none.
            case .lists: .missing
            }
    }

    var canonicalText: String {
        switch self {
        case .missing: ""
        case .boolean(let truth): truth ? "true" : "false"
        case .number(let number): number == number.rounded() ? "\(Int(number))" : "\(number)"
        case .moment(let moment): Timestamp(microseconds: moment).description
        case .text(let text): text
        }
    }
}

/// The semantics of a condition written row by row, in the plainest way.
private struct NaiveTwin {
    let scope: HandScope

    func holds(_ condition: Condition, _ row: Int) -> Bool {
        switch condition {
        case .all(let parts): parts.allSatisfy { holds($0, row) }
        case .any(let parts): parts.contains { holds($0, row) }
        case .none(let parts): !parts.contains { holds($0, row) }
        case .event(let name): scope.events[row] == name
        case .factor(let test): scope.factors[row] == test.name
        case .field(let path, let test): passes(test, Cell(scope.column(path), row))
        }
    }

    func passes(_ test: FieldTest, _ cell: Cell) -> Bool {
        if case .missing = cell {
            switch test {
            case .exists(false), .notEquals, .notIn: return true
            default: return false
            }
        }
        let text = cell.canonicalText
        switch test {
        case .exists(let wanted): return wanted
        case .equals(let operand): return equal(cell, operand)
        case .notEquals(let operand): return !equal(cell, operand)
        case .isIn(let operands): return operands.contains { equal(cell, $0) }
        case .notIn(let operands): return !operands.contains { equal(cell, $0) }
        case .contains(let part): return part.isEmpty || text.contains(part)
        case .startsWith(let part): return text.hasPrefix(part)
        case .endsWith(let part): return text.hasSuffix(part)
        // The only pattern that is drawn is "C?1".
        case .matches: return text.contains("1")
        case .greater(let operand): return compared(cell, operand).map { $0 > 0 } ?? false
        case .greaterOrEqual(let operand): return compared(cell, operand).map { $0 >= 0 } ?? false
        case .less(let operand): return compared(cell, operand).map { $0 < 0 } ?? false
        case .lessOrEqual(let operand): return compared(cell, operand).map { $0 <= 0 } ?? false
        case .between(let lower, let upper):
            return passes(.greaterOrEqual(lower), cell) && passes(.lessOrEqual(upper), cell)
        }
    }

    private func truth(_ text: String) -> Bool? {
        ["true": true, "yes": true, "1": true, "false": false, "no": false, "0": false][text.lowercased()]
    }

    private func equal(_ cell: Cell, _ operand: Operand) -> Bool {
        switch (cell, operand) {
        case (.missing, _): false
        case (.boolean(let value), .boolean(let wanted)): value == wanted
        case (.boolean(let value), .number(let number)): number == (value ? 1 : 0)
        case (.boolean(let value), .text(let text)): truth(text) == value
        case (.number(let value), .number(let number)): value == number
        case (.number(let value), .boolean(let wanted)): value == (wanted ? 1 : 0)
        case (.number, .text(let text)): cell.canonicalText == text
        case (.moment(let value), .date(let date)): value == date.microseconds
        case (.moment(let value), .text(let text)): Timestamp(iso8601: text)?.microseconds == value
        case (.text(let value), .text(let text)): value == text
        case (.text(let value), .number(let number)): Double(value) == number
        case (.text(let value), .boolean(let wanted)): truth(value) == wanted
        case (.text(let value), .date(let date)): Timestamp(iso8601: value) == date
        case (.boolean, .date), (.number, .date), (.moment, .number), (.moment, .boolean): false
        }
    }

    private func compared(_ cell: Cell, _ operand: Operand) -> Int? {
        func sign<Value: Comparable>(_ a: Value?, _ b: Value?) -> Int? {
            guard let a, let b else { return nil }
            return a < b ? -1 : a > b ? 1 : 0
        }
        let number: Double? =
            switch operand {
            case .number(let number): number
            case .boolean(let truth): truth ? 1 : 0
            case .text(let text): Double(text)
            case .date: nil
            }
        let date: Timestamp? =
            switch operand {
            case .date(let date): date
            case .text(let text): Timestamp(iso8601: text)
            case .number, .boolean: nil
            }
        switch cell {
        case .missing: return nil
        case .boolean(let truth): return sign(truth ? 1 : 0, number)
        case .number(let value): return sign(value, number)
        case .moment(let value): return sign(value, date?.microseconds)
        case .text(let value):
            if let order = sign(Double(value), number) { return order }
            return switch operand {
            case .text(let text): sign(value, text)
            case .date(let date): sign(Timestamp(iso8601: value), date)
            case .number, .boolean: nil
            }
        }
    }
}

/// Small random worlds in which equal values are frequent.
private struct Worlds {
    var random: SplitMix
    let words = ["1", "0", "2.5", "12346", "yes", "No", "true", "C1", "POST", "2011-09-01", "2011-09-02", "zebra", ""]

    mutating func number() -> Double { [0, 1, 2.5, 12346, -3][Int.random(in: 0..<5, using: &random)] }
    mutating func word() -> String { words[Int.random(in: 0..<words.count, using: &random)] }
    mutating func moment() -> Int64 { 1_314_835_200_000_000 + Int64.random(in: 0..<3, using: &random) * 86_400_000_000 }

    mutating func scope() -> HandScope {
        let count = Int.random(in: 0..<12, using: &random)
        func draw<Value>(_ value: (inout Worlds) -> Value, _ worlds: inout Worlds) -> [Value] {
            (0..<count).map { _ in value(&worlds) }
        }
        let valid = draw({ Int.random(in: 0..<4, using: &$0.random) > 0 }, &self)
        return HandScope(
            rowCount: count,
            columns: [
                Column(name: "b", values: .booleans(draw({ Bool.random(using: &$0.random) }, &self)), valid: valid),
                Column(name: "i", values: .integers(draw({ Int64($0.number()) }, &self)), valid: valid),
                Column(name: "n", values: .numbers(draw({ $0.number() }, &self).map { $0 == -3 ? .nan : $0 })),
                Column(name: "d", values: .timestamps(draw({ $0.moment() }, &self)), valid: valid),
                texts("t", draw({ Bool.random(using: &$0.random) ? $0.word() : nil }, &self)),
            ],
            events: draw({ ["A", "B"][Int.random(in: 0..<2, using: &$0.random)] }, &self),
            factors: draw({ ["f", "g"][Int.random(in: 0..<2, using: &$0.random)] }, &self))
    }

    mutating func operand() -> Operand {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: .text(word())
        case 1: .number(number())
        case 2: .boolean(Bool.random(using: &random))
        default: .date(Timestamp(microseconds: moment()))
        }
    }

    mutating func test() -> FieldTest {
        switch Int.random(in: 0..<14, using: &random) {
        case 0: .exists(Bool.random(using: &random))
        case 1: .equals(operand())
        case 2: .notEquals(operand())
        case 3: .isIn([operand(), operand()])
        case 4: .notIn([operand(), operand()])
        case 5: .contains(word())
        case 6: .startsWith(word())
        case 7: .endsWith(word())
        case 8: .matches("C?1")
        case 9: .greater(operand())
        case 10: .greaterOrEqual(operand())
        case 11: .less(operand())
        case 12: .lessOrEqual(operand())
        default: .between(operand(), operand())
        }
    }

    mutating func condition(depth: Int = 0) -> Condition {
        let kinds = depth < 3 ? 6 : 3
        switch Int.random(in: 0..<kinds, using: &random) {
        case 0: return .event(["A", "B", "C"][Int.random(in: 0..<3, using: &random)])
        case 1: return .field(path: ["b", "i", "n", "d", "t", "none"][Int.random(in: 0..<6, using: &random)], test())
        case 2: return .factor(FactorTest(name: "f"))
        case let kind:
            let parts = (0..<Int.random(in: 0..<4, using: &random)).map { _ in condition(depth: depth + 1) }
            return kind == 3 ? .all(parts) : kind == 4 ? .any(parts) : .none(parts)
        }
    }
}

@Suite struct ConditionPropertyTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func columnsAnswerWhatARowAtATimeWould(_ seed: UInt64) {
        var worlds = Worlds(random: SplitMix(seed: seed))
        for _ in 0..<400 {
            let scope = worlds.scope()
            let condition = worlds.condition()
            let naive = NaiveTwin(scope: scope)
            #expect(
                condition.evaluate(in: scope) == (0..<scope.rowCount).map { naive.holds(condition, $0) },
                "\(condition) over \(scope)")
        }
    }
}
