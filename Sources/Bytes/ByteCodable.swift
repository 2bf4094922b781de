/// A value with a fixed binary form: `init(from:)` reads exactly what `encode(to:)` wrote, and refuses anything else
/// without trapping.
package protocol ByteCodable: SendableMetatype {
    func encode(to writer: inout ByteWriter)
    init(from reader: inout ByteReader) throws(ByteError)

    /// Writes a count, then the elements.
    static func encode(_ elements: [Self], to writer: inout ByteWriter)
    static func elements(from reader: inout ByteReader) throws(ByteError) -> [Self]
}

extension ByteCodable {
    package static func encode(_ elements: [Self], to writer: inout ByteWriter) {
        writer.write(each: elements) { $1.encode(to: &$0) }
    }

    package static func elements(from reader: inout ByteReader) throws(ByteError) -> [Self] {
        try reader.readEach { reader throws(ByteError) in try Self(from: &reader) }
    }
}

extension ByteCodable {
    /// The value's bytes.
    package var encoded: [UInt8] {
        var writer = ByteWriter()
        encode(to: &writer)
        return writer.bytes
    }

    /// Reads a value that takes up all of `bytes`.
    package init(decoding bytes: [UInt8]) throws(ByteError) {
        var reader = ByteReader(bytes)
        try self.init(from: &reader)
        try reader.finish()
    }
}

/// Bytes that carry their own name, format version and checksum, for whatever is kept in files.
///
/// Layout: 8 bytes of ASCII name, UInt32 version, UInt64 `StableHash` of the payload, UInt64 its length, the payload.
package enum ChecksummedEnvelope {
    package static let headerSize = 28

    package static func seal(_ payload: [UInt8], name: StaticString, version: UInt32) -> [UInt8] {
        precondition(name.utf8CodeUnitCount == 8, "a sealed file's name has 8 letters")
        var writer = ByteWriter(reserving: headerSize + payload.count)
        writer.append(UnsafeRawBufferPointer(start: name.utf8Start, count: 8))
        writer.write(version)
        writer.write(payload.withUnsafeBytes { StableHash.hash($0) })
        writer.write(UInt64(payload.count))
        writer.append(payload)
        return writer.bytes
    }

    /// The payload, once name, version, length and checksum are what they should be.
    package static func open(_ bytes: [UInt8], name: StaticString, version: UInt32) throws(ByteError) -> ByteReader {
        var reader = ByteReader(bytes)
        for index in 0..<8 where try reader.read(UInt8.self) != name.utf8Start[index] {
            throw .badValue("file name (expected \(name))", offset: index)
        }
        let found = try reader.read(UInt32.self)
        guard found == version else {
            throw .badValue("format version \(found) (this program reads version \(version))", offset: 8)
        }
        let checksum = try reader.read(UInt64.self)
        let length = try reader.read(UInt64.self)
        guard length == UInt64(reader.remaining) else { throw .badValue("length", offset: 20) }
        let payload = reader.readRest()
        guard payload.withUnsafeBytes({ StableHash.hash($0) }) == checksum else {
            throw .badValue("checksum: the file is damaged", offset: 12)
        }
        return ByteReader(payload)
    }
}
