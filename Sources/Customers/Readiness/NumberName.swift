/// A numeric column that nobody listed and that seems to hold names: a sum of them would mean nothing.
struct NumberName {
    /// Index into `InputPlan.numbers`.
    var number: Int
    var column: String
    var dataset: String
    var reason: String

    /// Those of a plan. A number that some dataset lists is one, whatever its values look like.
    static func all(of source: EventSource, plan: InputPlan, gathered: GatherSummary) -> [NumberName] {
        let listed = Set(source.datasets.flatMap { $0.numbers ?? [] }.map(\.name))
        return plan.numbers.indices.compactMap { number in
            let column = plan.numbers[number]
            guard !listed.contains(column), number < gathered.numberShapes.count,
                let reason = gathered.numberShapes[number].reasonForNames(column: column),
                let dataset = plan.datasets.first(where: { $0.numbers.contains { $0.number == number } })
            else { return nil }
            return NumberName(number: number, column: column, dataset: dataset.name, reason: reason)
        }
    }

    var finding: Finding {
        Finding(
            .numberIsName, .note, dataset, "\(dataset): \"\(column)\" is not used as a number: \(reason)",
            means: "they are taken for names of something, whose sums and means would tell nothing",
            change: "if they are amounts, list them under numbers; if it matters which one it is, under categories")
    }
}
