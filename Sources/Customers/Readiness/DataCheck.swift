import Tables

/// What can be said of the data once they are gathered, before features are made.
struct DataCheck {
    let instance: Instance
    let plan: InputPlan
    let gathered: GatherSummary
    /// The date by which data are old where no as-of date is given.
    let today: Timestamp

    var findings: [Finding] {
        let stops = FeatureRecipe.obstacles(instance: instance, plan: plan, gathered: gathered).map(\.finding)
        return stops + plan.warnings.map { Finding(.notice, .note, "", $0) } + rejections(besides: stops)
            + columnFindings + timeFindings(besides: stops) + conditionFindings
    }

    // MARK: What there is

    var datasets: [Readiness.Dataset] {
        zip(plan.datasets, gathered.datasets).map { planned, rows in
            Readiness.Dataset(
                name: planned.name, rows: rows.rowsRead, used: rows.rowsKept, rejected: Wording.rejects(rows),
                earliest: rows.earliest.map { Timestamp(microseconds: $0).description },
                latest: rows.latest.map { Timestamp(microseconds: $0).description })
        }
    }

    var events: [Readiness.Count] {
        let ordered = gathered.types.sorted { a, b in
            a.events == b.events ? CanonicalText.precedes(a.name, b.name) : a.events > b.events
        }
        return (ordered.prefix(100) + gathered.customEvents).map { Readiness.Count(name: $0.name, count: $0.events) }
    }

    // MARK: Rows

    /// A warning where more than half as many rows are unusable as would be a stop.
    private func rejections(besides stops: [Finding]) -> [Finding] {
        zip(plan.datasets, gathered.datasets).compactMap { planned, rows in
            guard Double(rows.unusable) > instance.checks.maximumRejected / 2 * Double(rows.rowsRead),
                !stops.contains(where: { $0.code == .rejectedRows && $0.subject == planned.name }),
                rows.rowsKept > 0
            else { return nil }
            let reasons = RejectReason.allCases.filter { $0.isUnusable && rows.rejected[$0.rawValue] > 0 }.map {
                "\(Wording.count(rows.rejected[$0.rawValue])) \($0.description)"
            }
            return Finding(
                .rejectedRows, .warning, planned.name,
                "\(planned.name): \(Wording.percent(rows.unusable, of: rows.rowsRead)) of \(Wording.count(rows.rowsRead)) "
                    + "rows cannot be used: \(reasons.joined(separator: ", "))",
                means: "what customers did in these rows is not seen, neither as features nor as outcomes",
                change:
                    "see whether the columns of \(planned.name) are the right ones; anonymous rows can stay as they are"
            )
        }
    }

    // MARK: Conditions

    private var conditionFindings: [Finding] {
        guard case .events(let source) = instance.source else { return [] }
        var conditions: [(role: String, Condition?)] = []
        if gathered.goalEvents > 0 { conditions.append(("goal", source.goal.condition)) }
        if gathered.eligibleEvents > 0 { conditions.append(("eligible", source.eligible.condition)) }
        conditions += source.customEvents.map { ("custom event \"\($0.name)\"", $0.condition) }
        var findings = conditions.flatMap { role, condition in
            FeatureRecipe.unknownEvents(condition, role, source, gathered).map { error in
                var finding = error.finding
                finding.severity = .warning
                finding.means = "this part of the condition can never hold"
                return finding
            }
        }
        findings += gathered.customEvents.filter { $0.events == 0 }.map { custom in
            Finding(
                .customEventNeverMet, .note, "custom_events", "no event meets the custom event \"\(custom.name)\"",
                means: "it has no features", change: "correct its conditions, or remove it")
        }
        if gathered.hasMoreTypes {
            findings.append(
                Finding(
                    .manyTypes, .warning, "events",
                    "there are more than \(Wording.count(GatherSummary.maximumTypes)) event types",
                    means: "the type column may be no type, and only some of them can have features of their own",
                    change: "name a column of few values as the type, and put this one among the categories"))
        }
        return findings
    }
}
