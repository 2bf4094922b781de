import ArgumentParser
import Foundation
import InstanceFile
import Pipeline
import Readiness

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Validate an instance file and its data, without training.",
        discussion: """
            Reads the file strictly, ingests the events, counts who would be scored and how many outcomes there are to learn \
            from, and looks for what would spoil a model: short or stale data, empty columns, identities that do not match, \
            columns that give the outcome away. Writes nothing. `run` does the same before it trains.

            The verdict is ready, risky (exit code 0 both) or cannot train (exit code 2).

            EXAMPLE
              propensity check churn.yaml
              propensity check churn.yaml --json | jq .verdict
            """)

    @OptionGroup var options: RunOptions

    @Flag(help: "Print the report as JSON.")
    var json = false

    func run() throws {
        let readiness = try execute(options, cluster: .local(workers: 2, threads: 1)) { run throws(RunError) in
            try run.check()
        }
        say(json ? try readiness.json() : "\n\(readiness.text(width: terminalWidth))")
        if readiness.verdict == .cannotTrain { throw ExitCode(2) }
    }
}

/// The columns of the terminal on standard output, 60 to 110; 100 where there is none.
private var terminalWidth: Int {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 100 }
    return min(max(Int(size.ws_col), 60), 110)
}

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of the instance file.",
        discussion: """
            Editors use it to complete and check instance files as they are written.

            EXAMPLE
              propensity schema > instance.schema.json
            """)

    func run() throws {
        say(Instance.jsonSchema)
    }
}
