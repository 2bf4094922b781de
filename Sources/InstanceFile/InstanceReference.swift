import Learning

/// Every key of the instance file, from the very table that it is read by: what it means, how it is written, an example.
package struct InstanceReference: Sendable {
    package struct Entry: Sendable, Equatable {
        /// "events[].timestamp.unit"; "condition.gt" of a key of conditions, wherever they stand.
        package var path: String
        package var meaning: String
        package var type: String
        package var isRequired: Bool
        package var example: String?
    }

    package let entries: [Entry]

    /// Where a condition's keys are told: once, and not wherever one may stand.
    private static let condition = "condition"

    package init() {
        var found: [Entry] = []
        Self.add(InstanceSchema.instance.schema, at: "", to: &found)
        Self.add(ConditionSchema.events.definition.schema, at: Self.condition, to: &found)
        Self.add(ConditionSchema.profiles.definition.schema, at: Self.condition, to: &found)
        entries = found
    }

    /// The entries that a word may mean: a path, the end of one, or what lies below one.
    package func entries(for word: String) -> [Entry] {
        let wanted = word.replacing("[]", with: "")
        func path(_ entry: Entry) -> String { entry.path.replacing("[]", with: "") }
        var own = entries.filter { path($0) == wanted || path($0).hasSuffix("." + wanted) }
        if own.isEmpty {
            // Where a condition stands its keys do, which are told once.
            let last = wanted.split(separator: ".").last.map(String.init) ?? wanted
            own = entries.filter { path($0).hasPrefix(wanted + ".") || path($0) == "\(Self.condition).\(last)" }
            return own
        }
        guard let first = own.first, own.count == 1 else { return own }
        return [first] + entries.filter { path($0).hasPrefix(path(first) + ".") }
    }

    /// Names that entries have, to suggest one.
    package var names: [String] { entries.map { String($0.path.split(separator: ".").last ?? "") } }

    private static func add(_ schema: JSONValue, at path: String, to entries: inout [Entry]) {
        for alternative in list(schema["anyOf"]) { add(alternative, at: path, to: &entries) }
        if let items = schema["items"] { add(items, at: path + "[]", to: &entries) }
        let required = list(schema["required"])
        let own = (schema["properties"] ?? [:]).members
        let isCondition = own.contains { $0.name == "all_of" }
        for member in own {
            let isOfCondition = isCondition && path != condition && conditionKeys.contains(member.name)
            let place = path.isEmpty ? member.name : "\(path).\(member.name)"
            guard !isOfCondition, !entries.contains(where: { $0.path == place }) else { continue }
            var meaning = ""
            if case .text(let text)? = member.value["description"] { meaning = text }
            entries.append(
                Entry(
                    path: place, meaning: meaning, type: type(member.value),
                    isRequired: required.contains(.text(member.name)), example: example(place, member.value)))
            add(member.value, at: place, to: &entries)
        }
    }

    private static let conditionKeys: Set<String> = Set(
        (ConditionSchema.events.keys + ConditionSchema.profiles.keys).map(\.name))

    private static func list(_ value: JSONValue?) -> [JSONValue] {
        if case .list(let items)? = value { items } else { [] }
    }

    // MARK: Words

    private static func type(_ schema: JSONValue) -> String {
        if case .text? = schema["$ref"] { return "a condition" }
        let choices = list(schema["enum"]).map { if case .text(let text) = $0 { text } else { "" } }
            // Signs would be lost among the commas.
            .map { $0.contains { $0.isLetter || $0.isNumber } ? $0 : "`\($0)`" }
        if !choices.isEmpty { return choices.count == 1 ? choices[0] : "one of " + choices.joined(separator: ", ") }
        let alternatives = list(schema["anyOf"]).map(type)
        if !alternatives.isEmpty {
            return alternatives.enumerated().filter { !alternatives[..<$0.offset].contains($0.element) }.map(\.element)
                .joined(separator: ", or ")
        }
        if case .list(let types)? = schema["type"] {
            return types.map { type(["type": $0]) }.joined(separator: ", or ")
        }
        guard case .text(let name)? = schema["type"] else { return "a value" }
        switch name {
        case "array": return "a list: " + (schema["items"].map(type) ?? "values")
        case "object": return "a mapping"
        case "boolean": return "true or false"
        case "integer": return "a whole number" + range(schema)
        case "number": return "a number" + range(schema)
        default:
            guard case .text(let pattern)? = schema["pattern"] else { return "text" }
            return pattern.contains("[dw]") ? "days" : pattern.contains("{4}-") ? "a date" : "text"
        }
    }

    private static func range(_ schema: JSONValue) -> String {
        let (least, most) = (schema["minimum"]?.rendered(), schema["maximum"]?.rendered())
        return switch (least, most) {
        case (let least?, let most?): least == most ? " \(least)" : ", \(least) to \(most)"
        case (let least?, nil): ", at least \(least)"
        case (nil, let most?): ", at most \(most)"
        case (nil, nil): ""
        }
    }

    private static func example(_ path: String, _ schema: JSONValue) -> String? {
        let name = path.split(separator: ".").last.map(String.init) ?? path
        let value: String
        if let known = examplesByPath[path] ?? examples[name] {
            value = known
        } else if case .text(let choice)? = list(schema["enum"]).first {
            value = choice
        } else {
            switch type(schema) {
            case "true or false": value = "true"
            case "days": value = "90d"
            case "a date": value = "2011-09-01"
            default:
                guard let parameter = HyperParameters.table.first(where: { path == "model.\($0.name)" }) else {
                    return nil
                }
                value = "\(parameter.standard)"
            }
        }
        return "\(name): \(value)"
    }

    /// Where a name means another thing than elsewhere.
    private static let examplesByPath = [
        "events": "[{ path: data/events.parquet, identity: CustomerID, timestamp: InvoiceDate, event: Purchase }]",
        "features.exclude": "[\"*_trend_*\", Country]", "eligible.attributes": "[{ field: plan, equals: gold }]",
        "events[].timestamp.column": "InvoiceDate", "events[].known_from.column": "announced",
        "events[].type.column": "kind",
        "segments[].name": "Ready to buy", "custom_events[].name": "Big order", "events[].type[].name": "Cancellation",
        "events[].numbers[].name": "Revenue", "features.label.field": "y",
        "objective": "squared",
    ]

    private static let examples: [String: String] = [
        "version": "1", "name": "Buys again within 90 days", "path": "data/events-*.parquet", "identity": "CustomerID",
        "timestamp": "InvoiceDate", "event": "Purchase", "type": "{ column: kind }",
        "numbers": "[Quantity, { name: Revenue, product: [Quantity, UnitPrice] }]", "product": "[Quantity, UnitPrice]",
        "categories": "[Country]", "attributes": "[plan, since]", "column": "CustomerID", "missing": "[guest]",
        "unit": "ms", "zone": "Europe/London", "format": "\"%d/%m/%Y %H:%M\"", "from": "1985-01-01",
        "origin": "2017-01-01",
        "known_from": "announced", "decimal": "\",\"",
        "thousands": "\".\"", "currency": "€", "encoding": "latin1", "escape": "\"\\\\\"", "drop": "[duration]",
        "exclude": "{ field: StockCode, in: [POST, DOT] }", "label": "{ field: y, equals: \"yes\" }",
        "field": "Revenue",
        "when": "{ field: InvoiceNo, starts_with: C }", "within": "90d", "in_last": "365d", "at_least": "2",
        "goal": "{ will: occur, event: Purchase, within: 90d }", "eligible": "{ event: Purchase, in_last: 365d }",
        "has": "[{ event: Purchase, in_last: 365d, at_least: 2 }]", "has_not": "[{ event: Withdrawal }]",
        "latest": "{ of: [Registration, Withdrawal], is: Registration }", "of": "[Registration, Withdrawal]",
        "is": "Registration", "events": "[{ event: Visit }, { event: Purchase }]",
        "custom_events": "[{ name: Big order, all_of: [{ event: Purchase }, { field: Revenue, gt: 500 }] }]",
        "segments": "[{ name: Ready to buy, all_of: [{ field: score, gte: 75 }] }]", "output": "results",
        "profiles": "[{ path: data/customers.csv, identity: CustomerID }]", "features": "{ exclude: [\"*_trend_*\"] }",
        "snapshots": "{ count: 8, every: 30d }", "count": "8", "checks": "{ minimum_outcomes: 300 }",
        "minimum_outcomes": "300", "maximum_rejected": "0.2", "model": "{ tune: true }", "bins": "128",
        "learning_rate": "0.05", "trees": "500", "stop_after": "100", "depth": "4", "l2": "10",
        "minimum_child_hessian": "5", "minimum_child_count": "20", "row_sampling": "0.5", "feature_sampling": "0.8",
        "seed": "7", "buckets": "rank", "all_of": "[{ event: Purchase }, { field: Revenue, gt: 100 }]",
        "any_of": "[{ event: Visit }, { event: Call }]", "none_of": "[{ field: test, equals: true }]",
        "exists": "true", "equals": "France", "not_equals": "France", "in": "[FR, DE]", "not_in": "[FR, DE]",
        "contains": "shoe", "starts_with": "C", "ends_with": "-X", "matches": "\"^[A-Z]{2}\"", "gt": "100",
        "gte": "100",
        "lt": "100", "lte": "100", "between": "[10, 20]", "factor": "Days since last Purchase",
    ]

    /// All of it, as a page.
    package static var page: String {
        let rows = InstanceReference().entries.map { entry in
            "| `\(entry.path)` | \(entry.meaning)\(entry.isRequired ? "; **required**" : "") | \(entry.type) | "
                + (entry.example.map { "`\($0)`" } ?? "") + " |"
        }
        return """
            # The instance file

            Every key, from the table that the file is read by. `propensity help instance KEY` tells one of them. `[]` stands for
            the items of a list; where a condition may stand, its keys are those of `condition`. Days are written as 90d or 4w.

            | key | meaning | how it is written | example |
            | --- | --- | --- | --- |
            \(rows.joined(separator: "\n"))

            """
    }
}

extension JSONValue {
    /// The member of that name; nil of anything but an object.
    fileprivate subscript(_ name: String) -> JSONValue? { members.first { $0.name == name }?.value }
}
