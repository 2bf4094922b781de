internal import Yams

/// A key of a mapping: its name, what it means, and how its value is written.
struct KeySchema<Value>: Sendable {
    let name: String
    /// A phrase, shown in the schema and when the key is missing.
    let meaning: String
    let isRequired: Bool
    let form: ValueSchema<Value>

    init(_ name: String, _ form: ValueSchema<Value>, required: Bool = false, _ meaning: String) {
        self.name = name
        self.form = form
        self.isRequired = required
        self.meaning = meaning
    }

    var outline: KeyOutline {
        KeyOutline(name: name, meaning: meaning, isRequired: isRequired, schema: form.schema)
    }
}

/// A key without the type of its value.
struct KeyOutline: Sendable {
    var name: String
    var meaning: String
    var isRequired: Bool
    var schema: JSONValue
}

/// A mapping's values by key, as far as the keys are known.
struct MappingReader {
    let place: SourceLocation
    private let keys: [KeyOutline]
    private var entries: [String: (key: SourceLocation, value: SourceLocation)] = [:]
    /// Known keys that unknown ones seem to mean; what is missing because of a misspelling need not be said twice.
    private var misspelt: Set<String> = []
    /// Whether a key was reported, which may explain why another one is missing.
    private(set) var hasStrayKeys = false

    /// Reports unknown, refused and missing keys. `refused` gives reasons for keys that have a meaning elsewhere.
    init?(_ place: SourceLocation, keys: [KeyOutline], refused: [String: String], context: inout ParseContext) {
        guard case .mapping(let pairs) = place.written else {
            context.reportKind(expected: "a mapping", at: place)
            return nil
        }
        guard context.mayUnfold(at: place) else { return nil }
        self.place = place
        self.keys = keys
        for (keyNode, node) in pairs {
            guard case .scalar(let scalar) = keyNode else {
                context.report("a key must be plain text", at: SourceLocation(node: keyNode, path: place.path))
                hasStrayKeys = true
                continue
            }
            let name = scalar.string
            let key = place.key(name, keyNode)
            if keys.contains(where: { $0.name == name }) {
                entries[name] = (key, place.key(name, node))
                continue
            }
            hasStrayKeys = true
            if let reason = refused[name] {
                context.report(reason, at: key)
            } else if let suggestion = NearestName.nearest(to: name, among: keys.map(\.name)) {
                misspelt.insert(suggestion)
                context.report("unknown key", at: key, suggestion: suggestion)
            } else {
                let known = keys.map(\.name).joined(separator: ", ")
                context.report("unknown key; the keys here are \(known)", at: key)
            }
        }
        for key in keys where key.isRequired && entries[key.name] == nil { reportMissing(key.name, &context) }
    }

    func has(_ name: String) -> Bool { entries[name] != nil }

    /// Where a key stands; the mapping itself if the key is absent.
    func place(ofKey name: String) -> SourceLocation { entries[name]?.key ?? place }

    /// Where a key's value stands; the mapping itself if the key is absent.
    func place(of name: String) -> SourceLocation { entries[name]?.value ?? place }

    /// The value of a key; nil if it is absent, or wrong and reported.
    func value<Value>(_ key: KeySchema<Value>, _ context: inout ParseContext) -> Value? {
        precondition(keys.contains { $0.name == key.name }, "\(key.name) is read but not among the mapping's keys")
        guard let place = entries[key.name]?.value else { return nil }
        return key.form.read(place, &context)
    }

    func reportMissing(_ name: String, _ context: inout ParseContext) {
        guard !misspelt.contains(name), let key = keys.first(where: { $0.name == name }) else { return }
        context.report("missing: \(key.meaning)", at: place.key(name, place.node))
    }
}

extension ValueSchema {
    /// A mapping with these keys and no others. `build` must ask for every key, so that all problems are found.
    static func mapping(
        _ keys: [KeyOutline], refused: [String: String] = [:], schema extra: JSONValue = [:],
        build: @escaping @Sendable (MappingReader, inout ParseContext) -> Value?
    ) -> ValueSchema {
        ValueSchema(schema: objectSchema(keys).adding(extra)) { place, context in
            let before = context.problems.count
            guard let fields = MappingReader(place, keys: keys, refused: refused, context: &context) else { return nil }
            let value = build(fields, &context)
            return context.problems.count == before ? value : nil
        }
    }

    private static func objectSchema(_ keys: [KeyOutline]) -> JSONValue {
        let properties = keys.map { key in
            JSONValue.Member(name: key.name, value: key.schema.adding(["description": .text(key.meaning)]))
        }
        let required = keys.filter(\.isRequired).map { JSONValue.text($0.name) }
        let schema: JSONValue = [
            "type": "object", "properties": .object(properties), "additionalProperties": false,
        ]
        return required.isEmpty ? schema : schema.adding(["required": .list(required)])
    }
}
