import ArgumentParser
import ClusterRuntime
import Logging

/// Options of the commands that speak with other machines.
struct SecurityOptions: ParsableArguments {
    @Option(
        help:
            "A folder of keys, as `propensity keys` makes it: only who has a key takes part, and nobody else can read.")
    var keys: String?

    @Flag(help: "Use other machines without keys: whoever reaches the port can take part, read and spoil the run.")
    var insecure = false

    var keyFolder: KeyFolder? { keys.map { KeyFolder($0) } }

    /// An endpoint, on other machines only with keys.
    func endpoint(_ text: String) throws -> Endpoint {
        do throws(Endpoint.Problem) {
            return try Endpoint(text, leavesMachine: keys != nil || insecure)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    func coordinatorKeys() throws -> CoordinatorKeys? {
        do {
            return try keyFolder.map { try CoordinatorKeys($0) }
        } catch let problem as KeyFolder.Problem {
            throw ValidationError("\(problem)")
        }
    }

    func warn(_ logger: Logger) {
        guard insecure, keys == nil else { return }
        logger.warning("--insecure: whoever reaches the port can take part, read and spoil the run")
    }
}
