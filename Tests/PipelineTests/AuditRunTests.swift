import ClusterProtocol
import Foundation
import Testing
import ZeroMQ

@testable import ClusterTransport
@testable import Pipeline

/// Audits of real workers: the same bytes, and who lies is found out.
@Suite(.serialized) struct AuditRunTests {
    @Test func anAuditedRunGivesTheSameBytes() throws {
        let folder = try SampleFolder(trees: 6)
        let expected = try folder.undisturbed()
        let (code, text) = try RunningProgram.run([
            "run", folder.instance, "--output", folder.path("out"), "--workers", "3", "--audit", "30%",
        ])
        #expect(code == 0, "\(text)")
        #expect(try folder.hashes("out") == expected)
        let record = try JSONSerialization.jsonObject(
            with: Data(contentsOf: URL(fileURLWithPath: folder.path("out/run.json"))))
        let cluster = (record as? [String: Any])?["cluster"] as? [String: Any]
        let counters = try #require(cluster?["counters"] as? [String: Int])
        #expect(try #require(counters["audited"]) > 20 && counters["unaudited"] == 0, "\(counters)")
        #expect(counters["expelled_disagreed"] == 0, "\(counters)")
    }

    @Test(arguments: ["2", "-1%", "101%", "some"]) func aShareIsBetweenNoneAndAll(_ share: String) throws {
        let (code, text) = try RunningProgram.run(["run", "x.yaml", "--audit=\(share)"])
        #expect(code == 2 && text.contains("--audit"), "\(text)")
    }

    /// An ingested part of which a row is missing contradicts nothing: two honest workers do.
    @Test func whoseResultTwoOthersContradictIsSentAway() throws {
        let folder = try SampleFolder(trees: 4)
        let expected = try folder.undisturbed()
        let endpoint = "ipc://\(folder.path("s"))"
        let coordinator = try RunningProgram([
            "coordinator", folder.instance, "--listen", endpoint, "--output", folder.path("out"), "--min-workers", "3",
            "--audit", "100%",
        ])
        try coordinator.read(until: "listening")
        var liar = try Peer(try Endpoint(endpoint, within: .own), try Context())
        try liar.register(process: 1)
        let welcome = try #require(try liar.welcome())
        let workers = try (0..<2).map { _ in
            try RunningProgram(["worker", "--connect", endpoint, "--threads", "1"])
        }
        let given = try liar.hear {
            if case .perform(let task, .ingest, let payload) = $0 { (task, payload) } else { nil }
        }
        let (task, payload) = try #require(given)
        var honest = welcome
        honest.workspace = folder.path("own")
        let executor = try TaskExecutor(honest)
        try executor.store.create()
        try FileManager.default.copyItem(
            atPath: "\(welcome.workspace)/store/plan", toPath: executor.store.path(.plan))
        var result = try executor.perform(.ingest, payload)
        // A count that is one more than it is.
        result[8] ^= 1
        try liar.say(.finished(task, result: result))
        let (code, text) = coordinator.finish()
        #expect(code == 0, "\(text)")
        #expect(text.contains("two others got another result") || text.contains("it sent a result"), "\(text)")
        #expect(try folder.hashes("out") == expected)
        for worker in workers { #expect(worker.finish().code == 0) }
    }
}
