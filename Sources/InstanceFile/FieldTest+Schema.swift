internal import Yams

extension FieldTest {
    /// The operators by their keys.
    static let operators: [KeySchema<FieldTest>] = [
        KeySchema("exists", ValueSchema.boolean.map { .exists($0) }, "whether there is a value"),
        KeySchema("equals", ValueSchema.operand.map { .equals($0) }, "a value that it equals"),
        KeySchema("not_equals", ValueSchema.operand.map { .notEquals($0) }, "a value that it does not equal"),
        KeySchema("in", operands.map { .isIn($0) }, "values of which it equals one"),
        KeySchema("not_in", operands.map { .notIn($0) }, "values of which it equals none"),
        KeySchema("contains", ValueSchema.text.map { .contains($0) }, "a part of its text"),
        KeySchema("starts_with", ValueSchema.text.map { .startsWith($0) }, "how its text begins"),
        KeySchema("ends_with", ValueSchema.text.map { .endsWith($0) }, "how its text ends"),
        KeySchema(
            "matches", ValueSchema.regularExpression.map { .matches($0) },
            "a regular expression that matches in its text"),
        KeySchema("gt", ValueSchema.bound.map { .greater($0) }, "a number, date or text that it is above"),
        KeySchema(
            "gte", ValueSchema.bound.map { .greaterOrEqual($0) }, "a number, date or text that it equals or is above"),
        KeySchema("lt", ValueSchema.bound.map { .less($0) }, "a number, date or text that it is below"),
        KeySchema(
            "lte", ValueSchema.bound.map { .lessOrEqual($0) }, "a number, date or text that it equals or is below"),
        KeySchema(
            "between", ends.map { .between($0[0], $0[1]) }, "the lowest and the highest number, date or text, [a, b]"),
    ]

    /// The one operator among a mapping's keys; nil if there is none, or it is wrong and reported.
    static func read(_ fields: MappingReader, isRequired: Bool, _ context: inout ParseContext) -> FieldTest? {
        let present = operators.filter { fields.has($0.name) }
        if isRequired, present.isEmpty, !fields.hasStrayKeys {
            let names = operators.map(\.name).joined(separator: ", ")
            context.report("needs an operator: one of \(names)", at: fields.place)
        }
        if present.count > 1 {
            context.report(
                "\(present.map(\.name).joined(separator: " and ")) stand side by side; make them items of all_of, "
                    + "each with its field, or use between",
                at: fields.place(ofKey: present[1].name))
        }
        var test: FieldTest?
        for key in present { if let found = fields.value(key, &context) { test = found } }
        return test
    }

    /// What it compares with.
    package var operands: [Operand] {
        switch self {
        case .equals(let operand), .notEquals(let operand), .greater(let operand), .greaterOrEqual(let operand),
            .less(let operand), .lessOrEqual(let operand):
            [operand]
        case .isIn(let operands), .notIn(let operands): operands
        case .between(let lower, let upper): [lower, upper]
        case .exists, .contains, .startsWith, .endsWith, .matches: []
        }
    }

    private static let operands = ValueSchema<[Operand]>.list(.operand, count: 1 ... .max)

    private static let ends = ValueSchema<[Operand]>.list(.bound, count: 2...2).requiring { ends in
        switch (ends[0], ends[1]) {
        case (.number(let lower), .number(let upper)):
            lower <= upper ? nil : "\(lower) is above \(upper); write the lower one first"
        case (.date(let lower), .date(let upper)):
            lower <= upper ? nil : "\(lower) is later than \(upper); write the earlier one first"
        case (.text, .text): nil
        case (.boolean, _), (_, .boolean), (.text, _), (_, .text), (.number, _), (.date, _):
            "both ends must be of one kind: numbers, dates or texts"
        }
    }
}
