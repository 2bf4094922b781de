import ArgumentParser
import ClusterRuntime
import Insights

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Two finished runs: AUC, calibration, drift by feature, who moved bucket.",
        discussion: """
            Drift is the population stability index of each factor's values over the scored profiles of both runs, in about \
            ten groups of the earlier run's values. What moves within a group does not show, nor does how far beyond the last one \
            values have gone: only how many are there.

            EXAMPLE
              propensity compare results-august results-september
            """)

    @Argument(help: ArgumentHelp("The earlier run's output folder.", valueName: "run"), completion: .directory)
    var before: String

    @Argument(help: ArgumentHelp("The later run's output folder.", valueName: "other-run"), completion: .directory)
    var after: String

    func run() throws {
        do throws(InsightsError) {
            say(try Comparison(before, with: after).text)
        } catch {
            throw RunError.input("\(error)")
        }
    }
}
