internal import Tables
internal import Yams

/// A value of the file and where it stands.
struct SourceLocation {
    var node: Node
    /// Such as `events[0].identity`; empty at the top.
    var path: String

    var line: Int { node.mark?.line ?? 0 }
    var column: Int { node.mark?.column ?? 0 }

    func key(_ name: String, _ node: Node) -> SourceLocation {
        SourceLocation(node: node, path: path.isEmpty ? name : "\(path).\(name)")
    }

    func item(_ index: Int, _ node: Node) -> SourceLocation { SourceLocation(node: node, path: "\(path)[\(index)]") }

    /// An item of a list; the place itself if there is none.
    func item(_ index: Int) -> SourceLocation {
        guard case .list(let nodes) = written, nodes.indices.contains(index) else { return self }
        return item(index, nodes[index])
    }

    /// What the value is, by the core schema of YAML 1.2: `yes`, `no`, `on` and `off` are texts, and so is anything quoted.
    var written: YAMLValue {
        switch node {
        case .alias: return .nothing
        case .mapping(let mapping): return .mapping(mapping.map { ($0.key, $0.value) })
        case .sequence(let sequence): return .list(Array(sequence))
        case .scalar(let scalar):
            guard scalar.style == .plain || scalar.style == .any else { return .text(scalar.string) }
            let text = scalar.string
            switch text {
            case "", "~", "null", "Null", "NULL": return .nothing
            case "true", "True", "TRUE": return .boolean(true)
            case "false", "False", "FALSE": return .boolean(false)
            default: break
            }
            let number = numbersRead(in: [text])[0]
            if !number.isNaN { return .number(number, text) }
            if let date = Timestamp(iso8601: text) { return .date(date, text) }
            return .text(text)
        }
    }
}

/// What a value of the file is, numbers and dates with their very text.
enum YAMLValue {
    case nothing
    case boolean(Bool)
    case number(Double, String)
    case date(Timestamp, String)
    case text(String)
    case list([Node])
    case mapping([(key: Node, value: Node)])

    /// As in "expected a list, found text".
    var noun: String {
        switch self {
        case .nothing: "nothing"
        case .boolean: "true or false"
        case .number: "a number"
        case .date: "a date"
        case .text: "text"
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }
}
