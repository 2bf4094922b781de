import ArgumentParser
import ClusterRuntime
import Customers

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Validate an instance file and its data, without training.",
        discussion: """
            Reads the file strictly, looks at every input, gathers the events and counts who would be scored and how many \
            outcomes there are to learn from. Writes nothing.

            EXAMPLE
              propensity check churn.yaml
            """)

    @OptionGroup var options: RunOptions

    func run() throws {
        let progress = Progress(isVerbose: options.verbose)
        let run = Run(
            RunRequest(
                instanceFile: options.instance, output: options.output, cluster: .local(workers: 2, threads: 1),
                executable: try executablePath(), isVerbose: options.verbose)
        ) { progress.show($0) }
        let signals = InterruptSignals { run.interrupt() }
        defer { signals.cancel() }
        let readiness: String
        do {
            readiness = try run.check()
            progress.end()
        } catch {
            progress.end()
            throw error
        }
        print(readiness)
    }
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
        print(Instance.jsonSchema)
    }
}
