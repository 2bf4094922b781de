import Learning
internal import Tables
internal import Yams

extension InstanceSchema {
    static let instance: ValueSchema<Instance> = {
        let version = KeySchema(
            "version", ValueSchema.integer(1...1), required: true, "the version of the file's format, which is 1")
        let name = KeySchema("name", ValueSchema.text, required: true, "the name shown wherever the scores are shown")
        let propensity = KeySchema(
            "propensity", ValueSchema<PropensityType>.choice, required: true,
            "the polarity of the goal: conversion (good news) or churn (bad news)")
        let events = KeySchema(
            "events", ValueSchema<[EventDataset]>.list(eventDataset, count: 1 ... .max),

            "the datasets of experience events, each row one event: of a table of order lines, a line (or, in place of events and goal, features)"
        )
        let features = KeySchema(
            "features", InstanceSchema.features,
            "a ready feature table, one row a profile; or beside events { exclude: [CODE, ...] }, the features not to be used"
        )
        let profiles = KeySchema(
            "profiles", ValueSchema<[ProfileDataset]>.list(profileDataset), "tables of profile attributes")
        let goal = KeySchema("goal", InstanceSchema.goal, "what is to be predicted")
        let eligible = KeySchema(
            "eligible", InstanceSchema.eligible,
            "who gets a score; default: profiles with any event in the last 45 days")
        let custom = KeySchema(
            "custom_events", ValueSchema<[CustomEvent]>.list(customEvent), "names for events that meet conditions")
        let exclude = KeySchema("exclude", ConditionSchema.events.form, "events to drop, such as test traffic")
        let duplicates = KeySchema(
            "duplicates", ValueSchema<EventSource.Duplicates>.choice,
            "what happens to rows that are equal in every column of their dataset, those that are not used included; default: drop all but one"
        )
        let snapshots = KeySchema(
            "snapshots", InstanceSchema.snapshots, "the past moments to learn from; default: chosen from the data")
        let asOf = KeySchema("as_of", ValueSchema.date, "the score date; default: the latest event")
        let checks = KeySchema("checks", InstanceSchema.checks, "the limits past which a run stops before training")
        let objective = KeySchema(
            "objective", ValueSchema<Objective>.choice,
            "what is predicted: " + Objective.allCases.map { "\($0.rawValue) (\($0.meaning))" }.joined(separator: ", ")
                + "; default: \(Objective.logLoss.rawValue)")
        let model = KeySchema("model", InstanceSchema.model, "the model's settings")
        let segments = KeySchema(
            "segments", ValueSchema<[SegmentDefinition]>.list(segment), "named sets of scored profiles")
        let buckets = KeySchema(
            "buckets", BucketRule.form,
            """
            what makes a profile low, medium or high: odds (under a third of the population's odds, and three times those on), \
            rank (equal thirds of the profiles), or two scores; default: odds, which is [25, 75]
            """)
        let enrich = KeySchema(
            "enrich", ValueSchema.boolean,
            "whether profiles/ is written: attributes, scores and top factors, one row a profile; default: false")
        let output = KeySchema(
            "output", outputPath, "the folder of the run's outputs, or an address of an object store")
        let keys = [
            version.outline, name.outline, propensity.outline, events.outline, features.outline, profiles.outline,
            goal.outline, eligible.outline, custom.outline, exclude.outline, duplicates.outline, snapshots.outline,
            asOf.outline,
            checks.outline, objective.outline, model.outline, buckets.outline, segments.outline, enrich.outline,
            output.outline,
        ]
        let schema: JSONValue = [
            "oneOf": [
                ["required": ["events", "goal"]], ["required": ["features"], "not": ["required": ["events"]]],
            ]
        ]
        return .mapping(keys, schema: schema) { fields, context in
            _ = fields.value(version, &context)
            context.objective = fields.value(objective, &context) ?? .logLoss
            let name = fields.value(name, &context)
            let propensity = fields.value(propensity, &context)
            let chosen = fields.value(features, &context)
            var (table, excluded): (FeatureTable?, [String]?)
            switch chosen {
            case .table(let ready): table = ready
            case .excluded(let names): excluded = names
            case nil: break
            }
            let events = fields.value(events, &context)
            let goal = fields.value(goal, &context)
            let eligible = fields.value(eligible, &context)
            let custom = fields.value(custom, &context)
            let exclude = fields.value(exclude, &context)
            let duplicates = fields.value(duplicates, &context)
            let snapshots = fields.value(snapshots, &context)
            let profiles = fields.value(profiles, &context)
            let asOf = fields.value(asOf, &context)
            let checks = fields.value(checks, &context)
            let model = fields.value(model, &context)
            let segments = fields.value(segments, &context)
            let buckets = fields.value(buckets, &context)
            let enrich = fields.value(enrich, &context)
            let output = fields.value(output, &context)
            checkSource(
                fields, isTable: fields.has("features") && !choosesFeatures(fields.place(of: "features")), &context)
            checkNames(fields, events: events, custom: custom, segments: segments, &context)
            checkTogether(events, custom, &context)
            checkAbsent(events, custom, &context)
            checkObjective(table, model, fields, &context)

            var source = table.map { Instance.Source.features($0) }
            if source == nil, let events, let goal {
                var made = EventSource(
                    datasets: events, goal: goal, eligible: eligible ?? Eligibility(), customEvents: custom ?? [],
                    exclude: exclude, duplicates: duplicates ?? .drop, snapshots: snapshots ?? SnapshotOptions())
                made.excludedFeatures = excluded ?? []
                source = .events(made)
            }
            if eligible?.attributes != nil, (profiles ?? []).isEmpty {
                context.report(
                    "asks for attributes, and there are no `profiles:` that have any",
                    at: fields.place(ofKey: "eligible"))
            }
            guard let name, let propensity, let source else { return nil }
            var instance = Instance(
                name: name, propensity: propensity, source: source, profiles: profiles ?? [], asOf: asOf,
                checks: checks ?? Checks(), model: model ?? HyperParameters(), segments: segments ?? [], output: output)
            instance.objective = context.objective
            instance.enrich = enrich ?? false
            instance.buckets = buckets ?? .odds
            if let output, let input = instance.firstInput(within: output) {
                context.report(
                    "the run would replace its own input \(input); choose another folder",
                    at: fields.place(of: "output"))
            }
            return instance
        }
    }()

    private static let goal: ValueSchema<Goal> = {
        enum Will: String, CaseIterable { case occur, notOccur = "not occur" }
        let will = KeySchema("will", ValueSchema<Will>.choice, required: true, "occur or not occur")
        let within = KeySchema(
            "within", ValueSchema.days(atLeast: 1, because: "the outcome window is whole days"), required: true,
            "the outcome window, such as 90d")
        let condition = ConditionSchema.events
        let each = KeySchema(
            "events", ValueSchema<[Condition]>.list(condition.form, count: 1...Goal.conditionLimit),
            "several events, each of which must occur, in place of a condition that one event must meet")
        return .mapping(
            [will.outline] + condition.keys + [each.outline, within.outline], refused: condition.refused,
            schema: condition.schema(or: each.outline.name)
        ) { fields, context in
            let will = fields.value(will, &context)
            let single = condition.read(fields, isRequired: !fields.has(each.name), &context)
            let each = fields.value(each, &context)
            let within = fields.value(within, &context)
            if single != nil, each != nil {
                context.report(
                    "events stands beside another condition; keep one, or make the other an item of events",
                    at: fields.place(ofKey: "events"))
            }
            guard let will, let conditions = each ?? single.map({ [$0] }), let within else { return nil }
            return Goal(willOccur: will == .occur, each: conditions, within: within)
        }
    }()

    private static let customEvent: ValueSchema<CustomEvent> = {
        let form = named("the name that factors show", ConditionSchema.events)
        return ValueSchema(schema: form.schema) { place, context in
            context.customEventIndex = context.customEventCount
            context.customEventCount += 1
            defer { context.customEventIndex = nil }
            return form.read(place, &context).map { CustomEvent(name: $0.name, condition: $0.condition) }
        }
    }()

    static let segment: ValueSchema<SegmentDefinition> = named("the segment's name", ConditionSchema.profiles)
        .map { SegmentDefinition(name: $0.name, condition: $0.condition) }

    private struct NamedCondition {
        var name: String
        var condition: Condition
    }

    private static func named(_ meaning: String, _ condition: ConditionSchema) -> ValueSchema<NamedCondition> {
        let name = KeySchema("name", ValueSchema.text, required: true, meaning)
        return .mapping([name.outline] + condition.keys, refused: condition.refused, schema: condition.schema) {
            fields, context in
            let name = fields.value(name, &context)
            let condition = condition.read(fields, &context)
            guard let name, let condition else { return nil }
            return NamedCondition(name: name, condition: condition)
        }
    }

    private static let snapshots: ValueSchema<SnapshotOptions> = {
        let count = KeySchema(
            "count", ValueSchema.integer(1...SnapshotOptions.limit),

            "the most of them; default: 4, 8 or 12, more where outcomes are rare; fewer where the data do not reach back far enough"
        )
        let every = KeySchema(
            "every", ValueSchema.days(atLeast: 1, because: "snapshots are whole days apart"),
            "how far apart they are, such as 30d; default: a third of the outcome window")
        return .mapping([count.outline, every.outline]) { fields, context in
            SnapshotOptions(count: fields.value(count, &context), every: fields.value(every, &context))
        }
    }()

    private static let checks: ValueSchema<Checks> = {
        let outcomes = KeySchema(
            "minimum_outcomes", ValueSchema.integer(1 ... .max),
            "profiles needed with and without the outcome (a stop below it, a warning below twice as many); default: 500"
        )
        let rejected = KeySchema(
            "maximum_rejected", ValueSchema.number(0...1),
            "the share of rows that may be unusable (a stop past it, a warning past half of it); default: 0.5")
        return .mapping([outcomes.outline, rejected.outline]) { fields, context in
            let standard = Checks()
            return Checks(
                minimumOutcomes: fields.value(outcomes, &context) ?? standard.minimumOutcomes,
                maximumRejected: fields.value(rejected, &context) ?? standard.maximumRejected)
        }
    }()

    /// A key for each hyper-parameter.
    private static let model: ValueSchema<HyperParameters> = {
        let keys = HyperParameters.table.map { each in
            (
                outline: each,
                key: KeySchema(
                    each.name, ValueSchema<HyperValue>.hyperParameter(each.domain),
                    "\(each.help); default: \(each.standard)")
            )
        }
        return .mapping(keys.map(\.key.outline)) { fields, context in
            var parameters = HyperParameters()
            for (outline, key) in keys {
                if let value = fields.value(key, &context) { parameters[outline] = value }
            }
            return parameters
        }
    }()
}
