import Bytes
import Learning
internal import Tables
internal import Yams

extension InstanceSchema {
    private static let path = KeySchema("path", inputPaths, required: true, "a path, a glob, or a list of them")
    private static let identity = KeySchema(
        "identity", InstanceSchema.identityColumn, required: true,
        "the column or XDM path that names the profile, or a mapping that describes it")

    static let eventDataset: ValueSchema<EventDataset> = {
        let timestamp = KeySchema(
            "timestamp", InstanceSchema.timestamp, required: true,
            "the column of the event's time, or a mapping that describes it")
        let type = KeySchema(
            "type", InstanceSchema.type,
            "the event's type: a name, { column: NAME }, { xdm: standard }, or a list of rules")
        let event = KeySchema("event", ValueSchema.text, "the type of every event of the dataset")
        let numbers = KeySchema(
            "numbers", InstanceSchema.numbers,
            "numeric columns, or products of them (of a list's items: their sum); default: all numeric columns")
        let categories = KeySchema("categories", distinctNames, "text columns; default: all text columns")
        let known = KeySchema(
            "known_from", InstanceSchema.knownTime,
            "the column of the time at which an event still to come was known, such as a planned campaign's; default: the event's own time"
        )
        let rejected = KeySchema(
            "maximum_rejected", ValueSchema.number(0...1),
            "the share of this dataset's rows that may be unusable; default: checks.maximum_rejected")
        let keys =
            [
                path.outline, identity.outline, timestamp.outline, type.outline, event.outline, numbers.outline,
                categories.outline, known.outline, rejected.outline,
            ] + textKeys
        let schema: JSONValue = ["oneOf": [["required": ["type"]], ["required": ["event"]]]]
        return .mapping(keys, schema: schema) { fields, context in
            let path = fields.value(path, &context)
            let identity = fields.value(identity, &context)
            let timestamp = fields.value(timestamp, &context)
            let constant = fields.value(event, &context).map { EventTypeSource.constant($0) }
            let type = fields.value(type, &context)
            if case .constant(let name)? = type { context.typesOfAll.append(name) }
            if fields.has("type"), fields.has("event") {
                context.report("type and event stand side by side; keep one", at: fields.place(ofKey: "event"))
            } else if !fields.has("type"), !fields.has("event") {
                fields.reportMissing("type", &context)
            }
            let numbers = fields.value(numbers, &context)
            let categories = fields.value(categories, &context)
            let known = fields.value(known, &context)
            let rejected = fields.value(rejected, &context)
            let text = textOptions(fields, &context)
            guard let path, let identity, let timestamp, let type = type ?? constant else { return nil }
            var dataset = EventDataset(
                paths: path, identity: identity.column, timestamp: timestamp, type: type, numbers: numbers,
                categories: categories)
            dataset.missingIdentities = identity.missing
            dataset.text = text
            dataset.knownFrom = known
            dataset.maximumRejected = rejected
            return dataset
        }
    }()

    static let profileDataset: ValueSchema<ProfileDataset> = {
        let attributes = KeySchema("attributes", distinctNames, "the columns to use; default: all but the identity")
        return .mapping([path.outline, identity.outline, attributes.outline] + textKeys) { fields, context in
            let path = fields.value(path, &context)
            let identity = fields.value(identity, &context)
            let attributes = fields.value(attributes, &context)
            let text = textOptions(fields, &context)
            guard let path, let identity else { return nil }
            var dataset = ProfileDataset(paths: path, identity: identity.column, attributes: attributes)
            dataset.missingIdentities = identity.missing
            dataset.text = text
            return dataset
        }
    }()

    static let featureTable: ValueSchema<FeatureTable> = {
        let identity = KeySchema(
            "identity", InstanceSchema.identityColumn, required: true,
            "the column that names the profile, or a mapping that describes it, or row for the row's number")
        let label = KeySchema(
            "label", InstanceSchema.label, required: true,
            """
            the field and the value that mark the outcome, or, where the objective is a number, the field alone; rows with an empty \
            field are scored as all are, and not learned from
            """
        )
        let drop = KeySchema("drop", distinctNames, "columns that are no features")
        return .mapping([path.outline, identity.outline, label.outline, drop.outline] + textKeys) { fields, context in
            let path = fields.value(path, &context)
            let identity = fields.value(identity, &context)
            let label = fields.value(label, &context)
            let drop = fields.value(drop, &context)
            let text = textOptions(fields, &context)
            guard let path, let identity, let label else { return nil }
            var table = FeatureTable(
                paths: path, identity: identity.isRowNumber ? .rowNumber : .column(identity.column),
                labelField: label.field, label: label.test.map { .outcome($0) } ?? .number, drop: drop ?? [])
            table.missingIdentities = identity.missing
            table.text = text
            return table
        }
    }()

    /// What stands under `features`: a table that takes the place of events, or a choice among those made of events.
    enum Features: Sendable {
        case table(FeatureTable)
        case excluded([String])
    }

    /// Whether it is a choice, by its key.
    static func choosesFeatures(_ place: SourceLocation) -> Bool {
        guard case .mapping(let pairs) = place.written else { return false }
        return pairs.contains { $0.key.string == "exclude" }
    }

    static let features: ValueSchema<Features> = {
        let exclude = KeySchema(
            "exclude", distinctNames, "codes or names of features not to be used, with * and ? as in paths")
        let choice = ValueSchema<Features>.mapping([exclude.outline]) { fields, context in
            fields.value(exclude, &context).map { .excluded($0) }
        }
        let table = featureTable.map { Features.table($0) }
        return ValueSchema(schema: ["anyOf": [table.schema, choice.schema]]) { place, context in
            choosesFeatures(place) ? choice.read(place, &context) : table.read(place, &context)
        }
    }()

    private struct Label {
        var field: String
        var test: FieldTest?
    }

    private static let label: ValueSchema<Label> = {
        let field = KeySchema("field", ValueSchema.text, required: true, "the column that tells the outcome")
        let tests = FieldTest.operators.map(\.outline)
        let alternatives = tests.map { JSONValue.object([.init(name: "required", value: [.text($0.name)])]) }
        let none: JSONValue = ["not": ["anyOf": .list(alternatives)]]
        return .mapping([field.outline] + tests, schema: ["oneOf": .list(alternatives + [none])]) { fields, context in
            let test = FieldTest.read(fields, isRequired: context.objective.labels == .outcomes, &context)
            guard let field = fields.value(field, &context), test != nil || context.objective.labels == .numbers else {
                return nil
            }
            return Label(field: field, test: test)
        }
    }()

    private static let timestamp = time(of: "the column of the event's time", mayBeNullable: true)
    private static let knownTime = time(of: "the column of the time at which the event was known", mayBeNullable: false)

    private static func time(of what: String, mayBeNullable: Bool) -> ValueSchema<TimestampColumn> {
        let column = KeySchema("column", ValueSchema.text, required: true, what)
        let unit = KeySchema(
            "unit", ValueSchema<TimeUnit>.choice, "the unit of numeric timestamps; default: by their magnitude")
        let zone = KeySchema(
            "zone", ValueSchema.timeZone, "the zone of times without one, such as Europe/London; default: UTC")
        let format = KeySchema("format", ValueSchema.text, "the strptime format of texts; default: ISO 8601")
        let from = KeySchema(
            "from", ValueSchema.date.requiring { $0 < earliestStart ? "the earliest is 1900-01-01" : nil },
            "the moment before which no event is believed; default: 1990-01-01")
        let origin = KeySchema("origin", ValueSchema.date, "the date that days are counted from, with unit: days")
        let nullable = KeySchema(
            "nullable", ValueSchema.boolean,
            "whether rows without a time are simply no events, such as orders that were never returned; default: false")
        let keys =
            [column.outline, unit.outline, origin.outline, zone.outline, format.outline, from.outline]
            + (mayBeNullable ? [nullable.outline] : [])
        return .either(
            text: ValueSchema<String>.text.map { TimestampColumn(column: $0) },
            mapping: .mapping(keys) { fields, context in
                let column = fields.value(column, &context)
                let unit = fields.value(unit, &context)
                let zone = fields.value(zone, &context)
                let format = fields.value(format, &context)
                let from = fields.value(from, &context)
                let origin = fields.value(origin, &context)
                let nullable = mayBeNullable ? fields.value(nullable, &context) : nil
                if unit == .days, !fields.has("origin") {
                    context.report(
                        "days are counted from a date; add origin: DATE, the date of day 0",
                        at: fields.place(ofKey: "unit"))
                } else if fields.has("origin"), unit != .days {
                    context.report("is for unit: days only", at: fields.place(ofKey: "origin"))
                }
                return column.map { column in
                    var timestamp = TimestampColumn(column: column, unit: unit, zone: zone, format: format)
                    timestamp.from = from ?? timestamp.from
                    timestamp.origin = origin
                    timestamp.isNullable = nullable ?? false
                    return timestamp
                }
            })
    }

    /// 1900-01-01.
    private static let earliestStart = Timestamp(microseconds: -2_208_988_800_000_000)

    private static let type: ValueSchema<EventTypeSource> = .either(
        text: ValueSchema<String>.text.map { .constant($0) }, list: rules, mapping: foundType)

    private enum XDM: String, CaseIterable { case standard }

    /// A type that each record tells.
    private static let foundType: ValueSchema<EventTypeSource> = {
        let column = KeySchema("column", ValueSchema.text, "the column that holds the event's type")
        let xdm = KeySchema(
            "xdm", ValueSchema<XDM>.choice, "standard: the XDM field groups that a record has, else its eventType")
        let schema: JSONValue = ["oneOf": [["required": ["column"]], ["required": ["xdm"]]]]
        return .mapping([column.outline, xdm.outline], schema: schema) { fields, context in
            let column = fields.value(column, &context).map { EventTypeSource.column($0) }
            let xdm = fields.value(xdm, &context).map { _ in EventTypeSource.standardXDM }
            if fields.has("column"), fields.has("xdm") {
                context.report("column and xdm stand side by side; keep one", at: fields.place(ofKey: "xdm"))
            } else if !fields.has("column"), !fields.has("xdm"), !fields.hasStrayKeys {
                context.report("needs column: NAME or xdm: standard", at: fields.place)
            }
            return column ?? xdm
        }
    }()

    private static let rules: ValueSchema<EventTypeSource> = {
        let name = KeySchema("name", ValueSchema.text, required: true, "the type of the events that meet the rule")
        let when = KeySchema(
            "when", ConditionSchema.rows.form, "the condition of the rule; without one it always holds")
        let rule = ValueSchema<EventTypeSource.Rule>.mapping([name.outline, when.outline]) { fields, context in
            let name = fields.value(name, &context)
            let when = fields.value(when, &context)
            return name.map { EventTypeSource.Rule(name: $0, when: when) }
        }
        return ValueSchema<[EventTypeSource.Rule]>.list(rule, count: 1 ... .max).requiring { rules in
            guard let last = rules.firstIndex(where: { $0.when == nil }), last < rules.count - 1 else { return nil }
            return "rule [\(last)] always holds, so the rules after it are never reached; move it to the end"
        }.map { .rules($0) }
    }()

    private static let numbers: ValueSchema<[NumberField]> = {
        let name = KeySchema("name", ValueSchema.text, required: true, "the name of the product, used in feature names")
        let product = KeySchema(
            "product", ValueSchema<[String]>.list(.text, count: 1 ... .max), required: true, "the columns to multiply")
        let field = ValueSchema<NumberField>.mapping([name.outline, product.outline]) { fields, context in
            let name = fields.value(name, &context)
            let product = fields.value(product, &context)
            guard let name, let product else { return nil }
            return NumberField(name: name, columns: product)
        }
        let column = ValueSchema<String>.text.map { NumberField(name: $0, columns: [$0]) }
        return ValueSchema<[NumberField]>.list(.either(text: column, mapping: field)).requiring { fields in
            repeated(fields.map(\.name)).map { "\"\($0)\" is named twice" }
        }
    }()

    private static let distinctNames = ValueSchema<[String]>.list(.text).requiring(schema: ["uniqueItems": true]) {
        names in
        repeated(names).map { "\"\($0)\" is named twice" }
    }

    private static func repeated(_ names: [String]) -> String? {
        names.indices.first { names[..<$0].contains(names[$0]) }.map { names[$0] }
    }
}
