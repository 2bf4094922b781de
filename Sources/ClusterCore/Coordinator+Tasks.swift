import ClusterProtocol

/// Independent tasks: leased to workers, their results taken once, their failures judged.
extension Coordinator {
    /// One task a thread, and one more so that no thread waits for the next message.
    mutating func leaseTasks(_ now: Instant) -> [Effect] {
        guard hasStarted, let before = tasks.map({ (retries: $0.retries, late: $0.late) }) else { return [] }
        var effects: [Effect] = []
        // All threads of the others may hang: they get something when something is heard of what they have.
        let able = rested(at: now).filter { unreported.count(of: $0.id) < $0.threads }
            .map { (id: $0.id, threads: $0.threads, most: backoff.hasFailed($0.id) ? 1 : $0.threads + 1) }
        let hosts = hosts
        func holds(_ worker: WorkerID) -> Int { (tasks?.leased(to: worker) ?? 0) + unreported.count(of: worker) }
        for round in 1...(1 + (roster.map(\.threads).max() ?? 0)) {
            for (worker, _, most) in able where tasks?.hasWaiting ?? false && round <= most {
                guard holds(worker) < round,
                    let message = tasks?.lease(to: worker, among: hosts, homes: homes, at: now)
                else { continue }
                effects.append(.send(worker, message))
            }
        }
        // A thread that has nothing to do sees to what others are late with.
        for (worker, threads, most) in able
        where !(tasks?.hasWaiting ?? true) && holds(worker) < min(threads, most) {
            if let message = tasks?.leaseLate(to: worker, among: hosts, at: now) {
                effects.append(.send(worker, message))
            }
        }
        history.counters[.retries] += (tasks?.retries ?? 0) - before.retries
        history.counters[.late] += (tasks?.late ?? 0) - before.late
        return effects
    }

    /// What a worker had that has gone waits for others.
    mutating func takeTasks(from worker: WorkerID, _ exit: WorkerExit, _ now: Instant) -> [Effect] {
        guard tasks != nil else { return [] }
        let isCounted = exit.isDeath && lastCountedLoss.map { now - $0 >= limits.oneCause } ?? true
        if isCounted, tasks?.leased(to: worker) ?? 0 > 0 { lastCountedLoss = now }
        let attempts = tasks?.giveBackAll(of: worker, counting: isCounted) ?? 0
        if exit.isOfBadWork { tasks?.dropVotes(of: worker) }
        if attempts < limits.attempts { return audit(now) + leaseTasks(now) }
        return fail(Failure(.machine, "\(attempts) workers were lost at the same task; the last one: \(exit)"))
    }

    mutating func finished(
        _ task: TaskID, _ result: [UInt8], by worker: WorkerID, _ now: Instant
    ) -> [Effect] {
        if tasks?.refuses(result, of: task) ?? false { return lost(worker, .badResult, now) }
        if tasks != nil { backoff.end(worker) }
        if tasks?.isOfShard(task) ?? false { homes.note(worker, has: task.index) }
        let host = host(of: worker)
        switch tasks?.finish(task, result: result, by: worker, on: host, at: now) {
        case nil:
            history.counters[.duplicates] += 1
            return []
        case .unwanted:
            history.counters[.duplicates] += 1
            return leaseTasks(now)
        case .held:
            history.hasDoneTask(worker)
            return audit(now) + leaseTasks(now)
        case .done(let isAudited, let odd):
            history.hasDoneTask(worker)
            badResults = 0
            if isAudited { history.counters[.audited] += 1 }
            return taken([task.index]) + odd.flatMap { lost($0, .disagreed, now) } + giveWork(now)
        }
    }

    /// Keeps the results of tasks that have just been done, and ends the stage with the last.
    mutating func taken(_ done: [UInt32]) -> [Effect] {
        guard let queue = tasks else { return [] }
        var effects = done.map { Effect.persist(.result(part: $0, queue.results[Int($0)] ?? [])) }
        if !done.isEmpty {
            effects.append(.report(.tasks(queue.stage, finished: queue.finishedCount, of: queue.count)))
        }
        guard queue.isFinished else { return effects }
        unreported.add(queue.unreported)
        tasks = nil
        return effects + [.tasksFinished(results: queue.results.compactMap { $0 })]
    }

    mutating func failed(
        _ task: TaskID, _ failure: Failure, by worker: WorkerID, _ now: Instant
    ) -> [Effect] {
        guard let stage = tasks?.stage else { return [] }
        guard let tally = tasks?.fail(task, by: worker, failure.kind, at: now) else { return leaseTasks(now) }
        let what = "on \(host(of: worker)) could not do task \(task.index) of \(stage): \(failure.message)"
        history.note("\(worker) \(what)", at: now)
        // Whoever says that the input is bad, or another, may be right: our own eyes tell.
        var effects: [Effect] = []
        if failure.kind == .otherInput || tally.areOfInput(among: hosts),
            let payload = tasks?.beginLook(at: task, because: worker, failure)
        {
            effects.append(.look(task, stage, payload: payload, isDone: failure.kind == .input))
        }
        if tally.areFinal(among: memberIDs, at: now), !(tasks?.isLookedAt(task) ?? false) {
            return fail(at(worker, failure))
        }
        effects += rest(worker, because: what, now)
        return effects + audit(now) + leaseTasks(now)
    }

    mutating func looked(_ task: TaskID, _ look: Look, _ now: Instant) -> [Effect] {
        guard let stage = tasks?.stage, let reason = tasks?.endLook(at: task) else { return [] }
        switch look {
        case .isUnchanged: return endIfFinal(reason, now)
        case .did(let result):
            guard !(tasks?.refuses(result, of: task) ?? true), tasks?.finishItself(task, result: result) ?? false else {
                return []
            }
            history.note("this host did task \(task.index) of \(stage), which others could not", at: now)
            return taken([task.index]) + leaseTasks(now)
        case .failed(let failure):
            // What ails this machine says nothing of the input.
            return failure.kind == .machine ? endIfFinal(reason, now) : fail(failure)
        }
    }

    /// All that are there cannot do it, and the coordinator's own host has nothing to say against that.
    private mutating func endIfFinal(
        _ reason: (worker: WorkerID, failure: Failure, all: FailureTally?), _ now: Instant
    ) -> [Effect] {
        guard reason.all?.areFinal(among: memberIDs, at: now) ?? false else { return [] }
        return fail(at(reason.worker, reason.failure))
    }
}
