import Foundation
import Testing

/// What an operator sees of a real cluster, from outside and afterwards.
@Suite(.serialized) struct StatusTests {
    private func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], "\(text)")
    }

    private func cluster(_ record: String) throws -> [String: Any] {
        let text = try String(contentsOfFile: record, encoding: .utf8)
        return try #require(try object(text)["cluster"] as? [String: Any])
    }

    /// Who asks is no worker; who is not admitted is told so, and comes in once it is.
    @Test func keysDecideWhoIsAnsweredAndWhoIsTold() throws {
        let folder = try SampleFolder(trees: 4)
        let expected = try folder.undisturbed()
        #expect(try RunningProgram.run(["keys", folder.path("keys"), "lab", "cloud"]).code == 0)
        let admission = folder.path("keys/allowed/cloud.public")
        try FileManager.default.moveItem(atPath: admission, toPath: folder.path("cloud.public"))
        let endpoint = "tcp://127.0.0.1:\(try Network.freePort())"
        let coordinator = try RunningProgram([
            "coordinator", folder.instance, "--listen", endpoint, "--keys", folder.path("keys"), "--min-workers", "2",
            "--output", folder.path("out"),
        ])
        try coordinator.read(until: "how it goes: propensity status --connect \(endpoint) --keys DIR")
        func worker(_ name: String) throws -> RunningProgram {
            try RunningProgram([
                "worker", "--connect", endpoint, "--threads", "1", "--keys", folder.path("keys"), "--name", name,
                "--log-format", "json",
            ])
        }
        let lab = try worker("lab")
        let cloud = try worker("cloud")
        try lab.read(until: "registered as worker 1")
        try cloud.read(until: "does not admit the key \\\"cloud\\\"")

        let ask = ["status", "--connect", endpoint]
        let keys = ["--keys", folder.path("keys"), "--name"]
        let (code, text) = try RunningProgram.run(ask + keys + ["lab", "--json"])
        #expect(code == 0, "\(text)")
        let status = try object(text)
        let members = try #require(status["members"] as? [[String: Any]])
        #expect(status["workers"] as? Int == 1 && status["is_waiting"] as? Bool == true, "\(text)")
        #expect(members.map { $0["name"] as? String } == ["lab"] && members[0]["threads"] as? Int == 1, "\(text)")
        #expect((status["counters"] as? [String: Int])?["refused_keys"] == 1, "\(text)")
        let shutOut = try RunningProgram.run(ask + keys + ["cloud"])
        #expect(shutOut.code == 1 && shutOut.output.contains("into allowed/cloud.public"), "\(shutOut.output)")
        let bare = try RunningProgram.run(ask)
        #expect(bare.code == 1 && bare.output.contains("say --keys DIR"), "\(bare.output)")

        try FileManager.default.copyItem(atPath: folder.path("cloud.public"), toPath: admission)
        let (last, said) = coordinator.finish()
        #expect(last == 0, "\(said)")
        #expect(try folder.hashes("out") == expected)
        // Each line is an object, whatever happened.
        for program in [lab, cloud] {
            let (code, text) = program.finish()
            #expect(code == 0)
            for line in text.split(separator: "\n") {
                let entry = try object(String(line))
                #expect(entry["level"] != nil && entry["time"] != nil && entry["logger"] as? String == "worker")
            }
        }
        let record = try cluster(folder.path("out/run.json"))
        let history = try #require(record["members"] as? [[String: Any]])
        #expect(history.map { $0["name"] as? String } == ["lab", "cloud"])
        #expect(history.allSatisfy { $0["why"] as? String == "finished" })
        #expect(history.reduce(0) { $0 + ($1["tasks"] as? Int ?? 0) } > 0)
        #expect((record["counters"] as? [String: Int])?["joined"] == 2)
    }

    @Test func whereNobodyAnswersItSaysSo() throws {
        let folder = try SampleFolder()
        let nobody = try RunningProgram.run(["status", "--connect", "ipc://\(folder.path("s"))", "--timeout", "1"])
        #expect(nobody.code == 1 && nobody.output.contains("nobody answers at ipc://"), "\(nobody.output)")
        let noRun = try RunningProgram.run(["status", folder.path("out")])
        #expect(noRun.code == 2 && noRun.output.contains("no run to"), "\(noRun.output)")
    }

    /// Its own workers are started again, but not for ever, and the same command goes on.
    @Test func aRunWhoseWorkersAllDieEndsAndGoesOn() throws {
        let folder = try SampleFolder(trees: 4)
        let expected = try folder.undisturbed()
        let arguments = ["run", folder.instance, "--output", folder.path("out"), "--workers", "1"]
        let run = try RunningProgram(arguments + ["--log-format", "json", "--log-level", "info"])
        // The stage before it has been done, so that there is something to go on from.
        try run.read(until: "\"stage\":\"assemble\"")
        let (code, text) = try RunningProgram.run(["status", folder.path("out")])
        #expect(code == 0 && text.contains("workers, after"), "\(text)")
        for count in 1...4 { try run.killWorker(count) }
        let (failed, said) = run.finish()
        #expect(failed == 1 && said.contains("all workers of this run have died"), "\(said)")
        for line in said.split(separator: "\n") { _ = try object(String(line)) }
        #expect(try RunningProgram.run(["status", folder.path("out")]).code == 2)

        // Each dies once, and the run does not mind.
        let second = try RunningProgram(arguments + ["--log-format", "json"])
        try second.killWorker(1)
        let (last, rest) = second.finish()
        #expect(last == 0 && rest.contains("starting it again (1 of 3)") && rest.contains("going on with"), "\(rest)")
        #expect(try folder.hashes("out") == expected)
        let record = try cluster(folder.path("out/run.json"))
        let history = try #require(record["members"] as? [[String: Any]])
        #expect(history.map { $0["why"] as? String } == ["lost", "finished"])
    }
}

extension RunningProgram {
    /// Kills the worker that joins a run with JSON logs as the one of this number.
    fileprivate func killWorker(_ number: Int) throws {
        func joined() -> [Substring] {
            output.split(separator: "\n").filter { $0.contains("\"a worker joined\"") && $0.hasSuffix("}") }
        }
        while joined().count < number {
            let hasMore = try readMore()
            try #require(hasMore, "it ended before worker \(number) joined: \(output)")
        }
        let lines = joined()
        let line = try #require(try JSONSerialization.jsonObject(with: Data(lines[number - 1].utf8)) as? [String: Any])
        let process = try #require(((line["metadata"] as? [String: Any])?["process"] as? String).flatMap { Int32($0) })
        kill(process, SIGKILL)
    }
}
