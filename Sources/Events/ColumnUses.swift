import InstanceFile
import Tables

/// How the columns of a dataset are to be read, by what the instance does with them.
struct ColumnUses: Equatable {
    /// Those of which no digit may be lost: identities, and what conditions compare for being the same.
    var exact: Set<String> = []
    /// Those whose texts may be numbers in the dataset's style.
    var styled: Set<String> = []
    /// Those that are used at all; the others are read for finding duplicates only.
    var used: Set<String> = []

    init(_ planned: PlannedDataset, in instance: Instance) {
        let numbers = planned.numbers.flatMap(\.columns)
        let attributes = planned.attributes.filter { $0.kind == .number }.map(\.name)
        let compared = planned.attributes.filter { $0.precision == .digits }.map(\.name)
        switch (planned.role, instance.source) {
        case (.events, .events(let source)):
            let dataset = source.datasets[planned.position]
            let conditions = source.conditions + dataset.type.conditions
            let derived = Set(planned.numbers.map(\.name).filter(dataset.derives))
            let fields = Set(conditions.flatMap(\.fieldPaths)).subtracting(derived)
            exact = Set(conditions.flatMap(\.equatedPaths)).subtracting(derived).union([dataset.identity])
            styled = fields.union(numbers).subtracting([dataset.identity])
            used = fields.union(numbers).union(planned.categories.map(\.column)).union([dataset.identity])
            switch dataset.type {
            case .column(let column):
                exact.insert(column)
                used.insert(column)
                styled.remove(column)
            case .standardXDM: used.formUnion(StandardGroup.paths)
            case .constant, .rules: break
            }
            used.insert(dataset.timestamp.column)
            if let known = dataset.knownFrom { used.insert(known.column) }
        case (.features, .features(let table)):
            if case .column(let column) = table.identity { exact.insert(column) }
            styled = Set(attributes + [table.labelField]).subtracting(exact)
            exact.formUnion(compared)
            if table.label.test.isEquality { exact.insert(table.labelField) }
            used = Set(planned.attributes.map(\.name) + [table.labelField]).union(exact)
        case (.attributes, _):
            exact = [instance.profiles[planned.position].identity]
            styled = Set(attributes).subtracting(exact)
            exact.formUnion(compared)
            used = Set(planned.attributes.map(\.name)).union(exact)
        case (.events, .features), (.features, .events): break
        }
    }
}

extension EventSource {
    /// All conditions that hold for events of every dataset, in the order in which the product names them.
    var conditions: [Condition] {
        goal.conditions + eligible.conditions + (exclude.map { [$0] } ?? []) + customEvents.map(\.condition)
    }
}

extension EventTypeSource {
    var conditions: [Condition] {
        if case .rules(let rules) = self { rules.compactMap(\.when) } else { [] }
    }
}
