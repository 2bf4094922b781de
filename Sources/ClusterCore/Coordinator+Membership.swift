import ClusterProtocol

/// Who takes part: workers come, fall silent and go.
extension Coordinator {
    mutating func joined(
        _ worker: WorkerID, _ hello: Hello, _ name: String?, _ now: Instant
    ) -> [Effect] {
        history.join(worker, hello, name: name, at: now)
        members[worker] = Member(hello: hello, lastHeard: now)
        hasStarted = hasStarted || members.count >= limits.minimumWorkers
        aloneSince = members.count > 1 ? nil : now
        lastWaitingReport = nil
        let printable = history[worker]?.hello ?? hello
        return [.report(.joined(worker, printable, workers: members.count))] + giveWork(now)
    }

    mutating func expect(_ workers: Int, _ now: Instant) -> [Effect] {
        limits.minimumWorkers = workers
        guard !hasStarted, members.count >= workers else { return [] }
        hasStarted = true
        return giveWork(now)
    }

    mutating func refused(_ refusal: Refusal, _ now: Instant) -> [Effect] {
        history.counters[refusal.counter] += 1
        history.note(refusal.what, at: now)
        return []
    }

    mutating func lost(_ worker: WorkerID, _ exit: WorkerExit, _ now: Instant) -> [Effect] {
        guard members.removeValue(forKey: worker) != nil else { return [] }
        history.leave(worker, exit, at: now)
        if members.count == 1 { aloneSince = now }
        balance.forget(worker)
        stalled.remove(worker)
        unreported.forget(worker)
        backoff.end(worker)
        homes.forget(worker)
        if exit.isOfBadWork { badResults += 1 }
        var effects: [Effect] = exit.isOfBadWork ? [.send(worker, .refused(reason: "\(exit)"))] : []
        effects += [.report(.lost(worker, exit, workers: members.count)), .forget(worker)]
        effects += takeTasks(from: worker, exit, now) + takeShards(from: worker, exit, now)
        if members.isEmpty {
            if badResults >= limits.attempts { return effects + failAsNobodyAnswers() }
            lastWaitingReport = nil
            effects += waiting(now)
        }
        return effects
    }

    mutating func failAsNobodyAnswers() -> [Effect] {
        if isIdle { return [] }
        return fail(
            Failure(.machine, "\(badResults) workers, one after the other, sent results that are not of this run"))
    }

    mutating func tick(_ now: Instant) -> [Effect] {
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
                history.note("\(worker) has been silent for \(silence.components.seconds) s", at: now)
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

    mutating func waiting(_ now: Instant) -> [Effect] {
        if isIdle { return [] }
        if let last = lastWaitingReport, now - last < limits.waitingEvery { return [] }
        lastWaitingReport = now
        return [.report(.waitingForWorkers(there: members.count, of: hasStarted ? 1 : limits.minimumWorkers))]
    }
}
