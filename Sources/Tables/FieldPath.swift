/// A step from a row towards a column's values.
enum FieldStep: Sendable, Hashable {
    /// Into a record, to the value of this key.
    case key(String)
    /// Into a list, to its items.
    case items
    /// Into a map, to its entries.
    case entries
}

/// What is taken at a step.
enum FieldChoice: Sendable, Hashable {
    /// Of a record the one value of its key, of lists and maps everything.
    case all
    case item(Int)
    case entry(String)
}

/// What a path leads to.
struct ResolvedField {
    var field: Field
    /// Its place among the schema's fields, or behind these among its records.
    var place: Int
    /// By step of the field.
    var choices: [FieldChoice]

    /// The kind of its column: a list unless every list on the way is left by a single item.
    var kind: ColumnKind {
        let isList = zip(field.steps, choices).contains { step, choice in
            if case .key = step { false } else { choice == .all }
        }
        let kind = field.kind.ofItems
        return isList && kind.isUsable ? .list(kind) : kind
    }
}

extension Schema {
    func resolve(_ path: String) -> ResolvedField? {
        if let place = fields.firstIndex(where: { $0.name == path }) {
            let field = fields[place]
            return ResolvedField(field: field, place: place, choices: field.steps.map { _ in .all })
        }
        let bytes = Array(path.utf8)
        let prefix = Array(keyPrefix.utf8)
        var best: (field: ResolvedField, rank: (Int, Int))?
        for (place, field) in (fields + records).enumerated() {
            guard let match = PathMatch(bytes[...], field.steps[...], prefix, isFirst: true) else { continue }
            // A record that a map has under such a key is more likely a field of one that is misspelt.
            if match.hasLongKey, place >= fields.count { continue }
            // A name that looks like a path is a longer key than the path's own.
            let letters = field.steps.reduce(0) { if case .key(let key) = $1 { $0 + key.utf8.count } else { $0 } }
            let rank = (match.aliases, -letters)
            if let best, best.rank <= rank { continue }
            best = (ResolvedField(field: field, place: place, choices: match.choices), rank)
        }
        return best?.field
    }
}

/// How a path goes along the steps of a field.
private struct PathMatch {
    var choices: [FieldChoice] = []
    /// How many keys are spelt without the prefix in one place and with it in the other.
    var aliases = 0
    /// Whether a map's key has a dot or a bracket in it.
    var hasLongKey = false

    private init() {}

    /// nil when it does not.
    ///
    /// - Parameter prefix: what a key may have before it and is the same.
    init?(_ path: ArraySlice<UInt8>, _ steps: ArraySlice<FieldStep>, _ prefix: [UInt8], isFirst: Bool = false) {
        guard let step = steps.first else {
            if path.isEmpty { return } else { return nil }
        }
        let rest = steps.dropFirst()
        switch step {
        case .key(let key):
            guard isFirst || path.first == UInt8(ascii: ".") else { return nil }
            let path = isFirst ? path : path.dropFirst()
            let key = Array(key.utf8)
            let isAlias = path.starts(with: prefix) != key.starts(with: prefix)
            let (given, wanted) = isAlias ? (Self.bare(path, prefix), Self.bare(key[...], prefix)) : (path, key[...])
            guard given.starts(with: wanted), let match = PathMatch(given.dropFirst(wanted.count), rest, prefix) else {
                return nil
            }
            self = match
            if isAlias { aliases += 1 }
            choices.insert(.all, at: 0)
        case .items:
            guard let (choice, after) = Self.brackets(path), let match = PathMatch(after, rest, prefix) else {
                return nil
            }
            self = match
            choices.insert(choice, at: 0)
        case .entries:
            guard let (choice, match) = Self.entry(path, rest, prefix) else { return nil }
            self = match
            choices.insert(choice, at: 0)
        }
    }

    /// The brackets at the start of a path; without any, all items are meant.
    private static func brackets(_ path: ArraySlice<UInt8>) -> (FieldChoice, ArraySlice<UInt8>)? {
        guard path.first == UInt8(ascii: "[") else { return (.all, path) }
        guard let end = path.firstIndex(of: UInt8(ascii: "]")) else { return nil }
        let inside = path[path.startIndex + 1..<end]
        let after = path[(end + 1)...]
        if inside.isEmpty || inside.elementsEqual("*".utf8) { return (.all, after) }
        guard inside.allSatisfy(\.isDigit), let item = Int(String(decoding: inside, as: UTF8.self)) else { return nil }
        return (.item(item), after)
    }

    /// An entry's key, up to the next dot or bracket. Where the entry is the value itself, all that is left may be its key.
    private static func entry(
        _ path: ArraySlice<UInt8>, _ steps: ArraySlice<FieldStep>, _ prefix: [UInt8]
    ) -> (FieldChoice, PathMatch)? {
        guard path.first == UInt8(ascii: ".") else {
            return brackets(path).flatMap { choice, after in
                choice == .all ? PathMatch(after, steps, prefix).map { (.all, $0) } : nil
            }
        }
        let name = path.dropFirst()
        let end = name.firstIndex { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "[") } ?? name.endIndex
        if name.isEmpty || end == name.startIndex { return nil }
        let key = String(decoding: name[..<end], as: UTF8.self)
        if let match = PathMatch(name[end...], steps, prefix) { return (key == "*" ? .all : .entry(key), match) }
        guard steps.isEmpty else { return nil }
        var match = PathMatch()
        match.hasLongKey = true
        return (.entry(String(decoding: name, as: UTF8.self)), match)
    }

    private static func bare(_ key: ArraySlice<UInt8>, _ prefix: [UInt8]) -> ArraySlice<UInt8> {
        key.starts(with: prefix) ? key.dropFirst(prefix.count) : key
    }
}

extension [FieldStep] {
    /// The steps by which fields are the same that differ in the prefix of keys alone.
    func without(_ prefix: String) -> [FieldStep] {
        map { step in if case .key(let key) = step { .key(key.without(prefix)) } else { step } }
    }

    /// The path along the steps, which ends at the last key, without the prefix: "productListItems[].SKU".
    func name(without prefix: String) -> String {
        var name = ""
        let end = lastIndex { $0 != .items } ?? startIndex
        for step in self[...end] {
            switch step {
            case .key(let key): name += (name.isEmpty ? "" : ".") + key.without(prefix)
            case .items: name += "[]"
            case .entries: name += ".*"
            }
        }
        return name
    }
}

extension String {
    fileprivate func without(_ prefix: String) -> String {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : self
    }
}
