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
        print(try execute(options, cluster: .local(workers: 2, threads: 1)) { run throws(RunError) in try run.check() })
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
