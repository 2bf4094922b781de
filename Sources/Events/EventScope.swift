import InstanceFile
import Tables

/// A batch of events as conditions see it: the file's columns, the numbers made of them, types and custom events.
struct EventScope: ConditionScope {
    let table: Table
    /// Numbers that are computed, or known by another name than their column's; they come before the file's columns.
    let derived: [Column]
    /// The types of each row as the code of a `TypeSet`, -1 for none.
    private(set) var typeCodes: [Int32] = []
    /// The code's names.
    private var typeNames: [[String]] = []
    /// The instance's, then those of the goal, which no condition can name.
    private(set) var customEvents: [(name: String?, rows: [Bool])] = []
    /// By condition of the goal, which rows meet it.
    private(set) var goals: [[Bool]] = []

    init(table: Table, derived: [Column]) {
        self.table = table
        self.derived = derived
    }

    var rowCount: Int { table.rowCount }

    func column(_ path: String) -> Column? {
        derived.first { $0.name == path } ?? table.column(path)
    }

    func rows(ofEvent name: String) -> [Bool] {
        var rows = [Bool](repeating: false, count: rowCount)
        let isNamed = typeNames.map { $0.contains(name) }
        if isNamed.contains(true) {
            for row in typeCodes.indices where typeCodes[row] >= 0 && isNamed[Int(typeCodes[row])] { rows[row] = true }
        }
        for custom in customEvents where custom.name == name {
            for row in rows.indices where custom.rows[row] { rows[row] = true }
        }
        return rows
    }

    /// Factors belong to scored profiles; no event has one.
    func rows(withFactor test: FactorTest) -> [Bool] { [Bool](repeating: false, count: rowCount) }

    /// Gives each row its types; `types` numbers the sets of names.
    mutating func assignTypes(_ source: EventTypeSource, types: inout TextCodes) {
        switch source {
        case .standardXDM: typeCodes = StandardGroup.types(in: self, &types)
        case .constant(let name):
            typeCodes = [Int32](repeating: types.code(of: CanonicalText.composed(name)), count: rowCount)
        case .column(let column):
            typeCodes = typesNamed(in: self.column(column), &types)
        case .rules(let rules):
            typeCodes = [Int32](repeating: -1, count: rowCount)
            for rule in rules {
                let code = types.code(of: CanonicalText.composed(rule.name))
                let holds = rule.when?.evaluate(in: self)
                for row in typeCodes.indices where typeCodes[row] < 0 && holds?[row] ?? true { typeCodes[row] = code }
            }
        }
        typeNames = types.texts.map(TypeSet.names)
    }

    /// The type of each row that a column names.
    func typesNamed(in column: Column?, _ types: inout TextCodes) -> [Int32] {
        guard let texts = column?.texts() else { return [Int32](repeating: -1, count: rowCount) }
        let codes = types.codes(of: texts.dictionary.map(CanonicalText.trimmed))
        return texts.codes.map { $0 < 0 ? -1 : codes[Int($0)] }
    }

    /// Evaluates the custom events in their order, each of which may build on those before it, and then the goal.
    mutating func addCustomEvents(_ source: EventSource) {
        for custom in source.customEvents {
            customEvents.append((custom.name, custom.condition.evaluate(in: self)))
        }
        goals = source.goal.conditions.map { $0.evaluate(in: self) }
        let events = source.goalEvents.map(\.condition)
        for (condition, rows) in zip(source.goal.conditions, goals) where events.contains(condition) {
            customEvents.append((nil, rows))
        }
    }
}
