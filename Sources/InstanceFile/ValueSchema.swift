internal import Yams

/// How one kind of value is written in the instance file: how it is read, and how JSON Schema describes it.
///
/// Forms are made of forms, so that the parser's keys and the schema's keys cannot differ.
struct ValueSchema<Value>: Sendable {
    var schema: JSONValue
    /// The value at a place, or nil after reporting what is wrong with it.
    var read: @Sendable (SourceLocation, inout ParseContext) -> Value?

    /// The same, turned into something else.
    func map<Other>(_ transform: @escaping @Sendable (Value) -> Other) -> ValueSchema<Other> {
        ValueSchema<Other>(schema: schema) { place, context in read(place, &context).map(transform) }
    }

    /// The same, with a further requirement: `flaw` tells what is wrong with a value, nil if nothing is.
    func requiring(
        schema extra: JSONValue = [:], _ flaw: @escaping @Sendable (Value) -> String?
    ) -> ValueSchema {
        ValueSchema(schema: schema.adding(extra)) { place, context in
            guard let value = read(place, &context) else { return nil }
            guard let flaw = flaw(value) else { return value }
            context.report(flaw, at: place)
            return nil
        }
    }

    /// A form by its name among the schema's definitions, which may contain itself.
    static func named(_ name: String, _ form: @escaping @Sendable () -> ValueSchema) -> ValueSchema {
        ValueSchema(schema: ["$ref": .text("#/$defs/\(name)")]) { place, context in form().read(place, &context) }
    }

    /// A list; a flaw in one item does not hide those of the next.
    static func list<Item>(_ item: ValueSchema<Item>, count: ClosedRange<Int>? = nil) -> ValueSchema
    where Value == [Item] {
        var schema: JSONValue = ["type": "array", "items": item.schema]
        if let count {
            schema = schema.adding(["minItems": .integer(count.lowerBound)])
            if count.upperBound < .max { schema = schema.adding(["maxItems": .integer(count.upperBound)]) }
        }
        return ValueSchema(schema: schema) { place, context in
            guard case .list(let nodes) = place.written else {
                context.reportKind(expected: "a list", at: place)
                return nil
            }
            guard context.mayUnfold(at: place) else { return nil }
            if let count, !count.contains(nodes.count) {
                let wanted =
                    count.lowerBound == count.upperBound
                    ? "exactly \(count.lowerBound)" : "at least \(count.lowerBound)"
                context.report("expected a list of \(wanted), found \(nodes.count)", at: place)
                return nil
            }
            var items: [Item] = []
            for (index, node) in nodes.enumerated() {
                if let value = item.read(place.item(index, node), &context) { items.append(value) }
            }
            return items.count == nodes.count ? items : nil
        }
    }

    /// One of several forms, told apart by what is written; nil for a kind that may not stand here.
    static func either(text: ValueSchema? = nil, list: ValueSchema? = nil, mapping: ValueSchema? = nil) -> ValueSchema {
        let nouns = [(text, "text"), (list, "a list"), (mapping, "a mapping")].compactMap { $0.0 == nil ? nil : $0.1 }
        let expected = nouns.count < 3 ? nouns.joined(separator: " or ") : "text, a list or a mapping"
        let schemas = [text, list, mapping].compactMap(\.?.schema)
        return ValueSchema(schema: ["anyOf": .list(schemas)]) { place, context in
            let form: ValueSchema? =
                switch place.written {
                case .text, .number, .date: text
                case .list: list
                case .mapping: mapping
                case .nothing, .boolean: nil
                }
            guard let form else {
                context.reportKind(expected: expected, at: place)
                return nil
            }
            return form.read(place, &context)
        }
    }
}
