/// How many of a column's values could be read as what, in a sample of its rows; adds up over the files of a dataset.
///
/// A column is of the narrowest kind as which nearly all of its values can be read, so that a stray value changes
/// nothing: it is one that cannot be read. A code among numbers ("00123") speaks against numbers.
package struct KindVotes: Sendable, Equatable {
    /// Values that are there.
    package private(set) var values = 0
    private var booleans = 0
    private var integers = 0
    private var numbers = 0
    private var timestamps = 0
    /// Of the texts that are no numbers: how many are some in each of the styles that people write.
    private var styles: [NumberStyle: Int] = [:]
    /// Some of them, in byte order.
    package private(set) var examples: [String] = []

    static let exampleCount = 3
    /// Of a hundred values so many decide.
    private static let share = 99

    package init() {}

    /// Takes in the first `rows` rows of a batch; each distinct text is looked at once.
    mutating func add(_ texts: TextValues, rows: Int, style: NumberStyle) {
        var counts = [Int](repeating: 0, count: texts.dictionary.count)
        for code in texts.codes.prefix(rows) where code >= 0 { counts[Int(code)] += 1 }
        for (text, count) in zip(texts.dictionary, counts) where count > 0 && !isMissing(text) {
            values += count
            if boolean(text) != nil { booleans += count }
            if ParsedTimestamp(iso8601: text) != nil { timestamps += count }
            let number = NumberText(style.isPlain ? text : style.plain(text) ?? text)
            if let number, !number.hasLeadingZeros {
                numbers += count
                if number.integer != nil { integers += count }
            } else {
                if number == nil {
                    for style in NumberStyle.guesses(for: text) where style.plain(text) != nil {
                        styles[style, default: 0] += count
                    }
                }
                addExample(text)
            }
        }
    }

    private mutating func addExample(_ text: String) {
        examples = Self.merged(examples, [String(text.prefix(40))])
    }

    private static func merged(_ a: [String], _ b: [String]) -> [String] {
        let sorted = Set(a + b).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return Array(sorted.prefix(exampleCount))
    }

    package mutating func merge(_ other: KindVotes) {
        values += other.values
        booleans += other.booleans
        integers += other.integers
        numbers += other.numbers
        timestamps += other.timestamps
        styles.merge(other.styles, uniquingKeysWith: +)
        examples = Self.merged(examples, other.examples)
    }

    package var kind: ColumnKind {
        func most(_ count: Int) -> Bool { 100 * count >= Self.share * values }
        if values == 0 { return .empty }
        if most(booleans) { return .boolean }
        if most(numbers) { return numbers == integers ? .integer : .number }
        return most(timestamps) ? .timestamp : .text
    }

    /// The style in which nearly all values that are no plain numbers would be some, where there is one.
    package var betterStyle: NumberStyle? {
        guard kind == .text else { return nil }
        // Ties go to the style with the fewest signs of its own, and then by its keys.
        let found = styles.filter { 100 * (numbers + $0.value) >= Self.share * values }
        return found.keys.sorted { ($0.keys.utf8.count, $0.keys) < ($1.keys.utf8.count, $1.keys) }.first
    }

    /// The share of values that are plain numbers.
    package var numericShare: Double { values == 0 ? 0 : Double(numbers) / Double(values) }
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
