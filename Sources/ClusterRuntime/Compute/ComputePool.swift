import Foundation
import Synchronization

/// A fixed number of threads that take closures from a queue. Our own, because compute must neither block the Swift
/// concurrency pool nor depend on its width.
package final class ComputePool: Sendable {
    private struct State {
        var jobs: [@Sendable () -> Void] = []
        var next = 0
        var isClosed = false
    }

    package let threads: Int
    private let state = Mutex(State())
    private let available = DispatchSemaphore(value: 0)

    package init(threads: Int) {
        self.threads = threads
        for index in 0..<threads {
            let thread = Thread { [self] in work() }
            thread.name = "compute-\(index)"
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    func submit(_ job: @escaping @Sendable () -> Void) {
        state.withLock { $0.jobs.append(job) }
        available.signal()
    }

    /// Ends the threads once they have done what they are at.
    package func close() {
        state.withLock { $0.isClosed = true }
        for _ in 0..<threads { available.signal() }
    }

    /// Computes `body` for 0..<count on the pool's threads and waits for all; results stand in index order.
    ///
    /// Not to be called from one of the pool's own threads.
    package func map<Result: Sendable>(_ count: Int, _ body: @escaping @Sendable (Int) -> Result) -> [Result] {
        if count == 1 { return [body(0)] }
        let results = Mutex([Result?](repeating: nil, count: count))
        let group = DispatchGroup()
        for index in 0..<count {
            group.enter()
            submit {
                let result = body(index)
                results.withLock { $0[index] = result }
                group.leave()
            }
        }
        group.wait()
        return results.withLock { $0.compactMap { $0 } }
    }

    private func work() {
        while true {
            available.wait()
            let (job, isClosed) = state.withLock { state -> ((@Sendable () -> Void)?, Bool) in
                guard state.next < state.jobs.count else { return (nil, state.isClosed) }
                let job = state.jobs[state.next]
                state.next += 1
                if state.next == state.jobs.count {
                    state.jobs = []
                    state.next = 0
                }
                return (job, state.isClosed)
            }
            if isClosed { return }
            job?()
        }
    }
}
