import Foundation

/// How texts of the input are brought into the one form that the product works with.
///
/// Swift compares texts by canonical equivalence, hashes of files compare bytes. With every text in Unicode's
/// composed form (NFC) the two agree, so that neither a shard nor a dictionary depends on which spelling came first.
package enum CanonicalText {
    /// The text in composed form, without white space around it; nil when nothing is left.
    package static func trimmed(_ text: String) -> String? {
        if isPlain(text) { return text }
        let composed = composed(text)
        let scalars = composed.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return nil }
        if first == scalars.startIndex, scalars.index(after: last) == scalars.endIndex { return composed }
        return String(scalars[first...last])
    }

    /// Whether a text is ASCII that begins and ends with something that shows, as most are: then it is in its one form.
    package static func isPlain(_ text: String) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, let last = bytes.last else { return false }
        return 0x21...0x7E ~= first && 0x21...0x7E ~= last && bytes.allSatisfy { $0 < 0x80 }
    }

    package static func composed(_ text: String) -> String {
        text.utf8.allSatisfy { $0 < 0x80 } ? text : text.precomposedStringWithCanonicalMapping
    }

    /// Whether `a` comes before `b` by their bytes: the order of every dictionary that reaches an output.
    package static func precedes(_ a: String, _ b: String) -> Bool {
        a.utf8.lexicographicallyPrecedes(b.utf8)
    }
}
