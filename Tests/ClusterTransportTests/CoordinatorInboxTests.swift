import ClusterCore
import ClusterProtocol
import Dispatch
import Foundation
import Synchronization
import Testing

@testable import ClusterTransport

struct CoordinatorInboxTests {
    @Test func everythingComesInItsOrderWithTimesThatDoNotGoBack() {
        let inbox = CoordinatorInbox()
        for workers in 0..<200 { inbox.put(.event(.expect(workers: workers))) }
        var last = Instant(.zero)
        for expected in 0..<200 {
            let (element, time) = inbox.take()
            guard case .event(.expect(let workers)) = element else {
                Issue.record("another element")
                return
            }
            #expect(workers == expected)
            #expect(time >= last)
            last = time
        }
    }

    @Test func whoeverReadsMessagesWaitsForRoomAndTheRunDoesNot() {
        let inbox = CoordinatorInbox()
        // Larger than all that may wait: the next message has no room until it has been taken.
        inbox.put(.tick, messageBytes: 100 << 20)
        let isIn = Mutex(false)
        let (begins, ends) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let sockets = Thread {
            begins.signal()
            inbox.put(.expect(workers: 1), messageBytes: 1)
            isIn.withLock { $0 = true }
            ends.signal()
        }
        sockets.start()
        begins.wait()
        inbox.put(.interrupted)
        guard case (.event(.tick), _) = inbox.take() else {
            Issue.record("the first is not the first")
            return
        }
        ends.wait()
        #expect(isIn.withLock { $0 })
        guard case (.interrupted, _) = inbox.take(), case (.event(.expect(workers: 1)), _) = inbox.take() else {
            Issue.record("the run waited for the sockets' message, or it is lost")
            return
        }
    }
}

struct QuarantineTests {
    private let start = Instant(.zero)

    @Test func aProcessStaysAwayAndComesBack() {
        var quarantine = Quarantine()
        let origin = Quarantine.Origin(name: nil, process: "a 1")
        #expect(quarantine.remaining(for: origin, at: start) == nil)
        quarantine.add(origin, at: start)
        #expect(quarantine.remaining(for: origin, at: start + .seconds(1)) == Quarantine.duration - .seconds(1))
        #expect(quarantine.remaining(for: .init(name: nil, process: "a 2"), at: start) == nil)
        #expect(quarantine.remaining(for: origin, at: start + Quarantine.duration) == nil)
    }

    @Test func aKeyWhoseWorkersAreExpelledAgainAndAgainIsKeptAwayAsAWhole() {
        var quarantine = Quarantine()
        let other = Quarantine.Origin(name: "key", process: "z 9")
        for process in 1...Quarantine.violations {
            #expect(quarantine.remaining(for: other, at: start) == nil)
            quarantine.add(.init(name: "key", process: "a \(process)"), at: start)
        }
        #expect(quarantine.remaining(for: other, at: start) == Quarantine.duration)
        #expect(quarantine.remaining(for: .init(name: "another", process: "z 9"), at: start) == nil)
    }
}
