import Learning

extension ValueSchema where Value == HyperValue {
    /// How a hyper-parameter is written.
    static func hyperParameter(_ domain: HyperParameterDomain) -> ValueSchema {
        switch domain {
        case .integer(let range): ValueSchema<Int>.integer(range).map { .integer($0) }
        case .number(let range): ValueSchema<Double>.number(range).map { .number($0) }
        case .share: ValueSchema<Double>.number(0...1, isPositive: true).map { .number($0) }
        case .truth: ValueSchema<Bool>.boolean.map { .truth($0) }
        case .choice(let names): ValueSchema<String>.oneOf(names).map { .text($0) }
        case .shareOrChoice(let names):
            number(ValueSchema<Double>.number(0...1, isPositive: true).map { .number($0) }, or: names)
        case .integerOrChoice(let range, let names):
            number(ValueSchema<Int>.integer(range).map { .integer($0) }, or: names)
        }
    }

    private static func number(_ number: ValueSchema, or names: [String]) -> ValueSchema {
        let choice = ValueSchema<String>.oneOf(names)
        return ValueSchema(schema: ["anyOf": .list([choice.schema, number.schema])]) { place, context in
            switch place.written {
            case .text(let name) where names.contains(name): return .text(name)
            case .number: return number.read(place, &context)
            case .text where names.count > 1: return choice.read(place, &context).map { .text($0) }
            default:
                context.reportKind(expected: "\(names.joined(separator: ", ")) or a number", at: place)
                return nil
            }
        }
    }
}
