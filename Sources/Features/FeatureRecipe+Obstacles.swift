package import Events
package import InstanceFile
import Tables

extension FeatureRecipe {
    /// Everything in what was gathered that stops training, as far as each can be told without the others.
    package static func obstacles(
        instance: Instance, plan: InputPlan, gathered: GatherSummary, settings: FeatureSettings = FeatureSettings()
    ) -> [ReadinessError] {
        var obstacles = rowObstacles(instance: instance, plan: plan, gathered: gathered)
        switch instance.source {
        case .events(let source):
            guard gathered.latest != nil else { return obstacles }
            do throws(ReadinessError) {
                var recipe = FeatureRecipe()
                _ = try recipe.addSnapshots(source, instance: instance, gathered: gathered, settings: settings)
            } catch {
                obstacles.append(error)
            }
            obstacles += conditionObstacles(source, gathered: gathered)
        case .features(let table):
            if gathered.positives + gathered.negatives == 0, gathered.datasets.first?.rowsKept ?? 0 > 0 {
                obstacles.append(.noLabelledRow(field: table.labelField))
            }
        }
        return obstacles
    }

    // MARK: Rows

    /// Where there is no row to use, or a larger share of a dataset's rows cannot be used than the instance lets pass.
    package static func rowObstacles(instance: Instance, plan: InputPlan, gathered: GatherSummary) -> [ReadinessError] {
        let own = plan.datasets.indices.filter { plan.datasets[$0].role != .attributes }
        if own.allSatisfy({ gathered.datasets[$0].rowsKept == 0 }) {
            if let asOf = instance.asOf, let earliest = gathered.earliestAfterAsOf {
                return [.asOfBeforeData(asOf: asOf, earliest: Timestamp(microseconds: earliest))]
            }
            var rows = GatherSummary.DatasetRows()
            for index in own { rows.merge(gathered.datasets[index]) }
            return [.noUsableRow(rowsRead: rows.rowsRead, rejects: rejects(of: rows))]
        }
        return zip(plan.datasets, gathered.datasets).compactMap { dataset, rows in
            let (limit, key) = instance.maximumRejected(of: dataset)
            guard Double(rows.unusable) > limit * Double(rows.rowsMeant) else { return nil }
            return .tooManyUnusable(
                dataset: dataset.name, unusable: rows.unusable, rowsRead: rows.rowsMeant,
                limit: limit, key: key, rejects: rejects(of: rows).filter(\.reason.isUnusable))
        }
    }

    private static func rejects(of rows: GatherSummary.DatasetRows) -> [ReadinessError.RejectCount] {
        RejectReason.allCases.map { reason in
            ReadinessError.RejectCount(
                reason: reason, count: rows.rejected[reason.rawValue], detail: rows.detail(of: reason))
        }
        .filter { $0.count > 0 }
    }

    // MARK: Conditions

    static func conditionObstacles(_ source: EventSource, gathered: GatherSummary) -> [ReadinessError] {
        let types = gathered.types.map(\.name)
        var obstacles: [ReadinessError] = []
        if gathered.goalEvents == 0 {
            let unknown = unknownEvents(source.goal.condition, "goal", source, gathered)
            obstacles.append(unknown.first ?? .goalNeverMet(types: types))
        }
        let eligible = zip(source.eligible.conditions, gathered.eligibleEventsByCondition)
        for (condition, count) in eligible where count == 0 && source.eligible.requiredConditions.contains(condition) {
            let unknown = unknownEvents(condition, "eligible", source, gathered)
            obstacles.append(unknown.first ?? .nobodyEverEligible(types: types))
        }
        return obstacles
    }

    /// The events that a condition names and that do not occur; none where not all types are listed.
    package static func unknownEvents(
        _ condition: Condition?, _ role: String, _ source: EventSource, _ gathered: GatherSummary
    ) -> [ReadinessError] {
        guard let condition, !gathered.hasMoreTypes else { return [] }
        let types = gathered.types.map(\.name)
        let known = Set(types + source.customEvents.map(\.name))
        return condition.eventNames.filter { !known.contains($0) }.map { name in
            .unknownEvent(
                name: name, role: role, nearest: NearestName.nearest(to: name, among: known.sorted()), types: types)
        }
    }
}

extension GatherSummary.DatasetRows {
    /// What to set so that times are read; empty where nothing would.
    private static func reading(_ times: [String]) -> String {
        if let format = guessedTimestampFormat(of: times) { return "; set `format: \"\(format)\"`" }
        // The days of spreadsheets from 1954 to 2119.
        let numbers = numbersRead(in: times)
        if numbers.allSatisfy({ 20_000...80_000 ~= $0 }) { return "; set `unit: excel`" }
        // As many as a log of 50 years has, from some day on.
        return numbers.allSatisfy { -20_000...20_000 ~= $0 }
            ? "; if these are days since some date, set timestamp: { column: NAME, unit: days, origin: DATE }" : ""
    }

    /// What can be shown of the rows that are rejected for a reason, in parentheses.
    package func detail(of reason: RejectReason) -> String {
        switch reason {
        case .brokenRow where !brokenRows.texts.isEmpty: return " (\(brokenRows.texts.joined(separator: "; ")))"
        case .unreadableTimestamp where !unreadableTimes.texts.isEmpty:
            return " (such as \(unreadableTimes.list)\(Self.reading(unreadableTimes.all)))"
        case .tooEarly: return " (see timestamp.from)"
        default: return ""
        }
    }

    /// Rows that could not be used, apart from those that the instance asks to leave out.
    package var unusable: Int { RejectReason.allCases.filter(\.isUnusable).reduce(0) { $0 + rejected[$1.rawValue] } }
}

extension Instance {
    /// The share of a dataset's rows that may be unusable, and the key that sets it.
    package func maximumRejected(of planned: PlannedDataset) -> (share: Double, key: String) {
        guard planned.role == .events, case .events(let source) = source,
            let own = source.datasets[planned.position].maximumRejected
        else { return (checks.maximumRejected, "checks.maximum_rejected") }
        return (own, "\(planned.name).maximum_rejected")
    }
}
