import ArgumentParser
import Pipeline
import Reporting
import RunOutputs

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Two finished runs: AUC, calibration, drift by feature, who moved bucket.",
        discussion: """
            Drift is the population stability index of each factor's values over the scored profiles of both runs, in about \
            ten groups of the earlier run's values. What moves within a group does not show, nor does how far beyond the last one \
            values have gone: only how many are there. Runs of different goals are refused.

            With --fail-on the exit code is 3 when what it names is so: drift, that some factor's index is over 0.25; worse, that \
            the later run's AUC is below the 95 % interval of the earlier one's.

            EXAMPLES
              propensity compare results-august results-september
              propensity compare results-august results-september --json --fail-on drift,worse
            """)

    @Argument(help: ArgumentHelp("The earlier run's output folder.", valueName: "run"), completion: .directory)
    var before: String

    @Argument(help: ArgumentHelp("The later run's output folder.", valueName: "other-run"), completion: .directory)
    var after: String

    @Flag(help: "Print the comparison as JSON.")
    var json = false

    @Option(help: ArgumentHelp("End with exit code 3 on drift, worse, or both with a comma.", valueName: "what"))
    var failOn: FailOn?

    struct FailOn: ExpressibleByArgument {
        var drift = false
        var worse = false

        init?(argument: String) {
            for word in argument.split(separator: ",", omittingEmptySubsequences: false) {
                switch word {
                case "drift": drift = true
                case "worse": worse = true
                default: return nil
                }
            }
        }
    }

    func run() throws {
        let comparison: Comparison
        do throws(InsightsError) {
            comparison = try Comparison(before, with: after)
        } catch {
            throw RunError.input("\(error)")
        }
        say(json ? try comparison.json : comparison.text)
        if let failOn, failOn.drift && !comparison.result.shifted.isEmpty || failOn.worse && comparison.result.isWorse {
            throw ExitCode(3)
        }
    }
}
