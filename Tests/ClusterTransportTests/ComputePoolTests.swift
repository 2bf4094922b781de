import Foundation
import Synchronization
import Testing

@testable import ClusterTransport

@Suite struct ComputePoolTests {
    @Test(arguments: [1, 2, 5])
    func resultsStandInOrder(_ threads: Int) {
        let pool = ComputePool(threads: threads)
        defer { pool.close() }
        for count in [0, 1, 2, 7, 100] { #expect(pool.map(count) { $0 * $0 } == (0..<count).map { $0 * $0 }) }
    }

    /// All wait for one another, so that none of the threads is free to take what is another's.
    @Test func anIndexMeetsTheSameThreadAgain() {
        let pool = ComputePool(threads: 3)
        defer { pool.close() }
        var first: [pthread_t] = []
        for round in 0..<200 {
            let arrived = Mutex(0)
            let all = DispatchSemaphore(value: 0)
            let threads = pool.map(3) { _ in
                let count = arrived.withLock { count in
                    count += 1
                    return count
                }
                if count == 3 { (0..<3).forEach { _ in all.signal() } }
                all.wait()
                return pthread_self()
            }
            if round == 0 { first = threads }
            #expect(threads == first)
        }
    }

    /// A thread at work does not keep what is meant for it from one that is free.
    @Test func aFreeThreadTakesWhatIsMeantForABusyOne() {
        let pool = ComputePool(threads: 2)
        defer { pool.close() }
        let isDone = DispatchSemaphore(value: 0)
        let isOver = DispatchSemaphore(value: 0)
        pool.submit(preferring: 0) {
            isDone.wait()
            isOver.signal()
        }
        for _ in 0..<3 { pool.submit(preferring: 0) { isDone.signal() } }
        #expect(isOver.wait(timeout: .now() + 60) == .success)
    }
}
