public import ClusterProtocol

/// What an operator may want to know of a cluster's past: counts, who was there, and what went wrong last. Reaches no
/// result.
///
/// Bounded: of workers that have gone it keeps the last `mostDeparted`, of faults the last `mostFaults`.
public struct Ledger: Sendable {
    /// One registration of one worker process.
    public struct Attendance: Sendable {
        public var worker: WorkerID
        /// Of its key; nil without keys.
        public var name: String?
        public var hello: Hello
        public var joined: Instant
        public var left: Instant?
        /// nil while it is there.
        public var loss: Loss?
        /// Tasks whose results were taken, and answers in training.
        public var tasks = 0
        public var answers = 0
        /// Of a model in training, at most at once.
        public var mostShards = 0
    }

    public struct Fault: Sendable, Equatable {
        public var time: Instant
        public var what: String
    }

    public static let mostDeparted = 10_000
    public static let mostFaults = 20
    /// Letters of a fault, or of a name that a peer gives itself.
    private static let longestText = 300

    public internal(set) var counters = Counters()
    public private(set) var faults: [Fault] = []
    private var present: [WorkerID: Attendance] = [:]
    private var departed: [Attendance] = []
    /// Gone workers that are not kept any more.
    public private(set) var forgotten = 0

    /// All that are or were there, in the order of their registration.
    public var attendance: [Attendance] { (departed + present.values).sorted { $0.worker < $1.worker } }

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

    mutating func leave(_ worker: WorkerID, _ loss: Loss, at now: Instant) {
        counters[loss.counter] += 1
        if loss != .left { note("\(worker) was lost: \(loss)", at: now) }
        guard var gone = present.removeValue(forKey: worker) else { return }
        gone.left = now
        gone.loss = loss
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
