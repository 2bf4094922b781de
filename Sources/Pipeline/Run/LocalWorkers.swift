import ClusterTransport
import Foundation
import InstanceFile
import Synchronization

/// Worker processes on this machine, started by and for one run, and started again, a few times, when they die.
final class LocalWorkers: Sendable {
    enum Trouble: Sendable {
        /// A worker died and is started again.
        case restarts(String)
        /// A worker has died too often; so many are left.
        case givenUp(String, left: Int)
    }

    struct Failed: Error, CustomStringConvertible { let description: String }

    private enum Limit {
        /// How often each is started again.
        static let restarts = 3

        /// How long it is waited before that.
        static func pause(before restart: Int) -> DispatchTimeInterval { .milliseconds(200 << (2 * (restart - 1))) }
    }

    private struct Place {
        var process: Process?
        var restarts = 0
        var isGivenUp = false
    }

    private struct State {
        var places: [Place]
        var isStopping = false
    }

    private let executable: String
    private let arguments: [String]
    private let queue = DispatchQueue(label: "local workers")
    private let state: Mutex<State>
    private let report: @Sendable (Trouble) -> Void

    /// Starts `count` workers of this very program; they leave when the run is over or this process ends.
    ///
    /// - Parameter report: called on a thread of its own when one dies.
    init(
        count: Int, threads: Int, endpoint: Endpoint, executable: String, log: LogSettings,
        report: @escaping @Sendable (Trouble) -> Void
    ) throws(Failed) {
        self.executable = executable
        arguments =
            ["worker", "--connect", endpoint.address, "--threads", "\(threads)", "--parent", "\(getpid())"]
            // They and the coordinator share the machine.
            + ["--memory", "\(AvailableMemory.bytes / max(1, count))"]
            + log.arguments
        state = Mutex(State(places: Array(repeating: Place(), count: count)))
        self.report = report
        for place in 0..<count {
            do throws(Failed) {
                try start(place)
            } catch {
                stop()
                throw error
            }
        }
    }

    private func start(_ place: Int) throws(Failed) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.terminationHandler = { [weak self] process in
            guard let self else { return }
            let end = Self.describe(process)
            queue.async { self.hasEnded(place, end) }
        }
        let failure = state.withLock { state -> Failed? in
            guard !state.isStopping else { return nil }
            do {
                try process.run()
                state.places[place].process = process
                return nil
            } catch {
                return Failed(description: "cannot start a worker (\(executable)): \(error.localizedDescription)")
            }
        }
        if let failure { throw failure }
    }

    private static func describe(_ process: Process) -> String {
        let number = process.processIdentifier
        return process.terminationReason == .uncaughtSignal
            ? "process \(number) was killed by signal \(process.terminationStatus)"
            : "process \(number) ended with code \(process.terminationStatus)"
    }

    /// On the queue.
    private func hasEnded(_ place: Int, _ end: String) {
        let trouble = state.withLock { state -> Trouble? in
            guard !state.isStopping else { return nil }
            state.places[place].process = nil
            guard state.places[place].restarts < Limit.restarts else {
                state.places[place].isGivenUp = true
                return .givenUp(end, left: state.places.count { !$0.isGivenUp })
            }
            state.places[place].restarts += 1
            queue.asyncAfter(deadline: .now() + Limit.pause(before: state.places[place].restarts)) { [weak self] in
                self?.startAgain(place)
            }
            return .restarts("\(end): starting it again (\(state.places[place].restarts) of \(Limit.restarts))")
        }
        if let trouble { report(trouble) }
    }

    private func startAgain(_ place: Int) {
        do throws(Failed) {
            try start(place)
        } catch {
            hasEnded(place, error.description)
        }
    }

    /// From now on who ends is not started again.
    func letGo() { state.withLock { $0.isStopping = true } }

    /// Waits for workers that were told to leave, and ends those that do not.
    func stop() {
        let processes = state.withLock { state in
            state.isStopping = true
            return state.places.compactMap(\.process)
        }
        let deadline = ContinuousClock.now + .seconds(5)
        for process in processes {
            while process.isRunning, ContinuousClock.now < deadline { usleep(5_000) }
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        }
    }
}
