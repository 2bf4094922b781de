import ArgumentParser
import ClusterRuntime

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "One profile of a finished run: score, influential factors, segments.",
        discussion: """
            EXAMPLE
              propensity explain results 12346
            """)

    @Argument(help: ArgumentHelp("The run's output folder.", valueName: "run"), completion: .directory)
    var folder: String

    @Argument(help: "The profile's identity.")
    var profile: String

    func run() throws {
        say(try Explanation(run: folder, profile: profile).text)
    }
}
