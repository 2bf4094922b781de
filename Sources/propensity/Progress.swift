import ClusterCore
import ClusterProtocol
import ClusterTransport
import Foundation
import Logging
import Pipeline
import Synchronization

/// Shows how a run goes: one line with stage, bar, rate and time left on a terminal; elsewhere a line when a stage is
/// done, and one every ten seconds until then.
final class Progress: Sendable {
    private struct State {
        var title = ""
        var began = ContinuousClock.now
        var lastDrawn: ContinuousClock.Instant?
        var lineWidth = 0
        /// Of the model in training in this stage, if there is one.
        var training: TrainingProgress?
        /// Stages of which it has been said.
        var unaudited: Set<Stage> = []
    }

    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let isVerbose: Bool
    private let level: Logger.Level
    private let state = Mutex(State())

    /// - Parameter level: at `warning`, warnings only; above, nothing.
    init(isVerbose: Bool, level: Logger.Level = .info) {
        self.isVerbose = isVerbose
        self.level = level
    }

    func show(_ event: RunEvent) {
        guard level <= event.level else { return }
        state.withLock { state in
            switch event {
            case .stage(_, let title):
                finishStage(&state)
                state.title = title
                state.began = .now
                state.training = nil
                if isTerminal { draw(&state, share: nil, detail: "") }
            case .progress(let finished, let total):
                draw(&state, share: Double(finished) / Double(max(1, total)), detail: "\(finished)/\(total)")
            case .fit(let progress):
                guard let training = TrainingProgress(progress, after: state.training) else {
                    return draw(&state, share: nil, detail: "\(progress.finished) \(progress.rounds)")
                }
                state.training = training
                let elapsed = seconds(since: state.began)
                let rate = elapsed > 0.5 ? " · \(Int(Double(training.trees) / elapsed)) trees/s" : ""
                // Early stopping decides where it ends, so that there is a limit and no time left to tell.
                draw(
                    &state, share: Double(training.trees) / Double(max(1, training.limit)), hasTimeLeft: false,
                    detail: training.text + rate)
            case .workers(let report): show(report, &state)
            case .warning(let text): line("warning: \(text)", &state)
            case .note(let text): line(text, &state)
            }
        }
    }

    func end() {
        state.withLock { finishStage(&$0) }
    }

    private func show(_ report: Coordinator.Report, _ state: inout State) {
        switch report {
        case .joined(let worker, let hello, let workers):
            if isVerbose {
                line(
                    "\(worker) joined from \(hello.host) (process \(hello.process), \(hello.threads) threads); \(workers) now",
                    &state)
            }
        case .suspect(let worker, let silence):
            line("\(worker) has been silent for \(silence.components.seconds) s", &state)
        case .lost(let worker, .left, let workers):
            line(
                "\(worker) has stopped; \(workers == 0 ? "none is left" : "\(workers) left, which take over its work")",
                &state)
        case .lost(let worker, let exit, let workers):
            let others = workers == 0 ? "none is left" : "\(workers) left, which take over its work"
            line("\(worker) was lost (\(exit)); \(others)", &state)
        case .stalled(let worker, let time):
            line("\(worker) has sent nothing for \(time.components.seconds) s; others take over its shards", &state)
        case .failing(let worker, let what): line("\(worker) \(what); others are asked", &state)
        case .waitingForWorkers(_, of: 1): line("no worker is there: the run waits for one", &state)
        case .waitingForWorkers(let there, let wanted):
            line("\(there) of \(wanted) workers are there: the run waits for the others", &state)
        case .moved(let shards, let worker):
            if isVerbose { line("\(shards) shards to \(worker)", &state) }
        case .unaudited(let stage):
            guard state.unaudited.insert(stage).inserted else { return }
            line("\(stage): there is no second worker to audit results with: they are taken as they come", &state)
        case .tasks, .fit: break
        }
    }

    private func draw(_ state: inout State, share: Double?, hasTimeLeft: Bool = true, detail: String) {
        let now = ContinuousClock.now
        if !isTerminal {
            if now - max(state.began, state.lastDrawn ?? state.began) < .seconds(10) { return }
            state.lastDrawn = now
            line("\(pad(state.title, 34)) \(detail) after \(duration(seconds(since: state.began)))", &state)
            return
        }
        if let last = state.lastDrawn, now - last < .milliseconds(80), share != 1 { return }
        state.lastDrawn = now
        var text = pad(state.title, 34)
        if let share {
            let filled = Int(share * 24)
            text += " [" + String(repeating: "█", count: filled) + String(repeating: "·", count: 24 - filled) + "]"
            let elapsed = seconds(since: state.began)
            if hasTimeLeft, share > 0, share < 1, elapsed > 1 {
                text += " \(duration(elapsed / share - elapsed)) left"
            }
        }
        text += " " + detail
        StandardStream.error.write("\r" + pad(text, state.lineWidth))
        state.lineWidth = text.count
    }

    private func finishStage(_ state: inout State) {
        guard !state.title.isEmpty else { return }
        let training = state.training.map { " · \($0.summary)" } ?? ""
        line("\(pad(state.title, 34)) \(duration(seconds(since: state.began)))\(training)", &state)
        state.title = ""
    }

    private func line(_ text: String, _ state: inout State) {
        let start = isTerminal ? "\r" : ""
        StandardStream.error.write(start + pad(text, state.lineWidth) + "\n")
        state.lineWidth = 0
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private func seconds(since start: ContinuousClock.Instant) -> Double {
        let elapsed = ContinuousClock.now - start
        return Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
    }

    private func duration(_ seconds: Double) -> String {
        seconds < 99.5 ? "\(rounded(seconds, 1)) s" : "\(Int(seconds / 60)) min \(Int(seconds) % 60) s"
    }

    private func rounded(_ value: Double, _ places: Int) -> String { String(format: "%.\(places)f", value) }
}
