/// How a text file's bytes become characters.
package enum TextEncoding: String, Sendable, CaseIterable {
    case utf8 = "utf-8"
    case utf16 = "utf-16"
    case latin1
    case windows1252 = "windows-1252"
}

/// How a CSV or JSON file is written, where it does not say so itself. Other formats have no use for it.
package struct TextOptions: Sendable, Equatable {
    /// A byte order mark at the start of the file decides over it.
    package var encoding: TextEncoding
    /// What stands before a quote within quotes: a backslash, or a quote, which doubles it. nil: a backslash where the
    /// first megabytes show one, else a quote.
    package var escape: Escape?
    package var numbers: NumberStyle

    package enum Escape: String, Sendable, CaseIterable {
        case backslash = "\\"
        case quote = "\""
    }

    package init(encoding: TextEncoding = .utf8, escape: Escape? = nil, numbers: NumberStyle = NumberStyle()) {
        self.encoding = encoding
        self.escape = escape
        self.numbers = numbers
    }
}

/// A column that a file has by its place: the folder `country=France` gives its files the column "country".
package struct ConstantColumn: Sendable, Equatable {
    package var name: String
    /// nil: missing in every row.
    package var value: String?

    package init(name: String, value: String?) {
        self.name = name
        self.value = value
    }
}
