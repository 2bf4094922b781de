public import ClusterProtocol

/// The tasks of one stage: leased to workers, given to others when their worker is lost, each result taken once.
///
/// Tasks are idempotent, so that a task whose first worker turns out to be alive after all does no harm.
/// Cost: O(1) a task; results are held until the stage is over.
struct TaskQueue: Sendable {
    let work: UInt32
    let stage: Stage
    private let payloads: [[UInt8]]
    /// Indices waiting for a worker; the last one goes next.
    private var waiting: [Int]
    private var leases: [Int: WorkerID] = [:]
    private var attempts: [Int]
    private(set) var results: [[UInt8]?]
    private(set) var finishedCount = 0

    /// - Parameter finished: results that are known already, by task.
    init(work: UInt32, stage: Stage, payloads: [[UInt8]], finished: [Int: [UInt8]] = [:]) {
        self.work = work
        self.stage = stage
        self.payloads = payloads
        results = payloads.indices.map { finished[$0] }
        waiting = payloads.indices.reversed().filter { finished[$0] == nil }
        finishedCount = payloads.count - waiting.count
        attempts = Array(repeating: 0, count: payloads.count)
    }

    var count: Int { payloads.count }
    var isFinished: Bool { finishedCount == payloads.count }
    var hasWaiting: Bool { !waiting.isEmpty }

    func leased(to worker: WorkerID) -> Int { leases.values.count { $0 == worker } }

    /// The next task, now this worker's.
    mutating func lease(to worker: WorkerID) -> CoordinatorMessage? {
        guard let index = waiting.popLast() else { return nil }
        leases[index] = worker
        attempts[index] += 1
        return .perform(TaskID(work: work, index: UInt32(index)), stage, payload: payloads[index])
    }

    /// Takes a result; false when it is not wanted (any more).
    mutating func finish(_ task: TaskID, result: [UInt8]) -> Bool {
        guard let index = index(of: task), results[index] == nil else { return false }
        results[index] = result
        leases[index] = nil
        waiting.removeAll { $0 == index }
        finishedCount += 1
        return true
    }

    /// Takes back a task that its worker could not do; returns how often it has been tried, or nil if it is not wanted.
    mutating func giveBack(_ task: TaskID, by worker: WorkerID) -> Int? {
        guard let index = index(of: task), results[index] == nil, leases[index] == worker else { return nil }
        leases[index] = nil
        waiting.append(index)
        return attempts[index]
    }

    /// Takes back all of a lost worker's tasks; the largest number of attempts among them.
    mutating func giveBackAll(of worker: WorkerID) -> Int {
        let indices = leases.filter { $0.value == worker }.keys.sorted(by: >)
        for index in indices { leases[index] = nil }
        waiting.append(contentsOf: indices)
        return indices.map { attempts[$0] }.max() ?? 0
    }

    private func index(of task: TaskID) -> Int? {
        task.work == work && Int(task.index) < payloads.count ? Int(task.index) : nil
    }
}
