import ClusterTransport
import Foundation

/// Where the coordinator of the run to an output folder listens, for `propensity status`.
extension RunFolder {
    /// Says where it listens. Without it the run goes on as well: it can only be asked by its endpoint.
    func announce(_ endpoint: Endpoint) {
        try? Files.write(Array("\(endpoint)\n".utf8), to: Self.endpointFile(hidden))
    }

    func withdrawEndpoint() { unlink(Self.endpointFile(hidden)) }

    /// The endpoint of the run that goes on, or was cut off, to this output; nil where there is none.
    static func endpoint(ofRunTo output: String) -> String? {
        guard let place = try? OutputPlace(output),
            let bytes = try? Files.read(endpointFile(hidden(for: place, .results(.run))))
        else { return nil }
        return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func endpointFile(_ hidden: String) -> String { "\(hidden)/endpoint" }
}

/// The endpoint of the run that goes on to this output folder, as it was written down by it.
package func endpointOfRun(to output: String) throws(RunError) -> String {
    guard let endpoint = RunFolder.endpoint(ofRunTo: output) else {
        throw .input("no run to \(output) is going on; name the coordinator with --connect ENDPOINT if it is elsewhere")
    }
    return endpoint
}
