internal import CZeroMQ

/// A call to libzmq that failed: what was tried, on what, and libzmq's reason.
public struct ZeroMQError: Error, Sendable, Equatable, CustomStringConvertible {
    /// libzmq's error number (an `errno` value or one of libzmq's own).
    public let code: Int32
    public let operation: String
    public let subject: String

    init(_ operation: String, _ subject: String = "") {
        code = zmq_errno()
        self.operation = operation
        self.subject = subject
    }

    public init(_ operation: String, code: Int32) {
        self.code = code
        self.operation = operation
        subject = ""
    }

    public var reason: String { String(cString: zmq_strerror(code)) }

    public var description: String {
        "cannot \(operation)\(subject.isEmpty ? "" : " \(subject)"): \(reason)"
    }
}
