import Bytes
import InstanceFile

/// How the names of profiles are read, so that the same customer has the same name in every file.
package enum Identity {
    /// The one spelling of an identity; nil when the value names nobody.
    ///
    /// White space around it goes, and so does the fraction of a whole number: pandas writes a nullable integer as
    /// 12346.0, which is customer "12346". Leading zeros stay, for "00123" and "123" may be two customers.
    package static func normalized(_ text: String) -> String? {
        guard let trimmed = CanonicalText.trimmed(text), !isPlaceholder(trimmed) else { return nil }
        return withoutZeroFraction(trimmed)
    }

    /// The same, where some more values name nobody.
    static func normalized(_ text: String, missing: Set<String>) -> String? {
        guard let name = normalized(text), !missing.contains(name) else { return nil }
        return name
    }

    /// The hash that places a profile in a shard and in a fold.
    package static func hash(_ identity: String) -> UInt64 { StableHash.hash(identity) }

    /// What programs write where they have no identity.
    private static func isPlaceholder(_ text: String) -> Bool {
        guard text.utf8.count <= 6 else { return false }
        return switch text.lowercased() {
        case "nan", "null", "(null)", "<null>", "none", "n/a", "na", "<na>", "nat", "nil", "\\n", "#n/a", "#na": true
        default: false
        }
    }

    private static func withoutZeroFraction(_ text: String) -> String {
        guard let dot = text.utf8.firstIndex(of: UInt8(ascii: ".")) else { return text }
        let fraction = text.utf8[text.utf8.index(after: dot)...]
        var whole = text.utf8[..<dot]
        if whole.first == UInt8(ascii: "-") { whole = whole.dropFirst() }
        let isDigit = { (unit: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(unit) }
        guard !whole.isEmpty, whole.allSatisfy(isDigit),
            !fraction.isEmpty, fraction.allSatisfy({ $0 == UInt8(ascii: "0") })
        else { return text }
        return String(text[..<dot])
    }
}
