import ArgumentParser
import ClusterTransport
import Foundation
import InstanceFile
import Pipeline

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
              propensity help instance eligible          what may be written in the file
            """,
        version: productVersion,
        subcommands: [
            QuickstartCommand.self, CheckCommand.self, FeaturesCommand.self, RunCommand.self, CoordinatorCommand.self,
            WorkerCommand.self, StatusCommand.self, KeysCommand.self, ExplainCommand.self, ReportCommand.self,
            SegmentCommand.self, OutcomesCommand.self, CompareCommand.self, ExportCommand.self, FetchCommand.self,
            SchemaCommand.self,
            SimulateCommand.self,
        ])

    /// Exit codes: 0 done, 1 failed, 2 wrong usage or bad input, 75 interrupted.
    static func main() {
        StandardStream.prepare()
        var code: Int32 = 0
        do {
            try FileLimit.raise()
            let words = Array(CommandLine.arguments.dropFirst())
            if let text = try Reference.text(for: words) {
                say(text)
                finish(0)
            }
            if let mistake = unknownCommand(words.first) { throw RunError.input(mistake) }
            var command = try parseAsRoot()
            try command.run()
        } catch let error as RunError {
            standardError("propensity: \(error)")
            code = error.exitCode
        } catch {
            let found = exitCode(for: error)
            let message = fullMessage(for: error)
            if !message.isEmpty { found == .success ? say(message) : standardError(message) }
            code = found == .validationFailure ? 2 : found.rawValue
        }
        finish(code)
    }

    private static func finish(_ ended: Int32) -> Never {
        var code = ended
        // What was to be said is part of what a command is for.
        for stream in [StandardStream.output, .error] where stream.failure != nil {
            standardError("propensity: \(stream.failure ?? "")")
            if code == 0 { code = 1 }
        }
        // At once: libraries that tidy up at the end would do so while threads still use them.
        fflush(nil)
        _exit(code)
    }
}

extension Propensity {
    /// What to say of a first word that is no command; nil where it is one, or an option.
    private static func unknownCommand(_ word: String?) -> String? {
        let names = configuration.subcommands.compactMap { $0.configuration.commandName }
        guard let word, !word.hasPrefix("-"), word != "help", !names.contains(word) else { return nil }
        let nearest = NearestName.nearest(to: word, among: names)
        return "there is no command \"\(word)\""
            + (nearest.map { "; did you mean \"\($0)\"?" } ?? "; the commands are \(names.joined(separator: ", "))")
    }
}

/// A line on standard output.
func say(_ text: String) { StandardStream.output.write(text + "\n") }

func standardError(_ text: String) {
    StandardStream.error.write(text + "\n")
}
