package import InstanceFile
import Tables

/// A test of whether a field is above or below something, and whose it is: where values cannot be compared, whoever was meant
/// to pass does not.
package struct OrderingTest: Sendable, Equatable {
    /// As messages name it: "goal", "custom event \"Big order\"".
    package var role: String
    package var path: String
    package var test: FieldTest
    /// The only dataset of events whose rows it is about, by its position; nil: all.
    package var position: Int?

    /// Whether it is about attributes, not about events or labels.
    package var isOfAttributes = false

    /// Those of an instance, in an order that everybody finds: those about attributes last.
    package static func all(of instance: Instance) -> [OrderingTest] {
        let ofSource =
            switch instance.source {
            case .events(let source): all(of: source)
            case .features(let table): of("features.label", .field(path: table.labelField, table.label.test))
            }
        var ofAttributes = instance.segments.flatMap { of("segment \"\($0.name)\"", $0.condition) }
        if case .events(let source) = instance.source, let condition = source.eligible.attributes {
            ofAttributes += of("eligible.attributes", condition)
        }
        for index in ofAttributes.indices { ofAttributes[index].isOfAttributes = true }
        return ofSource + ofAttributes
    }

    package static func all(of source: EventSource) -> [OrderingTest] {
        var found = source.goal.conditions.flatMap { of("goal", $0) }
        found += source.eligible.conditions.flatMap { of("eligible", $0) }
        found += source.exclude.map { of("exclude", $0) } ?? []
        for custom in source.customEvents { found += of("custom event \"\(custom.name)\"", custom.condition) }
        for (position, dataset) in source.datasets.enumerated() {
            found += dataset.type.conditions.flatMap { of("type rule", $0, position) }
        }
        return found
    }

    private static func of(_ role: String, _ condition: Condition, _ position: Int? = nil) -> [OrderingTest] {
        condition.orderings.map { OrderingTest(role: role, path: $0.path, test: $0.test, position: position) }
    }
}
