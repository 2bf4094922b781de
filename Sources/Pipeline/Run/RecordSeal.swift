/// A hash that a text of JSON bears of itself: that of its bytes with zeros in the hash's place. Whoever changes a file
/// that bears it shows that the file is no longer only ours.
enum RecordSeal {
    /// What stands where the hash goes.
    static let blank = String(repeating: "0", count: 64)

    /// The key under which a record has its seal.
    private static let opening = Array("\"seal\" : \"".utf8)

    /// The text with its hash in place of the blank; as it is where there is no blank.
    static func sealed(_ text: [UInt8]) -> [UInt8] {
        guard let place = place(in: text) else { return text }
        var text = text
        text.replaceSubrange(place, with: Array(blank.utf8))
        text.replaceSubrange(place, with: Array(Digest.sha256(of: text).utf8))
        return text
    }

    /// Whether the text is what was sealed; nil where it bears no seal, as those of earlier versions.
    static func isWhole(_ text: [UInt8]) -> Bool? {
        place(in: text).map { _ in sealed(text) == text }
    }

    /// Of the 64 digits: the first, for keys of one record differ, and a text within it has its quotes escaped.
    private static func place(in text: [UInt8]) -> Range<Int>? {
        var start = 0
        while start + opening.count + blank.utf8.count <= text.count {
            if text[start] == opening[0], text[start..<(start + opening.count)].elementsEqual(opening) {
                let first = start + opening.count
                return first..<(first + blank.utf8.count)
            }
            start += 1
        }
        return nil
    }
}
