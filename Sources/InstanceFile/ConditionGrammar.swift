internal import Yams

/// How conditions are written: the same everywhere, apart from what there is to ask about.
struct ConditionGrammar: Sendable {
    /// What a condition is about.
    enum Subject {
        /// An event: goals, eligibility, exclusions and custom events.
        case event
        /// A row of a file whose event type is still to be decided.
        case row
        /// A scored profile.
        case profile
    }

    /// The name of its definition in the schema.
    let name: String
    /// Conditions nested in others.
    let form: Form<Condition>
    private let event: Key<Condition>?
    private let field = Key(
        "field", .text, "the column, XDM path or (in segments) output, feature or attribute to look at")
    private let factor: Key<String>?
    private let direction = Key(
        "direction", Form<FactorDirection>.choice, "whether the factor raises or lowers the score")
    private let importance = Key(
        "importance", Form<FactorImportance>.choice,
        "how important the factor is, at least: high is a fifth and more of all that moves the profile's score, medium a twentieth, low less; default: low"
    )
    private let groups: [Key<Condition>]
    private let subject: Subject

    static let events: ConditionGrammar = .init(.event, name: "event_condition") { .events }
    static let rows: ConditionGrammar = .init(.row, name: "row_condition") { .rows }
    static let profiles: ConditionGrammar = .init(.profile, name: "profile_condition") { .profiles }

    private init(_ subject: Subject, name: String, itself: @escaping @Sendable () -> ConditionGrammar) {
        self.subject = subject
        self.name = name
        form = .named(name) {
            Form(schema: [:]) { place, reading in
                let grammar = itself()
                reading.depth += 1
                defer { reading.depth -= 1 }
                guard reading.depth <= Self.depthLimit else {
                    reading.report("conditions are nested more than \(Self.depthLimit) deep", at: place)
                    return nil
                }
                return grammar.definition.read(place, &reading)
            }
        }
        let list = Form<[Condition]>.list(form, count: 1 ... .max)
        groups = [
            Key("all_of", list.map { .all($0) }, "conditions that must all hold"),
            Key("any_of", list.map { .any($0) }, "conditions of which one must hold"),
            Key("none_of", list.map { .none($0) }, "conditions of which none may hold"),
        ]
        event = subject == .event ? Key("event", Self.mentionedEvent, "the name of an event type or custom event") : nil
        factor = subject == .profile ? Key("factor", .text, "the name or code of an influential factor") : nil
    }

    static let depthLimit = 32

    /// The condition itself, as against a reference to it.
    var definition: Form<Condition> {
        .mapping(keys, refused: refused, schema: schema) { fields, reading in read(fields, &reading) }
    }

    /// The keys of a condition, also where they stand among those of a goal, a segment and so on.
    var keys: [KeyOutline] {
        var keys = heads
        keys += FieldTest.operators.map(\.outline)
        if factor != nil { keys += [direction.outline, importance.outline] }
        return keys
    }

    /// Why keys that have a meaning in other conditions have none in these.
    var refused: [String: String] {
        var refused: [String: String] = [:]
        switch subject {
        case .event, .row:
            let reason = "factors exist only once profiles are scored; they may be used in segments only"
            for name in ["factor", "direction", "importance"] { refused[name] = reason }
            if subject == .row { refused["event"] = "the event's type is what these rules decide; use field" }
        case .profile:
            refused["event"] =
                "this chooses among profiles, not events: use field or, in segments, factor; for who has had an event, write has"
        }
        return refused
    }

    /// What the schema says of the keys together.
    var schema: JSONValue { schema(or: nil) }

    /// The same where another key may take the condition's place.
    func schema(or other: String?) -> JSONValue {
        let names = heads.map(\.name) + (other.map { [$0] } ?? [])
        let alternatives = names.map { JSONValue.object([.init(name: "required", value: [.text($0)])]) }
        return JSONValue.object([.init(name: "oneOf", value: .list(alternatives))]).adding(dependencies)
    }

    /// The part of it that also holds where a condition may be left out.
    var dependencies: JSONValue {
        var dependent = FieldTest.operators.map { JSONValue.Member(name: $0.name, value: ["field"]) }
        if factor != nil {
            dependent += [direction.name, importance.name].map { JSONValue.Member(name: $0, value: ["factor"]) }
        }
        return ["dependentRequired": .object(dependent)]
    }

    private var heads: [KeyOutline] {
        [event?.outline, field.outline, factor?.outline].compactMap(\.self) + groups.map(\.outline)
    }

    /// The condition among a mapping's keys; nil if there is none, or it is wrong and reported.
    func read(_ fields: Fields, isRequired: Bool = true, _ reading: inout Reading) -> Condition? {
        let present = heads.map(\.name).filter(fields.has)
        let tests = FieldTest.operators.filter { fields.has($0.name) }
        if present.count > 1 {
            reading.report(
                "\(present.joined(separator: " and ")) stand side by side; keep one, or make them items of all_of",
                at: fields.place(ofKey: present[1]))
        }
        if present.isEmpty, !fields.hasStrayKeys, isRequired || !tests.isEmpty {
            let names = heads.map(\.name).joined(separator: ", ")
            reading.report("needs a condition: one of \(names)", at: fields.place)
        }
        if !fields.has(field.name), !present.isEmpty, let stray = tests.first {
            reading.report("needs the field that it looks at, such as field: NAME", at: fields.place(ofKey: stray.name))
        }
        var found: Condition?
        if let event, let condition = fields.value(event, &reading) { found = condition }
        for group in groups { if let condition = fields.value(group, &reading) { found = condition } }
        if case .all(let conditions)? = found {
            let names = conditions.compactMap { if case .event(let name) = $0 { name } else { nil } }
            if names.count > 1 { reading.togetherMentions.append((names, fields.place)) }
        }
        if let condition = readField(fields, &reading) { found = condition }
        if let condition = readFactor(fields, &reading) { found = condition }
        return found
    }

    private func readField(_ fields: Fields, _ reading: inout Reading) -> Condition? {
        let test = FieldTest.read(fields, isRequired: fields.has(field.name), &reading)
        guard let path = fields.value(field, &reading), let test else { return nil }
        if subject == .profile, path == "bucket" {
            let buckets = Bucket.allCases.map(\.name)
            for operand in test.operands where !buckets.contains(where: { operand == .text($0) }) {
                var suggestion: String?
                if case .text(let text) = operand { suggestion = NearestName.nearest(to: text, among: buckets) }
                reading.report(
                    "a bucket is low, medium or high", at: fields.place(of: field.name), suggestion: suggestion)
            }
        }
        return .field(path: path, test)
    }

    private func readFactor(_ fields: Fields, _ reading: inout Reading) -> Condition? {
        guard let factor else { return nil }
        let direction = fields.value(direction, &reading)
        let importance = fields.value(importance, &reading)
        for name in [self.direction.name, self.importance.name]
        where fields.has(name) && !fields.has(factor.name) && !fields.hasStrayKeys {
            reading.report("needs the factor that it is about, such as factor: NAME", at: fields.place(ofKey: name))
        }
        return fields.value(factor, &reading).map {
            .factor(FactorTest(name: $0, direction: direction, importance: importance))
        }
    }

    private static let mentionedEvent = eventName.map { Condition.event($0) }

    /// The name of an event that there must be.
    static let eventName = Form<String>(schema: Form<String>.text.schema) { place, reading in
        guard let name = Form<String>.text.read(place, &reading) else { return nil }
        reading.eventMentions.append(
            Reading.Mention(name: name, place: place, customEventIndex: reading.customEventIndex))
        return name
    }
}
