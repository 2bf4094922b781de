import Events
import Features
import InstanceFile

/// Whether the datasets call their profiles by the same names.
struct IdentityCheck {
    let plan: InputPlan
    let overlap: IdentityOverlap

    /// Below one in so many of the profiles that could be shared, the names hardly mean the same.
    private static let leastShare = 20

    /// One finding a dataset that shares hardly a profile with the rest, measured by the smaller of both sides: a table of all
    /// customers may well know more of them than have events, and a dataset of rare events fewer.
    var findings: [Finding] {
        let own = plan.datasets.indices.filter { plan.datasets[$0].role != .attributes }
        return overlap.datasets.enumerated().compactMap { index, counts in
            guard index < plan.datasets.count, counts.profiles > 0, counts.others > 0,
                Self.leastShare * counts.shared < min(counts.profiles, counts.others)
            else { return nil }
            // Of two datasets of events it is enough to name one.
            if own.count == 2, index == own[0] { return nil }
            let name = plan.datasets[index].name
            let rest = own.filter { $0 != index }
            let others = rest.count == 1 ? plan.datasets[rest[0]].name : "the other events"
            var examples = ""
            if let mine = counts.example,
                let theirs = rest.compactMap({ overlap.datasets[$0].example }).min(by: CanonicalText.precedes)
            {
                examples = "; such as \"\(mine)\" here and \"\(theirs)\" there"
            }
            return Finding(
                .identities, .warning, name,
                "\(name): \(counts.shared == 0 ? "none" : "only \(Wording.count(counts.shared))") of its "
                    + "\(Wording.count(counts.profiles)) profiles \(counts.shared == 1 ? "is" : "are") among the "
                    + "\(Wording.count(counts.others)) of \(others)\(examples)",
                means: "the identities are of different kinds, so that what this dataset tells is joined to nobody",
                change: "name the column that holds the same kind of identity as in \(others)")
        }
    }
}
