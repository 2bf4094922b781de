import ClusterTransport
import Foundation
import RunOutputs

/// A file, in a folder that several machines see, that says where a run's coordinator listens as long as it does.
package struct Rendezvous: Sendable {
    private let path: String

    package init(_ path: String) { self.path = path }

    private struct Content: Codable {
        var endpoint: String
    }

    /// Takes the place of what an earlier coordinator has left.
    func announce(_ endpoint: Endpoint) throws(StoreError) {
        try Files.write(try RunJSON.encoded(Content(endpoint: "\(endpoint)")), to: path)
    }

    /// Removes the file, unless another coordinator has written it since.
    func withdraw(_ endpoint: Endpoint) { if address == "\(endpoint)" { Files.discard(path) } }

    /// Where the coordinator is; nil where there is none, or somebody is just writing it down.
    package var address: String? {
        guard let bytes = try? Files.read(path), let content = try? RunJSON.decode(Content.self, from: bytes) else {
            return nil
        }
        return content.endpoint
    }
}
