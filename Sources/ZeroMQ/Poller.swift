internal import CZeroMQ

/// Wakes a thread that waits in `poll`: any thread may signal it.
///
/// An eventfd and not an inproc socket pair, because many compute threads signal one loop and sockets are not shareable.
package final class WakeUp: Sendable {
    let descriptor: Int32

    package init() throws(ZeroMQError) {
        descriptor = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
        guard descriptor >= 0 else { throw ZeroMQError("make an eventfd") }
    }

    deinit { close(descriptor) }

    /// Async-signal-safe. Signals before the next `poll` add up to one.
    package func signal() {
        var one: UInt64 = 1
        // It can only fail when the counter is full, and then the thread is being woken already.
        _ = write(descriptor, &one, 8)
    }

    func clear() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }
}

/// Waits until the socket has a message or `wakeUp` was signalled, or until the time is over.
package func poll(_ socket: borrowing Socket, _ wakeUp: WakeUp, timeout: Duration) throws(ZeroMQError) {
    try poll([socket.pointer], wakeUp, timeout)
}

/// Waits until `wakeUp` was signalled, or until the time is over.
package func poll(_ wakeUp: WakeUp, timeout: Duration) throws(ZeroMQError) { try poll([], wakeUp, timeout) }

/// Waits until one of two sockets has a message or `wakeUp` was signalled, or until the time is over.
package func poll(_ first: borrowing Socket, _ second: borrowing Socket, _ wakeUp: WakeUp, timeout: Duration)
    throws(ZeroMQError)
{
    try poll([first.pointer, second.pointer], wakeUp, timeout)
}

private func poll(
    _ sockets: [UnsafeMutableRawPointer], _ wakeUp: WakeUp, _ timeout: Duration
) throws(ZeroMQError) {
    var items = sockets.map { zmq_pollitem_t(socket: $0, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0) }
    items.append(zmq_pollitem_t(socket: nil, fd: wakeUp.descriptor, events: Int16(ZMQ_POLLIN), revents: 0))
    let ready = zmq_poll(&items, Int32(items.count), max(0, timeout.milliseconds))
    if ready < 0, zmq_errno() != EINTR { throw ZeroMQError("poll") }
    if items[sockets.count].revents != 0 { wakeUp.clear() }
}

extension Duration {
    /// As libzmq counts time.
    var milliseconds: Int { Int(components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000) }
}
