// How the standard library's types are written.

/// A number of fixed size, or a value made of such, which stands in memory as it is written (all supported machines are
/// little-endian); arrays of it are copied as a whole. It has no padding, and whatever its bits are it is a value: no `Bool`,
/// no enum.
package protocol PlainBytes: ByteCodable, BitwiseCopyable {}

extension PlainBytes {
    @inlinable
    package static func encode(_ elements: [Self], to writer: inout ByteWriter) { writer.write(array: elements) }
    @inlinable
    package static func elements(from reader: inout ByteReader) throws(ByteError) -> [Self] { try reader.readArray() }

    @inlinable
    package func encode(to writer: inout ByteWriter) { withUnsafeBytes(of: self) { writer.append($0) } }

    @inlinable
    package init(from reader: inout ByteReader) throws(ByteError) {
        let start = try reader.advance(by: MemoryLayout<Self>.size)
        self = reader.bytes.withUnsafeBytes {
            $0.loadUnaligned(fromByteOffset: start - reader.bytes.startIndex, as: Self.self)
        }
    }
}

extension UInt8: PlainBytes {}
extension UInt16: PlainBytes {}
extension UInt32: PlainBytes {}
extension UInt64: PlainBytes {}
extension Int32: PlainBytes {}
extension Int64: PlainBytes {}
extension Int128: PlainBytes {}
extension Float: PlainBytes {}
extension Double: PlainBytes {}

/// What one task can have counted, or a number of something of which there are no more: 0 to `ByteReader.mostCounted`.
extension Int: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        assert(0...ByteReader.mostCounted ~= Int64(self), "\(self) is no count, and would not be read again")
        writer.write(Int64(self))
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        let value: Int64 = try reader.read()
        guard 0...ByteReader.mostCounted ~= value else { throw .badValue("count", offset: reader.offset - 8) }
        self = Int(value)
    }
}

extension Bool: ByteCodable {
    package func encode(to writer: inout ByteWriter) { writer.write(self ? 1 : 0 as UInt8) }

    package init(from reader: inout ByteReader) throws(ByteError) {
        switch try reader.read(UInt8.self) {
        case 0: self = false
        case 1: self = true
        default: throw .badValue("boolean", offset: reader.offset - 1)
        }
    }
}

/// A count, then UTF-8.
extension String: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        var text = self
        text.withUTF8 { utf8 in
            writer.write(UInt32(utf8.count))
            writer.append(UnsafeRawBufferPointer(utf8))
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        let bytes = try reader.readBytes()
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notText(offset: bytes.startIndex) }
        self = text
    }
}

/// A count, then the elements.
extension Array: ByteCodable where Element: ByteCodable {
    package func encode(to writer: inout ByteWriter) { Element.encode(self, to: &writer) }
    package init(from reader: inout ByteReader) throws(ByteError) { self = try Element.elements(from: &reader) }
}

/// A presence byte, then the value.
extension Optional: ByteCodable where Wrapped: ByteCodable {
    package func encode(to writer: inout ByteWriter) { writer.write(optional: self) { $1.encode(to: &$0) } }

    package init(from reader: inout ByteReader) throws(ByteError) {
        self = try reader.readOptional { reader throws(ByteError) in try Wrapped(from: &reader) }
    }
}

/// Its number: an enum says with `extension Kind: ByteCodable {}` that it is written as its raw value.
extension ByteCodable where Self: RawRepresentable, RawValue: ByteCodable {
    package func encode(to writer: inout ByteWriter) { rawValue.encode(to: &writer) }

    package init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        let rawValue = try RawValue(from: &reader)
        guard let value = Self(rawValue: rawValue) else {
            throw .badValue(String(reflecting: Self.self), offset: start)
        }
        self = value
    }
}
