import Events
import Features
import InstanceFile
import Tables

extension ReadinessError: CustomStringConvertible {
    package var description: String { finding.line }

    /// The same as a finding, which stops training.
    package var finding: Finding {
        switch self {
        case .noUsableRow(let rowsRead, let rejects):
            Finding(
                .noUsableRow, .stop, "", "none of the \(rowsRead) rows can be used: \(Self.list(rejects))",
                means: "there is nothing to learn from",
                change: "check the identity, timestamp and type columns, and `exclude:`")
        case .tooManyUnusable(let dataset, let unusable, let rowsRead, let limit, let key, let rejects):
            Finding(
                .rejectedRows, .stop, dataset,
                "\(dataset): \(unusable) of \(rowsRead) rows cannot be used (\(Self.percent(unusable, of: rowsRead))), "
                    + "and the limit is \(Self.percent(limit)): \(Self.list(rejects))",
                means: "most likely a column is named wrongly, and what is left is no fair picture of the customers",
                change: "correct the columns of the instance, "
                    + (rejects.first?.reason == .missingTimestamp
                        ? "or say timestamp: { column, nullable: true } if rows without a time are no events, " : "")
                    + "or raise \(key)")
        case .asOfBeforeData(let asOf, let earliest):
            Finding(
                .asOf, .stop, "as_of", "as_of \(asOf) is before all data, the first event being at \(earliest)",
                means: "nothing is known of anybody at that date", change: "choose a later date")
        case .asOfAfterData(let asOf, let latest):
            Finding(
                .asOf, .stop, "as_of", "as_of \(asOf) is after all data, the last event being at \(latest)",
                means: "everybody would seem to have stopped when the data end",
                change: "add newer events, or set as_of to that moment or leave it out")
        case .unknownEvent(let name, let role, let nearest, let types):
            Finding(
                .unknownEvent, .stop, role, "\(role): there is no event \"\(name)\"",
                means: "the condition can never hold",
                change: (nearest.map { "did you mean \"\($0)\"?; " } ?? "")
                    + "the event types are \(Self.list(types))")
        case .goalNeverMet(let types):
            Finding(
                .goalNeverMet, .stop, "goal",
                "goal: no event up to the as-of date meets its condition; the event types are \(Self.list(types))",
                means: "there is no outcome to learn from",
                change: "correct the event's name or the fields' values")
        case .nobodyEverEligible(let types):
            Finding(
                .nobodyEligible, .stop, "eligible",
                "eligible: no event up to the as-of date meets its condition; the event types are \(Self.list(types))",
                means: "there is nobody to learn from or to score",
                change: "correct the event's name or the fields' values, or leave the condition out")
        case .tooLittleHistory(let needed, let window, let earliest, let asOf):
            Finding(
                .dataLength, .stop, "events",
                "the data reach from \(earliest) to \(asOf), but learning needs \(needed.count) days of history and "
                    + "another \(window.count) days in which the outcome is known",
                means: "there is no date at which both features and outcomes are known",
                change: "add older events, or shorten goal.within")
        case .noLabelledRow(let field):
            Finding(
                .outcomes, .stop, "features.label", "features.label: no row has a value in \"\(field)\"",
                means: "there is no outcome to learn from", change: "name the column that holds the outcome")
        case .nobodyEligible(let asOf, let latestEvent):
            Finding(
                .nobodyEligible, .stop, "eligible",
                "eligible: nobody meets its conditions as of \(asOf)"
                    + (latestEvent.map { " (the last event of any kind is at \($0))" } ?? ""),
                means: "there is nobody to score",
                change: "widen eligible.in_last or its conditions, or choose an earlier as_of")
        case .tooFewOutcomes(let with, let without, let minimum, let snapshots):
            Finding(
                .outcomes, .stop, "goal",
                "\(with) profiles with the outcome and \(without) without it "
                    + (snapshots == 1 ? "are labelled" : "are labelled over \(snapshots) snapshots")
                    + ", and \(minimum) of each are needed",
                means: "a model of so few would be guesswork",
                change: (without < with
                    ? "shorten goal.within or narrow the goal's condition"
                    : "widen goal.within or the goal's condition")
                    + ", add data, or lower checks.minimum_outcomes")
        case .tooFewNumbers(let count, let areEqual, let minimum):
            Finding(
                .outcomes, .stop, "features.label",
                areEqual
                    ? "all \(count) labels are the same number"
                    : "\(count) profiles have a number for a label, and \(minimum) are needed",
                means: areEqual ? "there is nothing to learn from" : "a model of so few would be guesswork",
                change: areEqual
                    ? "name the column that holds the number to predict"
                    : "add rows with a label, or lower checks.minimum_outcomes")
        }
    }

    private static func list(_ rejects: [RejectCount]) -> String {
        rejects.isEmpty
            ? "there are no rows"
            : rejects.map { "\($0.count) \($0.reason.description)\($0.detail)" }.joined(separator: ", ")
    }

    private static func list(_ types: [String]) -> String {
        types.isEmpty ? "none" : Wording.list(types.map { "\"\($0)\"" }, limit: 12)
    }

    /// With one decimal, rounded up, so that a share above a limit never reads like one at it.
    private static func percent(_ count: Int, of total: Int) -> String {
        tenths((1000 * count + total - 1) / max(total, 1))
    }

    private static func percent(_ share: Double) -> String { tenths(Int((share * 1000).rounded())) }

    private static func tenths(_ count: Int) -> String {
        count % 10 == 0 ? "\(count / 10) %" : "\(count / 10).\(count % 10) %"
    }
}
