import ArgumentParser
import Pipeline

struct FetchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch",
        abstract: "Copies the results of the latest run from an object store into a folder.",
        discussion: """
            The folder is made, whole or not at all; every file's hash is checked. All commands that read a finished run take it.

            EXAMPLE
              propensity fetch s3://bucket/churn results
            """)

    @Argument(help: ArgumentHelp("The address that the run's instance has as its output.", valueName: "address"))
    var address: String

    @Argument(help: ArgumentHelp("A folder that is not there yet.", valueName: "folder"), completion: .directory)
    var folder: String

    func run() throws {
        let count = try ObjectResults(address).fetch(to: folder)
        say("\(count) files stand in \(folder)")
    }
}
