package import Bytes
package import Events
import InstanceFile

/// Identities that are hardly one customer's: those with the most rows, those that look as if they stood for nobody, and
/// numbers that have lost their digits. Counts that add up over shards, since a profile is in one shard only.
package struct ConspicuousIdentities: Sendable, Equatable {
    package struct Count: Sendable, Equatable, FieldCodable {
        package var identity: String
        package var rows: Int

        package static let fields = FieldList(Self.init, \.identity, \.rows)
    }

    /// The most rows first.
    package private(set) var largest: [Count] = []
    /// The same of those that look like placeholders, and how many there are.
    package private(set) var placeholders: [Count] = []
    package private(set) var placeholderRows = 0
    /// Identities such as 1.23E+10.
    package private(set) var rounded = 0
    package private(set) var roundedExamples = Examples()

    /// A profile with a twentieth of all rows is among so many.
    static let most = 20

    init() {}

    mutating func add(_ identity: String, rows: Int) {
        Self.insert(Count(identity: identity, rows: rows), into: &largest)
        if Self.isPlaceholder(identity) {
            placeholderRows += rows
            Self.insert(Count(identity: identity, rows: rows), into: &placeholders)
        }
        if Self.isRounded(identity) {
            rounded += 1
            roundedExamples.add([identity])
        }
    }

    mutating func merge(_ other: ConspicuousIdentities) {
        for count in other.largest { Self.insert(count, into: &largest) }
        for count in other.placeholders { Self.insert(count, into: &placeholders) }
        placeholderRows += other.placeholderRows
        rounded += other.rounded
        roundedExamples.merge(other.roundedExamples)
    }

    private static func insert(_ count: Count, into list: inout [Count]) {
        if list.count == most, let last = list.last, !precedes(count, last) { return }
        let place = list.firstIndex { precedes(count, $0) } ?? list.count
        list.insert(count, at: place)
        if list.count > most { list.removeLast() }
    }

    private static func precedes(_ a: Count, _ b: Count) -> Bool {
        a.rows == b.rows ? CanonicalText.precedes(a.identity, b.identity) : a.rows > b.rows
    }
}

// MARK: What looks odd

extension ConspicuousIdentities {
    private static let names: Set<String> = [
        "undefined", "(not set)", "not set", "(none)", "(not provided)", "(empty)", "empty", "missing", "unknown",
        "unbekannt",
        "anonymous", "anon", "guest", "nobody", "default", "dummy", "test", "tester", "testuser", "test user", "n.a.",
        "tbd",
        "xxx", "false", "true", "[object object]", "void", "#value!", "#ref!", "#name?",
    ]

    /// Whether an identity is rather what a program or a person writes where there is none.
    static func isPlaceholder(_ identity: String) -> Bool {
        guard identity.utf8.count <= 64 else { return false }
        let text = identity.lowercased()
        if names.contains(text) || isTestAddress(text) { return true }
        // Nothing but signs ("-", "?"), or nothing but zeros, as in the UUID of nobody.
        let letters = text.utf8.filter { $0 >= 0x80 || 0x30...0x39 ~= $0 || 0x61...0x7A ~= $0 }
        return letters.isEmpty || letters.allSatisfy { $0 == UInt8(ascii: "0") } || text == "-1"
    }

    private static func isTestAddress(_ text: String) -> Bool {
        guard let at = text.firstIndex(of: "@") else { return false }
        let (name, host) = (text[..<at], text[text.index(after: at)...])
        return ["test", "noreply", "no-reply", "example", "dummy"].contains { name == $0 }
            || ["example.com", "example.org", "example.net", "test.com", "localhost"].contains { host == $0 }
            || host.hasSuffix(".test") || host.hasSuffix(".example") || host.hasSuffix(".invalid")
    }

    /// Whether an identity is a number in scientific notation, as spreadsheets write long ones: 1.23E+10.
    package static func isRounded(_ identity: String) -> Bool {
        guard let sign = identity.utf8.firstIndex(where: { $0 | 0x20 == UInt8(ascii: "e") }) else { return false }
        let (mantissa, exponent) = (identity.utf8[..<sign], identity.utf8[sign...].dropFirst())
        let isNumber = !mantissa.isEmpty && mantissa.allSatisfy { 0x30...0x39 ~= $0 || $0 == 0x2E || $0 == 0x2C }
        return isNumber && exponent.first == UInt8(ascii: "+") && exponent.count > 1
            && exponent.dropFirst().allSatisfy { 0x30...0x39 ~= $0 }
    }
}

extension ConspicuousIdentities: FieldCodable {
    package static let fields = FieldList(
        filling: Self.init, \.largest, \.placeholders, \.placeholderRows, \.rounded, \.roundedExamples
    ).check("count of identities") { max($0.largest.count, $0.placeholders.count) <= most }
}
