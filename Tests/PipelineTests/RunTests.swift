import Foundation
import Tables
import Testing

/// The program itself, as real processes on real files: what the product promises first of all.
@Suite(.serialized) struct RunTests {
    /// The built program and the sample beside it.
    private static let program = RunningProgram.file
    private static let sample = program.deletingLastPathComponent()
        .appendingPathComponent("propensity_propensity.resources/Sample")

    private func temporaryFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "propensity-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    private func run(_ arguments: [String]) throws -> (code: Int32, output: String) {
        try RunningProgram.run(arguments)
    }

    /// Path and hash of every output that must not depend on the cluster.
    private func hashes(_ folder: URL) throws -> [String: String] {
        let record = try JSONSerialization.jsonObject(
            with: Data(contentsOf: folder.appendingPathComponent("run.json")))
        let outputs = try #require((record as? [String: Any])?["outputs"] as? [[String: Any]])
        return Dictionary(
            uniqueKeysWithValues: try outputs.map {
                (try #require($0["path"] as? String), try #require($0["sha256"] as? String))
            })
    }

    private func instance(_ changes: (String) -> String = { $0 }) throws -> URL {
        let folder = try temporaryFolder()
        try FileManager.default.copyItem(
            at: Self.sample.appendingPathComponent("online_retail.parquet"),
            to: folder.appendingPathComponent("online_retail.parquet"))
        let text = try String(contentsOf: Self.sample.appendingPathComponent("online_retail.yaml"), encoding: .utf8)
        try changes(text + "model: { trees: 12 }\n").write(
            to: folder.appendingPathComponent("instance.yaml"), atomically: true, encoding: .utf8)
        return folder
    }

    @Test func theSameBytesWhateverTheClusterAndWhoeverDies() throws {
        let folder = try instance()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("instance.yaml").path
        var expected: [String: String] = [:]
        for (workers, threads) in [(1, 1), (2, 8), (3, 2), (5, 3)] {
            let output = folder.appendingPathComponent("out\(workers)")
            let (code, text) = try run([
                "run", file, "--workers", "\(workers)", "--threads", "\(threads)", "--output", output.path,
            ])
            #expect(code == 0, "\(text)")
            let found = try hashes(output)
            if workers == 1 { expected = found }
            #expect(found == expected, "\(workers) workers")
        }
        #expect(expected.keys.contains("model/propensity.model"))
        #expect(expected.count > 20)

        // By hand over TCP: one worker is killed once training has begun, another joins.
        let output = folder.appendingPathComponent("out-killed")
        let endpoint = "tcp://127.0.0.1:\(try Network.freePort())"
        func worker() throws -> RunningProgram {
            try RunningProgram(["worker", "--connect", endpoint, "--insecure", "--threads", "1"])
        }
        let doomed = try worker()
        let survivor = try worker()
        let coordinator = try RunningProgram([
            "coordinator", file, "--listen", endpoint, "--insecure", "--min-workers", "2", "--output", output.path,
        ])
        // The stage before training has ended, so that training goes on.
        try coordinator.read(until: "Binning features")
        doomed.send(SIGKILL)
        let late = try worker()
        let (code, text) = coordinator.finish()
        // One that came, or came again, as the run ended was not told so, and looks for the next coordinator.
        for worker in [survivor, late] {
            worker.send(SIGTERM)
            _ = worker.finish()
        }
        #expect(code == 0, "\(text)")
        #expect(text.contains("was lost"), "\(text)")
        #expect(try hashes(output) == expected)

        let scores = try run(["explain", output.path, "12418"])
        #expect(scores.code == 0 && scores.output.contains("probability"), "\(scores.output)")
        let unknown = try run(["explain", output.path, "nobody"])
        #expect(unknown.code == 2 && unknown.output.contains("has no score"), "\(unknown.output)")

        let export = try run(["export", output.path, "--format", "xgboost"])
        #expect(export.code == 0 && export.output.contains("model/xgboost.json"), "\(export.output)")
        let exported = try JSONSerialization.jsonObject(
            with: Data(contentsOf: output.appendingPathComponent("model/xgboost.json")))
        #expect((exported as? [String: Any])?["learner"] != nil)
        let nowhere = try run(["export", folder.path, "--format", "xgboost"])
        #expect(nowhere.code == 2 && nowhere.output.contains("not a finished run"), "\(nowhere.output)")
    }

    /// A model in its own right: the same bytes from any cluster, with reasons, and exported as any other.
    @Test func aLogisticRegressionScoresAndExplains() throws {
        let folder = try instance { $0.replacingOccurrences(of: "trees: 12", with: "kind: logistic") }
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("instance.yaml").path
        let outputs = [1, 3].map { folder.appendingPathComponent("out\($0)") }
        for (workers, output) in zip(["1", "3"], outputs) {
            let (code, text) = try run(["run", file, "--workers", workers, "--output", output.path])
            #expect(code == 0 && text.contains("logistic regression"), "\(text)")
        }
        #expect(try hashes(outputs[0]) == hashes(outputs[1]))
        let insights = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: outputs[0].appendingPathComponent("insights.json")))
                as? [String: Any])
        #expect(insights["kind"] as? String == "logistic" && insights["baseline"] == nil)
        let backTest = try #require(insights["back_test"] as? [String: Any])
        #expect(try #require(backTest["auc"] as? Double) > 0.6)
        // Some 260 contributions of 13 log-odds in all, and the margin, each rounded to single precision: up to 1.1e-6.
        #expect(try #require(insights["additivity_gap"] as? Double) < 2e-6)
        let export = try run(["export", outputs[0].path, "--format", "xgboost"])
        #expect(export.code == 0, "\(export.output)")
    }

    /// Sampled, tuned: still the same bytes; and what insights.json says of the buckets is what is in the parts.
    @Test func insightsAreThoseOfTheParts() throws {
        let folder = try instance {
            $0.replacingOccurrences(
                of: "trees: 12", with: "trees: 6, depth: 3, row_sampling: gradient, feature_sampling: 0.5, tune: true")
        }
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("instance.yaml").path
        let outputs = [1, 3].map { folder.appendingPathComponent("out\($0)") }
        for (workers, output) in zip(["1", "3"], outputs) {
            let (code, text) = try run(["run", file, "--workers", workers, "--output", output.path])
            #expect(code == 0 && text.contains("Tuning, 7 of 7"), "\(text)")
        }
        #expect(try hashes(outputs[0]) == hashes(outputs[1]))
        let insights = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: outputs[0].appendingPathComponent("insights.json")))
                as? [String: Any])
        let tried = try #require(insights["tried"] as? [[String: Any]])
        #expect(tried.count == 9 && tried.count { $0["is_chosen"] as? Bool == true } == 1)

        var bucketOf: [String: String] = [:]
        var scores = [Int](repeating: 0, count: 100)
        var top: [String: Int] = [:]
        for part in try FileManager.default.contentsOfDirectory(atPath: outputs[0].path + "/scores") {
            try rows(outputs[0].path + "/scores/" + part, ["profile", "bucket"], number: "score") { texts, score in
                bucketOf[texts[0]] = texts[1]
                scores[min(99, Int(score))] += 1
            }
            try rows(outputs[0].path + "/factors/" + part, ["profile", "code"], number: "rank") { texts, _ in
                top[(bucketOf[texts[0]] ?? "") + texts[1], default: 0] += 1
            }
        }
        #expect(insights["score_histogram"] as? [Int] == scores)
        let buckets = try #require(insights["buckets"] as? [[String: Any]])
        let factors = try #require(insights["factors"] as? [[String: Any]])
        #expect(buckets.count == 3 && !factors.isEmpty)
        for bucket in buckets {
            let name = try #require(bucket["name"] as? String)
            let profiles = bucketOf.values.count { $0 == name }
            #expect(bucket["profiles"] as? Int == profiles)
            for code in try #require(bucket["factors"] as? [String]) {
                let factor = try #require(factors.first { $0["code"] as? String == code })
                let effect = try #require((factor["by_bucket"] as? [String: Any])?[name] as? [String: Any])
                let share = Double(top[name + code] ?? 0) / Double(profiles)
                #expect(abs(try #require(effect["top_share"] as? Double) - share) < 1e-9)
                let values = try #require(factor["values"] as? [String: Any])
                let counts = try #require((values["counts"] as? [String: Any])?[name] as? [Int])
                #expect(counts.reduce(0, +) == profiles)
                let places =
                    (values["edges"] as? [Double] ?? []).count + (values["categories"] as? [String] ?? []).count
                #expect(counts.count == places + 2)
                #expect(
                    abs(try #require(effect["coverage"] as? Double) - Double(profiles - counts[0]) / Double(profiles))
                        < 1e-9)
            }
        }
        let holdOut = try #require(insights["hold_out"] as? [String: Any])
        let gains = try #require(holdOut["gains"] as? [Double])
        #expect(gains.count == 101 && gains[0] == 0 && abs(gains[100] - 1) < 1e-9)
        #expect((holdOut["deciles"] as? [Any])?.count == 10)
    }

    /// Segments over a finished run are those that the run itself would have written, to the byte; those that it suggests
    /// are as large as it says; and the page is there, made anew with the same bytes.
    /// One row a profile: what was known of it, its score and its reasons; and segments by attributes over it.
    @Test func profilesAreEnrichedWhenAsked() throws {
        let folder = try instance()
        defer { try? FileManager.default.removeItem(at: folder) }
        let rows = (0..<1400).map { number -> String in
            let (plan, left) = (
                number % 3 == 0 ? "gold" : "tin", (number % 70 > 40) != (number % 11 == 0) ? "yes" : "no"
            )
            return "\(number),\(plan),\(Double(number % 70) / 4),\(number % 2),\(left)"
        }
        try ("id,plan,spend,score,left\n" + rows.joined(separator: "\n") + "\n").write(
            to: folder.appendingPathComponent("table.csv"), atomically: true, encoding: .utf8)
        let file = folder.appendingPathComponent("table.yaml")
        try """
        version: 1
        name: Leaves
        propensity: churn
        features: { path: table.csv, identity: id, label: { field: left, equals: "yes" } }
        model: { trees: 8 }
        checks: { minimum_outcomes: 50 }
        enrich: true
        segments:
          - { name: Gold at risk, all_of: [{ field: plan, equals: gold }, { field: spend, gt: 5.5 }] }
        output: out

        """.write(to: file, atomically: true, encoding: .utf8)
        let (code, text) = try run(["run", file.path])
        #expect(code == 0, "\(text)")
        let output = folder.appendingPathComponent("out").path
        var profiles = 0
        for part in try FileManager.default.contentsOfDirectory(atPath: output + "/profiles") {
            try self.rows(
                "\(output)/profiles/\(part)", ["profile", "plan", "spend", "bucket", "factor_1"], number: "score"
            ) {
                texts, score in
                profiles += 1
                let identity = try #require(Int(texts[0]))
                #expect(texts[1] == (identity % 3 == 0 ? "gold" : "tin"))
                #expect(Double(texts[2]) == Double(identity % 70) / 4)
                #expect(texts[3] == (score < 25 ? "low" : score < 75 ? "medium" : "high"))
                #expect(["plan", "spend", "score"].contains(texts[4]))
            }
        }
        #expect(profiles == 1400)
        let added = folder.appendingPathComponent("added.yaml")
        try "- { name: Gold at risk, all_of: [{ field: plan, equals: gold }, { field: spend, gt: 5.5 }] }\n"
            .write(to: added, atomically: true, encoding: .utf8)
        let segmented = try run(["segment", output, added.path])
        #expect(segmented.code == 0, "\(segmented.output)")
        for part in try FileManager.default.contentsOfDirectory(atPath: output + "/segments/gold_at_risk") {
            let bytes = try ["segments", "added_segments"].map {
                try Data(contentsOf: URL(fileURLWithPath: "\(output)/\($0)/gold_at_risk/\(part)"))
            }
            #expect(bytes[0] == bytes[1], "\(part)")
        }
    }

    /// Some columns of each row of a file.
    private func rows(
        _ path: String, _ names: [String], number: String, _ body: ([String], Double) throws -> Void
    ) throws {
        let reader = try TableFile(path: path, allowingNoRows: true).reader(columns: names + [number])
        while let batch = try reader.next() {
            let texts = try names.map { try #require(batch.column($0)?.texts()) }
            let numbers = try #require(batch.column(number)?.numbers().values)
            for row in 0..<batch.rowCount {
                try body(texts.map { $0.dictionary[Int($0.codes[row])] }, numbers[row])
            }
        }
    }

    /// Each with its own message, exit code 2, and nothing written.
    @Test(arguments: [
        ("path: online_retail.parquet", "path: missing.parquet", "missing.parquet"),
        ("path: online_retail.parquet", "path: empty.csv", "empty.csv"),
        ("identity: CustomerID", "identty: CustomerID", "identity"),
        ("identity: CustomerID", "identity: CustomerId", "CustomerID"),
        ("any_of: [{ event: Purchase }]\n", "any_of: [{ field: StockCode, equals: nothing }]\n", "goal"),
        ("as_of: 2011-09-01", "as_of: 2099-01-01", "after all data"),
        ("as_of: 2011-09-01", "as_of: 2011-09-01\nchecks: { minimum_outcomes: 100000 }", "minimum_outcomes"),
        ("name: Win back", "name: ready  TO buy", "Ready to buy"),
        ("online_retail.parquet\n    identity: CustomerID", "nobody.csv\n    identity: CustomerID", "missing identity"),
    ])
    func wrongInputIsNamed(_ old: String, _ new: String, _ named: String) throws {
        let folder = try instance { $0.replacingOccurrences(of: old, with: new) }
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data().write(to: folder.appendingPathComponent("empty.csv"))
        try """
        CustomerID,InvoiceDate,InvoiceNo,Quantity,UnitPrice,StockCode,Country
        ,2011-05-01,1,1,2.5,A,France
        ,2011-08-01,2,1,2.5,B,France

        """.write(to: folder.appendingPathComponent("nobody.csv"), atomically: true, encoding: .utf8)
        let before = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        let (code, text) = try run(["run", folder.appendingPathComponent("instance.yaml").path])
        #expect(code == 2, "\(text)")
        #expect(text.contains(named), "\(text)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == before)
    }

    /// A run that waits for workers holds its output folder; Ctrl-C ends it with 75 and leaves nothing behind.
    @Test func oneOutputFolderTakesOneRun() throws {
        let folder = try instance()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("instance.yaml").path
        let before = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        let waiting = try RunningProgram(["coordinator", file, "--listen", "ipc://\(folder.path)/socket"])
        try waiting.read(until: "listening")
        let second = try run(["run", file])
        #expect(second.code == 2 && second.output.contains("another run is writing"), "\(second.output)")
        waiting.send(SIGINT)
        #expect(waiting.finish().code == 75)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == before)
    }

    /// Results replace those of an earlier run, and nothing else.
    @Test(arguments: ["results", "instance.yaml", "."])
    func aPlaceThatHoldsSomethingElseIsRefused(_ place: String) throws {
        let folder = try instance()
        defer { try? FileManager.default.removeItem(at: folder) }
        let results = folder.appendingPathComponent("results")
        try FileManager.default.createDirectory(at: results, withIntermediateDirectories: true)
        try "mine".write(to: results.appendingPathComponent("notes.txt"), atomically: true, encoding: .utf8)
        let (code, text) = try run([
            "run", folder.appendingPathComponent("instance.yaml").path, "--output",
            folder.appendingPathComponent(place).path,
        ])
        #expect(code == 2 && text.contains("choose another"), "\(text)")
        #expect(try String(contentsOf: results.appendingPathComponent("notes.txt"), encoding: .utf8) == "mine")
    }

    @Test func aCheckSaysWhatThereIsAndWritesNothing() throws {
        let folder = try instance()
        defer { try? FileManager.default.removeItem(at: folder) }
        let before = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        let (code, text) = try run(["check", folder.appendingPathComponent("instance.yaml").path])
        #expect(code == 0 && text.contains("risky; it can be trained"), "\(text)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == before)
    }

    /// For models of one's own: rows of every snapshot, outcomes where they are known, and what the columns mean.
    @Test func featuresAreExported() throws {
        let folder = try instance()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("instance.yaml").path
        let output = folder.appendingPathComponent("made").path
        for _ in 1...2 {
            let (code, text) = try run(["features", file, "--output", output])
            #expect(code == 0, "\(text)")
        }
        let catalogue = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: "\(output)/features.json")))
                as? [String: Any])
        let codes = try #require(catalogue["features"] as? [[String: Any]]).compactMap { $0["code"] as? String }
        let snapshots = try #require(catalogue["snapshots"] as? [String])
        #expect(codes.contains("purchase_days_since_last"))
        #expect(snapshots.first == "2011-09-01" && snapshots.count > 1)
        let parts = try FileManager.default.contentsOfDirectory(atPath: "\(output)/features")
        var rows = 0
        for part in parts {
            let table = try TableFile(path: "\(output)/features/\(part)", allowingNoRows: true)
            #expect(
                table.schema.fields.map(\.name) == ["profile", "snapshot", "outcome", "held_out"] + codes)
            let reader = try table.reader(columns: ["snapshot", "outcome"])
            while let batch = try reader.next() {
                rows += batch.rowCount
                let moments = try #require(batch.column("snapshot")?.texts())
                let outcome = try #require(batch.column("outcome"))
                for row in 0..<batch.rowCount {
                    let isScored = moments.dictionary[Int(moments.codes[row])].hasPrefix(snapshots[0])
                    #expect(outcome.isMissing(row) == isScored)
                }
            }
        }
        #expect(rows == catalogue["rows"] as? Int && rows > 0)
    }

    @Test func nothingListensBeyondThisMachine() throws {
        let (code, text) = try run(["coordinator", "x.yaml", "--listen", "tcp://0.0.0.0:7171"])
        #expect(code == 2 && text.contains("without keys"), "\(text)")
    }
}
