package import Events
package import InstanceFile
import Tables

extension FeatureRecipe {
    /// Everything in what was ingested that stops training, as far as each can be told without the others.
    package static func obstacles(
        instance: Instance, plan: InputPlan, ingested: IngestSummary, settings: FeatureSettings = FeatureSettings()
    ) -> [ReadinessError] {
        var obstacles = rowObstacles(instance: instance, plan: plan, ingested: ingested)
        switch instance.source {
        case .events(let source):
            guard ingested.latest != nil else { return obstacles }
            do throws(ReadinessError) {
                var recipe = FeatureRecipe()
                _ = try recipe.addSnapshots(source, instance: instance, ingested: ingested, settings: settings)
            } catch {
                obstacles.append(error)
            }
            obstacles += conditionObstacles(source, ingested: ingested)
        case .features(let table):
            if ingested.labelled == 0, ingested.datasets.first?.rowsKept ?? 0 > 0 {
                obstacles.append(.noLabelledRow(field: table.labelField))
            }
        }
        return obstacles
    }

    // MARK: Rows

    /// Where there is no row to use, or a larger share of a dataset's rows cannot be used than the instance lets pass.
    package static func rowObstacles(instance: Instance, plan: InputPlan, ingested: IngestSummary) -> [ReadinessError] {
        let own = plan.datasets.indices.filter { plan.datasets[$0].role != .attributes }
        if own.allSatisfy({ ingested.datasets[$0].rowsKept == 0 }) {
            if let asOf = instance.asOf, let earliest = ingested.earliestAfterAsOf {
                return [.asOfBeforeData(asOf: asOf, earliest: Timestamp(microseconds: earliest))]
            }
            var rows = IngestSummary.DatasetRows()
            for index in own { rows.merge(ingested.datasets[index]) }
            return [.noUsableRow(rowsRead: rows.rowsRead, rejects: rejects(of: rows))]
        }
        return zip(plan.datasets, ingested.datasets).compactMap { dataset, rows in
            let (limit, key) = instance.maximumRejected(of: dataset)
            guard Double(rows.unusable) > limit * Double(rows.rowsMeant) else { return nil }
            return .tooManyUnusable(
                dataset: dataset.name, unusable: rows.unusable, rowsRead: rows.rowsMeant,
                limit: limit, key: key, rejects: rejects(of: rows).filter(\.reason.isUnusable))
        }
    }

    private static func rejects(of rows: IngestSummary.DatasetRows) -> [ReadinessError.RejectCount] {
        RejectReason.allCases.map { reason in
            ReadinessError.RejectCount(
                reason: reason, count: rows.rejected[reason.rawValue], detail: rows.detail(of: reason))
        }
        .filter { $0.count > 0 }
    }

    // MARK: Conditions

    static func conditionObstacles(_ source: EventSource, ingested: IngestSummary) -> [ReadinessError] {
        let types = ingested.types.map(\.name)
        var obstacles: [ReadinessError] = []
        if ingested.goalEvents == 0 {
            let unknown = unknownEvents(source.goal.condition, "goal", source, ingested)
            obstacles.append(unknown.first ?? .goalNeverMet(types: types))
        }
        let eligible = zip(source.eligible.conditions, ingested.eligibleEventsByCondition)
        for (condition, count) in eligible where count == 0 && source.eligible.requiredConditions.contains(condition) {
            let unknown = unknownEvents(condition, "eligible", source, ingested)
            obstacles.append(unknown.first ?? .nobodyEverEligible(types: types))
        }
        return obstacles
    }

    /// The events that a condition names and that do not occur; none where not all types are listed.
    package static func unknownEvents(
        _ condition: Condition?, _ role: String, _ source: EventSource, _ ingested: IngestSummary
    ) -> [ReadinessError] {
        guard let condition, !ingested.hasMoreTypes else { return [] }
        let types = ingested.types.map(\.name)
        let known = Set(types + source.customEvents.map(\.name))
        return condition.eventNames.filter { !known.contains($0) }.map { name in
            .unknownEvent(
                name: name, role: role, nearest: NearestName.nearest(to: name, among: known.sorted()), types: types)
        }
    }
}

extension IngestSummary.DatasetRows {
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
