import ClusterProtocol

/// The fit under way: its shards' owners, their answers, and what follows from them.
extension Coordinator {
    mutating func assignShards(_ now: Instant) -> [Effect] {
        let rested = rested(at: now)
        guard hasStarted,
            let given = fit?.assign(to: rested, areAll: rested.count == members.count, homes: homes, at: now),
            !given.isEmpty
        else { return [] }
        for worker in Set(given.map(\.0)) { history.holds(worker, shards: fit?.shards(of: worker).count ?? 0) }
        return given.flatMap { worker, shards -> [Effect] in
            guard let assignment = fit?.assignment(of: shards) else { return [] }
            return [.send(worker, .assign(assignment)), .report(.moved(shards: shards.count, to: worker))]
        }
    }

    /// The shards of a worker that has gone wait for others.
    mutating func takeShards(from worker: WorkerID, _ exit: WorkerExit, _ now: Instant) -> [Effect] {
        guard fit != nil else { return [] }
        fit?.disown(worker)
        if exit.isOfBadWork { fit?.dropVotes(of: worker) }
        return assignShards(now) + audit(now)
    }

    mutating func relieveStalled(_ now: Instant) -> [Effect] {
        let rested = rested(at: now)
        guard let number = fit?.number, let taken = fit?.takeFromStalled(among: rested, at: now),
            !taken.isEmpty
        else { return [] }
        for (worker, _, waited) in taken {
            history.counters[.stalled] += 1
            history.note(
                "\(worker) sent no answer for \(waited.components.seconds) s: its shards go to others", at: now)
        }
        return taken.flatMap { worker, shards, waited -> [Effect] in
            [.report(.stalled(worker, for: waited)), .send(worker, .release(fit: number, shards: shards))]
        } + assignShards(now)
    }

    mutating func answered(_ partial: Partial, by worker: WorkerID, _ now: Instant) -> [Effect] {
        stalled.remove(worker)
        let host = host(of: worker)
        let outcome = fit?.receive(partial, from: worker, on: host, at: now)
        switch outcome {
        case nil, .ignored:
            history.counters[.duplicates] += 1
            return []
        case .unfit: return lost(worker, .badResult, now)
        case .unbalanced: return lost(worker, .badSums, now)
        case .waiting?, .order?, .finished?, .settled?:
            history.hasAnswered(worker)
            backoff.end(worker)
            badResults = 0
            return goOn(outcome, now) + audit(now)
        }
    }

    /// Goes on with what follows from the answers that are in.
    mutating func goOn(_ outcome: FitSession.Outcome?, _ now: Instant) -> [Effect] {
        switch outcome {
        case nil, .ignored, .unfit, .unbalanced, .waiting, .settled: return []
        case .order(let isRound, let checkpoint): return order(isRound: isRound, checkpoint, now)
        case .finished(let result):
            guard let session = fit else { return [] }
            balance = session.balance
            stalled = session.stalled
            return abandon() + [.report(.fit(session.fit.progress)), .fitFinished(outcome: result)]
        }
    }

    /// Sends the next order to the owners of shards, after some shards may have moved.
    private mutating func order(isRound: Bool, _ checkpoint: [UInt8]?, _ now: Instant) -> [Effect] {
        var effects: [Effect] = checkpoint.map { [.persist(.checkpoint($0))] } ?? []
        let rested = rested(at: now)
        let taken = fit?.rebalance(among: rested, bySpeed: isRound) ?? []
        guard let session = fit else { return effects }
        if isRound { effects.append(.report(.fit(session.fit.progress))) }
        effects += taken.map { .send($0, .release(fit: session.number, shards: $1)) }
        let owners = Set(session.owners.compactMap { $0 })
        let order = CoordinatorMessage.order(
            fit: session.number, sequence: session.sequence, session.fit.order)
        effects += roster.filter { owners.contains($0.id) }.map { .send($0.id, order) }
        return effects + assignShards(now)
    }

    mutating func fitFailed(
        _ number: UInt32, _ failure: Failure, by worker: WorkerID, _ now: Instant
    ) -> [Effect] {
        noteLife(of: worker)
        // It is heard once of each of the orders that it had.
        guard let session = fit, session.number == number, !session.shards(of: worker).isEmpty else { return [] }
        history.counters[.couldNotTrain] += 1
        let what = "on \(host(of: worker)) could not train: \(failure.message)"
        history.note("\(worker) \(what)", at: now)
        var tally = session.failures ?? FailureTally(at: now)
        // Training reads the store and not the input.
        tally.note(worker, .machine)
        fit?.failures = tally
        fit?.disown(worker)
        if tally.areFinal(among: memberIDs, at: now) { return fail(at(worker, failure)) }
        let report = rest(worker, because: what, now)
        return report + [.send(worker, .closeFit(number))] + assignShards(now) + audit(now)
    }
}
