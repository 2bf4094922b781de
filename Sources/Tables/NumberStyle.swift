/// How people write numbers: what stands before the decimals and between the thousands, and with which currency.
package struct NumberStyle: Sendable, Hashable {
    /// A point or a comma.
    package var decimal: Unicode.Scalar
    /// Between groups of digits; nil: nothing, but a point where the decimal sign is a comma.
    package var thousands: Unicode.Scalar?
    /// Before or behind the number, in any case: "EUR", "$".
    package var currency: String?

    package init(decimal: Unicode.Scalar = ".", thousands: Unicode.Scalar? = nil, currency: String? = nil) {
        self.decimal = decimal
        self.thousands = thousands
        self.currency = currency
    }

    /// Whether numbers are written as programs do, and nothing needs to be done about them.
    package var isPlain: Bool { self == NumberStyle() }

    /// The number as programs write it ("1234.5" of "1.234,50 EUR"); nil where the text is none of this style.
    ///
    /// Groups have three digits, apart from the first and, as in India ("12,34,567"), those before the last. A number in
    /// parentheses is negative.
    package func plain(_ text: String) -> String? {
        var rest = Array(text.unicodeScalars)[...]
        Self.trim(&rest)
        var isNegative = false
        if rest.first == "(", rest.last == ")", !isPlain {
            isNegative = true
            rest = rest.dropFirst().dropLast()
        }
        takeCurrency(&rest)
        if let sign = rest.first, sign == "-" || sign == "+" || sign == "\u{2212}" {
            isNegative = isNegative != (sign != "+")
            rest = rest.dropFirst()
        }
        takeCurrency(&rest)
        guard let digits = wholePart(&rest) else { return nil }
        var plain = (isNegative ? "-" : "") + digits
        if rest.first == decimal {
            let decimals = rest.dropFirst().prefix(while: Self.isDigit)
            guard !digits.isEmpty || !decimals.isEmpty else { return nil }
            if digits.isEmpty { plain += "0" }
            rest = rest.dropFirst(1 + decimals.count)
            if !decimals.isEmpty { plain += "." + Self.text(decimals) }
        } else if digits.isEmpty {
            return nil
        }
        if let sign = rest.first, sign == "e" || sign == "E" {
            plain += Self.text(rest)
            return NumberText(plain) == nil ? nil : plain
        }
        return rest.isEmpty ? plain : nil
    }

    /// The digits before the decimal sign; nil where groups are of other sizes than they can be.
    private func wholePart(_ rest: inout ArraySlice<Unicode.Scalar>) -> String? {
        var groups: [ArraySlice<Unicode.Scalar>] = [rest.prefix(while: Self.isDigit)]
        rest = rest.dropFirst(groups[0].count)
        while let sign = rest.first, isSeparator(sign), let next = rest.dropFirst().first, Self.isDigit(next) {
            groups.append(rest.dropFirst().prefix(while: Self.isDigit))
            rest = rest.dropFirst(1 + groups[groups.count - 1].count)
        }
        if groups.count > 1 {
            let middle = groups[1..<(groups.count - 1)].map(\.count)
            guard (1...3).contains(groups[0].count), groups[groups.count - 1].count == 3,
                middle.allSatisfy({ $0 == 3 }) || groups[0].count < 3 && middle.allSatisfy({ $0 == 2 })
            else { return nil }
        }
        return groups.map(Self.text).joined()
    }

    private func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
        guard let thousands = thousands ?? (decimal == "," ? "." : nil) else { return false }
        return switch thousands {
        case " ": scalar == " " || scalar == "\u{A0}" || scalar == "\u{202F}"
        case "'": scalar == "'" || scalar == "\u{2019}"
        default: scalar == thousands
        }
    }

    private func takeCurrency(_ rest: inout ArraySlice<Unicode.Scalar>) {
        if let currency {
            let wanted = currency.lowercased().unicodeScalars
            func isWanted(_ part: ArraySlice<Unicode.Scalar>) -> Bool {
                Self.text(part).lowercased().unicodeScalars.elementsEqual(wanted)
            }
            let count = currency.unicodeScalars.count
            if isWanted(rest.prefix(count)) {
                rest = rest.dropFirst(count)
            } else if isWanted(rest.suffix(count)) {
                rest = rest.dropLast(count)
            }
        }
        Self.trim(&rest)
    }

    private static func trim(_ rest: inout ArraySlice<Unicode.Scalar>) {
        while let first = rest.first, first.properties.isWhitespace { rest = rest.dropFirst() }
        while let last = rest.last, last.properties.isWhitespace { rest = rest.dropLast() }
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars)
        return text
    }
}

extension NumberStyle {
    /// The styles that are looked for in texts that are no plain numbers, the likelier first.
    static func guesses(for text: String) -> [NumberStyle] {
        let bare = text.unicodeScalars.filter {
            !$0.properties.isWhitespace && !isDigit($0) && !".,'\u{2019}()-+\u{2212}".unicodeScalars.contains($0)
        }
        let currency = bare.isEmpty ? nil : String(String.UnicodeScalarView(bare))
        if let currency, !isCurrency(currency) { return [] }
        return [
            NumberStyle(currency: currency), NumberStyle(thousands: ",", currency: currency),
            NumberStyle(decimal: ",", currency: currency),
            NumberStyle(decimal: ",", thousands: " ", currency: currency),
            NumberStyle(thousands: " ", currency: currency), NumberStyle(thousands: "'", currency: currency),
        ]
    }

    /// A style in which all of some texts are numbers, with as few signs of its own as can be; nil where there is none, or
    /// where they are plain numbers.
    package static func reading(all texts: [String]) -> NumberStyle? {
        let candidates = texts.flatMap(guesses).filter { style in texts.allSatisfy { style.plain($0) != nil } }
        return candidates.min { ($0.keys.utf8.count, $0.keys) < ($1.keys.utf8.count, $1.keys) }
    }

    private static let currencies: Set<String> = [
        "EUR", "USD", "GBP", "CHF", "JPY", "CNY", "INR", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RON", "BRL", "MXN",
        "CAD", "AUD", "NZD", "ZAR", "TRY", "KRW", "SGD", "HKD", "ILS", "KR", "ZŁ", "FR", "RS", "R$", "US$",
    ]

    private static func isCurrency(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.properties.generalCategory == .currencySymbol }
            || currencies.contains(text.uppercased())
    }

    /// The keys that set it, as an instance file has them: `decimal: ","`.
    package var keys: String {
        var keys: [String] = []
        if decimal != "." { keys.append("decimal: \"\(decimal)\"") }
        if let thousands { keys.append("thousands: \"\(thousands)\"") }
        if let currency { keys.append("currency: \"\(currency)\"") }
        return keys.joined(separator: ", ")
    }
}

extension Column {
    /// Texts that are numbers of this style as programs write them; other texts, and other kinds of columns, as they are.
    func restyled(_ style: NumberStyle) -> Column {
        var column = self
        switch values {
        case .texts(var texts):
            texts.dictionary = texts.dictionary.map { style.plain($0) ?? $0 }
            column.values = .texts(texts.withoutRepeats())
        case .lists(var lists):
            lists.items = lists.items.restyled(style)
            column.values = .lists(lists)
        case .booleans, .integers, .numbers, .timestamps: break
        }
        return column
    }
}
