package import Bytes

/// What a categorical feature's bins are made from: for each value, how many rows have it and what their labels add up to.
///
/// Values are compared byte by byte, not by Unicode equivalence, so that nothing depends on which spelling came first.
package struct CategorySketch: Sendable, Equatable {
    package struct Count: Sendable, Equatable {
        package var rows: Int
        /// The sum of their labels, in units (`LabelColumn.unitsPerLabel`).
        package var labels: Int64

        package init(rows: Int, labels: Int64) {
            self.rows = rows
            self.labels = labels
        }

        /// Of so many rows with the outcome.
        package init(rows: Int, positives: Int) { self.init(rows: rows, labels: Int64(positives) << 20) }

        fileprivate var labelSum: Double { Double(labels) / LabelColumn.unitsPerLabel }

        fileprivate static func += (sum: inout Count, other: Count) {
            sum.rows += other.rows
            sum.labels &+= other.labels
        }
    }

    /// What an encoded sketch keeps: the most frequent values.
    package static let maximumEncodedValues = 4096

    private var counts: [Key: Count] = [:]
    /// Over all values ever added, those included that an encoding dropped.
    package private(set) var total = Count(rows: 0, labels: 0)

    package init() {}

    package mutating func add(_ value: String, _ count: Count) {
        counts[Key(text: value), default: Count(rows: 0, labels: 0)] += count
        total += count
    }

    /// Adds another sketch's counts. Commutes and associates.
    package mutating func merge(_ other: CategorySketch) {
        for (key, count) in other.counts { counts[key, default: Count(rows: 0, labels: 0)] += count }
        total += other.total
    }

    package subscript(value: String) -> Count? { counts[Key(text: value)] }

    /// The `limit` most frequent values, most frequent first, ties in the order of their bytes.
    func mostFrequent(_ limit: Int) -> [(value: String, count: Count)] {
        let ordered = counts.sorted { left, right in
            left.value.rows != right.value.rows ? left.value.rows > right.value.rows : left.key < right.key
        }
        return ordered.prefix(limit).map { ($0.key.text, $0.value) }
    }

    /// The rows that a value of its own bin has: so many, or a hundredth of all where that is less. The rate of fewer is so much
    /// chance that its place in the order would teach the rows' own outcomes.
    private var leastRows: Int { min(50, total.rows / 100) }

    /// The values that get a bin, in the order of their bins: by the mean of their labels, so that one threshold
    /// divides them well (Fisher 1958), ties in the order of their bytes.
    ///
    /// Means are smoothed towards the whole sketch's by as much as 20 rows weigh, because few rows prove little.
    func binOrder(maximumValues: Int) -> [String] {
        let smoothing = 20.0
        let base = total.rows > 0 ? total.labelSum / Double(total.rows) : 0
        let frequent = mostFrequent(maximumValues).filter { $0.count.rows >= leastRows }
        let rated = frequent.map { value, count in
            let rate = (count.labelSum + base * smoothing) / (Double(count.rows) + smoothing)
            return (key: Key(text: value), rate: rate)
        }
        return rated.sorted { $0.rate != $1.rate ? $0.rate < $1.rate : $0.key < $1.key }.map(\.key.text)
    }

    private struct Key: Sendable, Hashable, Comparable {
        let text: String

        static func == (left: Key, right: Key) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }
        static func < (left: Key, right: Key) -> Bool { left.text.utf8.lexicographicallyPrecedes(right.text.utf8) }

        func hash(into hasher: inout Hasher) {
            var text = text
            text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        }
    }
}

extension CategorySketch: ByteCodable {
    /// Writes the totals and the most frequent values, in the order of their bytes.
    package func encode(to writer: inout ByteWriter) {
        let kept = mostFrequent(Self.maximumEncodedValues).sorted { Key(text: $0.value) < Key(text: $1.value) }
        writer.write(Int64(total.rows))
        writer.write(total.labels)
        writer.write(each: kept) { writer, entry in
            writer.write(entry.value)
            writer.write(Int64(entry.count.rows))
            writer.write(entry.count.labels)
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        total = try Self.readCount(&reader)
        let start = reader.offset
        let entries = try reader.readEach { reader throws(ByteError) in
            (key: Key(text: try reader.read(String.self)), count: try Self.readCount(&reader))
        }
        guard entries.count <= Self.maximumEncodedValues else {
            throw .badValue("number of values in a category sketch", offset: start)
        }
        for (index, entry) in entries.enumerated() {
            guard index == 0 || entries[index - 1].key < entry.key else {
                throw .badValue("order of values in a category sketch", offset: start)
            }
            counts[entry.key] = entry.count
        }
    }

    private static func readCount(_ reader: inout ByteReader) throws(ByteError) -> Count {
        let start = reader.offset
        let rows = Int(try reader.read(Int64.self))
        let labels = try reader.read(Int64.self)
        // So far from the largest integer that no sum of sketches' rows can overflow.
        guard 0...(1 << 40) ~= rows, 0...(Int64(rows) << 20) ~= labels else {
            throw .badValue("count in a category sketch", offset: start)
        }
        return Count(rows: rows, labels: labels)
    }
}
