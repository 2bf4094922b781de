internal import Tables
internal import Yams

/// How a dataset's files are written, and its column of identities: the same keys for every kind of dataset.
extension InstanceSchema {
    struct IdentityColumn {
        var column: String
        var missing: [String] = []
        /// Whether `row` was written, and not `column: row`.
        var isRowNumber = false
    }

    static let identityColumn: ValueSchema<IdentityColumn> = {
        let column = KeySchema(
            "column", ValueSchema.text, required: true, "the column or XDM path that names the profile")
        let missing = KeySchema(
            "missing", ValueSchema<[String]>.list(.text, count: 1 ... .max),
            "values that name nobody, besides null, NaN, \\N, #N/A and their like")
        return .either(
            text: ValueSchema<String>.text.map { IdentityColumn(column: $0, isRowNumber: $0 == "row") },
            mapping: .mapping([column.outline, missing.outline]) { fields, context in
                let column = fields.value(column, &context)
                let missing = fields.value(missing, &context)
                return column.map { IdentityColumn(column: $0, missing: missing ?? []) }
            })
    }()

    private static let encoding = KeySchema(
        "encoding", ValueSchema<TextEncoding>.choice, "how the characters of CSV and JSON are encoded; default: utf-8")
    private static let escape = KeySchema(
        "escape", ValueSchema<TextOptions.Escape>.choice,
        "what stands before a quote within quotes in CSV, \\ or another quote; default: as the file shows")
    private static let decimal = KeySchema(
        "decimal", sign([".", ","]), "the sign before the decimals of numbers in texts; default: a point")
    private static let thousands = KeySchema(
        "thousands", sign([",", ".", " ", "'"]), "the sign between the thousands of numbers in texts; default: none")
    private static let currency = KeySchema(
        "currency", ValueSchema.text, "the currency that stands before or behind numbers in texts, such as EUR")

    static let textKeys = [
        encoding.outline, escape.outline, decimal.outline, thousands.outline, currency.outline,
    ]

    static func textOptions(_ fields: MappingReader, _ context: inout ParseContext) -> TextOptions {
        var options = TextOptions()
        options.encoding = fields.value(encoding, &context) ?? options.encoding
        options.escape = fields.value(escape, &context)
        options.numbers.decimal = fields.value(decimal, &context) ?? options.numbers.decimal
        options.numbers.thousands = fields.value(thousands, &context)
        options.numbers.currency = fields.value(currency, &context)
        if options.numbers.thousands == options.numbers.decimal {
            context.report(
                "thousands and decimal are the same sign; name the other with decimal",
                at: fields.place(ofKey: thousands.name))
        }
        return options
    }

    private static func sign(_ signs: [Unicode.Scalar]) -> ValueSchema<Unicode.Scalar> {
        let names = signs.map { "\"\($0)\"" }.joined(separator: ", ")
        return ValueSchema(schema: ["enum": .list(signs.map { .text(String($0)) })]) { place, context in
            if case .text(let text) = place.written, let sign = text.unicodeScalars.first,
                text.unicodeScalars.count == 1,
                signs.contains(sign)
            {
                return sign
            }
            context.report("expected one of \(names)", at: place)
            return nil
        }
    }
}
