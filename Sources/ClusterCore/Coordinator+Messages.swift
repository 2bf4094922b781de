import ClusterProtocol

/// What workers say, each thing for the part that it is about.
extension Coordinator {
    mutating func received(_ worker: WorkerID, _ message: WorkerMessage, _ now: Instant) -> [Effect] {
        guard members[worker] != nil else { return [.forget(worker)] }
        members[worker]?.lastHeard = now
        members[worker]?.isSuspect = false
        switch message {
        // A beat says no more than that it lives; who asks how the run goes, or for a file, is answered by the runtime.
        case .hello, .beat, .askStatus, .file: return []
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
        Failure(failure.kind, ClusterHistory.printable(failure.message, upTo: 2000))
    }

    /// A worker's failure, for people: where it was.
    func at(_ worker: WorkerID, _ failure: Failure) -> Failure {
        let host = history[worker].map { ", on \($0.hello.host)" } ?? ""
        return Failure(.machine, "\(failure.message) (\(worker)\(host))")
    }

    /// A thread of a worker that owed this has come to an end of it: it may be given something.
    private mutating func noteReport(of task: TaskID, by worker: WorkerID) {
        if unreported.remove(task, of: worker) { noteLife(of: worker) }
    }

    /// A thread of a worker that was taken for stalled has come to an end of something.
    mutating func noteLife(of worker: WorkerID) {
        stalled.remove(worker)
        fit?.hear(of: worker)
    }
}
