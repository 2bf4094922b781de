package import Bytes

/// Something about the files that a person should know, and that stops nothing.
package struct InputNote: Sendable, Equatable {
    package enum Kind: UInt8, Sendable, CaseIterable, ByteCodable {
        /// Files that are left out.
        case filesSkipped
        /// A column that some of a dataset's files lack.
        case columnAbsent
        /// A column of texts that are numbers in a style of their own.
        case looksNumeric
        /// A column that cannot be read.
        case columnLeftOut
        /// A type of all events that is called as a column is.
        case typeIsColumn
    }

    package var kind: Kind
    package var isWarning: Bool
    /// As the instance names it: "events[0]".
    package var subject: String
    package var what: String
    package var means: String
    package var change: String
}

extension InputNote: FieldCodable {
    package static let fields = FieldList(Self.init, \.kind, \.isWarning, \.subject, \.what, \.means, \.change)
}
