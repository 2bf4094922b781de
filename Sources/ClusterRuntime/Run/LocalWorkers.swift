import Foundation

/// Worker processes on this machine, started by and for one run.
final class LocalWorkers {
    private var processes: [Process] = []

    /// Starts `count` workers of this very program; they leave when the run is over or this process ends.
    init(count: Int, threads: Int, endpoint: Endpoint, executable: String, isVerbose: Bool) throws(Failed) {
        for _ in 0..<count {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: executable)
            process.arguments =
                ["worker", "--connect", endpoint.control, "--threads", "\(threads)", "--parent", "\(getpid())"]
                + (isVerbose ? ["--verbose"] : [])
            process.standardInput = FileHandle.nullDevice
            do {
                try process.run()
            } catch {
                stop()
                throw Failed(description: "cannot start a worker (\(executable)): \(error.localizedDescription)")
            }
            processes.append(process)
        }
    }

    struct Failed: Error, CustomStringConvertible { let description: String }

    /// Waits for workers that were told to leave, and ends those that do not.
    func stop() {
        let deadline = ContinuousClock.now + .seconds(5)
        for process in processes {
            while process.isRunning, ContinuousClock.now < deadline { usleep(5_000) }
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        }
        processes = []
    }
}
