import ClusterProtocol

/// Tasks that others were quicker to do, by the workers whose threads may still be at them though their queue is over.
///
/// A thread that hangs never reports: its worker is given no more than its other threads can do, in every queue anew.
struct UnreportedTasks: Sendable {
    private var tasks: [WorkerID: Set<TaskID>] = [:]

    mutating func add(_ leases: [(worker: WorkerID, task: TaskID)]) {
        for (worker, task) in leases { tasks[worker, default: []].insert(task) }
    }

    /// Takes a report; whether it was owed.
    mutating func remove(_ task: TaskID, of worker: WorkerID) -> Bool { tasks[worker]?.remove(task) != nil }

    mutating func forget(_ worker: WorkerID) { tasks[worker] = nil }

    func count(of worker: WorkerID) -> Int { tasks[worker]?.count ?? 0 }
}
