import ArgumentParser
import ClusterTransport
import Foundation
import Pipeline

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Ask a running coordinator how its run goes.",
        discussion: """
            Prints the stage and how far it has come, the workers and what they do, counts of what happened, and the last \
            faults. Asking takes no part in the run and changes nothing. With keys, only who is admitted is answered.

            EXAMPLE
              propensity status results                  the run to this folder, on this machine
              propensity status --connect tcp://coordinator.example:7171 --keys keys/ --name lab
              propensity status results --json | jq .counters
            """)

    @Argument(help: "The output folder of the run.", completion: .directory)
    var output: String?

    @Option(help: "The coordinator's endpoint, where no folder is named: tcp://HOST:PORT, or ipc://PATH.")
    var connect: String?

    @OptionGroup var security: SecurityOptions

    @Option(help: "Whose key of the folder to use; default: the only one there.")
    var name: String?

    @Option(help: "Seconds to wait for the answer.")
    var timeout = 5

    @Flag(help: "Print the answer as JSON.")
    var json = false

    func validate() throws {
        guard (output == nil) != (connect == nil) else {
            throw ValidationError("name either the run's output folder or its endpoint: --connect ENDPOINT")
        }
        guard (1...3600).contains(timeout) else { throw ValidationError("--timeout is 1 to 3600, not \(timeout)") }
        if let connect { _ = try security.endpoint(connect, withoutKeys: .loopback) }
    }

    func run() throws {
        let place = if let connect { connect } else { try endpointOfRun(to: output ?? "") }
        let endpoint = try security.endpoint(place, withoutKeys: .loopback)
        do throws(StatusQuery.Problem) {
            let status = try StatusQuery.ask(
                endpoint, keys: security.keyFolder.map { ($0, name) }, timeout: .seconds(timeout))
            say(json ? status.json : status.text)
        } catch {
            switch error {
            case .keys: throw RunError.input("\(error)")
            case .noAnswer, .shutOut, .refused, .runIsOver, .sockets: throw RunError.failed("\(error)")
            }
        }
    }
}
