// Columns of numbers in the fewest bytes that tell them apart: what is not written need not be copied, checked and read.

extension ByteWriter {
    /// A count, then integers as their distances from the least of them, in 1, 2, 4 or 8 bytes each.
    ///
    /// - Parameter step: distances are divided by it where all of them are its multiples (microseconds that are whole
    ///   seconds, say).
    @_specialize(where Integer == Int32)
    @_specialize(where Integer == Int64)
    @_specialize(where Integer == UInt64)
    package mutating func write<Integer: FixedWidthInteger & BitwiseCopyable>(
        narrow values: [Integer], step: UInt64 = 1
    ) {
        write(UInt32(values.count))
        guard let least = values.min(), let most = values.max() else { return }
        let base = Int64(truncatingIfNeeded: least)
        let isStepped = step > 1 && values.allSatisfy { distance($0, base) % step == 0 }
        let unit = isStepped ? step : 1
        let span = distance(most, base) / unit
        let width: UInt8 = span <= 0xFF ? 1 : span <= 0xFFFF ? 2 : span <= 0xFFFF_FFFF ? 4 : 8
        write(width)
        write(base)
        write(unit)
        switch width {
        case 1: append(values, base, unit, as: UInt8.self)
        case 2: append(values, base, unit, as: UInt16.self)
        case 4: append(values, base, unit, as: UInt32.self)
        default: append(values, base, unit, as: UInt64.self)
        }
    }

    /// Numbers that are integers, apart from those that are NaN, go as such; others, and -0, keep their bits.
    @_specialize(where Number == Double)
    @_specialize(where Number == Float)
    package mutating func write<Number: NarrowNumber>(narrow values: [Number]) {
        var least = Int64.max
        for value in values where !value.isNaN {
            guard let whole = value.whole else {
                write(false)
                return write(array: values)
            }
            least = min(least, whole)
        }
        let missing = least == .max ? 0 : least - 1
        write(true)
        write(missing)
        write(narrow: values.map { $0.isNaN ? missing : $0.whole ?? missing })
    }

    private mutating func append<
        Integer: FixedWidthInteger & BitwiseCopyable, Narrow: FixedWidthInteger & BitwiseCopyable
    >(
        _ values: [Integer], _ base: Int64, _ unit: UInt64, as type: Narrow.Type
    ) {
        let narrow = [Narrow](unsafeUninitializedCapacity: values.count) { buffer, initialized in
            values.withUnsafeBufferPointer { values in
                if unit == 1 {
                    for index in values.indices {
                        buffer[index] = Narrow(truncatingIfNeeded: distance(values[index], base))
                    }
                } else {
                    for index in values.indices {
                        buffer[index] = Narrow(truncatingIfNeeded: distance(values[index], base) / unit)
                    }
                }
            }
            initialized = values.count
        }
        narrow.withUnsafeBytes { append($0) }
    }
}

/// How far an integer lies above the least of its array.
@inline(__always)
private func distance<Integer: FixedWidthInteger>(_ value: Integer, _ base: Int64) -> UInt64 {
    UInt64(bitPattern: Int64(truncatingIfNeeded: value) &- base)
}

/// A number that is written as an integer where it is one.
package protocol NarrowNumber: BitwiseCopyable {
    static var nan: Self { get }
    var isNaN: Bool { get }
    /// The integer that it is, of those under 2^53; nil of others, and of -0.
    var whole: Int64? { get }
    init(_ whole: Int64)
}

extension Double: NarrowNumber {
    package var whole: Int64? {
        guard abs(self) < 0x1p53 else { return nil }
        let whole = Int64(self)
        return Double(whole).bitPattern == bitPattern ? whole : nil
    }
}

extension Float: NarrowNumber {
    package var whole: Int64? {
        guard abs(self) < 0x1p53 else { return nil }
        let whole = Int64(self)
        return Float(whole).bitPattern == bitPattern ? whole : nil
    }
}

extension ByteReader {
    /// What `write(narrow:step:)` wrote. It makes at most eight times the bytes that it reads.
    @_specialize(where Integer == Int32)
    @_specialize(where Integer == Int64)
    @_specialize(where Integer == UInt64)
    package mutating func readNarrow<Integer: FixedWidthInteger & BitwiseCopyable>(
        of type: Integer.Type = Integer.self
    ) throws(ByteError) -> [Integer] {
        let count = Int(try read(UInt32.self))
        guard count > 0 else { return [] }
        let width = Int(try read(UInt8.self))
        let base = try read(Int64.self)
        let unit = try read(UInt64.self)
        guard [1, 2, 4, 8].contains(width) else { throw .badValue("width \(width) of integers", offset: offset) }
        guard count <= remaining / width else {
            throw .tooMany(count: count, elementSize: width, available: remaining, offset: offset)
        }
        switch width {
        case 1: return try expand(count, base, unit, from: UInt8.self)
        case 2: return try expand(count, base, unit, from: UInt16.self)
        case 4: return try expand(count, base, unit, from: UInt32.self)
        default: return try expand(count, base, unit, from: UInt64.self)
        }
    }

    /// What `write(narrow:)` wrote of numbers.
    @_specialize(where Number == Double)
    @_specialize(where Number == Float)
    package mutating func readNarrowNumbers<Number: NarrowNumber>() throws(ByteError)
        -> [Number]
    {
        guard try read(Bool.self) else { return try readArray() }
        let missing = try read(Int64.self)
        return try readNarrow(of: Int64.self).map { $0 == missing ? .nan : Number($0) }
    }

    private mutating func expand<
        Integer: FixedWidthInteger & BitwiseCopyable, Narrow: FixedWidthInteger & BitwiseCopyable
    >(
        _ count: Int, _ base: Int64, _ unit: UInt64, from type: Narrow.Type
    ) throws(ByteError) -> [Integer] {
        let start = try advance(by: count * MemoryLayout<Narrow>.size) - bytes.startIndex
        return [Integer](unsafeUninitializedCapacity: count) { buffer, initialized in
            bytes.withUnsafeBytes { raw in
                for index in 0..<count {
                    let distance = raw.loadUnaligned(
                        fromByteOffset: start &+ index &* MemoryLayout<Narrow>.size, as: Narrow.self)
                    buffer[index] = Integer(truncatingIfNeeded: base &+ Int64(bitPattern: UInt64(distance) &* unit))
                }
            }
            initialized = count
        }
    }
}
