import Foundation
import Testing

@testable import RunOutputs

/// What a run leaves is written and read by the same types: nothing is lost on the way.
@Suite struct RunOutputsTests {
    private func rewritten<File: Codable>(_ file: File) throws -> (once: String, twice: String) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let once = try encoder.encode(file)
        let twice = try encoder.encode(try decoder.decode(File.self, from: once))
        return (String(decoding: once, as: UTF8.self), String(decoding: twice, as: UTF8.self))
    }

    @Test func insightsComeBack() throws {
        var run = RunFixture()
        run.regressionGain = 0.25
        let (once, twice) = try rewritten(run.finished().insights)
        #expect(once == twice && once.contains("\"log_loss_gain\":0.25") && once.contains("\"version\":4"))
    }

    @Test func recordsComeBack() throws {
        var record = try RunFixture().finished().record
        record.seal = "s"
        record.cluster = RunFile.Cluster(
            counters: ["tasks": 3],
            members: [
                RunFile.Cluster.Member(
                    worker: 1, name: "w", host: "h", process: 7, threads: 2, version: "1", joined: 0, left: 1.5,
                    why: "lost", reason: "silent", tasks: 3, answers: 4, mostShards: 5)
            ], unlisted: 1, faults: [RunFile.Cluster.Fault(seconds: 1, what: "silence")])
        let (once, twice) = try rewritten(record)
        #expect(once == twice && once.contains("\"most_shards\":5") && once.contains("\"seal\":\"s\""))
    }
}
