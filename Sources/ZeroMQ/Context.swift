internal import CZeroMQ

/// A ZeroMQ context: the I/O threads behind a process's sockets. One a process.
///
/// `@unchecked Sendable`: libzmq's context functions are thread-safe, and the pointer never changes.
package final class Context: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer

    package init(ioThreads: Int = 1) throws(ZeroMQError) {
        guard let pointer = zmq_ctx_new() else { throw ZeroMQError("make a context") }
        self.pointer = pointer
        zmq_ctx_set(pointer, ZMQ_IO_THREADS, Int32(ioThreads))
    }

    /// Waits until all sockets are closed and their lingering messages are sent or given up.
    deinit { zmq_ctx_term(pointer) }

    /// libzmq's version, "4.3.4".
    package static var libraryVersion: String {
        var (major, minor, patch): (Int32, Int32, Int32) = (0, 0, 0)
        zmq_version(&major, &minor, &patch)
        return "\(major).\(minor).\(patch)"
    }
}
