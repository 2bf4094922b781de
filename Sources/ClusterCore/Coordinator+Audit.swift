import ClusterProtocol

/// Results and answers that a second worker computes too.
extension Coordinator {
    /// Has somebody compute again what is to be computed twice, and ends the wait for what nobody can.
    mutating func audit(_ now: Instant) -> [Effect] {
        guard limits.audit > 0 else { return [] }
        let alone = aloneSince.map { now - $0 } ?? Audit.grace
        let hosts = hosts
        if let stage = tasks?.stage, let (settled, dispute) = tasks?.settle(among: hosts, alone: alone, at: now) {
            history.counters[.unaudited] += settled.count
            let reports = settled.map { _ in Effect.report(.unaudited(stage)) }
            if let dispute { return reports + end(dispute) }
            return reports + taken(settled.map { $0.task })
        }
        guard let stage = fit?.stage else { return [] }
        let settled = fit?.settleOne(among: hosts, alone: alone, at: now)
        let asked = fit?.askAgain(among: hosts, at: now) ?? []
        let effects = asked.map { Effect.send($0.worker, .recompute(number: $0.number, $0.assignment)) }
        if let dispute = settled?.dispute { return effects + end(dispute) }
        guard let outcome = settled?.0 else { return effects }
        history.counters[.unaudited] += 1
        return effects + [.report(.unaudited(stage))] + goOn(outcome, now) + audit(now)
    }

    private mutating func end(_ dispute: String) -> [Effect] {
        fail(
            Failure(
                .machine,
                "\(dispute), and there is no third worker to tell who is right: one of these machines is not to be trusted"
            ))
    }

    mutating func recomputed(
        _ number: UInt32, _ partial: Partial?, by worker: WorkerID, _ now: Instant
    ) -> [Effect] {
        noteLife(of: worker)
        let host = host(of: worker)
        let outcome = fit?.receive(recomputed: number, partial, from: worker, on: host, at: now)
        switch outcome {
        case nil: return []
        case .unfit, .unbalanced: return lost(worker, .badResult, now)
        case .settled(let odd, let outcome):
            history.counters[.audited] += 1
            backoff.end(worker)
            badResults = 0
            // The order first: whoever takes over shards is told of it with them.
            return goOn(outcome, now) + odd.flatMap { lost($0, .disagreed, now) } + audit(now)
        case .ignored, .waiting, .order, .finished: return audit(now)
        }
    }
}
