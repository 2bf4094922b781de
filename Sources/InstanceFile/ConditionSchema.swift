internal import Yams

/// How conditions are written: the same everywhere, apart from what there is to ask about.
struct ConditionSchema: Sendable {
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
    let form: ValueSchema<Condition>
    private let event: KeySchema<Condition>?
    private let field = KeySchema(
        "field", .text, "the column, XDM path or (in segments) output, feature or attribute to look at")
    private let factor: KeySchema<String>?
    private let direction = KeySchema(
        "direction", ValueSchema<FactorDirection>.choice, "whether the factor raises or lowers the score")
    private let importance = KeySchema(
        "importance", ValueSchema<FactorImportance>.choice,
        "how important the factor is, at least: high is a fifth and more of all that moves the profile's score, medium a twentieth, low less; default: low"
    )
    private let groups: [KeySchema<Condition>]
    private let subject: Subject

    static let events: ConditionSchema = .init(.event, name: "event_condition") { .events }
    static let rows: ConditionSchema = .init(.row, name: "row_condition") { .rows }
    static let profiles: ConditionSchema = .init(.profile, name: "profile_condition") { .profiles }

    private init(_ subject: Subject, name: String, itself: @escaping @Sendable () -> ConditionSchema) {
        self.subject = subject
        self.name = name
        form = .named(name) {
            ValueSchema(schema: [:]) { place, context in
                let grammar = itself()
                context.depth += 1
                defer { context.depth -= 1 }
                guard context.depth <= Self.depthLimit else {
                    context.report("conditions are nested more than \(Self.depthLimit) deep", at: place)
                    return nil
                }
                return grammar.definition.read(place, &context)
            }
        }
        let list = ValueSchema<[Condition]>.list(form, count: 1 ... .max)
        groups = [
            KeySchema("all_of", list.map { .all($0) }, "conditions that must all hold"),
            KeySchema("any_of", list.map { .any($0) }, "conditions of which one must hold"),
            KeySchema("none_of", list.map { .none($0) }, "conditions of which none may hold"),
        ]
        event =
            subject == .event
            ? KeySchema("event", Self.mentionedEvent, "the name of an event type or custom event") : nil
        factor = subject == .profile ? KeySchema("factor", .text, "the name or code of an influential factor") : nil
    }

    static let depthLimit = 32

    /// The condition itself, as against a reference to it.
    var definition: ValueSchema<Condition> {
        .mapping(keys, refused: refused, schema: schema) { fields, context in read(fields, &context) }
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
    func read(_ fields: MappingReader, isRequired: Bool = true, _ context: inout ParseContext) -> Condition? {
        let present = heads.map(\.name).filter(fields.has)
        let tests = FieldTest.operators.filter { fields.has($0.name) }
        if present.count > 1 {
            context.report(
                "\(present.joined(separator: " and ")) stand side by side; keep one, or make them items of all_of",
                at: fields.place(ofKey: present[1]))
        }
        if present.isEmpty, !fields.hasStrayKeys, isRequired || !tests.isEmpty {
            let names = heads.map(\.name).joined(separator: ", ")
            context.report("needs a condition: one of \(names)", at: fields.place)
        }
        if !fields.has(field.name), !present.isEmpty, let stray = tests.first {
            context.report("needs the field that it looks at, such as field: NAME", at: fields.place(ofKey: stray.name))
        }
        var found: Condition?
        if let event, let condition = fields.value(event, &context) { found = condition }
        for group in groups { if let condition = fields.value(group, &context) { found = condition } }
        if case .all(let conditions)? = found {
            let names = conditions.compactMap { if case .event(let name) = $0 { name } else { nil } }
            if names.count > 1 { context.togetherMentions.append((names, fields.place)) }
        }
        if let condition = readField(fields, &context) { found = condition }
        if let condition = readFactor(fields, &context) { found = condition }
        return found
    }

    private func readField(_ fields: MappingReader, _ context: inout ParseContext) -> Condition? {
        let test = FieldTest.read(fields, isRequired: fields.has(field.name), &context)
        guard let path = fields.value(field, &context), let test else { return nil }
        if subject == .profile, path == "bucket" {
            let buckets = Bucket.allCases.map(\.name)
            for operand in test.operands where !buckets.contains(where: { operand == .text($0) }) {
                var suggestion: String?
                if case .text(let text) = operand { suggestion = NearestName.nearest(to: text, among: buckets) }
                context.report(
                    "a bucket is low, medium or high", at: fields.place(of: field.name), suggestion: suggestion)
            }
        }
        return .field(path: path, test)
    }

    private func readFactor(_ fields: MappingReader, _ context: inout ParseContext) -> Condition? {
        guard let factor else { return nil }
        let direction = fields.value(direction, &context)
        let importance = fields.value(importance, &context)
        for name in [self.direction.name, self.importance.name]
        where fields.has(name) && !fields.has(factor.name) && !fields.hasStrayKeys {
            context.report("needs the factor that it is about, such as factor: NAME", at: fields.place(ofKey: name))
        }
        return fields.value(factor, &context).map {
            .factor(FactorTest(name: $0, direction: direction, importance: importance))
        }
    }

    private static let mentionedEvent = eventName.map { Condition.event($0) }

    /// The name of an event that there must be.
    static let eventName = ValueSchema<String>(schema: ValueSchema<String>.text.schema) { place, context in
        guard let name = ValueSchema<String>.text.read(place, &context) else { return nil }
        context.eventMentions.append(
            ParseContext.Mention(name: name, place: place, customEventIndex: context.customEventIndex))
        return name
    }
}
