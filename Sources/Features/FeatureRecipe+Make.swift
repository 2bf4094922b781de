package import Events
internal import Foundation
package import InstanceFile
import Tables

extension FeatureRecipe {
    /// Chooses snapshots and features for what was ingested, or says why the data do not support the instance.
    ///
    /// Depends on the merged counts alone, hence not on how the input was split or who read it.
    package static func make(
        instance: Instance, plan: InputPlan, ingested: IngestSummary, settings: FeatureSettings = FeatureSettings()
    ) throws(ReadinessError) -> FeatureRecipe {
        if let obstacle = rowObstacles(instance: instance, plan: plan, ingested: ingested).first { throw obstacle }
        var recipe = FeatureRecipe()
        recipe.warnings = plan.warnings
        recipe.numberCount = plan.numbers.count
        recipe.categoryCount = plan.categories.count
        recipe.sessionGap = settings.sessionGap
        recipe.asOf = instance.asOf
        switch instance.source {
        case .events(let source):
            let earliest = try recipe.addSnapshots(source, instance: instance, ingested: ingested, settings: settings)
            if let obstacle = conditionObstacles(source, ingested: ingested).first { throw obstacle }
            recipe.addEventFeatures(source, earliest: earliest, plan: plan, ingested: ingested, settings: settings)
        case .features(let table):
            recipe.isFeatureTable = true
            guard ingested.labelled > 0 else {
                throw ReadinessError.noLabelledRow(field: table.labelField)
            }
            let reference = instance.asOf?.microseconds ?? ingested.latestDate ?? 0
            recipe.referenceDate = reference
            recipe.snapshots = [
                Snapshot(asOf: reference, isLabelled: false), Snapshot(asOf: reference, isLabelled: true),
            ]
        }
        recipe.addAttributes(plan: plan, ingested: ingested)
        if case .events(let source) = instance.source { recipe.exclude(source.excludedFeatures) }
        return recipe
    }

    /// Leaves out the features that patterns name, by code or name. Attributes stay, for segments to ask for, and no model uses
    /// them.
    private mutating func exclude(_ patterns: [String]) {
        let all = features
        var isMeant = all.map { _ in false }
        for pattern in patterns {
            // Only * and ? stand for other letters.
            let escaped = pattern.replacing("\\", with: "\\\\").replacing("[", with: "\\[")
            let found = all.indices.filter {
                fnmatch(escaped, all[$0].code, 0) == 0 || fnmatch(escaped, all[$0].name, 0) == 0
            }
            for index in found { isMeant[index] = true }
            guard found.isEmpty else { continue }
            let nearest = NearestName.nearest(to: pattern, among: all.flatMap { [$0.code, $0.name] })
            warnings.append(
                "features.exclude: there is no feature \"\(pattern)\""
                    + (nearest.map { "; did you mean \"\($0)\"?" } ?? "."))
        }
        features = []
        for (index, feature) in all.enumerated() {
            let isAttribute = if case .attribute = feature.source { true } else { false }
            guard !isMeant[index] || isAttribute else { continue }
            if isMeant[index] { excluded.append(features.count) }
            features.append(feature)
        }
    }

    // MARK: Snapshots

    /// Places the snapshots; the moment of the first event.
    mutating func addSnapshots(
        _ source: EventSource, instance: Instance, ingested: IngestSummary, settings: FeatureSettings
    ) throws(ReadinessError) -> Int64 {
        guard let (earliest, latest) = ingested.reach else {
            throw .noUsableRow(rowsRead: ingested.rowsRead, rejects: [])
        }
        let asOf = instance.asOf ?? Timestamp(microseconds: latest)
        let stale = asOf.microseconds - latest
        if stale > Days(settings.maximumStaleDays).microseconds,
            IngestSummary.areFew(ingested.rejected(.afterAsOf), of: ingested.rowsKept)
        {
            throw .asOfAfterData(asOf: asOf, latest: Timestamp(microseconds: latest))
        }
        self.asOf = asOf
        willOccur = source.goal.willOccur
        goalConditions = source.goal.conditions.count
        dropsDuplicates = source.duplicates == .drop
        outcomeWindow = source.goal.within.microseconds
        eligibility = source.eligible.rules
        let lookBack = source.eligible.reach.microseconds

        let newest = asOf.microseconds - outcomeWindow
        guard newest - earliest >= Days(settings.minimumHistoryDays).microseconds else {
            throw .tooLittleHistory(
                needed: Days(settings.minimumHistoryDays), window: source.goal.within,
                earliest: Timestamp(microseconds: earliest), asOf: asOf)
        }
        let step =
            source.snapshots.every?.microseconds
            ?? max(outcomeWindow / Int64(max(settings.stepsInWindow, 1)), Days(settings.minimumStepDays).microseconds)
        let windows = max(1, Double(asOf.microseconds - earliest) / Double(outcomeWindow))
        let most =
            source.snapshots.count ?? settings.snapshots(goalEventsInWindow: Double(ingested.goalEvents) / windows)
        let leastHistory = max(
            Days(settings.minimumHistoryDays).microseconds,
            Int64(Double(newest - earliest) * settings.minimumHistoryShare))
        // A snapshot that sees the whole look-back has the population that will be scored. Where the data are too short
        // for that and a back-test, the back-test is worth more.
        let allowsBackTest = newest - outcomeWindow - earliest >= max(leastHistory, lookBack)
        let history = allowsBackTest ? max(leastHistory, lookBack) : leastHistory
        snapshots = [Snapshot(asOf: asOf.microseconds, isLabelled: false), Snapshot(asOf: newest, isLabelled: true)]
        while snapshots.count <= most {
            let next = newest - Int64(snapshots.count - 1) * step
            guard next - earliest >= history else { break }
            snapshots.append(Snapshot(asOf: next, isLabelled: true))
        }
        return earliest
    }
}
