package import Bytes
package import ClusterProtocol

/// One line of a run's journal: what is known for good, in the order in which it became so.
///
/// A run is a fixed sequence of steps, each a function of the results of those before. A coordinator that is started
/// again goes through the same sequence, and takes from the journal what it finds there.
package enum JournalRecord: Sendable, Equatable {
    /// What runs, on what; the first record of all, and the only one of its kind.
    case run([UInt8])
    /// A step begins: `digest` is a hash of everything that it was asked, `parts` the number of its tasks (a fit has none).
    case step(Stage, digest: UInt64, parts: UInt32)
    /// The result of one task of the step.
    case result(part: UInt32, [UInt8])
    /// A round of the fit that is the step.
    case checkpoint([UInt8])
    /// All that the step was for; with it the step is over.
    case outcome([UInt8])
}

extension JournalRecord: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        switch self {
        case .run(let bytes): writer.write(1 as UInt8, bytes)
        case .step(let stage, let digest, let parts): writer.write(2 as UInt8, stage, digest, parts)
        case .result(let part, let bytes): writer.write(3 as UInt8, part, bytes)
        case .checkpoint(let bytes): writer.write(4 as UInt8, bytes)
        case .outcome(let bytes): writer.write(5 as UInt8, bytes)
        }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        switch try reader.read(UInt8.self) {
        case 1: self = .run(try reader.readArray())
        case 2: self = .step(try reader.read(), digest: try reader.read(), parts: try reader.read())
        case 3: self = .result(part: try reader.read(), try reader.readArray())
        case 4: self = .checkpoint(try reader.readArray())
        case 5: self = .outcome(try reader.readArray())
        default: throw .badValue("journal record", offset: reader.offset - 1)
        }
    }
}
