import Learning

extension Form where Value == HyperValue {
    /// How a hyper-parameter is written.
    static func hyperParameter(_ domain: HyperParameterDomain) -> Form {
        switch domain {
        case .integer(let range): Form<Int>.integer(range).map { .integer($0) }
        case .number(let range): Form<Double>.number(range).map { .number($0) }
        case .share: Form<Double>.number(0...1, isPositive: true).map { .number($0) }
        case .truth: Form<Bool>.boolean.map { .truth($0) }
        case .choice(let names): Form<String>.oneOf(names).map { .text($0) }
        case .shareOrChoice(let names): share(or: names)
        }
    }

    private static func share(or names: [String]) -> Form {
        let share = Form<Double>.number(0...1, isPositive: true)
        let choice = Form<String>.oneOf(names)
        return Form(schema: ["anyOf": .list([choice.schema, share.schema])]) { place, reading in
            switch place.written {
            case .number: return share.read(place, &reading).map { .number($0) }
            case .text: return choice.read(place, &reading).map { .text($0) }
            default:
                reading.reportKind(expected: "\(names.joined(separator: ", ")) or a number", at: place)
                return nil
            }
        }
    }
}
