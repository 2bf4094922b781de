internal import CZeroMQ

/// A call to libzmq that failed: what was tried, on what, and libzmq's reason.
package struct ZeroMQError: Error, Sendable, Equatable, CustomStringConvertible {
    /// libzmq's error number (an `errno` value or one of libzmq's own).
    package let code: Int32
    package let operation: String
    package let subject: String

    init(_ operation: String, _ subject: String = "") {
        code = zmq_errno()
        self.operation = operation
        self.subject = subject
    }

    package init(_ operation: String, code: Int32) {
        self.code = code
        self.operation = operation
        subject = ""
    }

    package var reason: String { String(cString: zmq_strerror(code)) }

    package var description: String {
        "cannot \(operation)\(subject.isEmpty ? "" : " \(subject)"): \(reason)"
    }
}
