import Foundation

/// How texts of the input are brought into the one form that the product works with.
///
/// Swift compares texts by canonical equivalence, hashes of files compare bytes. With every text in Unicode's
/// composed form (NFC) the two agree, so that neither a shard nor a dictionary depends on which spelling came first.
enum CanonicalText {
    /// The text in composed form, without white space around it; nil when nothing is left.
    static func trimmed(_ text: String) -> String? {
        // Most texts are ASCII, and begin and end with something that shows.
        let bytes = text.utf8
        if let first = bytes.first, let last = bytes.last, 0x21...0x7E ~= first, 0x21...0x7E ~= last,
            bytes.allSatisfy({ $0 < 0x80 })
        {
            return text
        }
        let composed = composed(text)
        let scalars = composed.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return nil }
        if first == scalars.startIndex, scalars.index(after: last) == scalars.endIndex { return composed }
        return String(scalars[first...last])
    }

    static func composed(_ text: String) -> String {
        text.utf8.allSatisfy { $0 < 0x80 } ? text : text.precomposedStringWithCanonicalMapping
    }

    /// Whether `a` comes before `b` by their bytes: the order of every dictionary that reaches an output.
    static func precedes(_ a: String, _ b: String) -> Bool {
        a.utf8.lexicographicallyPrecedes(b.utf8)
    }
}
