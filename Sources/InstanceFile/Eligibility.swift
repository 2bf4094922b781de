/// Who gets a score: profiles whose history up to the as-of date meets every requirement. At each snapshot of the past the
/// same is asked of the history up to then.
package struct Eligibility: Sendable, Equatable {
    /// How often a profile must have had an event, or must not.
    package struct Requirement: Sendable, Equatable {
        /// nil: any event.
        package var condition: Condition?
        /// The days before the as-of date in which events count; nil: ever.
        package var inLast: Days?
        package var atLeast: Int
        /// Whether those are eligible that have had fewer than `atLeast`.
        package var isForbidden: Bool

        package init(condition: Condition?, inLast: Days?, atLeast: Int = 1, isForbidden: Bool = false) {
            self.condition = condition
            self.inLast = inLast
            self.atLeast = atLeast
            self.isForbidden = isForbidden
        }
    }

    /// Which of several events the latest must be; who has had none of them is not eligible.
    package struct Latest: Sendable, Equatable {
        /// Event types or custom events, and those of them that the latest may be.
        package var of: [String]
        package var allowed: [String]
        /// As of a requirement.
        package var inLast: Days?

        package init(of names: [String], is allowed: [String], inLast: Days? = nil) {
            of = names
            self.allowed = allowed
            self.inLast = inLast
        }
    }

    package var requirements: [Requirement]
    package var latest: [Latest]
    /// What the profile's attributes must be, which are the same at every snapshot; nil: anything.
    package var attributes: Condition?

    /// Of all requirements together, apart from equal ones.
    package static let conditionLimit = 16
    /// What is usual where nothing is said.
    package static let usualReach = Days(45)

    package init(requirements: [Requirement], latest: [Latest] = [], attributes: Condition? = nil) {
        self.requirements = requirements
        self.latest = latest
        self.attributes = attributes
    }

    /// Profiles with an event that meets the condition; nil: with any event.
    package init(condition: Condition? = nil, inLast: Days = usualReach) {
        self.init(requirements: [Requirement(condition: condition, inLast: inLast)])
    }

    /// The conditions that events are looked at for, each once.
    package var conditions: [Condition] {
        var found: [Condition] = []
        let all =
            requirements.compactMap(\.condition)
            + latest.flatMap { [Self.any($0.of), Self.any($0.allowed)] }
        for condition in all where !found.contains(condition) { found.append(condition) }
        return found
    }

    /// Those whose events there must be.
    package var requiredConditions: [Condition] {
        requirements.filter { !$0.isForbidden }.compactMap(\.condition) + latest.map { Self.any($0.allowed) }
    }

    /// How many days of history tell whether somebody is eligible, as far as these are bounded.
    package var reach: Days { (requirements.compactMap(\.inLast) + latest.compactMap(\.inLast)).max() ?? Days(0) }

    package static func any(_ names: [String]) -> Condition {
        names.count == 1 ? .event(names[0]) : .any(names.map { .event($0) })
    }
}
