extension Condition {
    /// The field paths that the condition reads: sorted, each once.
    package var fieldPaths: [String] {
        Set(leaves.compactMap { if case .field(let path, _) = $0 { path } else { nil } }).sorted()
    }

    /// The event types and custom events that the condition names: sorted, each once.
    package var eventNames: [String] {
        Set(leaves.compactMap { if case .event(let name) = $0 { name } else { nil } }).sorted()
    }

    /// Whether it asks for a type or custom event and for nothing else.
    var isOneEvent: Bool {
        switch self {
        case .event: true
        case .all(let conditions), .any(let conditions): conditions.count == 1 && conditions[0].isOneEvent
        case .none, .field, .factor: false
        }
    }

    /// The names or codes of the factors that the condition asks for: sorted, each once.
    package var factors: [String] {
        Set(leaves.compactMap { if case .factor(let test) = $0 { test.name } else { nil } }).sorted()
    }

    /// The field paths whose values are compared with others for being the same: sorted, each once. Of these no digit may
    /// be lost on the way.
    package var equatedPaths: [String] {
        Set(
            leaves.compactMap { leaf in
                if case .field(let path, let test) = leaf, test.isEquality { path } else { nil }
            }
        ).sorted()
    }

    /// The tests of whether a field is above or below a number or a date, in the order of the condition.
    package var orderings: [(path: String, test: FieldTest)] {
        leaves.compactMap { leaf in
            guard case .field(let path, let test) = leaf, test.ordersNumbersOrDates else { return nil }
            return (path, test)
        }
    }

    /// The texts, which are no numbers, that fields are to be above or below of.
    package var textBounds: [(path: String, text: String)] {
        leaves.flatMap { leaf -> [(path: String, text: String)] in
            guard case .field(let path, let test) = leaf else { return [] }
            let bounds: [Operand] =
                switch test {
                case .greater(let bound), .greaterOrEqual(let bound), .less(let bound), .lessOrEqual(let bound): [bound]
                case .between(let low, let high): [low, high]
                default: []
                }
            return bounds.compactMap { if case .text(let text) = $0, Double(text) == nil { (path, text) } else { nil } }
        }
    }

    private var leaves: [Condition] {
        switch self {
        case .all(let conditions), .any(let conditions), .none(let conditions): conditions.flatMap(\.leaves)
        case .event, .field, .factor: [self]
        }
    }
}
