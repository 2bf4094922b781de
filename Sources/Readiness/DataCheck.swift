import Events
import Features
import InstanceFile
import Tables

/// What can be said of the data once they are ingested, before features are made.
package struct DataCheck {
    let instance: Instance
    let plan: InputPlan
    let ingested: IngestSummary
    /// The date by which data are old where no as-of date is given.
    let today: Timestamp

    package var findings: [Finding] {
        let stops = FeatureRecipe.obstacles(instance: instance, plan: plan, ingested: ingested).map(\.finding)
        let rejections = rejections(besides: stops)
        return stops + plan.warnings.map { Finding(.notice, .note, "", $0) } + plan.notes.map(Finding.init)
            + rejections + leftOutRows(besides: stops + rejections)
            + columnFindings + timeFindings(besides: stops) + earlyEvents + refusedKnownTimes + conditionFindings
            + comparisonFindings
    }

    // MARK: What there is

    var datasets: [Readiness.Dataset] {
        zip(plan.datasets, ingested.datasets).map { planned, rows in
            Readiness.Dataset(
                name: planned.name, rows: rows.rowsRead, used: rows.rowsKept, rejected: Wording.rejects(rows),
                earliest: rows.earliest.map { Timestamp(microseconds: $0).description },
                latest: rows.latest.map { Timestamp(microseconds: $0).description })
        }
    }

    var events: [Readiness.Count] {
        let ordered = ingested.types.sorted { a, b in
            a.events == b.events ? CanonicalText.precedes(a.name, b.name) : a.events > b.events
        }
        return (ordered.prefix(100) + ingested.customEvents).map { Readiness.Count(name: $0.name, count: $0.events) }
    }

    // MARK: Rows

    /// A warning where more than half as many rows are unusable as would be a stop.
    private func rejections(besides stops: [Finding]) -> [Finding] {
        zip(plan.datasets, ingested.datasets).compactMap { planned, rows in
            guard Double(rows.unusable) > instance.maximumRejected(of: planned).share / 2 * Double(rows.rowsMeant),
                !stops.contains(where: { $0.code == .rejectedRows && $0.subject == planned.name }),
                rows.rowsKept > 0
            else { return nil }
            let reasons = RejectReason.allCases.filter { $0.isUnusable && rows.rejected[$0.rawValue] > 0 }.map {
                "\(Wording.count(rows.rejected[$0.rawValue])) \($0.description)\(rows.detail(of: $0))"
            }
            return Finding(
                .rejectedRows, .warning, planned.name,
                "\(planned.name): \(Wording.percent(rows.unusable, of: rows.rowsMeant)) of \(Wording.count(rows.rowsMeant)) "
                    + "rows cannot be used: \(reasons.joined(separator: ", "))",
                means: "what customers did in these rows is not seen, neither as features nor as outcomes",
                change:
                    "see whether the columns of \(planned.name) are the right ones; anonymous rows can stay as they are"
            )
        }
    }

    /// Rows that are left out for a reason that can be shown, however few they are.
    private func leftOutRows(besides stops: [Finding]) -> [Finding] {
        var findings: [Finding] = []
        for (planned, rows) in zip(plan.datasets, ingested.datasets)
        where !stops.contains(where: {
            $0.code == .noUsableRow || $0.code == .rejectedRows && $0.subject == planned.name
        }) {
            func add(_ code: FindingCode, _ reason: RejectReason, _ noun: String, means: String, change: String) {
                let count = rows.rejected[reason.rawValue]
                guard count > 0 else { return }
                findings.append(
                    Finding(
                        code, .note, planned.name,
                        "\(planned.name): \(Wording.count(count)) \(noun)\(count == 1 ? "" : "s")\(rows.detail(of: reason))",
                        means: means, change: change))
            }
            add(
                .brokenRows, .brokenRow, "broken row", means: "they are left out",
                change: "write these rows again, if they matter")
            add(
                .unreadableTimes, .unreadableTimestamp,
                "row\(rows.rejected[RejectReason.unreadableTimestamp.rawValue] == 1 ? "" : "s") with unreadable timestamp",
                means: "they are left out", change: "write their times as the others' are")
            add(
                .repeatedHeaders, .repeatedHeader, "repeated header line", means: "they are no rows, and left out",
                change: "nothing; files seem to have been joined")
        }
        return findings
    }

    // MARK: Conditions

    private var conditionFindings: [Finding] {
        guard case .events(let source) = instance.source else { return [] }
        var conditions: [(role: String, Condition?)] = []
        if ingested.goalEvents > 0 { conditions.append(("goal", source.goal.condition)) }
        // Of those that there must be and are not a stop tells.
        for (condition, count) in zip(source.eligible.conditions, ingested.eligibleEventsByCondition)
        where count > 0 || !source.eligible.requiredConditions.contains(condition) {
            conditions.append(("eligible", condition))
        }
        conditions += source.customEvents.map { ("custom event \"\($0.name)\"", $0.condition) }
        var findings = conditions.flatMap { role, condition in
            FeatureRecipe.unknownEvents(condition, role, source, ingested).map { error in
                var finding = error.finding
                // Without it another goal would be learned.
                if role == "goal" { return finding }
                finding.severity = .warning
                finding.means = "this part of the condition can never hold"
                return finding
            }
        }
        findings += ingested.customEvents.prefix(source.customEvents.count).filter { $0.events == 0 }.map { custom in
            Finding(
                .customEventNeverMet, .note, "custom_events", "no event meets the custom event \"\(custom.name)\"",
                means: "it has no features", change: "correct its conditions, or remove it")
        }
        if source.exclude != nil, ingested.rejected(.excluded) == 0 {
            findings.append(
                Finding(
                    .excludeNeverMet, .note, "exclude", "no row meets `exclude`", means: "nothing is left out",
                    change: "correct its conditions, or remove it"))
        }
        findings += NumberName.all(of: source, plan: plan, ingested: ingested).map(\.finding)
        if ingested.hasMoreTypes {
            findings.append(
                Finding(
                    .manyTypes, .warning, "events",
                    "there are more than \(Wording.count(IngestSummary.maximumTypes)) event types",
                    means: "the type column may be no type, and only some of them can have features of their own",
                    change: "name a column of few values as the type, and put this one among the categories"))
        }
        return findings
    }
}
