/// Finds what kind of values a column of texts holds: the narrowest kind that all of them can be read as.
///
/// A column without any value is text, and so is one with a code among its numbers ("00123").
struct KindInference {
    private var isEmpty = true
    private var couldBe = (boolean: true, integer: true, number: true, timestamp: true)

    /// Takes in the first `rows` rows of a batch, each distinct text once.
    mutating func add(_ texts: TextValues, rows: Int) {
        // Codes are given in the order of first appearance.
        let used = Int((texts.codes.prefix(rows).max() ?? -1) + 1)
        for text in texts.dictionary.prefix(used) where !isMissing(text) {
            isEmpty = false
            if couldBe.boolean { couldBe.boolean = boolean(text) != nil }
            if couldBe.number {
                let number = NumberText(text)
                couldBe.number = number?.hasLeadingZeros == false
                couldBe.integer = couldBe.integer && couldBe.number && number?.integer != nil
            }
            if couldBe.timestamp { couldBe.timestamp = WrittenTime(iso8601: text) != nil }
            if couldBe == (false, false, false, false) { return }
        }
    }

    var kind: ColumnKind {
        if isEmpty { return .text }
        if couldBe.boolean { return .boolean }
        if couldBe.number { return couldBe.integer ? .integer : .number }
        return couldBe.timestamp ? .timestamp : .text
    }
}

/// "true" and "false", in any case.
func boolean(_ text: String) -> Bool? {
    guard (4...5).contains(text.utf8.count) else { return nil }
    switch text.lowercased() {
    case "true": return true
    case "false": return false
    default: return nil
    }
}
