internal import Yams

extension FieldTest {
    /// The operators by their keys.
    static let operators: [Key<FieldTest>] = [
        Key("exists", Form.boolean.map { .exists($0) }, "whether there is a value"),
        Key("equals", Form.operand.map { .equals($0) }, "a value that it equals"),
        Key("not_equals", Form.operand.map { .notEquals($0) }, "a value that it does not equal"),
        Key("in", operands.map { .isIn($0) }, "values of which it equals one"),
        Key("not_in", operands.map { .notIn($0) }, "values of which it equals none"),
        Key("contains", Form.text.map { .contains($0) }, "a part of its text"),
        Key("starts_with", Form.text.map { .startsWith($0) }, "how its text begins"),
        Key("ends_with", Form.text.map { .endsWith($0) }, "how its text ends"),
        Key("matches", Form.regularExpression.map { .matches($0) }, "a regular expression that matches in its text"),
        Key("gt", Form.bound.map { .greater($0) }, "a number, date or text that it is above"),
        Key("gte", Form.bound.map { .greaterOrEqual($0) }, "a number, date or text that it equals or is above"),
        Key("lt", Form.bound.map { .less($0) }, "a number, date or text that it is below"),
        Key("lte", Form.bound.map { .lessOrEqual($0) }, "a number, date or text that it equals or is below"),
        Key("between", ends.map { .between($0[0], $0[1]) }, "the lowest and the highest number, date or text, [a, b]"),
    ]

    /// The one operator among a mapping's keys; nil if there is none, or it is wrong and reported.
    static func read(_ fields: Fields, isRequired: Bool, _ reading: inout Reading) -> FieldTest? {
        let present = operators.filter { fields.has($0.name) }
        if isRequired, present.isEmpty, !fields.hasStrayKeys {
            let names = operators.map(\.name).joined(separator: ", ")
            reading.report("needs an operator: one of \(names)", at: fields.place)
        }
        if present.count > 1 {
            reading.report(
                "\(present.map(\.name).joined(separator: " and ")) stand side by side; make them items of all_of, "
                    + "each with its field, or use between",
                at: fields.place(ofKey: present[1].name))
        }
        var test: FieldTest?
        for key in present { if let found = fields.value(key, &reading) { test = found } }
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

    private static let operands = Form<[Operand]>.list(.operand, count: 1 ... .max)

    private static let ends = Form<[Operand]>.list(.bound, count: 2...2).requiring { ends in
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
