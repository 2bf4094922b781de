package import Events
package import InstanceFile

/// A numeric column that nobody listed and that seems to hold names: a sum of them would mean nothing.
package struct NumberName {
    /// Index into `InputPlan.numbers`.
    package var number: Int
    package var column: String
    package var dataset: String
    package var reason: String

    /// Those of a plan. A number that some dataset lists is one, whatever its values look like.
    package static func all(of source: EventSource, plan: InputPlan, ingested: IngestSummary) -> [NumberName] {
        let listed = Set(source.datasets.flatMap { $0.numbers ?? [] }.map(\.name))
        return plan.numbers.indices.compactMap { number in
            let column = plan.numbers[number]
            guard !listed.contains(column), number < ingested.numberShapes.count,
                let reason = ingested.numberShapes[number].reasonForNames(column: column),
                let dataset = plan.datasets.first(where: { $0.numbers.contains { $0.number == number } })
            else { return nil }
            return NumberName(number: number, column: column, dataset: dataset.name, reason: reason)
        }
    }
}
