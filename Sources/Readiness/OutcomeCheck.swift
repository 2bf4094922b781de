import Bytes
import Events
import Features
import InstanceFile
import Tables

/// Whether there is somebody to score, enough to learn from, and a way to find out how good the model is.
struct OutcomeCheck {
    let plan: InputPlan
    let recipe: FeatureRecipe
    let assembled: AssembleSummary
    let checks: Checks
    let latest: Int64?

    var findings: [Finding] { notices + eligible + outcomes + backTest + duplicates }

    var snapshots: [Readiness.Snapshot] {
        let numbers = assembled.numbers.count > 0 ? assembled.numbers : nil
        return recipe.labelledSnapshots.map { index in
            Readiness.Snapshot(
                date: recipe.isFeatureTable ? nil : Timestamp(microseconds: recipe.snapshots[index].asOf).description,
                profiles: assembled.rows[index], withOutcome: assembled.positives[index],
                least: numbers?.least, largest: numbers?.most)
        }
    }

    private var notices: [Finding] {
        // The recipe's first warnings are the plan's, which have been told.
        recipe.warnings.dropFirst(plan.warnings.count).map { Finding(.notice, .note, "", $0) }
    }

    private var eligible: [Finding] {
        do throws(ReadinessError) {
            try recipe.checkEligible(assembled, latest: latest)
            return []
        } catch {
            return [error.finding]
        }
    }

    /// A stop below the number asked for, a warning below twice as many.
    private var outcomes: [Finding] {
        do throws(ReadinessError) {
            try recipe.checkLabels(assembled, checks: checks)
        } catch {
            return [error.finding]
        }
        guard assembled.numbers.count == 0 else { return [] }
        let (with, without) = (assembled.profilesWith, assembled.profilesWithout)
        guard min(with, without) / 2 < checks.minimumOutcomes else { return [] }
        return [
            Finding(
                .outcomes, .warning, recipe.isFeatureTable ? "features.label" : "goal",
                "only \(Wording.count(min(with, without))) profiles \(with < without ? "with" : "without") the outcome "
                    + "are labelled, and \(Wording.count(checks.minimumOutcomes)) are the least",
                means: "what the model says of single factors is uncertain, and so is the measured quality",
                change: recipe.isFeatureTable
                    ? "add rows with a label" : "add older events, or widen goal.within or the goal's condition")
        ]
    }

    private var backTest: [Finding] {
        guard !recipe.isFeatureTable, let latest = recipe.labelledSnapshots.first,
            !recipe.labelledSnapshots.contains(where: {
                recipe.snapshots[$0].asOf + recipe.outcomeWindow <= recipe.snapshots[latest].asOf
            })
        else { return [] }
        return [
            Finding(
                .noBackTest, .note, "events", "the data are too short for a back-test",
                means: "quality is measured on held-out profiles of the same dates, which tends to flatter",
                change: "add older events, or shorten goal.within")
        ]
    }

    private var duplicates: [Finding] {
        guard 20 * assembled.duplicates > assembled.events + assembled.duplicates else { return [] }
        return [
            Finding(
                .duplicates, .note, "events",
                "\(Wording.count(assembled.duplicates)) events are exact duplicates of others "
                    + "(\(Wording.percent(assembled.duplicates, of: assembled.events + assembled.duplicates)))",
                means: "all but one of each are dropped", change: "if each of them counts, set duplicates: keep")
        ]
    }
}
