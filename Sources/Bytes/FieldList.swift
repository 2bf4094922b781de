/// A type whose binary form is that of its fields, one after the other.
///
///     extension Partial: FieldCodable {
///         static let fields = FieldList(Self.init, \.fit, \.sequence, \.shards, \.reply)
///     }
package protocol FieldCodable: ByteCodable {
    static var fields: FieldList<Self> { get }
}

extension FieldCodable {
    package func encode(to writer: inout ByteWriter) { Self.fields.write(self, &writer) }
    package init(from reader: inout ByteReader) throws(ByteError) { self = try Self.fields.read(&reader) }
}

/// The fields of a type in the order in which they are written and read, and what must hold of them.
///
/// Cost: a call and a key path for each field; arrays of numbers are copied as a whole.
package struct FieldList<Root>: Sendable {
    fileprivate let write: @Sendable (Root, inout ByteWriter) -> Void
    fileprivate let read: @Sendable (inout ByteReader) throws(ByteError) -> Root

    /// - Parameter make: the memberwise initialiser, or what else makes the value of its fields in their order.
    package init<each Field: ByteCodable>(
        _ make: @escaping @Sendable (repeat each Field) -> Root,
        _ fields: repeat any KeyPath<Root, each Field> & Sendable
    ) {
        write = { root, writer in repeat root[keyPath: each fields].encode(to: &writer) }
        read = { (reader: inout ByteReader) throws(ByteError) in make(repeat try (each Field)(from: &reader)) }
    }

    /// - Parameter blank: makes the value whose fields are then read.
    package init<each Field: ByteCodable>(
        filling blank: @escaping @Sendable () -> Root,
        _ fields: repeat any WritableKeyPath<Root, each Field> & Sendable
    ) {
        write = { root, writer in repeat root[keyPath: each fields].encode(to: &writer) }
        read = { (reader: inout ByteReader) throws(ByteError) in
            var root = blank()
            repeat try root[keyPath: each fields].read(&reader)
            return root
        }
    }

    private init(
        write: @escaping @Sendable (Root, inout ByteWriter) -> Void,
        read: @escaping @Sendable (inout ByteReader) throws(ByteError) -> Root
    ) {
        self.write = write
        self.read = read
    }

    /// The same list, of which only values are read for which this holds.
    ///
    /// - Parameter what: what the value is, for the error.
    package func check(_ what: String, _ isPossible: @escaping @Sendable (Root) -> Bool) -> FieldList {
        let (write, read) = (write, read)
        return FieldList(write: write) { (reader: inout ByteReader) throws(ByteError) in
            let start = reader.offset
            let root = try read(&reader)
            guard isPossible(root) else { throw .badValue(what, offset: start) }
            return root
        }
    }
}

extension ByteCodable {
    fileprivate mutating func read(_ reader: inout ByteReader) throws(ByteError) { self = try Self(from: &reader) }
}
