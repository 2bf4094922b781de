import Foundation
import Tables
import Testing

/// Runs whose objective is a number, by real processes.
@Suite struct PredictionTests {
    private let folder: TableFolder

    init() throws {
        folder = try TableFolder()
        // amount = 10 visits + 200 in the north, with some noise; every tenth has no amount.
        let rows = (0..<3_000).map { row in
            let (visits, isNorth, noise) = (row * 7919 % 31, row * 104729 % 3 == 0, row * 611 % 17)
            let amount = row % 10 == 0 ? "" : "\(10 * visits + (isNorth ? 200 : 0) + noise)"
            return "\(row),\(visits),\(isNorth ? "north" : row % 2 == 0 ? "south" : "east"),\(amount)"
        }
        try folder.write("id,visits,region,amount\n" + rows.joined(separator: "\n") + "\n", to: "amounts.csv")
        try folder.write(Self.instance(), to: "amounts.yaml")
    }

    private static func instance(label: String = "{ field: amount }", model: String = "", more: String = "") -> String {
        """
        version: 1
        name: Amount
        propensity: conversion
        features: { path: amounts.csv, identity: id, label: \(label) }
        objective: squared
        model: { trees: 60, stop_after: 20\(model) }
        output: amounts
        \(more)

        """
    }

    @Test func theSameBytesWhateverTheClusterAndWhoeverDies() throws {
        let text = try folder.run("run", folder.path("amounts.yaml"), "--workers", "1", "--threads", "1")
        #expect(text.contains("R² 0.9"), "\(text)")
        let expected = try hashes("amounts")
        #expect(
            Set(expected.keys.map { $0.split(separator: "/")[0] }) == [
                "scores", "factors", "model", "predictions.json",
            ])
        try folder.run("run", folder.path("amounts.yaml"), "--workers", "3", "--output", folder.path("three"))
        #expect(try hashes("three") == expected)

        let endpoint = "tcp://127.0.0.1:\(try Network.freePort())"
        let workers = try (0..<2).map { _ in
            try RunningProgram(["worker", "--connect", endpoint, "--insecure", "--threads", "1"])
        }
        let coordinator = try RunningProgram([
            "coordinator", folder.path("amounts.yaml"), "--listen", endpoint, "--insecure", "--min-workers", "2",
            "--output", folder.path("killed"),
        ])
        try coordinator.read(until: "Binning features")
        workers[0].send(SIGKILL)
        let (code, output) = coordinator.finish()
        #expect(code == 0, "\(output)")
        for worker in workers { worker.send(SIGTERM) }
        #expect(try hashes("killed") == expected)
    }

    /// Everybody is predicted, and a prediction is the base and all contributions together.
    @Test func predictionsAreInTheUnitsOfTheLabel() throws {
        try folder.run("run", folder.path("amounts.yaml"))
        var predicted: [Int: Double] = [:]
        for part in try parts(of: "scores") {
            let reader = try TableFile(path: part, allowingNoRows: true).reader(columns: ["profile", "prediction"])
            while let table = try reader.next() {
                let profiles = try #require(table.column("profile")?.texts())
                let numbers = try #require(table.column("prediction")?.numbers().values)
                for row in 0..<table.rowCount {
                    let profile = try #require(Int(profiles.dictionary[Int(profiles.codes[row])]))
                    predicted[profile] = numbers[row]
                }
            }
        }
        #expect(predicted.count == 3_000)
        for (row, prediction) in predicted {
            let exact = Double(10 * (row * 7919 % 31) + (row * 104729 % 3 == 0 ? 200 : 0) + 8)
            #expect(abs(prediction - exact) < 40, "row \(row)")
        }
        let file = try JSONSerialization.jsonObject(
            with: Data(contentsOf: URL(fileURLWithPath: folder.path("amounts/predictions.json"))))
        let predictions = try #require(file as? [String: Any])
        let factors = try #require(predictions["factors"] as? [[String: Any]])
        #expect(Set(factors.compactMap { $0["name"] as? String }) == ["visits", "region"])
        #expect((predictions["profiles_predicted"] as? Int) == 3_000)
    }

    @Test(arguments: [
        ("{ field: amount, gt: 5 }", "", "leave out what it is compared with"),
        ("{ field: amount }", "buckets: rank", "predicts a number; leave it out"),
        ("{ field: visitz }", "", "visitz"),
        ("{ field: region }", "", "are no numbers to compare"),
    ])
    func whatCannotBePredictedIsSaid(_ label: String, _ more: String, _ words: String) throws {
        try folder.write(Self.instance(label: label, more: more), to: "amounts.yaml")
        let text = try folder.run("run", folder.path("amounts.yaml"), code: 2)
        #expect(text.contains(words), "\(text)")
    }

    @Test(arguments: [", kind: logistic", ", tune: true"])
    func modelsOfProbabilitiesAreRefused(_ model: String) throws {
        try folder.write(Self.instance(model: model), to: "amounts.yaml")
        let text = try folder.run("run", folder.path("amounts.yaml"), code: 2)
        #expect(text.contains("are for probabilities"), "\(text)")
    }

    @Test func labelsThatAreAllOneNumberStopTheRun() throws {
        let rows = (0..<300).map { "\($0),\($0 % 7),north,5" }
        try folder.write("id,visits,region,amount\n" + rows.joined(separator: "\n") + "\n", to: "amounts.csv")
        let text = try folder.run("run", folder.path("amounts.yaml"), code: 2)
        #expect(text.contains("all 300 labels are the same number"), "\(text)")
    }

    /// What reads scores of outcomes says that there are none.
    @Test func whatIsOfProbabilitiesIsRefused() throws {
        try folder.run("run", folder.path("amounts.yaml"))
        for command in ["report", "explain"] {
            let (code, text) = try RunningProgram.run(
                [command, folder.path("amounts")] + (command == "explain" ? ["7"] : []))
            #expect(code == 2 && text.contains("has predictions of a number"), "\(command): \(code) \(text)")
        }
    }

    private func parts(of output: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path("amounts/\(output)")).sorted()
            .map { folder.path("amounts/\(output)/\($0)") }
    }

    private func hashes(_ output: String) throws -> [String: String] {
        let record = try JSONSerialization.jsonObject(
            with: Data(contentsOf: URL(fileURLWithPath: folder.path("\(output)/run.json"))))
        let outputs = try #require((record as? [String: Any])?["outputs"] as? [[String: Any]])
        return Dictionary(
            uniqueKeysWithValues: try outputs.map {
                (try #require($0["path"] as? String), try #require($0["sha256"] as? String))
            })
    }
}
