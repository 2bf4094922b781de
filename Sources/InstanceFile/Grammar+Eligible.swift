extension Grammar {
    /// Either one condition and `in_last`, or lists of what a profile must have had and must not.
    static let eligible: Form<Eligibility> = {
        let inLast = Key(
            "in_last", daysBack,
            "how far back the event may lie, such as 365d, or 1d for who was active on the last day; default: 45d")
        let has = Key(
            "has", Form<[Eligibility.Requirement]>.list(requirement(isForbidden: false), count: 1 ... .max),
            "events that a profile must have had, each of them")
        let hasNot = Key(
            "has_not", Form<[Eligibility.Requirement]>.list(requirement(isForbidden: true), count: 1 ... .max),
            "events that a profile must not have had, none of them")
        let latest = Key(
            "latest",
            Form<[Eligibility.Latest]>.either(list: .list(latestOf, count: 1 ... .max), mapping: latestOf.map { [$0] }),
            "which of several events the profile's latest must be")
        let attributes = Key(
            "attributes", Form<[Condition]>.list(ConditionGrammar.profiles.form, count: 1 ... .max),
            "conditions on the attributes of profiles, all of which must hold")
        let condition = ConditionGrammar.events
        let keys = [has.outline, hasNot.outline, latest.outline, attributes.outline, inLast.outline]
        return .mapping(
            condition.keys + keys, refused: condition.refused, schema: condition.dependencies
        ) { fields, reading in
            let single = condition.read(fields, isRequired: false, &reading)
            let inLast = fields.value(inLast, &reading)
            var requirements: [Eligibility.Requirement] = []
            let others = [has.name, hasNot.name, latest.name, attributes.name].filter(fields.has)
            if single != nil || inLast != nil || others.isEmpty {
                requirements.append(
                    Eligibility.Requirement(condition: single, inLast: inLast ?? Eligibility.usualReach))
            }
            requirements += fields.value(has, &reading) ?? []
            requirements += fields.value(hasNot, &reading) ?? []
            let eligible = Eligibility(
                requirements: requirements, latest: fields.value(latest, &reading) ?? [],
                attributes: fields.value(attributes, &reading).map { $0.count == 1 ? $0[0] : .all($0) })
            note(single, at: fields.place, &reading)
            if let attributes = eligible.attributes { refuse(attributes, in: fields.place(of: "attributes"), &reading) }
            if eligible.conditions.count > Eligibility.conditionLimit {
                reading.report(
                    "it has \(eligible.conditions.count) different conditions, and \(Eligibility.conditionLimit) are the "
                        + "most; name some of them together as a custom event", at: fields.place)
            }
            return eligible
        }
    }()

    private static let daysBack = Form.days(atLeast: 1, because: "days are counted whole")

    private static func requirement(isForbidden: Bool) -> Form<Eligibility.Requirement> {
        let inLast = Key("in_last", daysBack, "the days before the score date in which it counts; default: ever")
        let atLeast = Key(
            "at_least", Form.integer(1...1_000_000),
            isForbidden
                ? "so often makes a profile not eligible; default: 1" : "how often it must have happened; default: 1")
        let condition = ConditionGrammar.events
        return .mapping(
            condition.keys + [inLast.outline, atLeast.outline], refused: condition.refused,
            schema: condition.dependencies
        ) { fields, reading in
            let single = condition.read(fields, &reading)
            let inLast = fields.value(inLast, &reading)
            let atLeast = fields.value(atLeast, &reading)
            note(single, at: fields.place, &reading)
            guard let single else { return nil }
            return Eligibility.Requirement(
                condition: single, inLast: inLast, atLeast: atLeast ?? 1, isForbidden: isForbidden)
        }
    }

    private static let latestOf: Form<Eligibility.Latest> = {
        let of = Key(
            "of", Form<[String]>.list(ConditionGrammar.eventName, count: 2 ... .max), required: true,
            "the events, such as [Registration, Withdrawal]")
        let allowed = Key(
            "is", Form<[String]>.either(text: Form<String>.text.map { [$0] }, list: .list(.text, count: 1 ... .max)),
            required: true, "the one of them, or those, that the latest must be")
        let inLast = Key("in_last", daysBack, "the days before the score date in which they count; default: ever")
        return .mapping([of.outline, allowed.outline, inLast.outline]) { fields, reading in
            let names = fields.value(of, &reading)
            let wanted = fields.value(allowed, &reading)
            let inLast = fields.value(inLast, &reading)
            guard let names, let wanted else { return nil }
            for name in wanted where !names.contains(name) {
                reading.report(
                    "\"\(name)\" is not among those that it may be the latest of", at: fields.place(of: "is"),
                    suggestion: NearestName.nearest(to: name, among: names))
            }
            return Eligibility.Latest(of: names, is: wanted, inLast: inLast)
        }
    }()

    /// Notes the events that stand in some `none_of`, of which it is told once all types are known whether they mean anything.
    private static func note(_ condition: Condition?, at place: Place, _ reading: inout Reading) {
        guard let names = condition?.eventsInNone, !names.isEmpty else { return }
        reading.absentMentions.append((names, place))
    }

    /// A condition is met by one event. Where that is of one type, it is never of another, so that `none_of` excludes nobody.
    static func checkAbsent(_ events: [EventDataset]?, _ custom: [CustomEvent]?, _ reading: inout Reading) {
        guard let events, !events.contains(where: { $0.type == .standardXDM }) else { return }
        let custom = (custom ?? []).map(\.name)
        for (names, place) in reading.absentMentions {
            guard let name = names.first(where: { !custom.contains($0) }) else { continue }
            reading.report(
                "none_of is about one event, and any other event of the profile still meets the condition, so that nobody is "
                    + "excluded for \"\(name)\"; write has_not: [{ event: \(name) }]", at: place)
        }
    }

    /// Attributes are known before anybody is scored.
    private static func refuse(_ attributes: Condition, in place: Place, _ reading: inout Reading) {
        if let factor = attributes.factors.first {
            reading.report(
                "the factor \"\(factor)\" exists only once profiles are scored; use fields of profiles here", at: place)
        }
    }
}

extension Condition {
    /// The events that stand in some `none_of`.
    fileprivate var eventsInNone: [String] {
        switch self {
        case .all(let conditions), .any(let conditions): conditions.flatMap(\.eventsInNone)
        case .none(let conditions): conditions.flatMap(\.eventNames)
        case .event, .field, .factor: []
        }
    }
}
