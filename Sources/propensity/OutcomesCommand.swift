import ArgumentParser
import Foundation
import Pipeline

struct OutcomesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outcomes",
        abstract: "What happened after earlier scores: expected against actual rates, added to the pages.",
        discussion: """
            Once the outcome window of a run has passed in the data, this finds out what happened to each profile that it \
            scored, and adds expected and actual rates by bucket and by tenth to the run's report.html and to the latest \
            run's, with outcomes.json beside it. The runs' other files stay as they are. All events count, whatever as_of the \
            instance names. A run whose time has not come is named with the day on which it will have. `propensity run` does the same for a run that it replaces; to keep a run until its time has \
            come, give each a folder of its own with --output.

            EXAMPLE
              propensity run churn.yaml --output results-may
              propensity run churn.yaml --output results-june
              propensity outcomes churn.yaml --output results-june --run results-may
            """)

    @Argument(help: "The instance file (YAML).", completion: .file(extensions: ["yaml", "yml"]))
    var instance: String

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp("An earlier run's output folder; may be given several times.", valueName: "dir"),
        completion: .directory)
    var runs: [String] = []

    @Option(name: .shortAndLong, help: "The latest run's output folder; wins over the file's `output`.")
    var output: String?

    @OptionGroup var local: LocalClusterOptions

    @Flag(name: .shortAndLong, help: "Say more about workers.")
    var verbose = false

    func run() throws {
        let options = try RunOptions.parse(
            [instance] + (output.map { ["--output", $0] } ?? []) + (verbose ? ["-v"] : []))
        say(
            try execute(options, cluster: local.cluster) { run throws(RunError) in
                try run.measureOutcomes(of: runs)
            })
    }
}
