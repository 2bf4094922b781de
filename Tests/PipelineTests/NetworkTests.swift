import Foundation
import Testing

/// Real processes that reach each other by networks of which nothing good can be said: the results are the same bytes.
@Suite(.serialized) struct NetworkTests {
    /// A run of three workers over a network; the first lines of it may be waited for.
    private func run(
        _ folder: SampleFolder, over network: Network, _ meanwhile: (RunningProgram) throws -> Void = { _ in }
    ) throws -> [String: String] {
        defer { network.end() }
        let workers = try (0..<3).map { _ in
            try RunningProgram(["worker", "--connect", network.worker, "--insecure", "--threads", "1"])
        }
        let coordinator = try RunningProgram([
            "coordinator", folder.instance, "--listen", network.coordinator, "--insecure", "--output",
            folder.path("out"),
            "--min-workers", "3",
        ])
        try meanwhile(coordinator)
        let (code, text) = coordinator.finish()
        try #require(code == 0, "\(text)")
        for worker in workers {
            let (code, text) = worker.finish()
            #expect(code == 0, "\(text)")
        }
        return try folder.hashes("out")
    }

    @Test func connectionsBreakInTheMiddleOfMessages() throws {
        let folder = try SampleFolder(trees: 6)
        let expected = try folder.undisturbed()
        let network = try Network(cutsAfter: [3000, 30_000_000, 900, 40_000])
        #expect(try run(folder, over: network) == expected)
        #expect(network.cuts > 1)
    }

    @Test func theNetworkFallsSilentUntilWorkersAreSuspected() throws {
        let folder = try SampleFolder(trees: 6)
        let expected = try folder.undisturbed()
        let network = try Network()
        let found = try run(folder, over: network) { coordinator in
            try coordinator.read(until: "Logistic regression")
            network.setSilent(true)
            try coordinator.read(until: "has been silent")
            network.setSilent(false)
        }
        #expect(found == expected)
    }
}
