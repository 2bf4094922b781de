import Foundation
import TestSupport
import Testing

/// A run that learns from some of its rows: real processes on the sample.
@Suite struct TrainingRowsTests {
    private struct Found {
        var hashes: [String: String]
        var rows: [String: Int]
        var insights: [String: Any]
        var text: String
        var report: String
    }

    private func run(_ trainingRows: String, workers: Int) throws -> Found {
        let folder = try TemporaryFolder()
        let sample = RunningProgram.file.deletingLastPathComponent()
            .appendingPathComponent("propensity_propensity.resources/Sample")
        let text = try String(contentsOf: sample.appendingPathComponent("online_retail.yaml"), encoding: .utf8)
            .replacingOccurrences(of: "online_retail.parquet", with: "\(sample.path)/online_retail.parquet")
        let file = "\(folder.path)/instance.yaml"
        try (text + "model: { trees: 20, growth: depthwise, training_rows: \(trainingRows) }\n").write(
            toFile: file, atomically: true, encoding: .utf8)
        let output = "\(folder.path)/out"
        let (code, shown) = try RunningProgram.run(["run", file, "--workers", "\(workers)", "--output", output])
        #expect(code == 0, "\(shown)")
        func json(_ name: String) throws -> [String: Any] {
            let data = try Data(contentsOf: URL(fileURLWithPath: "\(output)/\(name)"))
            return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        }
        let record = try json("run.json")
        let outputs = try #require(record["outputs"] as? [[String: Any]])
        return Found(
            hashes: Dictionary(
                uniqueKeysWithValues: try outputs.map {
                    (try #require($0["path"] as? String), try #require($0["sha256"] as? String))
                }),
            rows: try #require(record["labelled_rows"] as? [String: Int]), insights: try json("insights.json"),
            text: shown, report: try String(contentsOfFile: "\(output)/report.html", encoding: .utf8))
    }

    /// The same bytes from any cluster, probabilities as of all rows, and the screen, the record and the page say so.
    @Test func someRowsStandForAll() throws {
        let some = try run("1500", workers: 1)
        let others = try run("1500", workers: 3)
        #expect(some.hashes == others.hashes)

        let all = try run("all", workers: 2)
        let training = try #require(all.rows["training"])
        #expect(all.rows["training_chosen"] == training && all.rows["held_out_chosen"] == all.rows["held_out"])
        #expect(!all.text.contains("the model learns from"))
        #expect(!all.report.contains("The model learned from"))
        let chosen = try #require(some.rows["training_chosen"])
        #expect(some.rows["training"] == training)
        // About so many: they were estimated from some of the shards.
        #expect(500...1800 ~= chosen && chosen < training)
        #expect(some.text.contains("the model learns from \(chosen) of \(training) rows"), "\(some.text)")
        #expect(some.report.contains("The model learned from"))

        let means = try [some, all].map { try #require($0.insights["mean_probability"] as? Double) }
        #expect(abs(means[0] / means[1] - 1) < 0.15, "\(means)")
        #expect(some.insights["profiles_scored"] as? Int == all.insights["profiles_scored"] as? Int)
        #expect(some.hashes["scores/part-00000.parquet"] != all.hashes["scores/part-00000.parquet"])
    }
}
