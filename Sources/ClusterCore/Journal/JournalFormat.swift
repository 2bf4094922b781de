import Bytes

/// A journal's bytes: records one after the other, each with its length and a checksum.
///
/// Layout of a record, little-endian: length UInt32, checksum UInt64, payload. The checksum is seeded with the record's
/// offset, so that bytes which a disk left from elsewhere are not taken for a record.
package enum JournalFormat {
    static let headerSize = 12
    /// The longest record that is read: more than any message may have.
    package static let longestRecord = 1 << 30

    /// The record as it stands at `offset` of the file.
    package static func encode(_ record: JournalRecord, at offset: Int) -> [UInt8] {
        let payload = record.encoded
        var writer = ByteWriter(reserving: headerSize + payload.count)
        writer.write(UInt32(payload.count))
        writer.write(checksum(payload[...], offset))
        writer.append(payload)
        return writer.bytes
    }

    /// The records up to the first that is not whole, and where that one begins: what is there and after is a torn
    /// tail, or damage, and is to be cut off.
    ///
    /// - Parameter belongs: asked of each record in turn; one that does not belong where it stands is damage.
    package static func decode(
        _ bytes: [UInt8], where belongs: (JournalRecord) -> Bool = { _ in true }
    ) -> (records: [JournalRecord], length: Int) {
        var records: [JournalRecord] = []
        var offset = 0
        while bytes.count - offset >= headerSize {
            var reader = ByteReader(bytes[offset..<(offset + headerSize)])
            guard let length = (try? reader.read(UInt32.self)).map(Int.init),
                let checksum = try? reader.read(UInt64.self), length <= longestRecord,
                length <= bytes.count - offset - headerSize
            else { break }
            let start = offset + headerSize
            let payload = bytes[start..<(start + length)]
            guard Self.checksum(payload, offset) == checksum else { break }
            var content = ByteReader(payload)
            guard let record = try? JournalRecord(from: &content), content.remaining == 0, belongs(record)
            else { break }
            records.append(record)
            offset = start + length
        }
        return (records, offset)
    }

    private static func checksum(_ payload: ArraySlice<UInt8>, _ offset: Int) -> UInt64 {
        payload.withUnsafeBytes { StableHash.hash($0, seed: UInt64(offset) &+ 1) }
    }
}
