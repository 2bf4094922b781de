/// One thing that the checks before training found: what it is, what it means, and what to change.
package struct Finding: Sendable, Equatable, Codable {
    /// How much a finding matters; the gravest first.
    package enum Severity: String, Sendable, Codable, CaseIterable {
        /// Nothing can be trained on these data.
        case stop
        /// A model can be trained, and may be worse than it looks.
        case warning
        /// Worth knowing, and no risk.
        case note
    }

    /// For programs; a code keeps its meaning over versions.
    package var code: FindingCode
    package var severity: Severity
    /// What it is about, as the instance names it: `events[1]`, `profiles[0].plan`, `goal`; empty for the data as a whole.
    package var subject: String
    /// A clause that can stand alone.
    package var what: String
    /// nil where `what` says it all.
    package var means: String?
    /// What to do about it; nil where nothing needs to be done or `what` says it.
    package var change: String?

    package init(
        _ code: FindingCode, _ severity: Severity, _ subject: String, _ what: String, means: String? = nil,
        change: String? = nil
    ) {
        self.code = code
        self.severity = severity
        self.subject = subject
        self.what = what
        self.means = means
        self.change = change
    }

    /// On one line: what it is and what to change.
    package var line: String { what + (change.map { "; \($0)" } ?? "") }
}

/// Every kind of finding; `Documentation.docc/Checks.md` explains each.
package enum FindingCode: String, Sendable, Codable, CaseIterable {
    // The request.
    case instance
    case input
    case segment
    case notice
    // Rows.
    case noUsableRow = "no_usable_row"
    case rejectedRows = "rejected_rows"
    case brokenRows = "broken_rows"
    case unreadableTimes = "unreadable_times"
    case repeatedHeaders = "repeated_headers"
    case filesSkipped = "files_skipped"
    case duplicates
    // Columns.
    case emptyColumn = "empty_column"
    case sparseColumn = "sparse_column"
    case unreadableValues = "unreadable_values"
    case unreadableCondition = "unreadable_condition"
    case looksNumeric = "looks_numeric"
    case columnAbsent = "column_absent"
    case columnLeftOut = "column_left_out"
    case dateAsText = "date_as_text"
    case noVaryingFeature = "no_varying_feature"
    // Time.
    case dataLength = "data_length"
    case asOf = "as_of"
    case staleDataset = "stale_dataset"
    case oldData = "old_data"
    case futureEvents = "future_events"
    case earlyEvents = "early_events"
    case strayEvents = "stray_events"
    case noBackTest = "no_back_test"
    // The goal and who is eligible.
    case unknownEvent = "unknown_event"
    case goalNeverMet = "goal_never_met"
    case nobodyEligible = "nobody_eligible"
    case typeIsColumn = "type_is_column"
    case numberIsName = "number_is_name"
    case outgrownFeature = "outgrown_feature"
    case customEventNeverMet = "custom_event_never_met"
    case excludeNeverMet = "exclude_never_met"
    case manyTypes = "many_types"
    case outcomes
    // Profiles.
    case identities
    case dominantProfile = "dominant_profile"
    case placeholderIdentity = "placeholder_identity"
    case inexactIdentity = "inexact_identity"
    case repeatedIdentity = "repeated_identity"
    // Outcomes given away.
    case leakage
    case dateAfterAsOf = "date_after_as_of"
}

/// What the findings come to.
package enum Verdict: String, Sendable, Codable, CaseIterable {
    /// No finding, or notes only.
    case ready
    /// Warnings, and no stop.
    case risky
    case cannotTrain = "cannot_train"

    package init(_ findings: [Finding]) {
        if findings.contains(where: { $0.severity == .stop }) {
            self = .cannotTrain
        } else {
            self = findings.contains { $0.severity == .warning } ? .risky : .ready
        }
    }
}
