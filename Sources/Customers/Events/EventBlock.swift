package import Bytes

/// Events of one shard as gathered from one input split: columns with dictionaries of their own.
///
/// Blocks of a shard may be read in any order; what they mean does not depend on one another.
struct EventBlock: Sendable, Equatable {
    /// Codes of a row's text are indices into its dictionary, or -1 for none.
    struct Texts: Sendable, Equatable {
        var codes: [Int32] = []
        var dictionary: [String] = []
    }

    /// The values of a category: one or none a row, or any number of them.
    struct Values: Sendable, Equatable {
        var texts = Texts()
        /// Where each row's codes end; empty where there is a code a row, which may be -1.
        var ends: [Int32] = []
    }

    var identity = Texts()
    /// Each a `TypeSet`.
    var type = Texts()
    /// Microseconds since 1970 in UTC.
    var time: [Int64] = []
    /// When each event was known, no later than its time; empty where each was known when it happened.
    var known: [Int64] = []
    /// See `EventFlags`.
    var flags: [UInt64] = []
    /// The hash of the row's content, by which duplicates are found and events of one moment are ordered.
    var hash: [UInt64] = []
    /// By number of the plan; empty where the dataset has none of it. NaN is missing.
    var numbers: [[Double]] = []
    /// By category of the plan; empty where the dataset has none of it.
    var categories: [Values] = []

    var rowCount: Int { time.count }
}

/// What an event meets, a bit each.
enum EventFlags {
    /// The goal's condition of that number.
    static func goal(_ index: Int) -> UInt64 { 1 << UInt64(index) }
    /// All of the goal's conditions.
    static func goals(_ count: Int) -> UInt64 { 1 << UInt64(count) - 1 }
    /// The eligibility's condition of that number.
    static func eligible(_ index: Int) -> UInt64 { 1 << UInt64(Goal.conditionLimit + index) }
    static func customEvent(_ index: Int) -> UInt64 {
        1 << UInt64(Goal.conditionLimit + Eligibility.conditionLimit + index)
    }
    /// So many that all flags fit 63 bits, those of the goal as events with features among them, and all slots 64.
    static let customEventLimit = 30
}

extension EventBlock.Texts {
    /// Texts by codes, -1 for none; the dictionary is in byte order and holds what occurs.
    init(coding texts: [String?]) {
        dictionary = Set(texts.compactMap { $0 }).sorted(by: CanonicalText.precedes)
        let places = Dictionary(uniqueKeysWithValues: dictionary.enumerated().map { ($1, Int32($0)) })
        codes = texts.map { $0.flatMap { places[$0] } ?? -1 }
    }
}

extension EventBlock: ByteCodable {
    static let name: StaticString = "PROPEVNT"
    static let version: UInt32 = 5

    func encode(to writer: inout ByteWriter) {
        identity.encode(to: &writer)
        type.encode(to: &writer)
        writer.write(narrow: time, step: 1_000_000)
        writer.write(narrow: known, step: 1_000_000)
        writer.write(narrow: flags)
        writer.write(array: hash)
        writer.write(each: numbers) { $0.write(narrow: $1) }
        writer.write(each: categories) { $1.encode(to: &$0) }
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        identity = try Texts(from: &reader)
        type = try Texts(from: &reader)
        time = try reader.readNarrow()
        known = try reader.readNarrow()
        flags = try reader.readNarrow()
        hash = try reader.readArray()
        numbers = try reader.readEach { reader throws(ByteError) in try reader.readNarrowNumbers() }
        categories = try reader.readEach { reader throws(ByteError) in try Values(from: &reader) }
        guard identity.codes.count == rowCount, type.codes.count == rowCount, flags.count == rowCount,
            hash.count == rowCount, known.isEmpty || known.count == rowCount,
            numbers.allSatisfy({ $0.isEmpty || $0.count == rowCount }),
            categories.allSatisfy({ $0.rowCount == 0 || $0.rowCount == rowCount })
        else { throw .badValue("row count of an event column", offset: reader.offset) }
        guard !identity.codes.contains(where: { $0 < 0 }), !type.codes.contains(where: { $0 < 0 }) else {
            throw .badValue("event without identity or type", offset: reader.offset)
        }
    }
}

extension EventBlock.Values: ByteCodable {
    var rowCount: Int { ends.isEmpty ? texts.codes.count : ends.count }

    /// Where the codes of row `row` are.
    func range(_ row: Int) -> Range<Int> {
        ends.isEmpty ? row..<row + 1 : (row == 0 ? 0 : Int(ends[row - 1]))..<Int(ends[row])
    }

    func encode(to writer: inout ByteWriter) {
        texts.encode(to: &writer)
        writer.write(narrow: ends)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        texts = try EventBlock.Texts(from: &reader)
        ends = try reader.readNarrow()
        guard let last = ends.last else { return }
        var end: Int32 = 0
        for next in ends {
            if next < end { throw .badValue("end of a row's values", offset: reader.offset) }
            end = next
        }
        guard Int(last) == texts.codes.count else { throw .badValue("count of values", offset: reader.offset) }
    }
}

extension EventBlock.Texts: ByteCodable {
    func encode(to writer: inout ByteWriter) {
        writer.write(narrow: codes)
        writer.write(texts: dictionary)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        codes = try reader.readNarrow()
        dictionary = try reader.readTexts()
        let count = dictionary.count
        for code in codes where code < -1 || Int(code) >= count {
            throw .badValue("text code \(code) of \(count)", offset: reader.offset)
        }
    }
}
