import ClusterCore
import ClusterProtocol
import Logging
import Pipeline
import Synchronization

/// Tells programs how a run goes: what happens as log messages with metadata, how far it has come every ten seconds.
final class ProgressLog: Sendable {
    private struct State {
        var stage: (name: String, title: String)?
        var began = ContinuousClock.now
        var lastTold = ContinuousClock.now
        /// Of the model in training in this stage, if there is one.
        var training: TrainingProgress?
    }

    private let logger: Logger
    private let state = Mutex(State())

    private static let every = Duration.seconds(10)

    init(_ logger: Logger) { self.logger = logger }

    func show(_ event: RunEvent) {
        switch event {
        case .stage(let stage, let title):
            end()
            state.withLock {
                $0.stage = (stage.rawValue, title)
                $0.began = .now
                $0.lastTold = .now
                $0.training = nil
            }
            logger.info("stage begins", metadata: ["stage": "\(stage.rawValue)", "title": "\(title)"])
        case .progress(let finished, let total): tell(finished, of: total, [:])
        case .fit(let progress):
            state.withLock { $0.training = TrainingProgress(progress, after: $0.training) }
            let loss = progress.loss.map { ["validation_loss": Logger.MetadataValue.stringConvertible($0)] }
            tell(progress.finished, of: progress.limit, loss ?? [:])
        case .workers(let report): show(report)
        case .warning, .note: logger.log(level: event.level, "\(event.text ?? "")")
        }
    }

    func end() {
        let ended = state.withLock { state in
            defer { state.stage = nil }
            return state.stage.map { ($0.name, $0.title, ContinuousClock.now - state.began, state.training) }
        }
        guard let (name, title, time, training) = ended else { return }
        var metadata: Logger.Metadata = [
            "stage": "\(name)", "title": "\(title)", "seconds": .stringConvertible(seconds(time)),
        ]
        if let training {
            metadata["trees"] = .stringConvertible(training.trees)
            if let best = training.best { metadata["validation_loss"] = .stringConvertible(best.loss) }
        }
        logger.info("stage is done", metadata: metadata)
    }

    private func tell(_ finished: Int, of total: Int?, _ more: Logger.Metadata) {
        let stage = state.withLock { state -> (String, String, Duration)? in
            guard let stage = state.stage, ContinuousClock.now - state.lastTold >= Self.every else { return nil }
            state.lastTold = .now
            return (stage.name, stage.title, ContinuousClock.now - state.began)
        }
        guard let (name, title, time) = stage else { return }
        var progress: Logger.Metadata = [
            "stage": "\(name)", "title": "\(title)", "finished": .stringConvertible(finished),
            "seconds": .stringConvertible(seconds(time)),
        ]
        if let total { progress["of"] = .stringConvertible(total) }
        logger.info("progress", metadata: progress.merging(more) { first, _ in first })
    }

    private func show(_ report: Coordinator.Report) {
        let level = RunEvent.workers(report).level
        func log(_ message: Logger.Message, _ worker: WorkerID, _ more: Logger.Metadata) {
            logger.log(
                level: level, message,
                metadata: more.merging(["worker": .stringConvertible(worker.number)]) { first, _ in first })
        }
        switch report {
        case .joined(let worker, let hello, let workers):
            log(
                "a worker joined", worker,
                [
                    "host": "\(hello.host)", "process": "\(hello.process)", "workers": .stringConvertible(workers),
                    "threads": .stringConvertible(hello.threads),
                ])
        case .suspect(let worker, let silence):
            log("a worker is silent", worker, ["seconds": .stringConvertible(seconds(silence))])
        case .lost(let worker, .left, let workers):
            log("a worker has stopped", worker, ["workers": .stringConvertible(workers)])
        case .lost(let worker, let loss, let workers):
            log(
                "a worker was lost", worker,
                ["why": "\(loss.kind)", "reason": "\(loss)", "workers": .stringConvertible(workers)])
        case .stalled(let worker, let time):
            log("a worker is stalled", worker, ["seconds": .stringConvertible(seconds(time))])
        case .failing(let worker, let what): log("a worker fails", worker, ["reason": "\(what)"])
        case .moved(let shards, let worker): log("shards moved", worker, ["shards": .stringConvertible(shards)])
        case .waitingForWorkers(let there, let wanted):
            logger.log(
                level: level, "the run waits for workers",
                metadata: ["workers": .stringConvertible(there), "wanted": .stringConvertible(wanted)])
        case .unaudited(let stage): logger.log(level: level, "no second worker audits", metadata: ["stage": "\(stage)"])
        case .tasks, .fit: break
        }
    }

    private func seconds(_ time: Duration) -> Double {
        Double(time.components.seconds * 1000 + time.components.attoseconds / 1_000_000_000_000_000) / 1000
    }
}

extension RunEvent {
    /// How much it matters.
    var level: Logger.Level {
        switch self {
        case .stage, .progress, .fit, .note: .info
        case .warning: .warning
        case .workers(let report):
            switch report {
            case .joined, .moved, .tasks, .fit, .lost(_, .left, _): .info
            case .unaudited, .suspect, .lost, .stalled, .failing, .waitingForWorkers: .warning
            }
        }
    }

    var text: String? {
        switch self {
        case .warning(let text), .note(let text): text
        case .stage, .progress, .fit, .workers: nil
        }
    }
}
