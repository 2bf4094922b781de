package import ClusterProtocol
package import Learning

/// The coordinator's state machine: who takes part, what is to be done, and who does it.
///
/// It holds no socket, file, clock or lock. The runtime tells it what happened and when, and carries out the effects
/// that it returns, in their order.
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
        /// already, by task. `accepts`: whether a result can be that of a task; the worker that sent one that cannot is expelled.
        case tasks(
            Stage, payloads: [[UInt8]], finished: [Int: [UInt8]] = [:],
            accepts: @Sendable (_ task: Int, _ result: [UInt8]) -> Bool = { _, _ in true })
        /// A model trained on all shards together; by a booster that has started, from where it is.
        case fit(specification: [UInt8], shards: Int, Booster)
    }

    package enum Event: Sendable {
        /// - name: of its key; nil without keys.
        case joined(WorkerID, Hello, name: String? = nil)
        case received(WorkerID, WorkerMessage)
        /// The transport noticed that the worker is gone, or the runtime expelled it.
        case lost(WorkerID, Loss)
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
        /// To be written down before the effects that follow.
        case persist(JournalRecord)
        /// The registration is over: what still comes from it is answered with `registerAgain`.
        case forget(WorkerID)
        /// To be done by the coordinator's host itself, or only looked at, because a worker says that the input is bad, or
        /// another; ends with `looked`.
        case look(TaskID, Stage, payload: [UInt8], isDone: Bool)
        case tasksFinished(results: [[UInt8]])
        case fitFinished(Ensemble, validationLosses: [Double])
        case workFailed(Failure)
        case report(Report)
    }

    /// What a person may want to know.
    package enum Report: Sendable, Equatable {
        case joined(WorkerID, Hello, workers: Int)
        case suspect(WorkerID, silentFor: Duration)
        case lost(WorkerID, Loss, workers: Int)
        case waitingForWorkers(there: Int, of: Int)
        case tasks(Stage, finished: Int, of: Int)
        /// Of the model in training, of at most so many, with the validation loss that just these have.
        case trees(Int, of: Int, validationLoss: Double?)
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

    enum Current: Sendable {
        case nothing
        case tasks(TaskQueue)
        /// `failures`: since the last tree.
        case fit(FitConversation, failures: Failures?)
    }

    private(set) var limits: Limits
    /// Counts and history, for people.
    package private(set) var ledger = Ledger()
    /// When the current work began, and how much of it was done then.
    private(set) var workStart: (time: Instant, finished: Int) = (Instant(.zero), 0)
    private(set) var members: [WorkerID: Member] = [:]
    private(set) var current = Current.nothing
    private var workCount: UInt32 = 0
    /// What the last fit found out about the speed of workers.
    private var balance = ShardBalance()
    /// Workers that owe answers to fits that are over, or tasks for all of their threads: these may hang.
    private var stalled: Set<WorkerID> = []
    /// What queues that are over have left with workers.
    private(set) var owed = OwedTasks()
    private var rests = Rests()
    /// Results that were none, since one that was.
    private var badResults = 0
    private var lastWaitingReport: Instant?
    /// Since when there has been no more than one worker.
    private var aloneSince: Instant? = Instant(.zero)
    /// When a loss was last held against the tasks that the worker had.
    private var lastCountedLoss: Instant?
    /// Whether enough workers have been there once; from then on any will do.
    private var hasStarted = false

    package init(limits: Limits = Limits()) { self.limits = limits }

    package mutating func handle(_ event: Event, at now: Instant) -> [Effect] {
        switch event {
        case .joined(let worker, let hello, let name): joined(worker, hello, name, now)
        case .received(let worker, let message): received(worker, message, now)
        case .lost(let worker, let loss): lost(worker, loss, now)
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
    package var shardOwners: [WorkerID?] { if case .fit(let fit, _) = current { fit.owners } else { [] } }

    /// What is not done of the work under way, in a few words.
    package var unfinished: String {
        guard case .fit(let fit, _) = current else { return "" }
        let held = fit.held.keys.sorted().map {
            "\($0) of \(fit.held[$0]?.shards ?? []): \(fit.held[$0]?.asked.map { "\($0)" } ?? "nobody")"
        }
        return
            "order \(fit.sequence), answered \(fit.answered.count { $0 }) of \(fit.answered.count), held \(held), stalled "
            + "\(fit.stalled.sorted()), resting \(roster.filter { rests.hasFailed($0.id) }.map(\.id))"
    }

    /// Those that have not failed just now.
    private func rested(at now: Instant) -> [(id: WorkerID, threads: Int)] {
        roster.filter { !rests.isResting($0.id, at: now) }
    }

    /// Workers in the order of their registration, so that nothing depends on a dictionary's order.
    var roster: [(id: WorkerID, threads: Int)] {
        members.keys.sorted().map { ($0, members[$0]?.hello.threads ?? 1) }
    }

    var hosts: [WorkerID: String] { members.mapValues(\.hello.host) }

    private func host(of worker: WorkerID) -> String { members[worker]?.hello.host ?? "" }

    // MARK: Membership

    private mutating func joined(
        _ worker: WorkerID, _ hello: Hello, _ name: String?, _ now: Instant
    ) -> [Effect] {
        ledger.join(worker, hello, name: name, at: now)
        members[worker] = Member(hello: hello, lastHeard: now)
        hasStarted = hasStarted || members.count >= limits.minimumWorkers
        aloneSince = members.count > 1 ? nil : now
        lastWaitingReport = nil
        let printable = ledger[worker]?.hello ?? hello
        return [.report(.joined(worker, printable, workers: members.count))] + giveWork(now)
    }

    private mutating func giveWork(_ now: Instant) -> [Effect] {
        switch current {
        case .nothing: []
        case .tasks: leaseTasks(now)
        // Shards that wait for an owner go to it at once; shards of others move between two orders.
        case .fit: assignShards(now) + audit(now)
        }
    }

    private mutating func expect(_ workers: Int, _ now: Instant) -> [Effect] {
        limits.minimumWorkers = workers
        guard !hasStarted, members.count >= workers else { return [] }
        hasStarted = true
        return giveWork(now)
    }

    private mutating func refused(_ refusal: Refusal, _ now: Instant) -> [Effect] {
        ledger.counters[refusal.counter] += 1
        ledger.note(refusal.what, at: now)
        return []
    }

    private mutating func lost(_ worker: WorkerID, _ loss: Loss, _ now: Instant) -> [Effect] {
        guard members.removeValue(forKey: worker) != nil else { return [] }
        ledger.leave(worker, loss, at: now)
        if members.count == 1 { aloneSince = now }
        balance.forget(worker)
        stalled.remove(worker)
        owed.forget(worker)
        rests.end(worker)
        if loss.isOfBadWork { badResults += 1 }
        var effects: [Effect] = loss.isOfBadWork ? [.send(worker, .refused(reason: "\(loss)"))] : []
        effects += [
            .report(.lost(worker, loss, workers: members.count)), .forget(worker),
        ]
        switch current {
        case .nothing: break
        case .tasks(var queue):
            let isCounted = loss.isDeath && lastCountedLoss.map { now - $0 >= limits.oneCause } ?? true
            if isCounted, queue.leased(to: worker) > 0 { lastCountedLoss = now }
            let attempts = queue.giveBackAll(of: worker, counting: isCounted)
            if loss.isOfBadWork { queue.dropVotes(of: worker) }
            current = .tasks(queue)
            effects += attempts >= limits.attempts ? fail(after: attempts, loss) : audit(now) + leaseTasks(now)
        case .fit(var fit, let failures):
            fit.disown(worker)
            if loss.isOfBadWork { fit.dropVotes(of: worker) }
            current = .fit(fit, failures: failures)
            effects += assignShards(now) + audit(now)
        }
        if members.isEmpty {
            if badResults >= limits.attempts { return effects + failAsNobodyAnswers() }
            lastWaitingReport = nil
            effects += waiting(now)
        }
        return effects
    }

    private mutating func failAsNobodyAnswers() -> [Effect] {
        if case .nothing = current { return [] }
        return abandon() + [
            .workFailed(
                Failure(.machine, "\(badResults) workers, one after the other, sent results that are not of this run"))
        ]
    }

    private mutating func fail(after attempts: Int, _ loss: Loss) -> [Effect] {
        current = .nothing
        return [
            .workFailed(Failure(.machine, "\(attempts) workers were lost at the same task; the last one: \(loss)"))
        ]
    }

    private mutating func tick(_ now: Instant) -> [Effect] {
        var effects: [Effect] = []
        for (worker, _) in roster {
            guard let member = members[worker] else { continue }
            let silence = now - member.lastHeard
            if silence >= limits.lostAfter {
                effects += lost(worker, .silent(silence), now)
                continue
            }
            if silence >= limits.suspectAfter, !member.isSuspect {
                members[worker]?.isSuspect = true
                ledger.note("\(worker) has been silent for \(silence.components.seconds) s", at: now)
                effects.append(.report(.suspect(worker, silentFor: silence)))
            }
            // A ping that cannot be delivered is how the transport notices a dead peer early.
            effects.append(.send(worker, .ping))
        }
        effects += audit(now) + leaseTasks(now) + relieveStalled(now) + assignShards(now)
        if isWaiting { effects += waiting(now) }
        return effects
    }

    var isWaiting: Bool { members.isEmpty || !hasStarted }

    private mutating func waiting(_ now: Instant) -> [Effect] {
        if case .nothing = current { return [] }
        if let last = lastWaitingReport, now - last < limits.waitingEvery { return [] }
        lastWaitingReport = now
        return [.report(.waitingForWorkers(there: members.count, of: hasStarted ? 1 : limits.minimumWorkers))]
    }

    // MARK: Messages

    private mutating func received(_ worker: WorkerID, _ message: WorkerMessage, _ now: Instant) -> [Effect] {
        guard members[worker] != nil else { return [.forget(worker)] }
        members[worker]?.lastHeard = now
        members[worker]?.isSuspect = false
        switch message {
        // A beat says no more than that it lives; who asks how the run goes is answered by the runtime.
        case .hello, .beat, .askStatus: return []
        case .goodbye: return lost(worker, .left, now)
        case .numbered(let number, let message):
            return [.send(worker, .acknowledged(number))] + received(worker, message, now)
        case .finished(let task, let result):
            noteReport(of: task, by: worker)
            return finished(task, result, by: worker, now)
        case .failed(let task, let failure):
            noteReport(of: task, by: worker)
            return failed(task, printable(failure), by: worker, now)
        case .partial(let partial): return answered(partial, by: worker, now)
        case .fitFailed(let fit, let failure): return fitFailed(fit, printable(failure), by: worker, now)
        case .recomputed(let number, let partial): return recomputed(number, partial, by: worker, now)
        }
    }

    private func printable(_ failure: Failure) -> Failure {
        Failure(failure.kind, Ledger.printable(failure.message, upTo: 2000))
    }

    private mutating func begin(_ work: Work, _ now: Instant) -> [Effect] {
        workCount += 1
        // Workers that are just starting need not be spoken of.
        lastWaitingReport = now
        switch work {
        case .tasks(let stage, let payloads, let finished, let accepts):
            let queue = TaskQueue(
                work: workCount, stage: stage, payloads: payloads, finished: finished,
                audit: Audit(share: limits.audit),
                accepts: accepts)
            if queue.isFinished {
                current = .nothing
                return [.tasksFinished(results: queue.results.compactMap { $0 })]
            }
            workStart = (now, queue.finishedCount)
            current = .tasks(queue)
            return [.report(.tasks(stage, finished: queue.finishedCount, of: queue.count))] + leaseTasks(now)
        case .fit(let specification, let shards, let booster):
            stalled.formUnion(roster.filter { owed.count(of: $0.id) >= $0.threads }.map(\.id))
            workStart = (now, booster.treeCount)
            current = .fit(
                FitConversation(
                    fit: workCount, specification: specification, shards: shards, booster: booster, balance: balance,
                    stalled: stalled, audit: Audit(share: limits.audit), at: now),
                failures: nil)
            return assignShards(now)
        }
    }

    private mutating func abandon() -> [Effect] {
        defer { current = .nothing }
        guard case .fit(let fit, _) = current else { return [] }
        return roster.map { .send($0.id, .closeFit(fit.fit)) }
    }

    // MARK: Tasks

    /// One task a thread, and one more so that no thread waits for the next message.
    private mutating func leaseTasks(_ now: Instant) -> [Effect] {
        guard hasStarted, case .tasks(var queue) = current else { return [] }
        let (retries, late) = (queue.retries, queue.late)
        var effects: [Effect] = []
        // All threads of the others may hang: they get something when something is heard of what they have.
        let able = rested(at: now).filter { owed.count(of: $0.id) < $0.threads }
            .map { (id: $0.id, threads: $0.threads, most: rests.hasFailed($0.id) ? 1 : $0.threads + 1) }
        let hosts = hosts
        for round in 1...(1 + (roster.map(\.threads).max() ?? 0)) {
            for (worker, _, most) in able where queue.hasWaiting && round <= most {
                guard queue.leased(to: worker) + owed.count(of: worker) < round,
                    let message = queue.lease(to: worker, among: hosts, at: now)
                else { continue }
                effects.append(.send(worker, message))
            }
        }
        // A thread that has nothing to do sees to what others are late with.
        for (worker, threads, most) in able
        where !queue.hasWaiting && queue.leased(to: worker) + owed.count(of: worker) < min(threads, most) {
            if let message = queue.leaseLate(to: worker, among: hosts, at: now) {
                effects.append(.send(worker, message))
            }
        }
        ledger.counters[.retries] += queue.retries - retries
        ledger.counters[.late] += queue.late - late
        current = .tasks(queue)
        return effects
    }

    /// A worker's failure, for people: where it was.
    private func at(_ worker: WorkerID, _ failure: Failure) -> Failure {
        let host = ledger[worker].map { ", on \($0.hello.host)" } ?? ""
        return Failure(.machine, "\(failure.message) (\(worker)\(host))")
    }

    /// A thread of a worker that owed this has come to an end of it: it may be given something.
    private mutating func noteReport(of task: TaskID, by worker: WorkerID) {
        if owed.remove(task, of: worker) { noteLife(of: worker) }
    }

    /// A thread of a worker that was taken for stalled has come to an end of something.
    private mutating func noteLife(of worker: WorkerID) {
        stalled.remove(worker)
        guard case .fit(var fit, let failures) = current else { return }
        fit.hear(of: worker)
        current = .fit(fit, failures: failures)
    }

    private mutating func finished(
        _ task: TaskID, _ result: [UInt8], by worker: WorkerID, _ now: Instant
    ) -> [Effect] {
        guard case .tasks(var queue) = current else {
            ledger.counters[.duplicates] += 1
            return []
        }
        if queue.refuses(result, of: task) { return lost(worker, .badResult, now) }
        rests.end(worker)
        switch queue.finish(task, result: result, by: worker, on: host(of: worker), at: now) {
        case .unwanted:
            ledger.counters[.duplicates] += 1
            current = .tasks(queue)
            return leaseTasks(now)
        case .held:
            ledger.hasDoneTask(worker)
            current = .tasks(queue)
            return audit(now) + leaseTasks(now)
        case .done(let isAudited, let odd):
            ledger.hasDoneTask(worker)
            badResults = 0
            if isAudited { ledger.counters[.audited] += 1 }
            return taken([task.index], &queue) + odd.flatMap { lost($0, .disagreed, now) } + giveWork(now)
        }
    }

    /// Keeps the results of tasks that have just been done, and ends the stage with the last.
    private mutating func taken(_ tasks: [UInt32], _ queue: inout TaskQueue) -> [Effect] {
        var effects = tasks.map { Effect.persist(.result(part: $0, queue.results[Int($0)] ?? [])) }
        if !tasks.isEmpty {
            effects.append(.report(.tasks(queue.stage, finished: queue.finishedCount, of: queue.count)))
        }
        current = .tasks(queue)
        guard queue.isFinished else { return effects }
        owed.add(queue.unreported)
        current = .nothing
        return effects + [.tasksFinished(results: queue.results.compactMap { $0 })]
    }

    private mutating func failed(
        _ task: TaskID, _ failure: Failure, by worker: WorkerID, _ now: Instant
    ) -> [Effect] {
        guard case .tasks(var queue) = current else { return [] }
        guard let failures = queue.fail(task, by: worker, failure.kind, at: now) else {
            current = .tasks(queue)
            return leaseTasks(now)
        }
        let what = "on \(host(of: worker)) could not do task \(task.index) of \(queue.stage): \(failure.message)"
        ledger.note("\(worker) \(what)", at: now)
        // Whoever says that the input is bad, or another, may be right: our own eyes tell.
        var effects: [Effect] = []
        if failure.kind == .otherInput || failures.areOfInput(among: hosts),
            let payload = queue.beginLook(at: task, because: worker, failure)
        {
            effects.append(.look(task, queue.stage, payload: payload, isDone: failure.kind == .input))
        }
        if failures.areFinal(among: memberIDs, at: now), !queue.isLookedAt(task) {
            current = .nothing
            return [.workFailed(at(worker, failure))]
        }
        current = .tasks(queue)
        if rests.begin(worker, at: now) { effects.append(.report(.failing(worker, what: what))) }
        return effects + audit(now) + leaseTasks(now)
    }

    private mutating func looked(_ task: TaskID, _ look: Look, _ now: Instant) -> [Effect] {
        guard case .tasks(var queue) = current, let reason = queue.endLook(at: task) else { return [] }
        current = .tasks(queue)
        switch look {
        case .isUnchanged: return endIfFinal(reason, now)
        case .did(let result):
            guard !queue.refuses(result, of: task), queue.finishItself(task, result: result) else { return [] }
            ledger.note("this host did task \(task.index) of \(queue.stage), which others could not", at: now)
            return taken([task.index], &queue) + leaseTasks(now)
        case .failed(let failure):
            // What ails this machine says nothing of the input.
            guard failure.kind != .machine else { return endIfFinal(reason, now) }
            current = .nothing
            return [.workFailed(failure)]
        }
    }

    /// All that are there cannot do it, and the coordinator's own host has nothing to say against that.
    private mutating func endIfFinal(
        _ reason: (worker: WorkerID, failure: Failure, all: Failures?), _ now: Instant
    ) -> [Effect] {
        guard reason.all?.areFinal(among: memberIDs, at: now) ?? false else { return [] }
        current = .nothing
        return [.workFailed(at(reason.worker, reason.failure))]
    }

    // MARK: Audit

    /// Has somebody compute again what is to be computed twice, and ends the wait for what nobody can.
    private mutating func audit(_ now: Instant) -> [Effect] {
        guard limits.audit > 0 else { return [] }
        let alone = aloneSince.map { now - $0 } ?? Audit.grace
        switch current {
        case .nothing: return []
        case .tasks(var queue):
            let (settled, dispute) = queue.settle(among: hosts, alone: alone, at: now)
            ledger.counters[.unaudited] += settled.count
            let reports = settled.map { _ in Effect.report(.unaudited(queue.stage)) }
            if let dispute { return reports + end(dispute) }
            return reports + taken(settled.map { $0.task }, &queue)
        case .fit(var fit, let failures):
            let settled = fit.settleOne(among: hosts, alone: alone, at: now)
            let asked = fit.askAgain(among: hosts, at: now)
            current = .fit(fit, failures: failures)
            let effects = asked.map { Effect.send($0.worker, .recompute(number: $0.number, $0.adoption)) }
            if let dispute = settled?.dispute { return effects + end(dispute) }
            guard let outcome = settled?.0 else { return effects }
            ledger.counters[.unaudited] += 1
            return effects + [.report(.unaudited(.train))] + goOn(outcome, now) + audit(now)
        }
    }

    private mutating func end(_ dispute: String) -> [Effect] {
        abandon() + [
            .workFailed(
                Failure(
                    .machine,
                    "\(dispute), and there is no third worker to tell who is right: one of these machines is not to be trusted"
                ))
        ]
    }

    private mutating func recomputed(
        _ number: UInt32, _ partial: Partial?, by worker: WorkerID, _ now: Instant
    ) -> [Effect] {
        noteLife(of: worker)
        guard case .fit(var fit, let failures) = current else { return [] }
        let outcome = fit.receive(recomputed: number, partial, from: worker, on: host(of: worker), at: now)
        current = .fit(fit, failures: failures)
        switch outcome {
        case .unfit, .unbalanced: return lost(worker, .badResult, now)
        case .settled(let odd, let outcome):
            ledger.counters[.audited] += 1
            rests.end(worker)
            badResults = 0
            // The order first: whoever takes over shards is told of it with them.
            return goOn(outcome, now) + odd.flatMap { lost($0, .disagreed, now) } + audit(now)
        case .ignored, .waiting, .order, .finished: return audit(now)
        }
    }

    // MARK: Training

    private mutating func assignShards(_ now: Instant) -> [Effect] {
        guard hasStarted, case .fit(var fit, let failures) = current else { return [] }
        let rested = rested(at: now)
        let given = fit.assign(to: rested, areAll: rested.count == members.count, at: now)
        for worker in Set(given.map(\.0)) { ledger.holds(worker, shards: fit.shards(of: worker).count) }
        current = .fit(fit, failures: failures)
        return given.flatMap { worker, shards -> [Effect] in
            [.send(worker, .adopt(fit.adoption(of: shards))), .report(.moved(shards: shards.count, to: worker))]
        }
    }

    private mutating func relieveStalled(_ now: Instant) -> [Effect] {
        guard case .fit(var fit, let failures) = current else { return [] }
        let taken = fit.takeFromStalled(among: rested(at: now), at: now)
        guard !taken.isEmpty else { return [] }
        for (worker, _, waited) in taken {
            ledger.counters[.stalled] += 1
            ledger.note("\(worker) sent no answer for \(waited.components.seconds) s: its shards go to others", at: now)
        }
        current = .fit(fit, failures: failures)
        return taken.flatMap { worker, shards, waited -> [Effect] in
            [.report(.stalled(worker, for: waited)), .send(worker, .release(fit: fit.fit, shards: shards))]
        } + assignShards(now)
    }

    private mutating func answered(_ partial: Partial, by worker: WorkerID, _ now: Instant) -> [Effect] {
        stalled.remove(worker)
        guard case .fit(var fit, let failures) = current else {
            ledger.counters[.duplicates] += 1
            return []
        }
        let outcome = fit.receive(partial, from: worker, on: host(of: worker), at: now)
        current = .fit(fit, failures: failures)
        switch outcome {
        case .ignored:
            ledger.counters[.duplicates] += 1
            return []
        case .unfit: return lost(worker, .badResult, now)
        case .unbalanced: return lost(worker, .badSums, now)
        case .waiting, .order, .finished, .settled:
            ledger.hasAnswered(worker)
            rests.end(worker)
            badResults = 0
            return goOn(outcome, now) + audit(now)
        }
    }

    /// Goes on with what follows from the answers that are in.
    private mutating func goOn(_ outcome: FitConversation.Outcome, _ now: Instant) -> [Effect] {
        guard case .fit(var fit, let failures) = current else { return [] }
        switch outcome {
        case .ignored, .unfit, .unbalanced, .waiting, .settled: return []
        case .order(let order):
            var effects: [Effect] = []
            var isTreeDone = false
            if case .begin(let tree, let adding) = order {
                isTreeDone = true
                if let adding {
                    // Without a loss of its own this is a fit without validation rows.
                    let losses = fit.booster.validationLosses
                    effects.append(.persist(.tree(adding, lossBefore: losses.isEmpty ? nil : losses[tree - 1])))
                }
                effects.append(.report(.trees(of: fit.booster)))
            }
            let taken = fit.rebalance(among: rested(at: now), bySpeed: isTreeDone)
            for (loser, shards) in taken {
                effects.append(.send(loser, .release(fit: fit.fit, shards: shards)))
            }
            let owners = Set(fit.owners.compactMap { $0 })
            effects += roster.filter { owners.contains($0.id) }
                .map { .send($0.id, .order(fit: fit.fit, sequence: fit.sequence, order)) }
            current = .fit(fit, failures: isTreeDone ? nil : failures)
            return effects + assignShards(now)
        case .finished(let ensemble):
            balance = fit.balance
            stalled = fit.stalled
            return abandon() + [
                .report(.trees(of: fit.booster)),
                .fitFinished(ensemble, validationLosses: fit.booster.validationLosses),
            ]
        }
    }

    private mutating func fitFailed(
        _ number: UInt32, _ failure: Failure, by worker: WorkerID, _ now: Instant
    ) -> [Effect] {
        noteLife(of: worker)
        // It is heard once of each of the orders that it had.
        guard case .fit(var fit, let failures) = current, fit.fit == number, !fit.shards(of: worker).isEmpty else {
            return []
        }
        ledger.counters[.couldNotTrain] += 1
        let what = "on \(host(of: worker)) could not train: \(failure.message)"
        ledger.note("\(worker) \(what)", at: now)
        var failed = failures ?? Failures(at: now)
        // Training reads the store and not the input.
        failed.note(worker, .machine)
        fit.disown(worker)
        current = .fit(fit, failures: failed)
        if failed.areFinal(among: memberIDs, at: now) { return abandon() + [.workFailed(at(worker, failure))] }
        let report: [Effect] = rests.begin(worker, at: now) ? [.report(.failing(worker, what: what))] : []
        return report + [.send(worker, .closeFit(number))] + assignShards(now) + audit(now)
    }
}

extension Coordinator.Report {
    /// The loss of the last tree is known once the next one has begun.
    fileprivate static func trees(of booster: Booster) -> Self {
        let losses = booster.validationLosses
        return .trees(
            losses.isEmpty ? booster.treeCount : losses.count - 1, of: booster.treeLimit, validationLoss: losses.last)
    }
}
