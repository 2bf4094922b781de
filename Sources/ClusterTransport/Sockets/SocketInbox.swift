import Synchronization
import ZeroMQ

/// What other threads leave for the thread that owns sockets, which waits for it together with its messages.
final class SocketInbox<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])
    let wakeUp: WakeUp

    init() throws(ZeroMQError) { wakeUp = try WakeUp() }

    func put(_ element: Element) { put([element]) }

    func put(_ more: [Element]) {
        elements.withLock { $0 += more }
        wakeUp.signal()
    }

    /// All that has been put since the last time, in that order.
    func take() -> [Element] {
        elements.withLock { elements in
            defer { elements = [] }
            return elements
        }
    }
}
