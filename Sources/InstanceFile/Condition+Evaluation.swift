package import Tables

extension Condition {
    /// Which rows of the scope meet the condition: one value a row.
    ///
    /// An empty `all` or `none` holds in every row, an empty `any` in none. Works a column at a time; each distinct
    /// text of a dictionary is tested once and the answer spread by code. A regular expression is compiled once a
    /// call; one that does not compile matches nothing (`Instance.parse` refuses it beforehand).
    package func evaluate(in scope: some ConditionScope) -> [Bool] {
        switch self {
        case .all(let conditions):
            var rows = [Bool](repeating: true, count: scope.rowCount)
            for condition in conditions {
                let others = condition.evaluate(in: scope)
                for row in rows.indices where !others[row] { rows[row] = false }
            }
            return rows
        case .any(let conditions):
            return Self.anyRows(conditions, in: scope)
        case .none(let conditions):
            return Self.anyRows(conditions, in: scope).map { !$0 }
        case .event(let name):
            return scope.rows(ofEvent: name)
        case .field(let path, let test):
            return test.evaluate(on: scope.column(path), rowCount: scope.rowCount)
        case .factor(let test):
            return scope.rows(withFactor: test)
        }
    }

    private static func anyRows(_ conditions: [Condition], in scope: some ConditionScope) -> [Bool] {
        var rows = [Bool](repeating: false, count: scope.rowCount)
        for condition in conditions {
            let others = condition.evaluate(in: scope)
            for row in rows.indices where others[row] { rows[row] = true }
        }
        return rows
    }
}

extension FieldTest {
    /// Which rows of a column pass; a nil column is missing in every row.
    ///
    /// How a value meets an operand of another kind, so that the answer does not depend on the file format:
    ///
    /// - `equals`, `in` and their opposites: a text operand meets a number, boolean or timestamp column by the value's
    ///   canonical text ("12346" is 12346.0); a number meets a text that is that number; a date meets a text that is
    ///   that moment in ISO 8601; true and false meet 1 and 0, and "true"/"false", "yes"/"no" in any case.
    /// - `gt` ... `between`: numbers with numbers, also where one or both are texts; dates with timestamps or ISO 8601
    ///   texts; two texts that are not both numbers by Unicode scalar. Values that cannot be compared do not pass.
    /// - `contains`, `starts_with`, `ends_with`: bytes of the value's canonical text, upper and lower case distinct.
    ///
    /// A list passes when any of its items does; `not_equals` and `not_in` when no item equals an operand, and it exists
    /// when an item does. An empty list is a missing value.
    ///
    /// - Precondition: the column has `rowCount` rows.
    package func evaluate(on column: Column?, rowCount: Int) -> [Bool] {
        guard let column else { return [Bool](repeating: passesMissing, count: rowCount) }
        precondition(column.count == rowCount, "column \(column.name) has \(column.count) rows, not \(rowCount)")
        if case .lists(let lists) = column.values { return evaluate(on: lists) }
        switch self {
        case .exists(let wanted):
            return (0..<rowCount).map { column.isMissing($0) != wanted }
        case .equals(let operand), .notEquals(let operand):
            return CellTest(OperandSet([operand])).rows(of: column, inverted: passesMissing)
        case .isIn(let operands), .notIn(let operands):
            return CellTest(OperandSet(operands)).rows(of: column, inverted: passesMissing)
        case .greater(let operand):
            return CellTest(OperandOrder(operand)) { $0 > 0 }.rows(of: column)
        case .greaterOrEqual(let operand):
            return CellTest(OperandOrder(operand)) { $0 >= 0 }.rows(of: column)
        case .less(let operand):
            return CellTest(OperandOrder(operand)) { $0 < 0 }.rows(of: column)
        case .lessOrEqual(let operand):
            return CellTest(OperandOrder(operand)) { $0 <= 0 }.rows(of: column)
        case .between(let lower, let upper):
            let above = CellTest(OperandOrder(lower)) { $0 >= 0 }.rows(of: column)
            let below = CellTest(OperandOrder(upper)) { $0 <= 0 }.rows(of: column)
            return (0..<rowCount).map { above[$0] && below[$0] }
        case .contains(let part):
            return Self.rows(of: column) { text in TextPattern.contains(text, part) }
        case .startsWith(let part):
            return Self.rows(of: column) { text in text.utf8.starts(with: part.utf8) }
        case .endsWith(let part):
            return Self.rows(of: column) { text in text.utf8.reversed().starts(with: part.utf8.reversed()) }
        case .matches(let pattern):
            do {
                let pattern = try TextPattern(pattern)
                return Self.rows(of: column) { text in pattern.matches(text) }
            } catch {
                return [Bool](repeating: false, count: rowCount)
            }
        }
    }

    private func evaluate(on lists: ListValues) -> [Bool] {
        let test: FieldTest
        switch self {
        case .exists: test = .exists(true)
        case .notEquals(let operand): test = .equals(operand)
        case .notIn(let operands): test = .isIn(operands)
        case .equals, .isIn, .contains, .startsWith, .endsWith, .matches, .greater, .greaterOrEqual, .less,
            .lessOrEqual, .between:
            test = self
        }
        let passes = test.evaluate(on: lists.items, rowCount: lists.items.count)
        return lists.rows(withAny: passes).map { $0 != passesMissing }
    }

    /// Whether a missing value passes; for the tests of values it tells the inverted ones apart.
    private var passesMissing: Bool {
        switch self {
        case .exists(let wanted): !wanted
        case .notEquals, .notIn: true
        case .equals, .isIn, .contains, .startsWith, .endsWith, .matches, .greater, .greaterOrEqual, .less,
            .lessOrEqual, .between:
            false
        }
    }

    private static func rows(of column: Column, where accepts: (String) -> Bool) -> [Bool] {
        let texts = column.texts()
        let accepted = texts.dictionary.map(accepts)
        return texts.codes.map { $0 >= 0 && accepted[Int($0)] }
    }
}
