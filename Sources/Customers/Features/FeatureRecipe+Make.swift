public import Tables

extension FeatureRecipe {
    /// Chooses snapshots and features for what was gathered, or says why the data do not support the instance.
    ///
    /// Depends on the merged counts alone, hence not on how the input was split or who read it.
    public static func make(
        instance: Instance, plan: InputPlan, gathered: GatherSummary, settings: FeatureSettings = FeatureSettings()
    ) throws(ReadinessError) -> FeatureRecipe {
        try checkRows(instance: instance, plan: plan, gathered: gathered)
        var recipe = FeatureRecipe()
        recipe.warnings = plan.warnings
        recipe.numberCount = plan.numbers.count
        recipe.categoryCount = plan.categories.count
        recipe.sessionGap = settings.sessionGap
        recipe.asOf = instance.asOf
        switch instance.source {
        case .events(let source):
            let earliest = try recipe.addSnapshots(source, instance: instance, gathered: gathered, settings: settings)
            try recipe.checkConditions(source, gathered: gathered)
            recipe.addEventFeatures(source, earliest: earliest, plan: plan, gathered: gathered, settings: settings)
        case .features(let table):
            recipe.isFeatureTable = true
            guard gathered.positives + gathered.negatives > 0 else {
                throw ReadinessError.noLabelledRow(field: table.labelField)
            }
            let reference = instance.asOf?.microseconds ?? gathered.latestDate ?? 0
            recipe.referenceDate = reference
            recipe.snapshots = [
                Snapshot(asOf: reference, isLabelled: false), Snapshot(asOf: reference, isLabelled: true),
            ]
        }
        recipe.addAttributes(plan: plan, gathered: gathered)
        return recipe
    }

    // MARK: Rows

    private static func checkRows(
        instance: Instance, plan: InputPlan, gathered: GatherSummary
    ) throws(ReadinessError) {
        let own = plan.datasets.indices.filter { plan.datasets[$0].role != .attributes }
        if own.allSatisfy({ gathered.datasets[$0].rowsKept == 0 }) {
            if let asOf = instance.asOf, let earliest = gathered.earliestAfterAsOf {
                throw .asOfBeforeData(asOf: asOf, earliest: Timestamp(microseconds: earliest))
            }
            var rows = GatherSummary.DatasetRows()
            for index in own { rows.merge(gathered.datasets[index]) }
            throw .noUsableRow(rowsRead: rows.rowsRead, rejects: rejects(of: rows))
        }
        for (dataset, rows) in zip(plan.datasets, gathered.datasets) {
            let unusable = RejectReason.allCases.filter(\.isUnusable).reduce(0) { $0 + rows.rejected[$1.rawValue] }
            if Double(unusable) > instance.checks.maximumRejected * Double(rows.rowsRead) {
                throw .tooManyUnusable(
                    dataset: dataset.name, unusable: unusable, rowsRead: rows.rowsRead,
                    limit: instance.checks.maximumRejected, rejects: rejects(of: rows).filter(\.reason.isUnusable))
            }
        }
    }

    private static func rejects(of rows: GatherSummary.DatasetRows) -> [ReadinessError.RejectCount] {
        RejectReason.allCases.map { ReadinessError.RejectCount(reason: $0, count: rows.rejected[$0.rawValue]) }
            .filter { $0.count > 0 }
    }

    // MARK: Snapshots

    /// Places the snapshots; the moment of the first event.
    private mutating func addSnapshots(
        _ source: EventSource, instance: Instance, gathered: GatherSummary, settings: FeatureSettings
    ) throws(ReadinessError) -> Int64 {
        guard let earliest = gathered.earliest, let latest = gathered.latest else {
            throw .noUsableRow(rowsRead: gathered.rowsRead, rejects: [])
        }
        let asOf = instance.asOf ?? Timestamp(microseconds: latest)
        let stale = asOf.microseconds - latest
        if stale > Days(settings.maximumStaleDays).microseconds, gathered.earliestAfterAsOf == nil {
            throw .asOfAfterData(asOf: asOf, latest: Timestamp(microseconds: latest))
        }
        self.asOf = asOf
        willOccur = source.goal.willOccur
        dropsDuplicates = source.duplicates == .drop
        outcomeWindow = source.goal.within.microseconds
        lookBack = source.eligible.inLast.microseconds

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
            source.snapshots.count ?? settings.snapshots(goalEventsInWindow: Double(gathered.goalEvents) / windows)
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
        if lookBack > newest - earliest {
            warnings.append(
                "eligible.in_last is \(source.eligible.inLast.count) days, and the data begin only "
                    + "\((newest - earliest) / Timestamp.microsecondsPerDay) days before the latest training date "
                    + "\(Timestamp(microseconds: newest)): who was active before the data begin is not seen.")
        }
        return earliest
    }

    // MARK: Conditions

    private mutating func checkConditions(_ source: EventSource, gathered: GatherSummary) throws(ReadinessError) {
        let types = gathered.types.map(\.name)
        let known = Set(types + source.customEvents.map(\.name))
        func unknown(_ condition: Condition?) -> [String] {
            gathered.hasMoreTypes ? [] : (condition?.eventNames ?? []).filter { !known.contains($0) }
        }
        func missing(_ name: String, _ role: String) -> ReadinessError {
            .unknownEvent(
                name: name, role: role, nearest: Spelling.nearest(to: name, among: known.sorted()), types: types)
        }
        var conditions: [(role: String, unknown: [String])] = []
        if gathered.goalEvents == 0 {
            if let name = unknown(source.goal.condition).first { throw missing(name, "goal") }
            throw .goalNeverMet(types: types)
        }
        conditions.append(("goal", unknown(source.goal.condition)))
        if gathered.eligibleEvents == 0 {
            if let name = unknown(source.eligible.condition).first { throw missing(name, "eligible") }
            throw .nobodyEverEligible(types: types)
        }
        conditions.append(("eligible", unknown(source.eligible.condition)))
        for custom in source.customEvents {
            conditions.append(("custom event \"\(custom.name)\"", unknown(custom.condition)))
        }
        for (role, names) in conditions {
            warnings += names.map { "\(missing($0, role))." }
        }
        for custom in gathered.customEvents where custom.events == 0 {
            warnings.append("No event meets the custom event \"\(custom.name)\"; it has no features.")
        }
        if gathered.hasMoreTypes {
            warnings.append(
                "There are more than \(GatherSummary.maximumTypes) event types: the type column may be no type. "
                    + "Only some of them can have features of their own.")
        }
    }
}
