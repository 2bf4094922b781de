package import InstanceFile
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
            if table.label.isEquality { exact.insert(table.labelField) }
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

/// A test of whether a field is above or below something, and whose it is: where values cannot be compared, whoever was meant
/// to pass does not.
package struct Comparison: Sendable, Equatable {
    /// As messages name it: "goal", "custom event \"Big order\"".
    package var role: String
    package var path: String
    package var test: FieldTest
    /// The only dataset of events whose rows it is about, by its position; nil: all.
    package var position: Int?

    /// Whether it is about attributes, not about events or labels.
    package var isOfAttributes = false

    /// Those of an instance, in an order that everybody finds: those about attributes last.
    package static func all(of instance: Instance) -> [Comparison] {
        let ofSource =
            switch instance.source {
            case .events(let source): all(of: source)
            case .features(let table): of("features.label", .field(path: table.labelField, table.label))
            }
        var ofAttributes = instance.segments.flatMap { of("segment \"\($0.name)\"", $0.condition) }
        if case .events(let source) = instance.source, let condition = source.eligible.attributes {
            ofAttributes += of("eligible.attributes", condition)
        }
        for index in ofAttributes.indices { ofAttributes[index].isOfAttributes = true }
        return ofSource + ofAttributes
    }

    package static func all(of source: EventSource) -> [Comparison] {
        var found = source.goal.conditions.flatMap { of("goal", $0) }
        found += source.eligible.conditions.flatMap { of("eligible", $0) }
        found += source.exclude.map { of("exclude", $0) } ?? []
        for custom in source.customEvents { found += of("custom event \"\(custom.name)\"", custom.condition) }
        for (position, dataset) in source.datasets.enumerated() {
            found += dataset.type.conditions.flatMap { of("type rule", $0, position) }
        }
        return found
    }

    private static func of(_ role: String, _ condition: Condition, _ position: Int? = nil) -> [Comparison] {
        condition.orderings.map { Comparison(role: role, path: $0.path, test: $0.test, position: position) }
    }
}
