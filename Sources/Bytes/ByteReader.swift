/// Why bytes could not be read.
@frozen
package enum ByteError: Error, Equatable, CustomStringConvertible {
    case endOfBytes(offset: Int, needed: Int, available: Int)
    case tooMany(count: Int, elementSize: Int, available: Int, offset: Int)
    case notText(offset: Int)
    case badValue(String, offset: Int)
    case trailing(Int)

    package var description: String {
        switch self {
        case .endOfBytes(let offset, let needed, let available):
            "the bytes end at \(offset): \(needed) more were needed, \(available) are left"
        case .tooMany(let count, let elementSize, let available, let offset):
            "a count of \(count) elements of \(elementSize) bytes at \(offset) is more than the \(available) bytes left"
        case .notText(let offset): "the text at \(offset) is not UTF-8"
        case .badValue(let what, let offset): "bad \(what) at \(offset)"
        case .trailing(let count): "\(count) bytes too many at the end"
        }
    }
}

/// Reads what `ByteWriter` wrote, checking every length before it is trusted: no input can make it trap or allocate
/// more than a small multiple of the input's own size.
package struct ByteReader: Sendable {
    @usableFromInline let bytes: ArraySlice<UInt8>
    @usableFromInline var place: Int
    /// How many bytes have been read, counted from the start of the array.
    @inlinable package var offset: Int { place }

    package init(_ bytes: [UInt8]) { self.init(bytes[...]) }

    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        place = bytes.startIndex
    }

    @inlinable package var remaining: Int { bytes.endIndex - place }

    /// Throws unless everything has been read.
    package func finish() throws(ByteError) {
        if remaining > 0 { throw .trailing(remaining) }
    }

    @inlinable
    package mutating func read<Value: ByteCodable>(_ type: Value.Type = Value.self) throws(ByteError) -> Value {
        try Value(from: &self)
    }

    /// The most that one task can have counted of anything. All tasks together, of which there are at most 2^20, then count
    /// so little that a hundred times as much is no overflow.
    package static let mostCounted = Int64(1) << 32

    /// The bytes behind a count.
    mutating func readBytes() throws(ByteError) -> ArraySlice<UInt8> {
        let count = try readCount(elementSize: 1)
        let start = try advance(by: count)
        return bytes[start..<place]
    }

    @inlinable
    package mutating func readArray<Element: BitwiseCopyable>(
        of type: Element.Type = Element.self
    ) throws(ByteError) -> [Element] {
        let size = MemoryLayout<Element>.stride
        let count = try readCount(elementSize: size)
        let start = try advance(by: count * size)
        guard count > 0 else { return [] }
        return [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
            bytes[start..<place].withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
            initialized = count
        }
    }

    @inlinable
    package mutating func readEach<Element>(
        _ body: (inout ByteReader) throws(ByteError) -> Element
    ) throws(ByteError) -> [Element] {
        let count = try readCount(elementSize: 1)
        var elements: [Element] = []
        // An element may take many times the byte that it has at least.
        elements.reserveCapacity(min(count, 4096))
        for _ in 0..<count { elements.append(try body(&self)) }
        return elements
    }

    @inlinable
    package mutating func readOptional<Value>(
        _ body: (inout ByteReader) throws(ByteError) -> Value
    ) throws(ByteError) -> Value? {
        try read(Bool.self) ? try body(&self) : nil
    }

    /// The bytes that are left, as they are.
    package mutating func readRest() -> ArraySlice<UInt8> {
        defer { place = bytes.endIndex }
        return bytes[place...]
    }

    /// A count that the remaining bytes can hold, `elementSize` being the least that an element takes.
    @inlinable
    package mutating func readCount(elementSize: Int) throws(ByteError) -> Int {
        let start = place
        let count = Int(try read(UInt32.self))
        guard count <= remaining / elementSize else {
            throw .tooMany(count: count, elementSize: elementSize, available: remaining, offset: start)
        }
        return count
    }

    @inlinable
    mutating func advance(by count: Int) throws(ByteError) -> Int {
        guard count <= remaining else { throw .endOfBytes(offset: place, needed: count, available: remaining) }
        defer { place += count }
        return place
    }
}
