import ClusterCore
import ClusterProtocol
import Foundation
import Testing

@testable import Pipeline

/// Real processes that are killed and stopped while they work: the results are the same bytes.
@Suite(.serialized) struct FaultTests {
    /// Stages in their order, by the lines that say that they are done.
    private static let moments = [
        "Gathering events", "Binning features", "Logistic regression", "Training symmetric", "Comparing models",
        "Back-test: measuring", "Scoring  ", "Explaining and segmenting",
    ]

    @Test func aCoordinatorThatIsKilledGoesOn() throws {
        let folder = try SampleFolder()
        let expected = try folder.undisturbed()
        let arguments = ["run", folder.instance, "--output", folder.path("out"), "--workers", "2"]
        for (index, moment) in Self.moments.enumerated() {
            let program = try RunningProgram(arguments)
            try program.read(until: moment)
            program.send(SIGKILL)
            let (_, text) = program.finish()
            #expect(text.contains("going on with") == (index > 0), "\(text)")
        }
        // Ctrl-C is an end too, and a milder one.
        let interrupted = try RunningProgram(arguments)
        try interrupted.read(until: Self.moments[3])
        interrupted.send(SIGINT)
        let (code, said) = interrupted.finish()
        #expect(code == 75 && said.contains("the same command goes on"), "\(said)")

        let (last, text) = try RunningProgram.run(arguments)
        #expect(last == 0, "\(text)")
        #expect(try folder.hashes("out") == expected)
        #expect(try folder.content == ["instance.yaml", "online_retail.parquet", "out", "undisturbed"])
    }

    /// It is killed after a few steps of a regression, and what it has by then includes what no honest worker sends.
    @Test func aRegressionGoesOnAndWhatDoesNotFitIsDoneAgain() throws {
        let folder = try SampleFolder(trees: 4)
        let expected = try folder.undisturbed()
        let arguments = ["run", folder.instance, "--output", folder.path("out"), "--workers", "2"]
        let journal = URL(fileURLWithPath: folder.path(".out.work/journal"))
        func runUntilRegressed() throws -> [JournalRecord] {
            let program = try RunningProgram(arguments)
            try program.read(until: "Logistic regression")
            program.send(SIGKILL)
            _ = program.finish()
            return JournalFormat.decode([UInt8](try Data(contentsOf: journal))).records
        }
        func write(_ records: some Sequence<JournalRecord>) throws {
            let bytes = records.reduce(into: [UInt8]()) { $0 += JournalFormat.encode($1, at: $0.count) }
            try Data(bytes).write(to: journal)
        }
        let whole = try runUntilRegressed()
        let step = try #require(
            whole.firstIndex { if case .step(.regress, _, _) = $0 { true } else { false } })
        try write(whole[...(step + 3)])
        let resumed = try runUntilRegressed()
        let outcome = try #require(
            whole.firstIndex { if case .outcome = $0 { true } else { false } })
        // Nothing of it was done twice, and all of it came to the same.
        #expect(outcome > step + 5 && resumed[...outcome] == whole[...outcome])

        var damaged = Array(whole[...(step + 3)])
        let binned = try #require(
            damaged.lastIndex { if case .step(.bin, _, _) = $0 { true } else { false } })
        for place in [binned + 1, step + 2] {
            switch damaged[place] {
            case .result(let part, _): damaged[place] = .result(part: part, [1, 2, 3])
            case .checkpoint: damaged[place] = .checkpoint([1, 2, 3])
            case .run, .step, .outcome: Issue.record("neither result nor checkpoint: \(damaged[place])")
            }
        }
        try write(damaged)
        let (code, text) = try RunningProgram.run(arguments)
        #expect(code == 0 && text.contains("it is done once more"), "\(text)")
        #expect(try folder.hashes("out") == expected)
    }

    @Test func anInterruptedRunIsNotTakenForAnother() throws {
        let folder = try SampleFolder()
        let arguments = ["run", folder.instance, "--output", folder.path("out"), "--workers", "1"]
        func interrupt() throws {
            let program = try RunningProgram(arguments)
            try program.read(until: "Gathering events")
            program.send(SIGKILL)
            _ = program.finish()
        }
        try interrupt()
        let text = try String(contentsOfFile: folder.instance, encoding: .utf8)
        try folder.write(text + "# changed\n", to: "instance.yaml")
        let changed = try RunningProgram.run(arguments)
        #expect(changed.code == 2 && changed.output.contains("another instance"), "\(changed.output)")
        #expect(changed.output.contains("--fresh"), "\(changed.output)")
        try folder.write(text, to: "instance.yaml")
        // A check leaves it alone.
        #expect(try RunningProgram.run(["check", folder.instance, "--output", folder.path("out")]).code == 0)

        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: folder.path("online_retail.parquet"))
        let touched = try RunningProgram.run(arguments)
        #expect(touched.code == 2 && touched.output.contains("online_retail.parquet as it was before"))
        let fresh = try RunningProgram.run(arguments + ["--fresh"])
        #expect(fresh.code == 0 && !fresh.output.contains("going on"), "\(fresh.output)")
    }

    /// They serve the coordinator that takes the dead one's place, and leave when it is done.
    @Test func workersOutliveTheirCoordinator() throws {
        let folder = try SampleFolder()
        let expected = try folder.undisturbed()
        let endpoint = "ipc://\(folder.path("s"))"
        let workers = try (0..<2).map { _ in try RunningProgram(["worker", "--connect", endpoint, "--threads", "1"]) }
        let arguments = ["coordinator", folder.instance, "--listen", endpoint, "--output", folder.path("out")]
        let doomed = try RunningProgram(arguments)
        try doomed.read(until: "Binning features")
        doomed.send(SIGKILL)
        _ = doomed.finish()
        let (code, text) = try RunningProgram.run(arguments)
        #expect(code == 0 && text.contains("going on"), "\(text)")
        #expect(try folder.hashes("out") == expected)
        for worker in workers {
            let (code, text) = worker.finish()
            #expect(code == 0 && text.contains("the run is over"), "\(text)")
        }
    }

    @Test func sevenOfEightWorkersDieAtOnce() throws {
        let folder = try SampleFolder()
        let expected = try folder.undisturbed()
        let endpoint = "ipc://\(folder.path("s"))"
        let workers = try (0..<8).map { _ in try RunningProgram(["worker", "--connect", endpoint, "--threads", "1"]) }
        let coordinator = try RunningProgram([
            "coordinator", folder.instance, "--listen", endpoint, "--output", folder.path("out"), "--min-workers", "8",
        ])
        try coordinator.read(until: "Logistic regression")
        for worker in workers.dropFirst() { worker.send(SIGKILL) }
        let (code, text) = coordinator.finish()
        #expect(code == 0 && text.contains("was lost"), "\(text)")
        #expect(try folder.hashes("out") == expected)
        #expect(workers[0].finish().code == 0)
    }
}
