import ClusterCore
import Dispatch
import Synchronization

/// What the sockets and the run have for the coordinator's core, in the order in which it came, with the time when it did.
///
/// Messages take no more than `limit` bytes: whoever reads them from a socket waits until the core has taken some, and
/// workers wait with theirs. What the run puts never waits.
final class CoordinatorInbox: Sendable {
    enum Element: Sendable {
        case event(Coordinator.Event)
        case begin(Coordinator.Work, CoordinatorService.Journaling?)
        /// Work may have to end: the service knows why.
        case interrupted
        /// Somebody asks how the run goes.
        case askStatus(MessagePort.Peer)
        /// There are no sockets any more.
        case end
    }

    private struct State {
        var elements = Queue<(element: Element, time: Instant, bytes: Int)>()
        var bytes = 0
        /// Whether somebody waits for room.
        var isWaitedFor = false
    }

    /// Of messages that wait. One more may be there, so that the largest fits.
    private static let limit = 64 << 20
    /// What an element takes besides its message's bytes.
    private static let overhead = 256

    private let state = Mutex(State())
    private let filled = DispatchSemaphore(value: 0)
    private let room = DispatchSemaphore(value: 0)
    private let start = ContinuousClock.now
    /// What workers have sent in whole data messages so far.
    let bytesReceived = Atomic<Int>(0)

    var now: Instant { Instant(ContinuousClock.now - start) }

    func put(_ element: Element) { put(element, bytes: 0) }

    /// Waits for room. For one thread only: the sockets'.
    func put(_ event: Coordinator.Event, messageBytes: Int) {
        while state.withLock({ state in
            state.isWaitedFor = state.bytes > Self.limit
            return state.isWaitedFor
        }) {
            room.wait()
        }
        put(.event(event), bytes: messageBytes + Self.overhead)
    }

    private func put(_ element: Element, bytes: Int) {
        // The time within the lock: nothing that comes later may have an earlier one.
        state.withLock {
            $0.elements.put((element, now, bytes))
            $0.bytes += bytes
        }
        filled.signal()
    }

    /// The next; waits for it.
    func take() -> (Element, time: Instant) {
        while true {
            filled.wait()
            let (next, isRoom) = state.withLock { state in
                let next = state.elements.take()
                state.bytes -= next?.bytes ?? 0
                let isRoom = state.isWaitedFor && state.bytes <= Self.limit
                if isRoom { state.isWaitedFor = false }
                return (next, isRoom)
            }
            if isRoom { room.signal() }
            if let next { return (next.element, next.time) }
        }
    }
}
