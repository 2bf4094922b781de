package import Tables

extension FieldTest {
    /// Whether it asks for sameness, for which every digit counts.
    package var isEquality: Bool {
        switch self {
        case .equals, .notEquals, .isIn, .notIn: true
        case .exists, .contains, .startsWith, .endsWith, .matches, .greater, .greaterOrEqual, .less, .lessOrEqual,
            .between:
            false
        }
    }

    /// Whether it asks for values above or below a number or a date.
    package var ordersNumbersOrDates: Bool {
        switch self {
        case .greater, .greaterOrEqual, .less, .lessOrEqual, .between:
            operands.contains { operand in
                switch operand {
                case .number, .date: true
                case .text, .boolean: false
                }
            }
        case .exists, .equals, .notEquals, .isIn, .notIn, .contains, .startsWith, .endsWith, .matches: false
        }
    }

    /// Which values of a column hold something that cannot be compared with the operand: texts that are no number where a
    /// number is asked for, no date where a date is. They do not pass, whatever they were meant to be.
    ///
    /// A list can be compared when any of its items can. Cost: as much as the test.
    package func incomparable(in column: Column) -> [Bool] {
        guard ordersNumbersOrDates, let operand = operands.first else {
            return [Bool](repeating: false, count: column.count)
        }
        if case .lists(let lists) = column.values {
            let items = incomparable(in: lists.items)
            return (0..<lists.count).map { row in
                let given = lists.range(row).filter { !lists.items.isMissing($0) }
                return !given.isEmpty && given.allSatisfy { items[$0] }
            }
        }
        let isComparable = CellTest(OperandOrder(operand)) { _ in true }.rows(of: column)
        return (0..<column.count).map { row in !isComparable[row] && !column.isMissing(row) }
    }
}
