import ClusterCore
import ClusterProtocol
import Testing
import ZeroMQ

@testable import ClusterTransport

struct CoreInboxTests {
    private let inbox: CoreInbox

    init() throws { inbox = CoreInbox(wakeUp: try WakeUp()) }

    @Test func everythingComesInItsOrderWithTimesThatDoNotGoBack() {
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

    @Test func messagesWaitWithTheSocketUntilThereIsRoom() {
        #expect(inbox.hasRoom)
        inbox.put(.event(.abandon), messageBytes: 100 << 20)
        #expect(!inbox.hasRoom)
        // What is no message needs none.
        inbox.put(.interrupted)
        guard case (.event(.abandon), _) = inbox.take() else {
            Issue.record("the first is not the first")
            return
        }
        #expect(inbox.hasRoom)
    }

    @Test func oneTickSaysAsMuchAsSeveral() {
        for _ in 0..<3 { inbox.put(.event(.tick)) }
        inbox.put(.interrupted)
        #expect(inbox.isBehind)
        guard case (.event(.tick), _) = inbox.take(), case (.interrupted, _) = inbox.take() else {
            Issue.record("there was no tick, or more than one")
            return
        }
        #expect(!inbox.isBehind)
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
