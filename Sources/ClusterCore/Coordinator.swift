package import ClusterProtocol

/// The coordinator's state machine: who takes part, what is to be done, and who does it.
///
/// It holds no socket, file, clock or lock. The runtime tells it what happened and when, and carries out the effects
/// that it returns, in their order; what is sent need not wait for what is written down.
package struct Coordinator: Sendable {
    package struct Limits: Sendable, Equatable {
        /// A worker that says nothing for so long is reported as suspect.
        package var suspectAfter = Duration.seconds(5)
        /// A worker that says nothing for so long is given up, and its work goes to others.
        package var lostAfter = Duration.seconds(15)
        /// Workers that a task may outlast before it is taken for the cause of their deaths; and how many may one after
        /// the other send what is no answer, until nobody is left.
        package var attempts = 3
        /// Workers that are lost within so long died of one cause, such as a machine, and count as one.
        package var oneCause = Duration.seconds(5)
        /// Workers that must be there before the first work begins.
        package var minimumWorkers = 1
        /// The share of results and answers in training that a second worker computes too, on another host where there is
        /// one: 0 to 1. Which, a hash decides. Those of a worker that has been the only one for ten seconds are not audited.
        package var audit = 0.0
        /// How often a run that has no worker says so.
        package var waitingEvery = Duration.seconds(10)
        package init() {}
    }

    /// What the run asks the cluster to do next.
    package enum Work: Sendable {
        /// Independent tasks; their results come back in the order of the payloads. `finished`: those that are known
        /// already, by task. `areShards`: whether each task is about the shard of its number, and about no other. `accepts`:
        /// whether a result can be that of a task; the worker that sent one that cannot is expelled.
        case tasks(
            Stage, payloads: [[UInt8]], finished: [Int: [UInt8]] = [:], areShards: Bool = false,
            accepts: @Sendable (_ task: Int, _ result: [UInt8]) -> Bool = { _, _ in true })
        /// A model fitted on all shards together, from where the fit is. `specification`: what workers must know of it.
        case fit(Stage, specification: [UInt8], shards: Int, any DistributedFit)
    }

    package enum Event: Sendable {
        /// - name: of its key; nil without keys.
        case joined(WorkerID, Hello, name: String? = nil)
        case received(WorkerID, WorkerMessage)
        /// The transport noticed that the worker is gone, or the runtime expelled it.
        case lost(WorkerID, WorkerExit)
        /// The runtime turned somebody, or something that somebody sent, away.
        case refused(Refusal)
        /// So many workers are enough to begin with.
        case expect(workers: Int)
        case begin(Work)
        /// What the coordinator's host itself makes of a task that it was to look at.
        case looked(TaskID, Look)
        case abandon
        case tick
    }

    /// What the coordinator's own host found.
    package enum Look: Sendable {
        /// It did the task.
        case did([UInt8])
        /// The task's input is what was surveyed.
        case isUnchanged
        case failed(Failure)
    }

    package enum Effect: Sendable {
        case send(WorkerID, CoordinatorMessage)
        /// To be written down before work is reported as finished.
        case persist(JournalRecord)
        /// The registration is over: what still comes from it is answered with `registerAgain`.
        case forget(WorkerID)
        /// To be done by the coordinator's host itself, or only looked at, because a worker says that the input is bad, or
        /// another; ends with `looked`.
        case look(TaskID, Stage, payload: [UInt8], isDone: Bool)
        case tasksFinished(results: [[UInt8]])
        case fitFinished(outcome: [UInt8])
        case workFailed(Failure)
        case report(Report)
    }

    /// What a person may want to know.
    package enum Report: Sendable, Equatable {
        case joined(WorkerID, Hello, workers: Int)
        case suspect(WorkerID, silentFor: Duration)
        case lost(WorkerID, WorkerExit, workers: Int)
        case waitingForWorkers(there: Int, of: Int)
        case tasks(Stage, finished: Int, of: Int)
        /// A round of the fit under way is over, or the fit is.
        case fit(FitProgress)
        case moved(shards: Int, to: WorkerID)
        /// It beats, but its work does not come, unlike that of others, who take over its shards.
        case stalled(WorkerID, for: Duration)
        /// It could not do what it was asked: others are, and it rests.
        case failing(WorkerID, what: String)
        /// An audited result was not checked, for want of another worker.
        case unaudited(Stage)
    }

    struct Member: Sendable {
        var hello: Hello
        var lastHeard: Instant
        var isSuspect = false
    }

    var limits: Limits
    /// Counts and faults, for people.
    package internal(set) var history = ClusterHistory()
    /// When the current work began, and how much of it was done then.
    private(set) var workStart: (time: Instant, finished: Int) = (Instant(.zero), 0)
    var members: [WorkerID: Member] = [:]
    /// The tasks under way; at most one of these two is there.
    var tasks: TaskQueue?
    /// The fit under way.
    var fit: FitSession?
    private var workCount: UInt32 = 0
    /// What the last fit found out about the speed of workers.
    var balance = ShardBalance()
    /// Workers that owe answers to fits that are over, or tasks for all of their threads: these may hang.
    var stalled: Set<WorkerID> = []
    /// What queues that are over have left with workers.
    var unreported = UnreportedTasks()
    var backoff = WorkerBackoff()
    var homes = ShardHomes()
    /// Results that were none, since one that was.
    var badResults = 0
    var lastWaitingReport: Instant?
    /// Since when there has been no more than one worker.
    var aloneSince: Instant? = Instant(.zero)
    /// When a loss was last held against the tasks that the worker had.
    var lastCountedLoss: Instant?
    /// Whether enough workers have been there once; from then on any will do.
    var hasStarted = false

    package init(limits: Limits = Limits()) { self.limits = limits }

    package mutating func handle(_ event: Event, at now: Instant) -> [Effect] {
        switch event {
        case .joined(let worker, let hello, let name): joined(worker, hello, name, now)
        case .received(let worker, let message): received(worker, message, now)
        case .lost(let worker, let exit): lost(worker, exit, now)
        case .refused(let refusal): refused(refusal, now)
        case .expect(let workers): expect(workers, now)
        case .begin(let work): begin(work, now)
        case .looked(let task, let look): looked(task, look, now)
        case .abandon: abandon()
        case .tick: tick(now)
        }
    }

    package var memberIDs: [WorkerID] { members.keys.sorted() }
    /// Of each shard of the fit under way.
    package var shardOwners: [WorkerID?] { fit?.owners ?? [] }

    /// What is not done of the work under way, in a few words.
    package var unfinished: String {
        guard let fit else { return "" }
        let held = fit.held.keys.sorted().map {
            "\($0) of \(fit.held[$0]?.shards ?? []): \(fit.held[$0]?.asked.map { "\($0)" } ?? "nobody")"
        }
        return
            "order \(fit.sequence), answered \(fit.answered.count { $0 }) of \(fit.answered.count), held \(held), stalled "
            + "\(fit.stalled.sorted()), resting \(roster.filter { backoff.hasFailed($0.id) }.map(\.id))"
    }

    /// Those that have not failed just now.
    func rested(at now: Instant) -> [(id: WorkerID, threads: Int)] {
        roster.filter { !backoff.isResting($0.id, at: now) }
    }

    /// Workers in the order of their registration, so that nothing depends on a dictionary's order.
    var roster: [(id: WorkerID, threads: Int)] {
        members.keys.sorted().map { ($0, members[$0]?.hello.threads ?? 1) }
    }

    var hosts: [WorkerID: String] { members.mapValues(\.hello.host) }

    func host(of worker: WorkerID) -> String { members[worker]?.hello.host ?? "" }

    var isIdle: Bool { tasks == nil && fit == nil }

    // MARK: Work

    private mutating func begin(_ work: Work, _ now: Instant) -> [Effect] {
        workCount += 1
        // Workers that are just starting need not be spoken of.
        lastWaitingReport = now
        switch work {
        case .tasks(let stage, let payloads, let finished, let areShards, let accepts):
            let queue = TaskQueue(
                work: workCount, stage: stage, payloads: payloads, finished: finished, areShards: areShards,
                audit: Audit(share: limits.audit), accepts: accepts)
            if queue.isFinished { return [.tasksFinished(results: queue.results.compactMap { $0 })] }
            workStart = (now, queue.finishedCount)
            tasks = queue
            return [.report(.tasks(stage, finished: queue.finishedCount, of: queue.count))] + leaseTasks(now)
        case .fit(let stage, let specification, let shards, let model):
            stalled.formUnion(roster.filter { unreported.count(of: $0.id) >= $0.threads }.map(\.id))
            workStart = (now, model.progress.finished)
            fit = FitSession(
                number: workCount, stage: stage, specification: specification, shards: shards, fit: model,
                balance: balance, stalled: stalled, audit: Audit(share: limits.audit), at: now)
            return assignShards(now)
        }
    }

    /// Gives the work under way to workers that can take it.
    mutating func giveWork(_ now: Instant) -> [Effect] {
        if tasks != nil { return leaseTasks(now) }
        // Shards that wait for an owner go to it at once; shards of others move between two orders.
        return fit == nil ? [] : assignShards(now) + audit(now)
    }

    /// Ends the work under way.
    mutating func abandon() -> [Effect] {
        tasks = nil
        guard let session = fit.take() else { return [] }
        return roster.map { .send($0.id, .closeFit(session.number)) }
    }

    mutating func fail(_ failure: Failure) -> [Effect] { abandon() + [.workFailed(failure)] }
}
