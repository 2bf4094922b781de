/// A value whose bytes are packed where that makes them fewer: for what is large and read rarely.
package struct Packed<Value: ByteCodable>: ByteCodable {
    package var value: Value

    /// Bytes that one packed byte stands for at most, so that a short text cannot ask for much memory. What could be packed
    /// smaller is not.
    private static var mostFromOne: Int { 256 }

    package init(_ value: Value) { self.value = value }

    package func encode(to writer: inout ByteWriter) {
        let bytes = value.encoded
        guard let packed = BlockCodec().packed(bytes), packed.count * Self.mostFromOne >= bytes.count else {
            writer.write(false)
            writer.write(array: bytes)
            return
        }
        writer.write(true)
        writer.write(UInt64(bytes.count))
        writer.write(array: packed)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        guard try reader.read(Bool.self) else {
            value = try Value(decoding: try reader.readArray())
            return
        }
        let start = reader.offset
        let count = try reader.read(UInt64.self)
        let packed = try reader.readArray(of: UInt8.self)
        guard count <= UInt64(packed.count * Self.mostFromOne) else {
            throw .badValue("size of packed bytes", offset: start)
        }
        value = try Value(decoding: try BlockCodec().unpacked(packed, count: Int(count)))
    }
}
