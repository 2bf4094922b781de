internal import Foundation

/// A compiled regular expression (ICU syntax) that must match somewhere in a text.
struct TextPattern {
    private let expression: NSRegularExpression

    /// What is wrong with a pattern, as part of a sentence.
    struct Flaw: Error, Equatable { var reason: String }

    init(_ pattern: String) throws(Flaw) {
        if pattern.isEmpty { throw Flaw(reason: "it is empty") }
        do {
            expression = try NSRegularExpression(pattern: pattern)
        } catch {
            throw Flaw(reason: "it is not well formed")
        }
    }

    func matches(_ text: String) -> Bool {
        expression.firstMatch(in: text, range: NSRange(location: 0, length: text.utf16.count)) != nil
    }

    /// Whether the bytes of `part` stand somewhere in `text`.
    static func contains(_ text: String, _ part: String) -> Bool {
        guard let first = part.utf8.first else { return true }
        let bytes = text.utf8
        var rest = bytes[...]
        while let start = rest.firstIndex(of: first) {
            if bytes[start...].starts(with: part.utf8) { return true }
            rest = bytes[bytes.index(after: start)...]
        }
        return false
    }
}
