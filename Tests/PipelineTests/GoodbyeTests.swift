import Foundation
import Testing

/// Workers that are asked to leave, through real sockets.
@Suite(.serialized) struct GoodbyeTests {
    private struct Record: Decodable {
        struct Cluster: Decodable {
            struct Member: Decodable { var why: String }
            var counters: [String: Int]
            var members: [Member]
        }
        var cluster: Cluster
    }

    /// Whatever asks them: they are no deaths, and end no run.
    @Test func workersThatAreDrainedHaveStopped() throws {
        let folder = try SampleFolder()
        let expected = try folder.undisturbed()
        let endpoint = "ipc://\(folder.path("s"))"
        let worker = ["worker", "--connect", endpoint, "--threads", "1"]
        let coordinator = try RunningProgram([
            "coordinator", folder.instance, "--listen", endpoint, "--output", folder.path("out"), "--min-workers", "2",
        ])
        try coordinator.read(until: "listening")
        for signal in [SIGTERM, SIGTERM, SIGHUP, SIGUSR1] {
            let drained = try RunningProgram(worker)
            try drained.read(until: "registered as")
            let start = ContinuousClock.now
            drained.send(signal)
            let (code, text) = drained.finish()
            #expect(code == 0 && text.contains("others take over its work"), "\(text)")
            #expect(ContinuousClock.now - start < .seconds(5))
        }
        // And one in the middle of its work.
        let last = try (0..<2).map { _ in try RunningProgram(worker) }
        try coordinator.read(until: "Gathering events")
        last[0].send(SIGTERM)
        #expect(last[0].finish().code == 0)
        let (code, text) = coordinator.finish()
        #expect(code == 0 && !text.contains("was lost") && text.contains("has stopped"), "\(text)")
        #expect(last[1].finish().code == 0)
        #expect(try folder.hashes("out") == expected)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let record = try decoder.decode(
            Record.self, from: Data(contentsOf: URL(fileURLWithPath: folder.path("out/run.json")))
        ).cluster
        #expect(record.counters["stopped"] == 5 && record.counters["lost"] == 0, "\(record.counters)")
        #expect(record.members.count { $0.why == "stopped" } == 5)
    }
}
