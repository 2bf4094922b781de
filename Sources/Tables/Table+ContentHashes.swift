internal import Bytes

extension Table {
    /// Adds to each row's hash the 64-bit hash of its contents over all columns: rows that are equal in every column have
    /// equal hashes, whatever the format of the file they came from and the order of its columns.
    ///
    /// A column adds `mix(hash of the value, hash of the name)`; a missing value adds nothing. Numbers that are integers
    /// hash as integers, and a text that is exactly how a value is written ("12", "12.0" for pandas' sake, "0.5", "true",
    /// "2011-09-01 12:00:00") hashes as that value, because CSV has no other way to say it. "0012" and "1e3" are texts.
    ///
    /// `hashes` grows by zeros to `rowCount`. Cost: some 2 ns a value, and each distinct text of the batch once.
    public func contentHashes(into hashes: inout [UInt64]) {
        while hashes.count < rowCount { hashes.append(0) }
        for column in columns {
            let name = StableHash.hash(column.name)
            switch column.values {
            case .texts(let texts):
                let contents = texts.dictionary.map { StableHash.mix(contentHash(of: $0), name) }
                for (row, code) in texts.codes.enumerated() where code >= 0 { hashes[row] &+= contents[Int(code)] }
            case .booleans(let values):
                for row in 0..<rowCount where !column.isMissing(row) {
                    hashes[row] &+= StableHash.mix(contentHash(of: values[row]), name)
                }
            case .integers(let values):
                for row in 0..<rowCount where !column.isMissing(row) {
                    hashes[row] &+= StableHash.mix(contentHash(of: values[row]), name)
                }
            case .numbers(let values):
                for row in 0..<rowCount where !column.isMissing(row) {
                    hashes[row] &+= StableHash.mix(contentHash(of: values[row]), name)
                }
            case .timestamps(let values):
                for row in 0..<rowCount where !column.isMissing(row) {
                    hashes[row] &+= StableHash.mix(contentHash(of: Timestamp(microseconds: values[row])), name)
                }
            }
        }
    }
}

private func contentHash(of value: Bool) -> UInt64 { StableHash.mix(value ? 1 : 0, 1) }
private func contentHash(of value: Int64) -> UInt64 { StableHash.mix(UInt64(bitPattern: value), 2) }
private func contentHash(of value: Timestamp) -> UInt64 { StableHash.mix(UInt64(bitPattern: value.microseconds), 3) }

private func contentHash(of value: Double) -> UInt64 {
    if value.rounded() == value, abs(value) < 0x1p63 { return contentHash(of: Int64(value)) }
    return StableHash.mix(value.bitPattern, 4)
}

private func contentHash(of text: String) -> UInt64 {
    if let first = text.utf8.first {
        if first.isDigit || first == UInt8(ascii: "-") {
            if let number = NumberText(text) {
                let written = text.hasSuffix(".0") ? String(text.dropLast(2)) : text
                if let integer = number.integer, String(integer) == text { return contentHash(of: integer) }
                if Tables.text(of: number.value) == written { return contentHash(of: number.value) }
            } else if let time = WrittenTime(iso8601: text) {
                return contentHash(of: time.timestamp)
            }
        } else if let value = boolean(text) {
            return contentHash(of: value)
        }
    }
    return StableHash.hash(text)
}
