import ArgumentParser
import ClusterRuntime
import Foundation

@main
struct Propensity: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "propensity",
        abstract: "How likely is each customer to buy, or to leave; why; and whom to address.",
        discussion: """
            Declare a goal over your customers' events in a YAML file, and a cluster of worker processes gives every \
            profile a score with its reasons.

            EXAMPLE
              propensity quickstart                      try it on bundled data
              propensity run churn.yaml --workers 4      train, score, explain, segment
              propensity explain results 12346           one profile's reasons
            """,
        version: productVersion,
        subcommands: [
            QuickstartCommand.self, CheckCommand.self, FeaturesCommand.self, RunCommand.self, CoordinatorCommand.self,
            WorkerCommand.self, StatusCommand.self, KeysCommand.self, ExplainCommand.self, ReportCommand.self,
            SegmentCommand.self, OutcomesCommand.self, CompareCommand.self, ExportCommand.self, SchemaCommand.self,
            SimulateCommand.self,
        ])

    /// Exit codes: 0 done, 1 failed, 2 wrong usage or bad input, 75 interrupted.
    static func main() {
        // A reader that closes its end of a pipe early (`| head`) is no failure of ours.
        signal(SIGPIPE, SIG_DFL)
        raiseFileLimit()
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let error as RunError {
            standardError("propensity: \(error)")
            Foundation.exit(error.exitCode)
        } catch {
            let code = exitCode(for: error)
            let message = fullMessage(for: error)
            if code == .success {
                if !message.isEmpty { print(message) }
                Foundation.exit(0)
            }
            if !message.isEmpty { standardError(message) }
            Foundation.exit(code == .validationFailure ? 2 : code.rawValue)
        }
    }
}

/// A coordinator has two descriptors for each worker, and one for whoever connects and says nothing.
private func raiseFileLimit() {
    var limit = rlimit()
    let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(files, &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    // As it was, if not.
    _ = setrlimit(files, &limit)
}

func standardError(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
}
