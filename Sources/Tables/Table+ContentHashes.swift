internal import Bytes

extension Table {
    /// Adds to each row's hash the 64-bit hash of its contents over all columns: rows that are equal in every column have
    /// equal hashes, whatever the format of the file they came from and the order of its columns.
    ///
    /// A column adds `mix(hash of the value, hash of the name)`; a missing value adds nothing. Numbers that are integers
    /// hash as integers, and a text that is exactly how a value is written ("12", "12.0" for pandas' sake, "0.5", "true",
    /// "2011-09-01 12:00:00") hashes as that value, because CSV has no other way to say it. "0012" and "1e3" are texts.
    /// A list adds each item, hashed with its place unless that is the first, and a map's entries as columns of their own.
    ///
    /// `hashes` grows by zeros to `rowCount`. Cost: some 2 ns a value, and each distinct text of the batch once.
    package func contentHashes(into hashes: inout [UInt64]) {
        while hashes.count < rowCount { hashes.append(0) }
        for column in columns {
            if case .lists(let lists) = column.values {
                lists.addContentHashes(to: &hashes, name: column.name)
                continue
            }
            let name = StableHash.hash(column.name)
            hashes.withUnsafeMutableBufferPointer { hashes in
                column.forEachContent { row, content in hashes[row] &+= StableHash.mix(content, name) }
            }
        }
    }
}

extension Column {
    /// The hash of the content of each row that holds something.
    @inline(__always)
    fileprivate func forEachContent(_ body: (_ row: Int, _ hash: UInt64) -> Void) {
        switch values {
        case .numbers(let values) where valid == nil:
            for (row, value) in values.enumerated() where !value.isNaN { body(row, contentHash(of: value)) }
        case .integers(let values) where valid == nil:
            for (row, value) in values.enumerated() { body(row, contentHash(of: value)) }
        case .texts(let texts):
            let contents = texts.dictionary.map { contentHash(of: $0) }
            for (row, code) in texts.codes.enumerated() where code >= 0 { body(row, contents[Int(code)]) }
        case .booleans(let values):
            for row in values.indices where !isMissing(row) { body(row, contentHash(of: values[row])) }
        case .integers(let values):
            for row in values.indices where !isMissing(row) { body(row, contentHash(of: values[row])) }
        case .numbers(let values):
            for row in values.indices where !isMissing(row) { body(row, contentHash(of: values[row])) }
        case .timestamps(let values):
            for row in values.indices where !isMissing(row) {
                body(row, contentHash(of: Timestamp(microseconds: values[row])))
            }
        case .lists: preconditionFailure("the items of a list are no lists")
        }
    }
}

extension ListValues {
    /// The items under each key of a map are hashed as the list of a column that bears the key in place of the "*", for
    /// other formats write the map as a record.
    fileprivate func addContentHashes(to hashes: inout [UInt64], name: String) {
        var contents = [UInt64?](repeating: nil, count: items.count)
        items.forEachContent { item, content in contents[item] = content }
        let own = StableHash.hash(name)
        var names: [UInt64] = []
        if let keys, let star = name.firstIndex(of: "*") {
            names = keys.dictionary.map { key in
                StableHash.hash(name[..<star] + key + name[name.index(after: star)...])
            }
        }
        for row in 0..<count {
            let range = range(row)
            var start = range.lowerBound
            for item in range {
                let code = names.isEmpty ? -1 : Int(keys?.codes[item] ?? -1)
                if item > start, code >= 0, code != Int(keys?.codes[item - 1] ?? -1) { start = item }
                guard let content = contents[item] else { continue }
                let placed = item == start ? content : StableHash.mix(content, UInt64(item - start))
                hashes[row] &+= StableHash.mix(placed, code < 0 ? own : names[code])
            }
        }
    }
}

private func contentHash(of value: Bool) -> UInt64 { StableHash.mix(value ? 1 : 0, 1) }
private func contentHash(of value: Int64) -> UInt64 { StableHash.mix(UInt64(bitPattern: value), 2) }
private func contentHash(of value: Timestamp) -> UInt64 { StableHash.mix(UInt64(bitPattern: value.microseconds), 3) }

private func contentHash(of value: Double) -> UInt64 {
    if abs(value) < 0x1p63, Double(Int64(value)) == value { return contentHash(of: Int64(value)) }
    return StableHash.mix(value.bitPattern, 4)
}

private func contentHash(of text: String) -> UInt64 {
    if let first = text.utf8.first {
        if first.isDigit || first == UInt8(ascii: "-") {
            if let number = NumberText(text) {
                let written = text.hasSuffix(".0") ? String(text.dropLast(2)) : text
                if let integer = number.integer, String(integer) == text { return contentHash(of: integer) }
                if Tables.text(of: number.value) == written { return contentHash(of: number.value) }
            } else if let time = ParsedTimestamp(iso8601: text) {
                return contentHash(of: time.timestamp)
            }
        } else if let value = boolean(text) {
            return contentHash(of: value)
        }
    }
    return StableHash.hash(text)
}
