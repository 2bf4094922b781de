public import Bytes

/// One registration of one worker process; a worker that registers again gets a new one.
public struct WorkerID: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let number: UInt64
    public init(_ number: UInt64) { self.number = number }
    public static func < (a: WorkerID, b: WorkerID) -> Bool { a.number < b.number }
    public var description: String { "worker \(number)" }
}

/// A task of one stage: late results of an earlier stage bear another `work` and are recognised by it.
public struct TaskID: Sendable, Hashable {
    public let work: UInt32
    public let index: UInt32
    public init(work: UInt32, index: UInt32) {
        self.work = work
        self.index = index
    }
}

extension TaskID: ByteCodable {
    public func encode(to writer: inout ByteWriter) {
        writer.write(work)
        writer.write(index)
    }

    public init(from reader: inout ByteReader) throws(ByteError) {
        work = try reader.read()
        index = try reader.read()
    }
}

/// The steps of a run, in their order.
public enum Stage: String, Sendable, CaseIterable, ByteCodable {
    case gather, assemble, sketch, bin, train, regress, evaluate, score, segment, collect, export, measure

    public func encode(to writer: inout ByteWriter) { writer.write(rawValue) }

    public init(from reader: inout ByteReader) throws(ByteError) {
        guard let stage = Stage(rawValue: try reader.readText()) else {
            throw .badValue("stage", offset: reader.offset)
        }
        self = stage
    }
}

/// Why a worker could not do what it was asked.
public struct Failure: Error, Sendable, Hashable, ByteCodable {
    public enum Kind: UInt8, Sendable {
        /// The user's files or instance are at fault: trying again elsewhere is of no use.
        case input
        /// Something else went wrong: another worker may fare better.
        case machine
        /// Its machine sees another input than the coordinator surveyed, or the input has changed since.
        case otherInput
    }

    public let kind: Kind
    public let message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    public func encode(to writer: inout ByteWriter) {
        writer.write(kind.rawValue)
        writer.write(message)
    }

    public init(from reader: inout ByteReader) throws(ByteError) {
        guard let kind = Kind(rawValue: try reader.read()) else {
            throw .badValue("failure kind", offset: reader.offset)
        }
        self.kind = kind
        message = try reader.readText()
    }
}
