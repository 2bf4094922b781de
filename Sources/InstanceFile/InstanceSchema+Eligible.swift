extension InstanceSchema {
    /// Either one condition and `in_last`, or lists of what a profile must have had and must not.
    static let eligible: ValueSchema<Eligibility> = {
        let inLast = KeySchema(
            "in_last", daysBack,
            "how far back the event may lie, such as 365d, or 1d for who was active on the last day; default: 45d")
        let has = KeySchema(
            "has", ValueSchema<[Eligibility.Requirement]>.list(requirement(isForbidden: false), count: 1 ... .max),
            "events that a profile must have had, each of them")
        let hasNot = KeySchema(
            "has_not", ValueSchema<[Eligibility.Requirement]>.list(requirement(isForbidden: true), count: 1 ... .max),
            "events that a profile must not have had, none of them")
        let latest = KeySchema(
            "latest",
            ValueSchema<[Eligibility.Latest]>.either(
                list: .list(latestOf, count: 1 ... .max), mapping: latestOf.map { [$0] }),
            "which of several events the profile's latest must be")
        let attributes = KeySchema(
            "attributes", ValueSchema<[Condition]>.list(ConditionSchema.profiles.form, count: 1 ... .max),
            "conditions on the attributes of profiles, all of which must hold")
        let condition = ConditionSchema.events
        let keys = [has.outline, hasNot.outline, latest.outline, attributes.outline, inLast.outline]
        return .mapping(
            condition.keys + keys, refused: condition.refused, schema: condition.dependencies
        ) { fields, context in
            let single = condition.read(fields, isRequired: false, &context)
            let inLast = fields.value(inLast, &context)
            var requirements: [Eligibility.Requirement] = []
            let others = [has.name, hasNot.name, latest.name, attributes.name].filter(fields.has)
            if single != nil || inLast != nil || others.isEmpty {
                requirements.append(
                    Eligibility.Requirement(condition: single, inLast: inLast ?? Eligibility.usualReach))
            }
            requirements += fields.value(has, &context) ?? []
            requirements += fields.value(hasNot, &context) ?? []
            let eligible = Eligibility(
                requirements: requirements, latest: fields.value(latest, &context) ?? [],
                attributes: fields.value(attributes, &context).map { $0.count == 1 ? $0[0] : .all($0) })
            note(single, at: fields.place, &context)
            if let attributes = eligible.attributes { refuse(attributes, in: fields.place(of: "attributes"), &context) }
            if eligible.conditions.count > Eligibility.conditionLimit {
                context.report(
                    "it has \(eligible.conditions.count) different conditions, and \(Eligibility.conditionLimit) are the "
                        + "most; name some of them together as a custom event", at: fields.place)
            }
            return eligible
        }
    }()

    private static let daysBack = ValueSchema.days(atLeast: 1, because: "days are counted whole")

    private static func requirement(isForbidden: Bool) -> ValueSchema<Eligibility.Requirement> {
        let inLast = KeySchema("in_last", daysBack, "the days before the score date in which it counts; default: ever")
        let atLeast = KeySchema(
            "at_least", ValueSchema.integer(1...1_000_000),
            isForbidden
                ? "so often makes a profile not eligible; default: 1" : "how often it must have happened; default: 1")
        let condition = ConditionSchema.events
        return .mapping(
            condition.keys + [inLast.outline, atLeast.outline], refused: condition.refused,
            schema: condition.dependencies
        ) { fields, context in
            let single = condition.read(fields, &context)
            let inLast = fields.value(inLast, &context)
            let atLeast = fields.value(atLeast, &context)
            note(single, at: fields.place, &context)
            guard let single else { return nil }
            return Eligibility.Requirement(
                condition: single, inLast: inLast, atLeast: atLeast ?? 1, isForbidden: isForbidden)
        }
    }

    private static let latestOf: ValueSchema<Eligibility.Latest> = {
        let of = KeySchema(
            "of", ValueSchema<[String]>.list(ConditionSchema.eventName, count: 2 ... .max), required: true,
            "the events, such as [Registration, Withdrawal]")
        let allowed = KeySchema(
            "is",
            ValueSchema<[String]>.either(
                text: ValueSchema<String>.text.map { [$0] }, list: .list(.text, count: 1 ... .max)),
            required: true, "the one of them, or those, that the latest must be")
        let inLast = KeySchema("in_last", daysBack, "the days before the score date in which they count; default: ever")
        return .mapping([of.outline, allowed.outline, inLast.outline]) { fields, context in
            let names = fields.value(of, &context)
            let wanted = fields.value(allowed, &context)
            let inLast = fields.value(inLast, &context)
            guard let names, let wanted else { return nil }
            for name in wanted where !names.contains(name) {
                context.report(
                    "\"\(name)\" is not among those that it may be the latest of", at: fields.place(of: "is"),
                    suggestion: NearestName.nearest(to: name, among: names))
            }
            return Eligibility.Latest(of: names, is: wanted, inLast: inLast)
        }
    }()

    /// Notes the events that stand in some `none_of`, of which it is told once all types are known whether they mean anything.
    private static func note(_ condition: Condition?, at place: SourceLocation, _ context: inout ParseContext) {
        guard let names = condition?.eventsInNone, !names.isEmpty else { return }
        context.absentMentions.append((names, place))
    }

    /// A condition is met by one event. Where that is of one type, it is never of another, so that `none_of` excludes nobody.
    static func checkAbsent(_ events: [EventDataset]?, _ custom: [CustomEvent]?, _ context: inout ParseContext) {
        guard let events, !events.contains(where: { $0.type == .standardXDM }) else { return }
        let custom = (custom ?? []).map(\.name)
        for (names, place) in context.absentMentions {
            guard let name = names.first(where: { !custom.contains($0) }) else { continue }
            context.report(
                "none_of is about one event, and any other event of the profile still meets the condition, so that nobody is "
                    + "excluded for \"\(name)\"; write has_not: [{ event: \(name) }]", at: place)
        }
    }

    /// Attributes are known before anybody is scored.
    private static func refuse(_ attributes: Condition, in place: SourceLocation, _ context: inout ParseContext) {
        if let factor = attributes.factors.first {
            context.report(
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
