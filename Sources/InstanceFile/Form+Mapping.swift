internal import Yams

/// A key of a mapping: its name, what it means, and how its value is written.
struct Key<Value>: Sendable {
    let name: String
    /// A phrase, shown in the schema and when the key is missing.
    let meaning: String
    let isRequired: Bool
    let form: Form<Value>

    init(_ name: String, _ form: Form<Value>, required: Bool = false, _ meaning: String) {
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
struct Fields {
    let place: Place
    private let keys: [KeyOutline]
    private var entries: [String: (key: Place, value: Place)] = [:]
    /// Known keys that unknown ones seem to mean; what is missing because of a misspelling need not be said twice.
    private var misspelt: Set<String> = []
    /// Whether a key was reported, which may explain why another one is missing.
    private(set) var hasStrayKeys = false

    /// Reports unknown, refused and missing keys. `refused` gives reasons for keys that have a meaning elsewhere.
    init?(_ place: Place, keys: [KeyOutline], refused: [String: String], reading: inout Reading) {
        guard case .mapping(let pairs) = place.written else {
            reading.reportKind(expected: "a mapping", at: place)
            return nil
        }
        guard reading.mayUnfold(at: place) else { return nil }
        self.place = place
        self.keys = keys
        for (keyNode, node) in pairs {
            guard case .scalar(let scalar) = keyNode else {
                reading.report("a key must be plain text", at: Place(node: keyNode, path: place.path))
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
                reading.report(reason, at: key)
            } else if let suggestion = NearestName.nearest(to: name, among: keys.map(\.name)) {
                misspelt.insert(suggestion)
                reading.report("unknown key", at: key, suggestion: suggestion)
            } else {
                let known = keys.map(\.name).joined(separator: ", ")
                reading.report("unknown key; the keys here are \(known)", at: key)
            }
        }
        for key in keys where key.isRequired && entries[key.name] == nil { reportMissing(key.name, &reading) }
    }

    func has(_ name: String) -> Bool { entries[name] != nil }

    /// Where a key stands; the mapping itself if the key is absent.
    func place(ofKey name: String) -> Place { entries[name]?.key ?? place }

    /// Where a key's value stands; the mapping itself if the key is absent.
    func place(of name: String) -> Place { entries[name]?.value ?? place }

    /// The value of a key; nil if it is absent, or wrong and reported.
    func value<Value>(_ key: Key<Value>, _ reading: inout Reading) -> Value? {
        precondition(keys.contains { $0.name == key.name }, "\(key.name) is read but not among the mapping's keys")
        guard let place = entries[key.name]?.value else { return nil }
        return key.form.read(place, &reading)
    }

    func reportMissing(_ name: String, _ reading: inout Reading) {
        guard !misspelt.contains(name), let key = keys.first(where: { $0.name == name }) else { return }
        reading.report("missing: \(key.meaning)", at: place.key(name, place.node))
    }
}

extension Form {
    /// A mapping with these keys and no others. `build` must ask for every key, so that all problems are found.
    static func mapping(
        _ keys: [KeyOutline], refused: [String: String] = [:], schema extra: JSONValue = [:],
        build: @escaping @Sendable (Fields, inout Reading) -> Value?
    ) -> Form {
        Form(schema: objectSchema(keys).adding(extra)) { place, reading in
            let before = reading.problems.count
            guard let fields = Fields(place, keys: keys, refused: refused, reading: &reading) else { return nil }
            let value = build(fields, &reading)
            return reading.problems.count == before ? value : nil
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
