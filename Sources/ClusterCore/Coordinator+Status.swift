package import ClusterProtocol

extension Coordinator {
    /// How the run goes, for whoever asks.
    ///
    /// Cost: O(workers + shards).
    /// - Parameter title: what the run does, in the user's words.
    package func status(title: String, at now: Instant) -> ClusterStatus {
        var shards: [WorkerID: (held: Int, owed: Int)] = [:]
        if let fit {
            for (owner, hasAnswered) in zip(fit.owners, fit.answered) {
                guard let owner else { continue }
                shards[owner, default: (0, 0)].held += 1
                shards[owner, default: (0, 0)].owed += hasAnswered ? 0 : 1
            }
        }
        let members = roster.prefix(ClusterStatus.mostMembers).compactMap { id, _ -> ClusterStatus.Member? in
            guard let member = self.members[id], let attendance = history[id] else { return nil }
            // Those of queues that are over, too: a thread may hang in one.
            let leased = tasks?.leased(to: id) ?? 0
            return ClusterStatus.Member(
                worker: id, name: attendance.name ?? "", hello: attendance.hello,
                joined: (now - attendance.joined).inSeconds, heard: (now - member.lastHeard).inSeconds,
                isSuspect: member.isSuspect, tasks: leased + unreported.count(of: id), shards: shards[id]?.held ?? 0,
                owed: shards[id]?.owed ?? 0,
                done: attendance.tasks + attendance.answers)
        }
        return ClusterStatus(
            seconds: now.sinceStart.inSeconds, title: title, work: work(at: now),
            minimumWorkers: limits.minimumWorkers, isWaiting: isWaiting, workers: self.members.count,
            members: members, counters: history.counters,
            faults: history.faults.map { ClusterStatus.Fault(ago: (now - $0.time).inSeconds, what: $0.what) })
    }

    private func work(at now: Instant) -> ClusterStatus.Work? {
        let (stage, rounds, finished, count): (Stage, String?, Int, Int)
        if let tasks {
            (stage, rounds, finished, count) = (tasks.stage, nil, tasks.finishedCount, tasks.count)
        } else if let fit {
            let progress = fit.fit.progress
            (stage, rounds, finished, count) = (fit.stage, progress.rounds, progress.finished, progress.limit ?? 0)
        } else {
            return nil
        }
        let seconds = (now - workStart.time).inSeconds
        let rate = seconds > 0 ? Double(max(0, finished - workStart.finished)) / seconds : 0
        return ClusterStatus.Work(
            stage: stage, rounds: rounds, finished: finished, of: count, seconds: seconds, rate: min(rate, 1e12))
    }
}

extension Duration {
    /// To the millisecond, and none before zero.
    var inSeconds: Double {
        let milliseconds = components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
        return Double(max(0, milliseconds)) / 1000
    }
}
