package import Bytes

/// One registration of one worker process; a worker that registers again gets a new one.
package struct WorkerID: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let number: UInt64
    package init(_ number: UInt64) { self.number = number }
    package static func < (a: WorkerID, b: WorkerID) -> Bool { a.number < b.number }
    package var description: String { "worker \(number)" }
}

extension WorkerID: FieldCodable {
    package static let fields = FieldList(Self.init, \.number)
}

/// A task of one stage: late results of an earlier stage bear another `work` and are recognised by it.
package struct TaskID: Sendable, Hashable {
    package let work: UInt32
    package let index: UInt32
    package init(work: UInt32, index: UInt32) {
        self.work = work
        self.index = index
    }
}

extension TaskID: FieldCodable {
    package static let fields = FieldList(Self.init, \.work, \.index)
}

/// Why a worker could not do what it was asked.
package struct Failure: Error, Sendable, Hashable, FieldCodable {
    package enum Kind: UInt8, Sendable, ByteCodable {
        /// The user's files or instance are at fault: trying again elsewhere is of no use.
        case input
        /// Something else went wrong: another worker may fare better.
        case machine
        /// Its machine sees another input than the coordinator surveyed, or the input has changed since.
        case otherInput
    }

    package let kind: Kind
    package let message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package static let fields = FieldList(Self.init, \.kind, \.message)
}
