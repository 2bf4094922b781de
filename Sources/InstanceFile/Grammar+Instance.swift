import Learning
internal import Tables
internal import Yams

extension Grammar {
    static let instance: Form<Instance> = {
        let version = Key(
            "version", Form.integer(1...1), required: true, "the version of the file's format, which is 1")
        let name = Key("name", Form.text, required: true, "the name shown wherever the scores are shown")
        let propensity = Key(
            "propensity", Form<PropensityType>.choice, required: true,
            "the polarity of the goal: conversion (good news) or churn (bad news)")
        let events = Key(
            "events", Form<[EventDataset]>.list(eventDataset, count: 1 ... .max),

            "the datasets of experience events, each row one event: of a table of order lines, a line (or, in place of events and goal, features)"
        )
        let features = Key(
            "features", Grammar.features,
            "a ready feature table, one row a profile; or beside events { exclude: [CODE, ...] }, the features not to be used"
        )
        let profiles = Key("profiles", Form<[ProfileDataset]>.list(profileDataset), "tables of profile attributes")
        let goal = Key("goal", Grammar.goal, "what is to be predicted")
        let eligible = Key(
            "eligible", Grammar.eligible, "who gets a score; default: profiles with any event in the last 45 days")
        let custom = Key(
            "custom_events", Form<[CustomEvent]>.list(customEvent), "names for events that meet conditions")
        let exclude = Key("exclude", ConditionGrammar.events.form, "events to drop, such as test traffic")
        let duplicates = Key(
            "duplicates", Form<EventSource.Duplicates>.choice,
            "what happens to rows that are equal in every column of their dataset, those that are not used included; default: drop all but one"
        )
        let snapshots = Key(
            "snapshots", Grammar.snapshots, "the past moments to learn from; default: chosen from the data")
        let asOf = Key("as_of", Form.date, "the score date; default: the latest event")
        let checks = Key("checks", Grammar.checks, "the limits past which a run stops before training")
        let model = Key("model", Grammar.model, "the model's settings")
        let segments = Key("segments", Form<[SegmentDefinition]>.list(segment), "named sets of scored profiles")
        let buckets = Key(
            "buckets", BucketRule.form,
            """
            what makes a profile low, medium or high: odds (under a third of the population's odds, and three times those on), \
            rank (equal thirds of the profiles), or two scores; default: odds, which is [25, 75]
            """)
        let enrich = Key(
            "enrich", Form.boolean,
            "whether profiles/ is written: attributes, scores and top factors, one row a profile; default: false")
        let output = Key("output", outputPath, "the folder of the run's outputs")
        let keys = [
            version.outline, name.outline, propensity.outline, events.outline, features.outline, profiles.outline,
            goal.outline, eligible.outline, custom.outline, exclude.outline, duplicates.outline, snapshots.outline,
            asOf.outline,
            checks.outline, model.outline, buckets.outline, segments.outline, enrich.outline, output.outline,
        ]
        let schema: JSONValue = [
            "oneOf": [
                ["required": ["events", "goal"]], ["required": ["features"], "not": ["required": ["events"]]],
            ]
        ]
        return .mapping(keys, schema: schema) { fields, reading in
            _ = fields.value(version, &reading)
            let name = fields.value(name, &reading)
            let propensity = fields.value(propensity, &reading)
            let chosen = fields.value(features, &reading)
            var (table, excluded): (FeatureTable?, [String]?)
            switch chosen {
            case .table(let ready): table = ready
            case .excluded(let names): excluded = names
            case nil: break
            }
            let events = fields.value(events, &reading)
            let goal = fields.value(goal, &reading)
            let eligible = fields.value(eligible, &reading)
            let custom = fields.value(custom, &reading)
            let exclude = fields.value(exclude, &reading)
            let duplicates = fields.value(duplicates, &reading)
            let snapshots = fields.value(snapshots, &reading)
            let profiles = fields.value(profiles, &reading)
            let asOf = fields.value(asOf, &reading)
            let checks = fields.value(checks, &reading)
            let model = fields.value(model, &reading)
            let segments = fields.value(segments, &reading)
            let buckets = fields.value(buckets, &reading)
            let enrich = fields.value(enrich, &reading)
            let output = fields.value(output, &reading)
            checkSource(
                fields, isTable: fields.has("features") && !choosesFeatures(fields.place(of: "features")), &reading)
            checkNames(fields, events: events, custom: custom, segments: segments, &reading)
            checkTogether(events, custom, &reading)
            checkAbsent(events, custom, &reading)

            var source = table.map { Instance.Source.features($0) }
            if source == nil, let events, let goal {
                var made = EventSource(
                    datasets: events, goal: goal, eligible: eligible ?? Eligibility(), customEvents: custom ?? [],
                    exclude: exclude, duplicates: duplicates ?? .drop, snapshots: snapshots ?? SnapshotOptions())
                made.excludedFeatures = excluded ?? []
                source = .events(made)
            }
            if eligible?.attributes != nil, (profiles ?? []).isEmpty {
                reading.report(
                    "asks for attributes, and there are no `profiles:` that have any",
                    at: fields.place(ofKey: "eligible"))
            }
            guard let name, let propensity, let source else { return nil }
            var instance = Instance(
                name: name, propensity: propensity, source: source, profiles: profiles ?? [], asOf: asOf,
                checks: checks ?? Checks(), model: model ?? HyperParameters(), segments: segments ?? [], output: output)
            instance.enrich = enrich ?? false
            instance.buckets = buckets ?? .odds
            if let output, let input = instance.firstInput(within: output) {
                reading.report(
                    "the run would replace its own input \(input); choose another folder",
                    at: fields.place(of: "output"))
            }
            return instance
        }
    }()

    private static let goal: Form<Goal> = {
        enum Will: String, CaseIterable { case occur, notOccur = "not occur" }
        let will = Key("will", Form<Will>.choice, required: true, "occur or not occur")
        let within = Key(
            "within", Form.days(atLeast: 1, because: "the outcome window is whole days"), required: true,
            "the outcome window, such as 90d")
        let condition = ConditionGrammar.events
        let each = Key(
            "events", Form<[Condition]>.list(condition.form, count: 1...Goal.conditionLimit),
            "several events, each of which must occur, in place of a condition that one event must meet")
        return .mapping(
            [will.outline] + condition.keys + [each.outline, within.outline], refused: condition.refused,
            schema: condition.schema(or: each.outline.name)
        ) { fields, reading in
            let will = fields.value(will, &reading)
            let single = condition.read(fields, isRequired: !fields.has(each.name), &reading)
            let each = fields.value(each, &reading)
            let within = fields.value(within, &reading)
            if single != nil, each != nil {
                reading.report(
                    "events stands beside another condition; keep one, or make the other an item of events",
                    at: fields.place(ofKey: "events"))
            }
            guard let will, let conditions = each ?? single.map({ [$0] }), let within else { return nil }
            return Goal(willOccur: will == .occur, each: conditions, within: within)
        }
    }()

    private static let customEvent: Form<CustomEvent> = {
        let form = named("the name that factors show", ConditionGrammar.events)
        return Form(schema: form.schema) { place, reading in
            reading.customEventIndex = reading.customEventCount
            reading.customEventCount += 1
            defer { reading.customEventIndex = nil }
            return form.read(place, &reading).map { CustomEvent(name: $0.name, condition: $0.condition) }
        }
    }()

    static let segment: Form<SegmentDefinition> = named("the segment's name", ConditionGrammar.profiles)
        .map { SegmentDefinition(name: $0.name, condition: $0.condition) }

    private struct NamedCondition {
        var name: String
        var condition: Condition
    }

    private static func named(_ meaning: String, _ condition: ConditionGrammar) -> Form<NamedCondition> {
        let name = Key("name", Form.text, required: true, meaning)
        return .mapping([name.outline] + condition.keys, refused: condition.refused, schema: condition.schema) {
            fields, reading in
            let name = fields.value(name, &reading)
            let condition = condition.read(fields, &reading)
            guard let name, let condition else { return nil }
            return NamedCondition(name: name, condition: condition)
        }
    }

    private static let snapshots: Form<SnapshotOptions> = {
        let count = Key(
            "count", Form.integer(1...SnapshotOptions.limit),

            "the most of them; default: 4, 8 or 12, more where outcomes are rare; fewer where the data do not reach back far enough"
        )
        let every = Key(
            "every", Form.days(atLeast: 1, because: "snapshots are whole days apart"),
            "how far apart they are, such as 30d; default: a third of the outcome window")
        return .mapping([count.outline, every.outline]) { fields, reading in
            SnapshotOptions(count: fields.value(count, &reading), every: fields.value(every, &reading))
        }
    }()

    private static let checks: Form<Checks> = {
        let outcomes = Key(
            "minimum_outcomes", Form.integer(1 ... .max),
            "profiles needed with and without the outcome (a stop below it, a warning below twice as many); default: 500"
        )
        let rejected = Key(
            "maximum_rejected", Form.number(0...1),
            "the share of rows that may be unusable (a stop past it, a warning past half of it); default: 0.5")
        return .mapping([outcomes.outline, rejected.outline]) { fields, reading in
            let standard = Checks()
            return Checks(
                minimumOutcomes: fields.value(outcomes, &reading) ?? standard.minimumOutcomes,
                maximumRejected: fields.value(rejected, &reading) ?? standard.maximumRejected)
        }
    }()

    /// A key for each hyper-parameter.
    private static let model: Form<HyperParameters> = {
        let keys = HyperParameters.table.map { each in
            (
                outline: each,
                key: Key(
                    each.name, Form<HyperValue>.hyperParameter(each.domain), "\(each.help); default: \(each.standard)")
            )
        }
        return .mapping(keys.map(\.key.outline)) { fields, reading in
            var parameters = HyperParameters()
            for (outline, key) in keys {
                if let value = fields.value(key, &reading) { parameters[outline] = value }
            }
            return parameters
        }
    }()
}
