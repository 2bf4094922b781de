extension Readiness {
    /// Says what to change by the keys that an instance of a ready feature table has, which has no events and no goal.
    package mutating func speakOfFeatureTable() {
        for index in findings.indices { findings[index].speakOfFeatureTable() }
    }
}

extension Finding {
    fileprivate mutating func speakOfFeatureTable() {
        switch code {
        case .outcomes where severity == .stop && subject == "goal":
            subject = "features.label"
            change =
                "see that features.label marks the outcome, add rows with a label, or lower checks.minimum_outcomes"
        case .noUsableRow: change = "check that features.identity is the column that names the profile"
        case .nobodyEligible:
            subject = "features"
            change = "add rows to the table"
        case .unreadableValues where change?.contains("category") ?? false:
            change = "write plain numbers, or leave the column out by features.drop"
        case .sparseColumn:
            change = "see whether the values get lost on their way, or name the columns in features.drop"
        case .noVaryingFeature: change = "add columns to the table, or take some out of features.drop"
        default: break
        }
    }
}
