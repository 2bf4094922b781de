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

    @Argument(help: "The run's output folder.", completion: .directory)
    var run: String

    @Argument(help: "The profile's identity.")
    var profile: String

    func run() throws {
        print(try Explanation(run: run, profile: profile).text)
    }
}
