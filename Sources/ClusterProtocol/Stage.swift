import Bytes

/// The name of a step of a run. What there is to do in it, the cluster need not know.
package struct Stage: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    package let rawValue: String
    package var description: String { rawValue }

    /// Letters of a name.
    private static let lengths = 1...32

    /// - Parameter rawValue: 1 to 32 small letters of ASCII; nil where it is something else.
    package init?(rawValue: String) {
        guard Self.lengths ~= rawValue.utf8.count,
            rawValue.utf8.allSatisfy({ UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 })
        else { return nil }
        self.rawValue = rawValue
    }

    /// One that the program names itself.
    package init(_ name: StaticString) { rawValue = "\(name)" }
}

extension Stage: ByteCodable {}
