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
    package mutating func write<Value: ByteCodable>(_ value: Value) { value.encode(to: &self) }

    /// Values of several types, one after the other.
    package mutating func write<First: ByteCodable, Second: ByteCodable, each More: ByteCodable>(
        _ first: First, _ second: Second, _ more: repeat each More
    ) {
        first.encode(to: &self)
        second.encode(to: &self)
        repeat (each more).encode(to: &self)
    }

    /// A count, then the elements' bytes as they stand in memory (all supported machines are little-endian).
    @inlinable
    package mutating func write<Element: BitwiseCopyable>(array: [Element]) {
        array.withUnsafeBytes { raw in
            write(UInt32(array.count))
            written.append(contentsOf: raw)
        }
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
