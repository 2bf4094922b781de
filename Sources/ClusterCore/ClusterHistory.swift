package import ClusterProtocol

/// What an operator may want to know of a cluster's past: counts, who was there, and what went wrong last. Reaches no
/// result.
///
/// Bounded: of workers that have gone it keeps the last `mostDeparted`, of faults the last `mostFaults`.
package struct ClusterHistory: Sendable {
    /// One registration of one worker process.
    package struct Attendance: Sendable {
        package var worker: WorkerID
        /// Of its key; nil without keys.
        package var name: String?
        package var hello: Hello
        package var joined: Instant
        package var left: Instant?
        /// nil while it is there.
        package var exit: WorkerExit?
        /// Tasks whose results were taken, and answers in training.
        package var tasks = 0
        package var answers = 0
        /// The most shards that it held at once in a fit.
        package var mostShards = 0
    }

    package struct Fault: Sendable, Equatable {
        package var time: Instant
        package var what: String
    }

    package static let mostDeparted = 10_000
    package static let mostFaults = 20
    /// Letters of a fault, or of a name that a peer gives itself.
    private static let longestText = 300

    package internal(set) var counters = Counters()
    package private(set) var faults: [Fault] = []
    private var present: [WorkerID: Attendance] = [:]
    private var departed: [Attendance] = []
    /// Gone workers that are not kept any more.
    package private(set) var forgotten = 0

    /// All that are or were there, in the order of their registration.
    package var attendance: [Attendance] { (departed + present.values).sorted { $0.worker < $1.worker } }

    subscript(worker: WorkerID) -> Attendance? { present[worker] }

    mutating func join(_ worker: WorkerID, _ hello: Hello, name: String?, at now: Instant) {
        counters[.joined] += 1
        var hello = hello
        hello.host = Self.printable(hello.host)
        hello.version = Self.printable(hello.version)
        if departed.contains(where: { $0.hello.host == hello.host && $0.hello.process == hello.process }) {
            counters[.registeredAgain] += 1
        }
        present[worker] = Attendance(worker: worker, name: name, hello: hello, joined: now)
    }

    mutating func leave(_ worker: WorkerID, _ exit: WorkerExit, at now: Instant) {
        counters[exit.counter] += 1
        if exit != .left { note("\(worker) was lost: \(exit)", at: now) }
        guard var gone = present.removeValue(forKey: worker) else { return }
        gone.left = now
        gone.exit = exit
        if departed.count >= Self.mostDeparted {
            departed.removeFirst()
            forgotten += 1
        }
        departed.append(gone)
    }

    mutating func hasDoneTask(_ worker: WorkerID) { present[worker]?.tasks += 1 }
    mutating func hasAnswered(_ worker: WorkerID) { present[worker]?.answers += 1 }

    mutating func holds(_ worker: WorkerID, shards: Int) {
        let most = present[worker]?.mostShards ?? 0
        present[worker]?.mostShards = max(shards, most)
    }

    mutating func note(_ what: String, at now: Instant) {
        if faults.count >= Self.mostFaults { faults.removeFirst() }
        faults.append(Fault(time: now, what: Self.printable(what)))
    }

    /// What a peer wrote, short and harmless to a terminal.
    package static func printable(_ text: String, upTo longest: Int = 300) -> String {
        var printable = ""
        for scalar in text.unicodeScalars.prefix(longest) {
            let isControl = scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
            printable.unicodeScalars.append(isControl ? " " : scalar)
        }
        return printable
    }
}
