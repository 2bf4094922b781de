import InstanceFile

/// The types of one event as one text, which blocks and dictionaries hold like any other: the names in byte order with a
/// unit separator (U+001F) between them. Most events are of one type, whose name it is.
package enum TypeSet {
    private static let separator: Character = "\u{1F}"

    static func text(of names: [String]) -> String {
        names.count == 1
            ? names[0] : names.sorted(by: CanonicalText.precedes).joined(separator: String(separator))
    }

    package static func names(in text: String) -> [String] {
        text.utf8.contains(0x1F) ? text.split(separator: separator).map(String.init) : [text]
    }
}
