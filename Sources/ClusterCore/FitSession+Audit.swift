import ClusterProtocol

/// An answer that counts once another worker has given the same.
struct HeldAnswer: Sendable {
    let shards: [UInt32]
    var votes: Votes<[UInt8]>
    /// Who is at it now.
    var asked: WorkerID?
    var askedAt: Instant?
}

/// Answers that are computed a second time, by a worker that loads the shards and replays what it has missed.
extension FitSession {
    /// Asks for what is held and nobody is at; who is to compute what.
    mutating func askAgain(
        among hosts: [WorkerID: String], at now: Instant
    ) -> [(worker: WorkerID, number: UInt32, assignment: ShardAssignment)] {
        var asked: [(WorkerID, UInt32, ShardAssignment)] = []
        for number in held.keys.sorted() {
            guard let answer = held[number], answer.asked == nil else { continue }
            let able = able(answer, among: hosts)
            guard !able.isEmpty else { continue }
            // Not always the same one.
            let worker = able[Int(number) % able.count]
            held[number]?.asked = worker
            held[number]?.askedAt = now
            asked.append((worker, number, assignment(of: answer.shards)))
        }
        return asked
    }

    private func able(_ answer: HeldAnswer, among hosts: [WorkerID: String]) -> [WorkerID] {
        answer.votes.candidates(among: hosts.filter { !stalled.contains($0.key) })
    }

    /// Takes what was asked for; nil: it could not be computed.
    mutating func receive(
        recomputed number: UInt32, _ partial: Partial?, from worker: WorkerID, on host: String, at now: Instant
    ) -> Outcome {
        guard var answer = held[number], answer.asked == worker else { return .ignored }
        answer.asked = nil
        guard let partial else {
            answer.votes.couldNotAnswer(worker)
            held[number] = answer
            return .waiting
        }
        guard partial.fit == self.number, partial.sequence == sequence, partial.shards == answer.shards,
            fit.accepts(partial.reply)
        else {
            held[number] = answer
            return .unfit
        }
        let verdict = answer.votes.add(partial.reply, by: worker, on: host)
        held[number] = answer
        guard case .agreed(let reply, let odd) = verdict else { return .waiting }
        return .settled(odd: odd, settle(number, reply, at: now))
    }

    private mutating func settle(_ number: UInt32, _ reply: [UInt8], at now: Instant) -> Outcome {
        let shards = held.removeValue(forKey: number)?.shards ?? []
        return add(reply, of: shards.count, at: now)
    }

    /// Ends the wait for one answer that nobody can give any more: a single one counts as it is, and several that differ
    /// cannot be told apart.
    ///
    /// - Returns: nil where none is overdue.
    mutating func settleOne(among hosts: [WorkerID: String], alone: Duration, at now: Instant) -> (
        Outcome?, dispute: String?
    )? {
        for number in held.keys.sorted() {
            guard var answer = held[number], let first = answer.votes.votes.first else { continue }
            if let asked = answer.asked {
                guard answer.votes.isOverdue(at: now, since: answer.askedAt) else { continue }
                // It gets nothing more until something is heard of its work.
                stall(asked)
                answer.votes.couldNotAnswer(asked)
                answer.asked = nil
                held[number] = answer
            }
            guard answer.votes.isHopeless(among: hosts.filter { !stalled.contains($0.key) }, alone: alone, at: now)
            else { continue }
            if answer.votes.isDisputed {
                return (
                    nil, "\(answer.votes.dispute) computed different \(fit.subject)"
                )
            }
            return (settle(number, first.answer, at: now), nil)
        }
        return nil
    }

    /// What somebody answered who is not to be trusted counts no more: where it has waited for another answer, its shards
    /// are to be given away, and answered for, once more.
    mutating func dropVotes(of worker: WorkerID) {
        for number in held.keys.sorted() {
            held[number]?.votes.drop(worker)
            guard let answer = held[number], answer.votes.votes.isEmpty else { continue }
            held[number] = nil
            takeBack(answer.shards)
        }
    }

    /// A worker that has gone is at nothing.
    mutating func askNoMore(_ worker: WorkerID) {
        for number in held.keys where held[number]?.asked == worker { held[number]?.asked = nil }
    }
}
