package import Bytes
import InstanceFile

/// What the values of a numeric column look like, by which it is told whether they are numbers or names: barcodes, postcodes,
/// years. Adds up over parts in any order.
package struct NumberShape: Sendable, Equatable {
    /// How many there are, and how many of them are whole and not negative.
    private(set) var count = 0
    private(set) var wholes = 0
    private(set) var least = Double.infinity
    private(set) var most = -Double.infinity
    /// Of the distinct values those with the smallest hashes, and how often each occurs: a fair sample of them.
    private(set) var sample: [Entry] = []

    struct Entry: Sendable, Equatable, FieldCodable {
        var hash: UInt64
        var count: Int

        static let fields = FieldList(Self.init, \.hash, \.count)
    }

    private static let sampleLimit = 64
    /// So many must there be for a verdict.
    private static let fewest = 100
    /// Words for what names things, at the end of a column's name.
    private static let nameWords: Set<String> = [
        "id", "ids", "code", "codes", "zip", "zipcode", "postcode", "postal", "plz", "sku", "ean", "gtin", "upc",
        "isbn",
        "barcode",
    ]

    /// Words for what is counted and measured, anywhere in a column's name: however it looks, it is a number.
    private static let quantityWords: Set<String> = [
        "amount", "balance", "bytes", "cents", "cost", "count", "credit", "distance", "duration", "fee", "income",
        "length",
        "loan", "meters", "minutes", "ms", "number", "paid", "payment", "points", "price", "quantity", "revenue",
        "salary",
        "sales", "seconds", "size", "spend", "spent", "sum", "total", "turnover", "value", "volume", "weight",
    ]

    init() {}

    mutating func add(_ value: Double) {
        guard !value.isNaN else { return }
        count += 1
        if value >= 0, value == value.rounded() { wholes += 1 }
        least = min(least, value)
        most = max(most, value)
        note(StableHash.mix(value.bitPattern, 0x6e_616d_6573), 1)
    }

    mutating func merge(_ other: NumberShape) {
        count += other.count
        wholes += other.wholes
        least = min(least, other.least)
        most = max(most, other.most)
        for entry in other.sample { note(entry.hash, entry.count) }
    }

    private mutating func note(_ hash: UInt64, _ count: Int) {
        if sample.count == Self.sampleLimit, let last = sample.last, hash > last.hash { return }
        var (low, high) = (0, sample.count)
        while low < high {
            let middle = (low + high) / 2
            if sample[middle].hash < hash { low = middle + 1 } else { high = middle }
        }
        if low < sample.count, sample[low].hash == hash {
            sample[low].count += count
            return
        }
        sample.insert(Entry(hash: hash, count: count), at: low)
        if sample.count > Self.sampleLimit { sample.removeLast() }
    }

    /// Why the column holds names rather than numbers, as the end of a sentence; nil where it seems to hold numbers.
    package func reasonForNames(column: String) -> String? {
        guard count >= Self.fewest, wholes == count, most > 0 else { return nil }
        if least >= 1900, most <= 2100 { return "they are all years" }
        let words = slug(column).split(separator: "_").map(String.init)
        if words.contains(where: Self.quantityWords.contains) { return nil }
        let digits = Self.digits(most)
        if digits >= 5, Self.digits(least) == digits { return "they are all whole numbers of \(digits) digits" }
        let repeated = sample.count { $0.count > 1 }
        if most >= 100_000, sample.count == Self.sampleLimit, repeated * 20 <= sample.count {
            return "they are large whole numbers of which hardly any occurs twice"
        }
        // "store_id" and "store id" end in one word, and so do "StoreID" and "storeId".
        let capitals = column.reversed().prefix { $0.isUppercase }
        let small = column.reversed().prefix { $0.isLowercase }
        let camel = String((capitals.isEmpty ? column.reversed().prefix(small.count + 1) : capitals[...]).reversed())
        guard let word = [words.last, camel.lowercased()].compactMap({ $0 }).first(where: Self.nameWords.contains)
        else {
            return nil
        }
        return "they are whole numbers, and the column is called a \"\(word)\""
    }

    private static func digits(_ value: Double) -> Int {
        var (digits, limit) = (1, 10.0)
        while value >= limit, digits < 30 { (digits, limit) = (digits + 1, limit * 10) }
        return digits
    }
}

extension NumberShape: FieldCodable {
    package static let fields = FieldList(filling: Self.init, \.count, \.wholes, \.least, \.most, \.sample)
        .check("shape of numbers") { shape in
            shape.sample.count <= sampleLimit && shape.wholes <= shape.count
                && zip(shape.sample, shape.sample.dropFirst()).allSatisfy { $0.hash < $1.hash }
        }
}
