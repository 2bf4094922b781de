/// What kind of values a file's column holds.
package indirect enum ColumnKind: Sendable, Equatable {
    case boolean, integer, number, timestamp, text
    /// No value at all, which goes with values of any kind.
    case empty
    /// Any number of values a row, of a kind that is no list.
    case list(ColumnKind)
    /// A type that cannot be used, in Arrow's words ("duration[us]").
    case unsupported(String)

    /// Whether values of the kind can be read.
    package var isUsable: Bool {
        if case .unsupported = self { false } else { true }
    }

    /// The kind that holds the values of both.
    package func joined(with other: ColumnKind) -> ColumnKind {
        switch (self, other) {
        case _ where self == other: self
        case (.empty, _): other
        case (_, .empty): self
        case (.unsupported, _): self
        case (_, .unsupported): other
        case (.integer, .number), (.number, .integer): .number
        case (.list(let items), _): .list(items.joined(with: other.ofItems))
        case (_, .list(let items)): .list(joined(with: items))
        default: .text
        }
    }

    /// The kind of a list's items; of others the kind itself.
    package var ofItems: ColumnKind {
        if case .list(let kind) = self { kind } else { self }
    }
}

/// A column of a file, or a value deep within its records.
package struct Field: Sendable, Equatable {
    /// A path in the words of `Schema.field(_:)`, without the prefix before its keys where it is clear without.
    package var name: String
    package var kind: ColumnKind
    /// The way from a row to the values.
    var steps: [FieldStep]

    package init(name: String, kind: ColumnKind) {
        self.init(name: name, kind: kind, steps: [.key(name)])
    }

    init(name: String, kind: ColumnKind, steps: [FieldStep]) {
        self.name = name
        self.kind = kind
        self.steps = steps
    }
}

/// The columns of a file, in file order. Nested records appear flattened, by their paths ("commerce.purchases.value",
/// "productListItems[].SKU").
package struct Schema: Sendable, Equatable {
    package var fields: [Field]
    /// The records that the fields stand in. Read as columns they are true where there is a record.
    package var records: [Field]
    /// What a key may have before it and is the same as without; empty: nothing.
    package let keyPrefix: String

    package init(fields: [Field], records: [Field] = [], keyPrefix: String = "") {
        self.fields = fields
        self.records = records
        self.keyPrefix = keyPrefix
    }

    /// What stands at a path; nil when there is nothing.
    ///
    /// A path is keys with dots between them. Behind a list, `[]` means any of its items and may be left out, and `[0]`
    /// its first item. The key of a map's entry stands like any other, and `*` for any of them. A key is the same with
    /// and without the schema's prefix before it; a row that has both holds the first of them. A name that has a dot or a bracket in it
    /// comes before the path that it looks like.
    ///
    /// Cost: a comparison with each field's name.
    package func field(_ path: String) -> Field? {
        guard let found = resolve(path) else { return nil }
        return Field(name: found.field.name, kind: found.kind, steps: found.field.steps)
    }

    /// The names of all fields and records, in file order: what a path may have been meant to be.
    package var names: [String] { (fields + records).map(\.name) }
}
