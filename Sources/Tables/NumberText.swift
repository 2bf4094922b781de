/// A number written in a text, read strictly: an optional sign, digits with an optional point, an optional exponent,
/// blanks around. No separators of thousands, no hexadecimal, no words for infinity, nothing past the range of Double.
struct NumberText: Equatable {
    var value: Double
    /// The value when it is written as an integer (no point, no exponent) and fits.
    var integer: Int64?
    /// Whether it has superfluous zeros in front ("00123"), and is rather a code than a number.
    var hasLeadingZeros = false

    /// Powers of ten that are exact in Double.
    private static let exactPowers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    /// Correctly rounded; exact arithmetic for up to 15 digits or so (Clinger 1990), the standard library beyond.
    init?(_ text: String) {
        var bytes = text.utf8.makeIterator()
        var byte = bytes.next()
        while let blank = byte, blank.isBlank { byte = bytes.next() }
        let isNegative = byte == UInt8(ascii: "-")
        if isNegative || byte == UInt8(ascii: "+") { byte = bytes.next() }
        var mantissa: UInt64 = 0
        var overflows = false
        var digits = 0
        var fractionDigits = 0
        var hasPoint = false
        let first = byte
        while let next = byte {
            if next.isDigit {
                let (product, overflow) = mantissa.multipliedReportingOverflow(by: 10)
                let (sum, carry) = product.addingReportingOverflow(UInt64(next &- 0x30))
                overflows = overflows || overflow || carry
                mantissa = sum
                digits += 1
                if hasPoint { fractionDigits += 1 } else if digits == 2, first == 0x30 { hasLeadingZeros = true }
            } else if next == UInt8(ascii: "."), !hasPoint {
                hasPoint = true
            } else {
                break
            }
            byte = bytes.next()
        }
        guard digits > 0 else { return nil }
        var exponent = 0
        var hasExponent = false
        if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            hasExponent = true
            byte = bytes.next()
            let isSmall = byte == UInt8(ascii: "-")
            if isSmall || byte == UInt8(ascii: "+") { byte = bytes.next() }
            guard byte?.isDigit == true else { return nil }
            while let next = byte, next.isDigit {
                exponent = min(exponent * 10 + Int(next &- 0x30), 1_000_000)
                byte = bytes.next()
            }
            if isSmall { exponent = -exponent }
        }
        while let blank = byte, blank.isBlank { byte = bytes.next() }
        guard byte == nil else { return nil }

        let scale = exponent - fractionDigits
        if !overflows, mantissa <= 1 << 53, abs(scale) <= 22 {
            let power = Self.exactPowers[abs(scale)]
            let magnitude = scale < 0 ? Double(mantissa) / power : Double(mantissa) * power
            value = isNegative ? -magnitude : magnitude
        } else {
            let trimmed = text.utf8.drop { $0.isBlank }.prefix { !$0.isBlank }
            guard let parsed = Double(Substring(trimmed)), parsed.isFinite else { return nil }
            value = parsed
        }
        if !hasPoint, !hasExponent, !overflows {
            integer = isNegative ? Self.negated(mantissa) : Int64(exactly: mantissa)
        }
    }

    private static func negated(_ magnitude: UInt64) -> Int64? {
        magnitude == UInt64(Int64.max) + 1 ? Int64.min : Int64(exactly: magnitude).map { -$0 }
    }
}
