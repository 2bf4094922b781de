import ArgumentParser
import ClusterTransport

struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Make the keys with which coordinator and workers know each other.",
        discussion: """
            Makes a folder with the coordinator's key pair and one pair for each worker name; keys that are there stay. Any \
            number of workers may share a name. The coordinator needs the whole folder. A worker's machine needs \
            coordinator.public and its NAME.secret, nothing else. Taking allowed/NAME.public away shuts that name out, also \
            while a run goes on.

            EXAMPLE
              propensity keys keys/ lab cloud
              propensity coordinator churn.yaml --listen tcp://0.0.0.0:7171 --keys keys/
              propensity worker --connect tcp://coordinator.example:7171 --keys keys/ --name lab
            """)

    @Argument(help: "The folder, made if it is not there.", completion: .directory)
    var folder: String

    @Argument(help: "Worker names.")
    var names: [String] = ["worker"]

    func run() throws {
        let made: [String]
        do throws(KeyFolder.Problem) {
            made = try KeyFolder(folder).make(names: names)
        } catch {
            throw ValidationError("\(error)")
        }
        say(made.isEmpty ? "All keys are there already." : made.joined(separator: "\n"))
    }
}
