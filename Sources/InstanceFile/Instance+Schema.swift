extension Instance {
    /// The JSON Schema (draft 2020-12) of the instance file, from the very table of keys that the parser reads by.
    ///
    /// It lets editors complete and check instance files. What it cannot say (files that must exist, events that must
    /// be known) the parser alone checks.
    package static let jsonSchema: String = {
        let definitions = [ConditionSchema.events, ConditionSchema.rows, ConditionSchema.profiles].map { grammar in
            JSONValue.Member(name: grammar.name, value: grammar.definition.schema)
        }
        let head: JSONValue = [
            "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "propensity instance",
        ]
        return head.adding(InstanceSchema.instance.schema).adding(["$defs": .object(definitions)]).rendered() + "\n"
    }()
}
