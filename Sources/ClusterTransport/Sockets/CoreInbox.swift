import ClusterCore
import Dispatch
import Synchronization
import ZeroMQ

/// What the socket and the run have for the coordinator's core, in the order in which it came, with the time when it did.
///
/// Messages take no more than `limit` bytes, and one that may be larger than that: whoever reads them from the socket asks
/// `hasRoom` before, and is woken when there is room again. Nobody waits to put anything.
final class CoreInbox: Sendable {
    enum Element: Sendable {
        case event(Coordinator.Event)
        case begin(Coordinator.Work, CoordinatorService.Journaling?)
        /// Work may have to end: the service knows why.
        case interrupted
        /// Somebody asks how the run goes.
        case askStatus(MessagePort.Peer)
        /// There is no socket any more.
        case end
    }

    private struct State {
        var elements = Queue<(element: Element, time: Instant, bytes: Int)>()
        /// Of the messages among them.
        var bytes = 0
        /// Whether the socket's thread waits for room.
        var isRoomWanted = false
        /// Whether a tick is among them: one says as much as several.
        var hasTick = false
    }

    private static let limit = 64 << 20
    /// What a message takes besides its own bytes.
    private static let overhead = 256

    private let state = Mutex(State())
    private let filled = DispatchSemaphore(value: 0)
    private let start = ContinuousClock.now
    /// Wakes the socket's thread.
    private let wakeUp: WakeUp

    init(wakeUp: WakeUp) { self.wakeUp = wakeUp }

    var now: Instant { Instant(ContinuousClock.now - start) }

    /// Whether another message may be put; if not, the socket's thread is woken when one may.
    var hasRoom: Bool {
        state.withLock { state in
            state.isRoomWanted = state.bytes > Self.limit
            return !state.isRoomWanted
        }
    }

    /// - Parameter messageBytes: of an event that is a message.
    func put(_ element: Element, messageBytes: Int? = nil) {
        let isNew = state.withLock { state in
            if case .event(.tick) = element {
                if state.hasTick { return false }
                state.hasTick = true
            }
            let bytes = messageBytes.map { $0 + Self.overhead } ?? 0
            // The time within the lock: nothing that comes later may have an earlier one.
            state.elements.put((element, now, bytes))
            state.bytes += bytes
            return true
        }
        if isNew { filled.signal() }
    }

    /// Whether the core has not come to the last tick yet.
    var isBehind: Bool { state.withLock { $0.hasTick } }

    /// The next; waits for it.
    func take() -> (Element, time: Instant) {
        filled.wait()
        let (next, isRoomMade) = state.withLock { state in
            let next = state.elements.take()
            state.bytes -= next?.bytes ?? 0
            if case .event(.tick)? = next?.element { state.hasTick = false }
            let isRoomMade = state.isRoomWanted && state.bytes <= Self.limit
            if isRoomMade { state.isRoomWanted = false }
            return (next, isRoomMade)
        }
        if isRoomMade { wakeUp.signal() }
        guard let next else { preconditionFailure("each element is signalled once") }
        return (next.element, next.time)
    }
}
