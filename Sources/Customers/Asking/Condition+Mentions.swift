extension Condition {
    /// The field paths that the condition reads: sorted, each once.
    public var fieldPaths: [String] {
        Set(leaves.compactMap { if case .field(let path, _) = $0 { path } else { nil } }).sorted()
    }

    /// The event types and custom events that the condition names: sorted, each once.
    public var eventNames: [String] {
        Set(leaves.compactMap { if case .event(let name) = $0 { name } else { nil } }).sorted()
    }

    /// The names or codes of the factors that the condition asks for: sorted, each once.
    public var factors: [String] {
        Set(leaves.compactMap { if case .factor(let test) = $0 { test.name } else { nil } }).sorted()
    }

    private var leaves: [Condition] {
        switch self {
        case .all(let conditions), .any(let conditions), .none(let conditions): conditions.flatMap(\.leaves)
        case .event, .field, .factor: [self]
        }
    }
}
