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
        case .shareOrChoice(let names): share(or: names)
        }
    }

    private static func share(or names: [String]) -> ValueSchema {
        let share = ValueSchema<Double>.number(0...1, isPositive: true)
        let choice = ValueSchema<String>.oneOf(names)
        return ValueSchema(schema: ["anyOf": .list([choice.schema, share.schema])]) { place, context in
            switch place.written {
            case .number: return share.read(place, &context).map { .number($0) }
            case .text: return choice.read(place, &context).map { .text($0) }
            default:
                context.reportKind(expected: "\(names.joined(separator: ", ")) or a number", at: place)
                return nil
            }
        }
    }
}
