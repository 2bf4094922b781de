/// A text column by dictionary: row `i` holds `dictionary[Int(codes[i])]`, or nothing where the code is -1.
///
/// A dictionary belongs to its own batch: codes of different batches are not comparable. Conditions and conversions
/// look at each distinct text once.
package struct TextValues: Sendable, Equatable {
    package var codes: [Int32]
    package var dictionary: [String]

    package init(codes: [Int32], dictionary: [String]) {
        self.codes = codes
        self.dictionary = dictionary
    }
}

/// One column of a batch in one of five canonical forms, or lists of one of them; files' many types are reduced to these
/// when read.
package struct Column: Sendable, Equatable {
    package enum Values: Sendable, Equatable {
        case booleans([Bool])
        case integers([Int64])
        /// NaN counts as missing.
        case numbers([Double])
        /// Microseconds since 1970-01-01T00:00:00Z.
        case timestamps([Int64])
        case texts(TextValues)
        /// Any number of values a row; a row without any, or with missing ones only, counts as missing.
        indirect case lists(ListValues)
    }

    package var name: String
    package var values: Values
    /// False where the row holds nothing; nil when every row holds a value. Texts use code -1 instead and leave it nil, and
    /// so do lists, which are empty instead.
    package var valid: [Bool]?
    /// Timestamps without a zone: the time that a clock on the wall showed, counted as if it were UTC.
    package var isNaive: Bool

    package init(name: String, values: Values, valid: [Bool]? = nil, isNaive: Bool = false) {
        self.name = name
        self.values = values
        self.valid = valid
        self.isNaive = isNaive
    }

    package var count: Int {
        switch values {
        case .booleans(let values): values.count
        case .integers(let values), .timestamps(let values): values.count
        case .numbers(let values): values.count
        case .texts(let values): values.codes.count
        case .lists(let values): values.count
        }
    }

    /// Whether each row holds something that a number or a time could be read from: texts that stand for nothing do not.
    package var given: [Bool] {
        guard case .texts(let texts) = values else { return (0..<count).map { !isMissing($0) } }
        let isNothing = texts.dictionary.map(Tables.isMissing)
        return (0..<count).map { row in
            guard !isMissing(row) else { return false }
            return !isNothing[Int(texts.codes[row])]
        }
    }

    /// Whether row `row` holds nothing.
    package func isMissing(_ row: Int) -> Bool {
        if let valid, !valid[row] { return true }
        return switch values {
        case .numbers(let values): values[row].isNaN
        case .texts(let values): values.codes[row] < 0
        case .lists(let values): values.isMissing(row)
        case .booleans, .integers, .timestamps: false
        }
    }
}

/// A batch of rows: columns of equal length.
package struct Table: Sendable, Equatable {
    package var columns: [Column]
    package var rowCount: Int

    package init(columns: [Column], rowCount: Int) {
        self.columns = columns
        self.rowCount = rowCount
    }

    package func column(_ name: String) -> Column? { columns.first { $0.name == name } }
}
