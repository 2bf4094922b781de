/// Walks over a text byte by byte.
struct ByteScanner {
    private var bytes: String.UTF8View.Iterator
    private(set) var byte: UInt8?

    init(_ text: String) {
        bytes = text.utf8.makeIterator()
        byte = bytes.next()
    }

    var atEnd: Bool { byte == nil }

    mutating func advance() { byte = bytes.next() }

    mutating func skipBlanks() {
        while let next = byte, next.isBlank { advance() }
    }

    mutating func take(_ wanted: Unicode.Scalar) -> Bool {
        guard byte == UInt8(ascii: wanted) else { return false }
        advance()
        return true
    }

    /// Skips blanks; whether there were some, and a digit after them.
    mutating func takeBlankBeforeDigit() -> Bool {
        guard byte == 0x20 else { return false }
        skipBlanks()
        return byte?.isDigit == true
    }

    mutating func digits(exactly count: Int) -> Int? {
        var value = 0
        for _ in 0..<count {
            guard let next = byte, next.isDigit else { return nil }
            value = value * 10 + Int(next &- 0x30)
            advance()
        }
        return value
    }

    /// One digit at least, `count` at most (18 or fewer).
    mutating func digits(upTo count: Int) -> Int? {
        guard byte?.isDigit == true else { return nil }
        var value = 0
        for _ in 0..<count {
            guard let next = byte, next.isDigit else { break }
            value = value * 10 + Int(next &- 0x30)
            advance()
        }
        return value
    }

    /// The digits after a decimal point, as microseconds.
    mutating func fraction() -> Int? {
        guard byte?.isDigit == true else { return nil }
        var value = 0
        var unit = 100_000
        while let next = byte, next.isDigit {
            value += Int(next &- 0x30) * unit
            unit /= 10
            advance()
        }
        return value
    }

    /// Z, UTC, GMT or an offset (+02, +0200, +02:00), or nothing. False when it is something else.
    mutating func zone(into fields: inout TimeFields) -> Bool {
        skipBlanks()
        if atEnd { return true }
        if take("Z") || take("z") {
            fields.offset = 0
            return true
        }
        if byte == UInt8(ascii: "U") || byte == UInt8(ascii: "G") {
            let isUTC = take("U") ? take("T") && take("C") : take("G") && take("M") && take("T")
            fields.offset = 0
            return isUTC
        }
        let isWest = byte == UInt8(ascii: "-")
        guard isWest || byte == UInt8(ascii: "+") else { return false }
        advance()
        guard let hours = digits(exactly: 2) else { return false }
        var minutes = 0
        if take(":") || byte?.isDigit == true {
            guard let written = digits(exactly: 2) else { return false }
            minutes = written
        }
        guard hours < 24, minutes < 60 else { return false }
        fields.offset = (isWest ? -1 : 1) * (hours * 3600 + minutes * 60)
        return true
    }
}
