/// A column of lists: row `i` holds the items from `offsets[i]` up to `offsets[i + 1]`.
///
/// Lists of lists are one list: "carts[].items[].SKU" has the SKUs of all items of all of a row's carts.
package struct ListValues: Sendable, Equatable {
    /// One more than there are rows; the first is 0 and the last the number of items.
    package var offsets: [Int32]
    /// Of one of the other forms. Items may be missing.
    package var items: Column
    /// The keys that the items stand under, where they come out of a map.
    package var keys: TextValues?

    package init(offsets: [Int32], items: Column, keys: TextValues? = nil) {
        self.offsets = offsets
        self.items = items
        self.keys = keys
    }

    package var count: Int { offsets.count - 1 }

    /// Where the items of row `row` are.
    package func range(_ row: Int) -> Range<Int> { Int(offsets[row])..<Int(offsets[row + 1]) }

    /// Whether row `row` has no item, or only missing ones.
    package func isMissing(_ row: Int) -> Bool { !range(row).contains { !items.isMissing($0) } }

    /// Which rows have an item for which `passes`, given by item, is true.
    package func rows(withAny passes: [Bool]) -> [Bool] {
        (0..<count).map { row in range(row).contains { passes[$0] } }
    }

    /// The first item of each row that is not missing, or -1.
    func firstItems() -> [Int] {
        (0..<count).map { row in range(row).first { !items.isMissing($0) } ?? -1 }
    }

    /// For each row the sum of `values`, given by item; NaN ones are left out, and without any other so is the sum.
    package func sums(of values: [Double]) -> [Double] {
        (0..<count).map { row in
            var sum = Double.nan
            for item in range(row) where !values[item].isNaN { sum = sum.isNaN ? values[item] : sum + values[item] }
            return sum
        }
    }
}
