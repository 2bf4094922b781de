import ArgumentParser
import ClusterTransport
import Logging

/// Options of the commands that speak with other machines.
struct SecurityOptions: ParsableArguments {
    @Option(
        help:
            "A folder of keys, as `propensity keys` makes it: only who has a key takes part, and nobody else can read.")
    var keys: String?

    @Flag(
        help:
            "Use TCP without keys: whoever reaches the port, every user of this machine among them, can take part, read and spoil the run."
    )
    var insecure = false

    var keyFolder: KeyFolder? { keys.map { KeyFolder($0) } }

    /// An endpoint: of TCP only with keys, or within what is said to do without.
    func endpoint(
        _ text: String, withoutKeys reach: Endpoint.Reach = .own, isListening: Bool = false
    ) throws -> Endpoint {
        do throws(Endpoint.Problem) {
            return try Endpoint(
                text, within: keys != nil || insecure ? .anywhere : reach, isListening: isListening)
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

    /// The same, of a run's two sides: its place on this machine must be nobody else's.
    func ownEndpoint(_ text: String, isListening: Bool = false) throws -> Endpoint {
        let endpoint = try endpoint(text, isListening: isListening)
        if let distrust = endpoint.distrust() { throw ValidationError(distrust) }
        return endpoint
    }

    func warn(_ logger: Logger) {
        guard insecure, keys == nil else { return }
        logger.warning("--insecure: whoever reaches the port can take part, read and spoil the run")
    }
}
