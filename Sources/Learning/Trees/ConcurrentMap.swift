import Dispatch
import Glibc
import Synchronization

/// So little that it is done before other threads would have begun.
private let leastConcurrentWork = 1 << 15

/// What `body` makes of the parts of a list, in their order, on all cores; of the whole list where there is little work.
///
/// The parts depend on the machine: what is made of them may not, once put together.
///
/// - Parameter work: how many bins are to be looked at.
func concurrentMap<Element: Sendable, Value: Sendable>(
    _ list: [Element], ofWork work: Int, _ body: @Sendable (ArraySlice<Element>) -> Value
) -> [Value] {
    let parts = min(list.count, processors)
    guard parts > 1, work >= leastConcurrentWork else { return [body(list[...])] }
    let values = Mutex([Value?](repeating: nil, count: parts))
    DispatchQueue.concurrentPerform(iterations: parts) { part in
        let value = body(list[(list.count * part / parts)..<(list.count * (part + 1) / parts)])
        values.withLock { $0[part] = value }
    }
    return values.withLock { $0.compactMap(\.self) }
}

/// Cores of the machine, as far as there is enough to do for each.
private let processors = min(8, max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
