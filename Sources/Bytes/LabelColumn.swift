/// What is known of each row's outcome: whether it came, or a number.
package struct LabelColumn: Sendable, Equatable {
    package enum Kind: UInt8, Sendable { case outcomes, numbers }

    /// The outcome of a row of which it is not known.
    package static let unknownOutcome: UInt8 = 255

    package let kind: Kind
    /// 0, 1 or `unknownOutcome`; empty where labels are numbers.
    package private(set) var outcomes: [UInt8] = []
    /// NaN where it is not known; empty where labels are outcomes.
    package private(set) var numbers: [Float] = []

    /// Of no rows.
    package init(_ kind: Kind) { self.kind = kind }

    package init(outcomes: [UInt8]) {
        kind = .outcomes
        self.outcomes = outcomes
    }

    package init(numbers: [Float]) {
        kind = .numbers
        self.numbers = numbers
    }

    package var count: Int { kind == .outcomes ? outcomes.count : numbers.count }

    package func isKnown(_ row: Int) -> Bool {
        kind == .outcomes ? outcomes[row] != Self.unknownOutcome : numbers[row].isFinite
    }

    /// Whether the row's outcome is known and came; false of every number.
    package func isPositive(_ row: Int) -> Bool { kind == .outcomes && outcomes[row] == 1 }

    /// A sum of labels of 1 is so many units.
    package static let unitsPerLabel = 1_048_576.0

    /// A known outcome, or a number of 0...1, rounded to a whole number of units, so that sums do not depend on their order.
    package func units(_ row: Int) -> Int64 {
        kind == .outcomes ? Int64(outcomes[row]) << 20 : Int64((Double(numbers[row]) * Self.unitsPerLabel).rounded())
    }

    package mutating func appendUnknown() {
        switch kind {
        case .outcomes: outcomes.append(Self.unknownOutcome)
        case .numbers: numbers.append(.nan)
        }
    }

    package mutating func append(outcome: Bool) { outcomes.append(outcome ? 1 : 0) }
    package mutating func append(number: Float) { numbers.append(number) }

    /// Appends a row of another column of its kind.
    package mutating func append(_ row: Int, of other: LabelColumn) {
        switch kind {
        case .outcomes: outcomes.append(other.outcomes[row])
        case .numbers: numbers.append(other.numbers[row])
        }
    }

    /// The labels of several columns of one kind, one column after the other.
    package init(joining parts: [LabelColumn]) {
        kind = parts.first?.kind ?? .outcomes
        outcomes = parts.flatMap(\.outcomes)
        numbers = parts.flatMap(\.numbers)
    }

    /// Some of the rows, in the order given.
    package func picking(_ rows: some Sequence<Int>) -> LabelColumn {
        var picked = LabelColumn(kind)
        for row in rows { picked.append(row, of: self) }
        return picked
    }
}

extension LabelColumn: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.write(kind.rawValue)
        switch kind {
        case .outcomes: writer.write(array: outcomes)
        case .numbers: writer.write(array: numbers)
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        guard let kind = Kind(rawValue: try reader.read()) else { throw .badValue("kind of label", offset: start) }
        self.init(kind)
        switch kind {
        case .outcomes: outcomes = try reader.readArray()
        case .numbers: numbers = try reader.readArray()
        }
        guard outcomes.allSatisfy({ $0 <= 1 || $0 == Self.unknownOutcome }) else {
            throw .badValue("label", offset: start)
        }
    }
}
