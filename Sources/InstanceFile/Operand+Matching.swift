internal import Tables

/// Operands as the values that they equal in each canonical kind of column. Looked up only, so the sets' order never shows.
struct OperandSet {
    private(set) var acceptsTrue = false
    private(set) var acceptsFalse = false
    private(set) var integers: Set<Int64> = []
    private(set) var numbers: Set<Double> = []
    private(set) var moments: Set<Int64> = []
    private var texts: Set<String> = []
    private var numbersAsText: Set<Double> = []
    private var momentsAsText: Set<Int64> = []
    private var truthsAsText: Set<Bool> = []

    init(_ operands: [Operand]) {
        for operand in operands {
            switch operand {
            case .text(let text): insert(CanonicalText.trimmed(text) ?? text)
            case .number(let number):
                numbersAsText.insert(number)
                insert(number)
            case .boolean(let truth):
                truthsAsText.insert(truth)
                insert(truth ? 1 : 0)
            case .date(let moment):
                moments.insert(moment.microseconds)
                momentsAsText.insert(moment.microseconds)
            }
        }
    }

    /// Which of the texts equal an operand. Each is read as a number, moment or truth only if an operand asks for it.
    func accepted(texts candidates: [String]) -> [Bool] {
        var accepted = candidates.map { texts.contains($0) }
        if !numbersAsText.isEmpty || !truthsAsText.isEmpty {
            let read = numbersRead(in: candidates)
            for row in accepted.indices where numbersAsText.contains(read[row]) { accepted[row] = true }
        }
        if !truthsAsText.isEmpty {
            for (row, text) in candidates.enumerated() {
                if let truth = truthRead(in: text), truthsAsText.contains(truth) { accepted[row] = true }
            }
        }
        if !momentsAsText.isEmpty {
            for (row, text) in candidates.enumerated() {
                if let moment = Timestamp(iso8601: text), momentsAsText.contains(moment.microseconds) {
                    accepted[row] = true
                }
            }
        }
        return accepted
    }

    private mutating func insert(_ number: Double) {
        numbers.insert(number)
        if let integer = Int64(exactly: number) { integers.insert(integer) }
        if number == 1 { acceptsTrue = true }
        if number == 0 { acceptsFalse = true }
    }

    /// A text equals the numbers and integers whose canonical text it is: "12346" and "0.5", not "12346.0" or "007".
    private mutating func insert(_ text: String) {
        texts.insert(text)
        let number = numbersRead(in: [text])[0]
        if !number.isNaN, canonicalText(of: number) == text { numbers.insert(number) }
        if let integer = Int64(text), String(integer) == text { integers.insert(integer) }
        if let moment = Timestamp(iso8601: text) { moments.insert(moment.microseconds) }
        switch truthRead(in: text) {
        case true?: acceptsTrue = true
        case false?: acceptsFalse = true
        case nil: break
        }
    }
}

/// An operand as the point that values are compared with.
struct OperandOrder {
    private var number: Double?
    private var moment: Int64?
    private var text: String?

    init(_ operand: Operand) {
        switch operand {
        case .text(let text):
            self.text = text
            moment = Timestamp(iso8601: text)?.microseconds
            let read = numbersRead(in: [text])[0]
            number = read.isNaN ? nil : read
        case .number(let number): self.number = number.isNaN ? nil : number
        case .boolean(let truth): number = truth ? 1 : 0
        case .date(let moment): self.moment = moment.microseconds
        }
    }

    func compare(number value: Double) -> Int? {
        guard let number else { return nil }
        return sign(value, number)
    }

    /// Exact also where the integer has no Double of its own.
    func compare(integer value: Int64) -> Int? {
        guard let number else { return nil }
        if number >= 0x1p63 { return -1 }
        if number < -0x1p63 { return 1 }
        let floor = number.rounded(.down)
        let whole = Int64(floor)
        return value == whole && number > floor ? -1 : sign(value, whole)
    }

    func compare(moment value: Int64) -> Int? {
        guard let moment else { return nil }
        return sign(value, moment)
    }

    func compare(texts values: [String]) -> [Int?] {
        if text == nil, let moment {
            return values.map { text in Timestamp(iso8601: text).map { sign($0.microseconds, moment) } }
        }
        let read = number == nil ? [] : numbersRead(in: values)
        return values.indices.map { row in
            if let number, !read[row].isNaN { return sign(read[row], number) }
            return text.map { sign(values[row], $0) }
        }
    }

    private func sign<Value: Comparable>(_ a: Value, _ b: Value) -> Int { a < b ? -1 : a == b ? 0 : 1 }
}

/// The numbers that texts hold, by the same rules as number columns of text files; NaN where one holds none.
package func numbersRead(in texts: [String]) -> [Double] {
    let codes = texts.indices.map { Int32($0) }
    return Column(name: "", values: .texts(TextValues(codes: codes, dictionary: texts))).numbers().values
}

private func canonicalText(of number: Double) -> String {
    let texts = Column(name: "", values: .numbers([number])).texts()
    return texts.dictionary[Int(texts.codes[0])]
}

/// true/yes/1 and false/no/0, in any case.
private func truthRead(in text: String) -> Bool? {
    guard text.utf8.count <= 5 else { return nil }
    return switch text.lowercased() {
    case "true", "yes", "1": true
    case "false", "no", "0": false
    default: nil
    }
}
