/// A strptime format, compiled once. Reads the C locale's English names, whatever the machine's locale.
struct TimestampFormat {
    private enum Step {
        case literal(UInt8)
        case blanks
        case directive(UInt8)
    }

    private var steps: [Step] = []

    private static let simple = Set("YymdejHIMSfpbBhaAzZs".utf8)
    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        .map { Array($0.utf8) }
    private static let fullMonths = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december",
    ].map { Array($0.utf8) }
    private static let fullDays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
        .map { Array($0.utf8) }

    /// Throws `badFormat` at a directive that is not known.
    init(_ format: String) throws(TableError) {
        var bytes = Array(format.utf8)[...]
        // The composed directives, written out.
        let composed: [UInt8: String] = [
            UInt8(ascii: "T"): "%H:%M:%S", UInt8(ascii: "D"): "%m/%d/%y", UInt8(ascii: "F"): "%Y-%m-%d",
            UInt8(ascii: "R"): "%H:%M",
        ]
        while let byte = bytes.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                steps.append(byte.isBlank ? .blanks : .literal(byte))
                continue
            }
            guard let name = bytes.popFirst() else { throw .badFormat(format: format, directive: "%") }
            if name == UInt8(ascii: "%") {
                steps.append(.literal(name))
            } else if let written = composed[name] {
                bytes = Array(written.utf8) + bytes
            } else if Self.simple.contains(name) {
                steps.append(.directive(name))
            } else {
                throw .badFormat(format: format, directive: "%" + String(decoding: [name], as: UTF8.self))
            }
        }
    }

    /// nil when the text is not of this form, or not a moment.
    func time(_ text: String) -> ParsedTimestamp? {
        var scanner = ByteScanner(text)
        var fields = TimeFields()
        var isAfternoon: Bool?
        var dayOfYear: Int?
        scanner.skipBlanks()
        for step in steps {
            switch step {
            case .blanks: scanner.skipBlanks()
            case .literal(let byte):
                guard scanner.byte == byte else { return nil }
                scanner.advance()
            case .directive(let name):
                switch Unicode.Scalar(name) {
                case "p":
                    isAfternoon = scanner.byte == UInt8(ascii: "p") || scanner.byte == UInt8(ascii: "P")
                    guard isAfternoon == true || scanner.byte == UInt8(ascii: "a") || scanner.byte == UInt8(ascii: "A")
                    else { return nil }
                    scanner.advance()
                    guard scanner.take("m") || scanner.take("M") else { return nil }
                case "j":
                    guard let day = scanner.digits(upTo: 3), day >= 1 else { return nil }
                    dayOfYear = day
                case "s":
                    guard let seconds = scanner.digits(upTo: 12) else { return nil }
                    scanner.skipBlanks()
                    let moment = Timestamp(microseconds: Int64(seconds) * 1_000_000)
                    return scanner.atEnd ? ParsedTimestamp(timestamp: moment, isNaive: false) : nil
                default:
                    guard Self.read(name, from: &scanner, into: &fields) else { return nil }
                }
            }
        }
        scanner.skipBlanks()
        guard scanner.atEnd else { return nil }
        if let isAfternoon {
            guard (1...12).contains(fields.hour) else { return nil }
            fields.hour = fields.hour % 12 + (isAfternoon ? 12 : 0)
        }
        guard let dayOfYear else { return fields.time }
        (fields.month, fields.day) = (1, 1)
        guard dayOfYear <= 337 + Timestamp.daysOfMonth(2, year: fields.year) else { return nil }
        guard var time = fields.time else { return nil }
        time.timestamp = time.timestamp.adding(days: dayOfYear - 1)
        return time
    }

    private static func read(_ name: UInt8, from scanner: inout ByteScanner, into fields: inout TimeFields) -> Bool {
        func store(_ value: Int?, _ place: WritableKeyPath<TimeFields, Int>) -> Bool {
            guard let value else { return false }
            fields[keyPath: place] = value
            return true
        }
        switch Unicode.Scalar(name) {
        case "Y": return store(scanner.digits(upTo: 4), \.year)
        case "y":
            // POSIX: 69...99 are of the twentieth century.
            return store(scanner.digits(upTo: 2).map { $0 + ($0 < 69 ? 2000 : 1900) }, \.year)
        case "m": return store(scanner.digits(upTo: 2), \.month)
        case "d", "e":
            scanner.skipBlanks()
            return store(scanner.digits(upTo: 2), \.day)
        case "H", "I": return store(scanner.digits(upTo: 2), \.hour)
        case "M": return store(scanner.digits(upTo: 2), \.minute)
        case "S": return store(scanner.digits(upTo: 2), \.second)
        case "f": return store(scanner.fraction(), \.microsecond)
        case "b", "B", "h":
            let word = scanner.word()
            let place = fullMonths.firstIndex(of: word) ?? months.firstIndex(of: word)
            return store(place.map { $0 + 1 }, \.month)
        case "a", "A":
            let word = scanner.word()
            return fullDays.contains { $0 == word || $0.prefix(3).elementsEqual(word) }
        default:
            // %z and %Z
            return scanner.zone(into: &fields) && fields.offset != nil
        }
    }
}

extension ByteScanner {
    /// The letters from here on, in lower case.
    mutating func word() -> [UInt8] {
        var word: [UInt8] = []
        while let next = byte, (next | 0x20) &- 0x61 < 26 {
            word.append(next | 0x20)
            advance()
        }
        return word
    }
}
