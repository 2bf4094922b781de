package import Bytes
import InstanceFile

/// Events of one shard as ingested from one input split: columns with dictionaries of their own.
///
/// Blocks of a shard may be read in any order; what they mean does not depend on one another.
package struct EventBlock: Sendable, Equatable {
    /// Codes of a row's text are indices into its dictionary, or -1 for none.
    package struct Texts: Sendable, Equatable {
        package var codes: [Int32]
        package var dictionary: [String]

        package init(codes: [Int32] = [], dictionary: [String] = []) {
            self.codes = codes
            self.dictionary = dictionary
        }
    }

    /// The values of a category: one or none a row, or any number of them.
    package struct Values: Sendable, Equatable {
        package var texts: Texts
        /// Where each row's codes end; empty where there is a code a row, which may be -1.
        package var ends: [Int32]

        package init(texts: Texts = Texts(), ends: [Int32] = []) {
            self.texts = texts
            self.ends = ends
        }
    }

    package var identity = Texts()
    /// Each a `TypeSet`.
    package var type = Texts()
    /// Microseconds since 1970 in UTC.
    package var time: [Int64] = []
    /// When each event was known, no later than its time; empty where each was known when it happened.
    package var known: [Int64] = []
    /// See `EventFlags`.
    package var flags: [UInt64] = []
    /// The hash of the row's content, by which duplicates are found and events of one moment are ordered.
    package var hash: [UInt64] = []
    /// By number of the plan; empty where the dataset has none of it. NaN is missing.
    package var numbers: [[Double]] = []
    /// By category of the plan; empty where the dataset has none of it.
    package var categories: [Values] = []

    package var rowCount: Int { time.count }
}

/// What an event meets, a bit each.
package enum EventFlags {
    /// The goal's condition of that number.
    static func goal(_ index: Int) -> UInt64 { 1 << UInt64(index) }
    /// All of the goal's conditions.
    package static func goals(_ count: Int) -> UInt64 { 1 << UInt64(count) - 1 }
    /// The eligibility's condition of that number.
    package static func eligible(_ index: Int) -> UInt64 { 1 << UInt64(Goal.conditionLimit + index) }
    package static func customEvent(_ index: Int) -> UInt64 {
        1 << UInt64(Goal.conditionLimit + Eligibility.conditionLimit + index)
    }
    /// So many that all flags fit 63 bits, those of the goal as events with features among them, and all slots 64.
    static let customEventLimit = 30
}

extension EventBlock.Texts {
    /// Texts by codes, -1 for none; the dictionary is in byte order and holds what occurs.
    package init(coding texts: [String?]) {
        dictionary = Set(texts.compactMap { $0 }).sorted(by: CanonicalText.precedes)
        let places = Dictionary(uniqueKeysWithValues: dictionary.enumerated().map { ($1, Int32($0)) })
        codes = texts.map { $0.flatMap { places[$0] } ?? -1 }
    }
}

extension EventBlock: ByteCodable {
    package static let name: StaticString = "PROPEVNT"
    package static let version: UInt32 = 5

    package func encode(to writer: inout ByteWriter) {
        identity.encode(to: &writer)
        type.encode(to: &writer)
        writer.write(narrow: time, step: 1_000_000)
        writer.write(narrow: known, step: 1_000_000)
        writer.write(narrow: flags)
        writer.write(array: hash)
        writer.write(each: numbers) { $0.write(narrow: $1) }
        writer.write(each: categories) { $1.encode(to: &$0) }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
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
    package var rowCount: Int { ends.isEmpty ? texts.codes.count : ends.count }

    /// Where the codes of row `row` are.
    package func range(_ row: Int) -> Range<Int> {
        ends.isEmpty ? row..<row + 1 : (row == 0 ? 0 : Int(ends[row - 1]))..<Int(ends[row])
    }

    package func encode(to writer: inout ByteWriter) {
        texts.encode(to: &writer)
        writer.write(narrow: ends)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
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
    package func encode(to writer: inout ByteWriter) {
        writer.write(narrow: codes)
        writer.write(dictionary)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        codes = try reader.readNarrow()
        dictionary = try reader.read([String].self)
        let count = dictionary.count
        for code in codes where code < -1 || Int(code) >= count {
            throw .badValue("text code \(code) of \(count)", offset: reader.offset)
        }
    }
}
