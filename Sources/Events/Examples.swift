package import Bytes
import InstanceFile

/// A few of many texts, for messages: those of the smallest hashes, so that they do not depend on who saw what first, and
/// are as different as the texts are.
package struct Examples: Sendable, Equatable {
    /// In the order of their hashes; a message shows the first ones.
    package private(set) var all: [String] = []

    package static let most = 12
    package static let mostShown = 3
    /// Longer ones are cut.
    package static let longest = 120

    package init(_ texts: some Sequence<String> = []) { add(texts) }

    package mutating func add(_ more: some Sequence<String>) {
        // By scalars: a character may have any number of them.
        let cut = more.map { text in
            guard text.unicodeScalars.count > Self.longest else { return text }
            return String(String.UnicodeScalarView(text.unicodeScalars.prefix(Self.longest - 3))) + "..."
        }
        let hashed = Set(all + cut).map { (hash: StableHash.hash($0), text: $0) }
        let sorted = hashed.sorted { $0.hash == $1.hash ? CanonicalText.precedes($0.text, $1.text) : $0.hash < $1.hash }
        all = sorted.prefix(Self.most).map(\.text)
    }

    package mutating func merge(_ other: Examples) { if !other.all.isEmpty { add(other.all) } }

    /// Those that a message shows, in byte order.
    package var texts: [String] { all.prefix(Self.mostShown).sorted(by: CanonicalText.precedes) }

    /// "a", "b" and so on, in quotes; empty where there are none.
    package var list: String { texts.map { "\"\($0)\"" }.joined(separator: ", ") }
    /// ", such as ..." where there are any.
    package var suchAs: String { texts.isEmpty ? "" : ", such as \(list)" }
}

extension Examples: ByteCodable {
    package func encode(to writer: inout ByteWriter) { writer.write(all) }

    package init(from reader: inout ByteReader) throws(ByteError) {
        let read = try reader.read([String].self)
        guard read.count <= Self.most, read.allSatisfy({ $0.unicodeScalars.count <= Self.longest }) else {
            throw .badValue("examples", offset: reader.offset)
        }
        self.init(read)
    }
}
