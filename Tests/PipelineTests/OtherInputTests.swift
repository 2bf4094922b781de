import Bytes
import ClusterProtocol
import Events
import Features
import Foundation
import InstanceFile
import Readiness
import Testing

@testable import ClusterTransport
@testable import Pipeline

/// Hosts that see another input than the coordinator, and inputs that change while a run reads them.
@Suite(.serialized) struct OtherInputTests {
    private func data(_ folder: SampleFolder) -> String { folder.path("online_retail.parquet") }

    /// The sample with some bytes changed, of the same size.
    private func copy(_ folder: SampleFolder, _ name: String, changing places: Range<Int>) throws -> String {
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: data(folder))))
        for place in places { bytes[place] ^= 0x55 }
        try Data(bytes).write(to: URL(fileURLWithPath: folder.path(name)))
        return folder.path(name)
    }

    private func size(_ path: String) throws -> Int { try Data(contentsOf: URL(fileURLWithPath: path)).count }

    private func coordinator(_ folder: SampleFolder, _ minimum: Int) throws -> RunningProgram {
        try RunningProgram([
            "coordinator", folder.instance, "--listen", "ipc://\(folder.path("s"))", "--output", folder.path("out"),
            "--min-workers", "\(minimum)",
        ])
    }

    private func worker(_ folder: SampleFolder) -> [String] {
        ["worker", "--connect", "ipc://\(folder.path("s"))", "--threads", "1"]
    }

    /// It computes nothing of it: others do the task.
    @Test(.enabled(if: RunningProgram.isRoot)) func aHostWithAnotherCopyIsNamed() throws {
        let folder = try SampleFolder()
        let expected = try folder.undisturbed()
        let end = try size(data(folder))
        let other = try copy(folder, "other.parquet", changing: (end - 200)..<(end - 199))
        let coordinator = try coordinator(folder, 2)
        let bad = try RunningProgram.elsewhere("badhost", seeing: [(data(folder), other)], worker(folder))
        // Who comes first is given the only task.
        try bad.read(until: "registered as")
        let good = try RunningProgram(worker(folder))
        let (code, text) = coordinator.finish()
        #expect(code == 0, "\(text)")
        #expect(
            text.contains("on badhost could not do task 0 of ingest: \(data(folder)) has other content here"), "\(text)"
        )
        #expect(try folder.hashes("out") == expected)
        #expect(good.finish().code == 0 && bad.finish().code == 0)
    }

    /// Of content that nobody has looked at before it is read. One host is one witness, however many workers it has.
    @Test(.enabled(if: RunningProgram.isRoot)) func aHostThatCannotReadDoesNotEndTheRun() throws {
        let folder = try SampleFolder()
        let expected = try folder.undisturbed()
        let size = try size(data(folder))
        // Neither an end nor the middle.
        let torn = try copy(folder, "torn.parquet", changing: (size / 8)..<(size / 4))
        let plan = try InputPlan(surveying: try Instance.parse(file: folder.instance))
        #expect(try InputFingerprint(of: torn) == plan.splits[0].fingerprint)
        let coordinator = try coordinator(folder, 3)
        let bad = try (0..<2).map { _ in
            try RunningProgram.elsewhere("badhost", seeing: [(data(folder), torn)], worker(folder))
        }
        for worker in bad { try worker.read(until: "registered as") }
        let good = try RunningProgram(worker(folder))
        let (code, text) = coordinator.finish()
        #expect(code == 0 && text.contains("on badhost could not do task 0 of ingest"), "\(text)")
        #expect(try folder.hashes("out") == expected)
        for worker in bad + [good] { #expect(worker.finish().code == 0) }
    }

    /// Nor do two hosts that are wrong alike, or the only one.
    @Test(.enabled(if: RunningProgram.isRoot)) func theCoordinatorReadsForItself() throws {
        let folder = try SampleFolder(trees: 4)
        let expected = try folder.undisturbed()
        let size = try size(data(folder))
        let torn = try copy(folder, "torn.parquet", changing: (size / 8)..<(size / 4))
        let coordinator = try coordinator(folder, 1)
        let bad = try RunningProgram.elsewhere("badhost", seeing: [(data(folder), torn)], worker(folder))
        let (code, text) = coordinator.finish()
        #expect(code == 0 && text.contains("on badhost could not do task 0 of ingest"), "\(text)")
        #expect(try folder.hashes("out") == expected)
        #expect(bad.finish().code == 0)
    }

    @Test func aFileThatIsReplacedWhileWorkersAreWaitedForEndsTheRun() throws {
        let folder = try SampleFolder()
        let coordinator = try coordinator(folder, 1)
        try coordinator.read(until: "listening")
        let other = try copy(folder, "other.parquet", changing: 1000..<1001)
        #expect(rename(other, data(folder)) == 0)
        let worker = try RunningProgram(worker(folder))
        let (code, text) = coordinator.finish()
        #expect(code == 2 && text.contains("\(data(folder)) changed while the run read it"), "\(text)")
        #expect(worker.finish().code == 0)
        #expect(!FileManager.default.fileExists(atPath: folder.path("out")))
    }

    /// Though its size and its time are what they were.
    @Test func anInterruptedRunDoesNotGoOnWithAnotherFile() throws {
        let folder = try SampleFolder()
        let arguments = ["run", folder.instance, "--output", folder.path("out"), "--workers", "1"]
        let program = try RunningProgram(arguments)
        try program.read(until: "Gathering events")
        program.send(SIGKILL)
        _ = program.finish()
        let time = try FileManager.default.attributesOfItem(atPath: data(folder))[.modificationDate]
        let end = try size(data(folder))
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: data(folder))))
        // A place in the footer that names who wrote it.
        let writer = try #require(
            (0..<(end - 4)).last { bytes[$0..<$0 + 4] == Array("parq".utf8)[...] }, "the file names no writer")
        bytes[writer] ^= 1
        try Data(bytes).write(to: URL(fileURLWithPath: data(folder)))
        let modified = try #require(time as? Date)
        try FileManager.default.setAttributes([.modificationDate: modified], ofItemAtPath: data(folder))
        let (code, text) = try RunningProgram.run(arguments)
        #expect(code == 2 && text.contains("--fresh"), "\(text)")
    }

    @Test func aFileThatIsWrittenToWhileATaskReadsItIsNotBelieved() throws {
        let folder = try SampleFolder()
        let plan = try InputPlan(surveying: try Instance.parse(file: folder.instance))
        let (split, watch) = (plan.splits[0], try InputWatch(plan))
        let moment = try InputMoment(of: data(folder))
        try split.checkUnchanged(since: moment)
        #expect(try watch.change() == nil)
        // Where nobody looks, and the size is the same: the time tells.
        let other = try copy(folder, "other.parquet", changing: 100_000..<100_001)
        #expect(rename(other, data(folder)) == 0)
        #expect(try split.difference() == nil)
        let failure = #expect(throws: Failure.self) { try split.checkUnchanged(since: moment) }
        #expect(failure?.kind == .otherInput && failure?.message.contains("written to while it was read") == true)
        #expect(try watch.change()?.contains("changed while the run read it") == true)
        #expect(try watch.change(ofSplit: 0) != nil)
        #expect(try watch.change(ofSplit: -1) == nil)
    }
}
