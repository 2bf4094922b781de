import ArgumentParser
import Pipeline

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "One profile of a finished run: score, influential factors, segments; or what a feature is.",
        discussion: """
            EXAMPLES
              propensity explain results 12346
              propensity explain results --feature purchase_count_30d
              propensity explain --feature lateness
            """)

    @Argument(help: ArgumentHelp("The run's output folder.", valueName: "run"), completion: .directory)
    var folder: String?

    @Argument(help: "The profile's identity.")
    var profile: String?

    @Option(help: ArgumentHelp("The code or name of a feature, to be told what it is.", valueName: "code"))
    var feature: String?

    func validate() throws {
        if feature != nil, profile != nil {
            throw ValidationError("name a profile or a feature, not both")
        }
        if feature == nil, folder == nil || profile == nil {
            throw ValidationError("name a run and a profile, as in propensity explain results 12346, or --feature CODE")
        }
    }

    func run() throws {
        if let feature {
            say(try FeatureExplanation(feature: feature, run: folder).text)
        } else if let folder, let profile {
            say(try Explanation(run: folder, profile: profile).text)
        }
    }
}
