import InstanceFile

/// A feature that has grown with time beyond all that could be learned of it: for most profiles it is larger at the score date
/// than it was for nearly anybody at the training dates. It tells which date it is, and not who somebody is.
package struct OutgrownFeature: Sendable, Equatable {
    package var code: String
    package var name: String
    /// Of so many scored profiles that have a value, those that lie outside.
    package var outside: Int
    package var profiles: Int

    /// What is outside: above this share of the training rows.
    package static let learnedShare = 0.99

    /// nil where not most profiles lie outside.
    package init?(code: String, name: String, outside: Int, of profiles: Int) {
        guard 2 * outside > profiles else { return nil }
        self.code = code
        self.name = name
        self.outside = outside
        self.profiles = profiles
    }

    package var finding: Finding {
        Finding(
            .outgrownFeature, .note, "features",
            "\"\(name)\" is left out: of \(Wording.percent(outside, of: profiles)) of the profiles it is larger now than of "
                + "nearly anybody at the dates that are learned from",
            means: "it grows as time goes by, and nothing could be learned of such values",
            change: "add older events, if there are any, so that it can be learned")
    }
}
