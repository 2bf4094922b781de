import ArgumentParser
import Pipeline

struct SegmentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "segment",
        abstract: "New segments over a finished run, without training.",
        discussion: """
            The file holds a list of segments as an instance does, by score, probability, percentile, bucket and factors, and \
            by attributes if the run's instance said enrich: true; the report suggests some. For conditions on other features these \
            are made anew first, from the same instance and data. Members are those that the run itself would have found.

            EXAMPLE
              propensity segment results more.yaml
              propensity segment results more.yaml --output /tmp/members

            With features:
              propensity features churn.yaml --output made
              propensity segment results more.yaml --features made
            """)

    @Argument(help: ArgumentHelp("The run's output folder.", valueName: "run"), completion: .directory)
    var folder: String

    @Argument(help: "The file of segments (YAML).", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Option(
        help: "A folder that `propensity features` has made of the run's instance and data.", completion: .directory)
    var features: String?

    @Option(name: .shortAndLong, help: "The folder to write to; default: added_segments in the run's folder.")
    var output: String?

    func run() throws {
        say(try PostHocSegments(run: folder, file: file, features: features, output: output).text)
    }
}
