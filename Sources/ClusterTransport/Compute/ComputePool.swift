import CLinux
import Foundation
import Synchronization

/// A fixed number of threads that take closures from queues. Our own, because compute must neither block the Swift
/// concurrency pool nor depend on its width.
///
/// Each thread has a queue for what is meant for it, whose data its processor's caches may still hold; it takes what is
/// meant for others only when it would have nothing to do.
package final class ComputePool: Sendable {
    private struct Job: Sendable {
        var body: @Sendable () -> Void
        /// Called once the thread is free for the next.
        var isDone: (@Sendable () -> Void)?
    }

    private struct State {
        private enum Activity { case idle, awake, working }

        /// For whichever thread is free, in their order.
        private var shared = Queue<Job>()
        /// By thread.
        private var own: [Queue<Job>]
        private var activities: [Activity]
        var isClosed = false

        init(threads: Int) {
            own = Array(repeating: Queue(), count: threads)
            activities = Array(repeating: .awake, count: threads)
        }

        /// Takes a job in; the thread to wake for it, if one waits.
        mutating func put(_ job: Job, preferring thread: Int?) -> Int? {
            guard let thread else {
                shared.put(job)
                return idle()
            }
            own[thread].put(job)
            guard activities[thread] == .idle else { return idle() }
            activities[thread] = .awake
            return thread
        }

        /// What the thread does next, and whom it wakes for what it leaves to others; without a job it is to wait.
        mutating func next(for thread: Int) -> (job: Job, woken: Int?)? {
            free(thread)
            guard let job = own[thread].take() ?? shared.take() ?? robbed.flatMap({ own[$0].take() }) else {
                activities[thread] = .idle
                return nil
            }
            activities[thread] = .working
            return (job, shared.isEmpty && robbed == nil ? nil : idle())
        }

        mutating func free(_ thread: Int) { activities[thread] = .awake }

        /// A thread of whose jobs another may take one: who is not at work yet is about to take its own.
        private var robbed: Int? { own.indices.first { activities[$0] == .working && !own[$0].isEmpty } }

        private mutating func idle() -> Int? {
            guard let thread = activities.firstIndex(of: .idle) else { return nil }
            activities[thread] = .awake
            return thread
        }
    }

    package let threads: Int
    private let state: Mutex<State>
    private let wakeUps: [DispatchSemaphore]

    package init(threads: Int) {
        self.threads = threads
        state = Mutex(State(threads: threads))
        wakeUps = (0..<threads).map { _ in DispatchSemaphore(value: 0) }
        for index in 0..<threads {
            let thread = Thread { [self] in
                // A name that is set from outside is lost: the thread does not run yet.
                name_this_thread("compute-\(index)")
                work(index)
            }
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    /// - Parameter thread: where it had best be done; nil: anywhere.
    func submit(preferring thread: Int? = nil, _ body: @escaping @Sendable () -> Void) {
        submit(Job(body: body), preferring: thread)
    }

    private func submit(_ job: Job, preferring thread: Int?) {
        let woken = state.withLock { $0.put(job, preferring: thread) }
        if let woken { wakeUps[woken].signal() }
    }

    /// Ends the threads once they have done what they are at.
    package func close() {
        state.withLock { $0.isClosed = true }
        for wakeUp in wakeUps { wakeUp.signal() }
    }

    /// Computes `body` for 0..<count on the pool's threads and waits for all; results stand in index order. The same
    /// index meets the same thread again, where that is free.
    ///
    /// Not to be called from one of the pool's own threads.
    package func map<Result: Sendable>(_ count: Int, _ body: @escaping @Sendable (Int) -> Result) -> [Result] {
        if count == 1 { return [body(0)] }
        let results = Mutex([Result?](repeating: nil, count: count))
        let group = DispatchGroup()
        for index in 0..<count {
            group.enter()
            let job = Job {
                let result = body(index)
                results.withLock { $0[index] = result }
            } isDone: {
                group.leave()
            }
            submit(job, preferring: index % threads)
        }
        group.wait()
        return results.withLock { $0.compactMap { $0 } }
    }

    private func work(_ thread: Int) {
        while true {
            let (found, isClosed) = state.withLock { ($0.isClosed ? nil : $0.next(for: thread), $0.isClosed) }
            if isClosed { return }
            guard let found else {
                wakeUps[thread].wait()
                continue
            }
            if let woken = found.woken { wakeUps[woken].signal() }
            found.job.body()
            guard let isDone = found.job.isDone else { continue }
            state.withLock { $0.free(thread) }
            isDone()
        }
    }
}
