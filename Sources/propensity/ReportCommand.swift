import ArgumentParser
import Pipeline

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Make a finished run's page again.",
        discussion: """
            report.html is one file that needs no network. Every run writes it; this makes it anew from the run's insights.json \
            and run.json.

            EXAMPLE
              propensity report results
              propensity report results --output /tmp/page.html
            """)

    @Argument(help: ArgumentHelp("The run's output folder.", valueName: "run"), completion: .directory)
    var folder: String

    @Option(name: .shortAndLong, help: "The file to write; default: report.html in the run's folder.")
    var output: String?

    func run() throws {
        say(try ReportFile(run: folder, output: output).path)
    }
}
