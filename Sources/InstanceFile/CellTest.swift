internal import Tables

/// A test of single values, prepared once for a whole column: one function for each canonical kind of column.
struct CellTest {
    var boolean: (Bool) -> Bool
    var integer: (Int64) -> Bool
    var number: (Double) -> Bool
    /// Of microseconds since 1970.
    var timestamp: (Int64) -> Bool
    /// Of a dictionary's entries, all at once.
    var texts: ([String]) -> [Bool]

    /// Membership of a set.
    init(_ set: OperandSet) {
        boolean = { $0 ? set.acceptsTrue : set.acceptsFalse }
        integer = { set.integers.contains($0) }
        number = { set.numbers.contains($0) }
        timestamp = { set.moments.contains($0) }
        texts = set.accepted(texts:)
    }

    /// A comparison: `passes` is given -1, 0 or 1 as the value is below, at or above the operand.
    init(_ order: OperandOrder, passes: @escaping (Int) -> Bool) {
        boolean = { order.compare(number: $0 ? 1 : 0).map(passes) ?? false }
        integer = { order.compare(integer: $0).map(passes) ?? false }
        number = { order.compare(number: $0).map(passes) ?? false }
        timestamp = { order.compare(moment: $0).map(passes) ?? false }
        texts = { order.compare(texts: $0).map { $0.map(passes) ?? false } }
    }

    /// Which rows pass. Missing rows do not, unless inverted: then exactly the rows that would not pass do.
    func rows(of column: Column, inverted: Bool = false) -> [Bool] {
        func spread<Value>(_ values: [Value], _ accepts: (Value) -> Bool) -> [Bool] {
            var rows = [Bool](repeating: inverted, count: values.count)
            for row in rows.indices where !column.isMissing(row) { rows[row] = accepts(values[row]) != inverted }
            return rows
        }
        switch column.values {
        case .booleans(let values): return spread(values, boolean)
        case .integers(let values): return spread(values, integer)
        case .numbers(let values): return spread(values, number)
        case .timestamps(let values): return spread(values, timestamp)
        case .texts(let values):
            let accepted = texts(values.dictionary)
            return values.codes.map { ($0 >= 0 && accepted[Int($0)]) != inverted }
        case .lists(let lists):
            return lists.rows(withAny: rows(of: lists.items)).map { $0 != inverted }
        }
    }
}
