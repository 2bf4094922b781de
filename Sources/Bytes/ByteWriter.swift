/// Appends values to a byte buffer in the product's one binary encoding: fixed-width little-endian numbers, and counts
/// (UInt32) before texts and arrays. `ByteReader` is its inverse.
///
/// Files of the store, the model and messages between processes are all written with it, so that there is one place
/// where lengths are written and one place where they are checked.
package struct ByteWriter: Sendable {
    @usableFromInline var written: [UInt8] = []
    @inlinable package var bytes: [UInt8] { written }

    package init(reserving capacity: Int = 0) { written.reserveCapacity(capacity) }

    @inlinable
    package mutating func write<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.littleEndian) { written.append(contentsOf: $0) }
    }

    @inlinable
    package mutating func write(_ value: Bool) { written.append(value ? 1 : 0) }
    @inlinable
    package mutating func write(_ value: Float) { write(value.bitPattern) }
    @inlinable
    package mutating func write(_ value: Double) { write(value.bitPattern) }

    package mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            write(UInt32(utf8.count))
            written.append(contentsOf: utf8)
        }
    }

    /// A count, then the elements' bytes as they stand in memory (all supported machines are little-endian).
    @inlinable
    package mutating func write<Element: BitwiseCopyable>(array: [Element]) {
        array.withUnsafeBytes { raw in
            write(UInt32(array.count))
            written.append(contentsOf: raw)
        }
    }

    package mutating func write(texts: [String]) {
        write(UInt32(texts.count))
        for text in texts { write(text) }
    }

    /// A count, then each element as `body` writes it.
    @inlinable
    package mutating func write<Element>(each elements: [Element], _ body: (inout ByteWriter, Element) -> Void) {
        write(UInt32(elements.count))
        for element in elements { body(&self, element) }
    }

    /// A presence byte, then the value as `body` writes it.
    @inlinable
    package mutating func write<Value>(optional value: Value?, _ body: (inout ByteWriter, Value) -> Void) {
        write(value != nil)
        if let value { body(&self, value) }
    }

    /// Bytes as they are, without a count.
    @inlinable package mutating func append(_ raw: UnsafeRawBufferPointer) { written.append(contentsOf: raw) }
    package mutating func append(_ raw: [UInt8]) { written.append(contentsOf: raw) }
}
