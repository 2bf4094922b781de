import ClusterCore
import Foundation
import TestSupport
import Testing

@testable import ClusterTransport
@testable import Pipeline

/// What a disk spoils in a run's store is made anew by the stage that had made it.
@Suite struct DamagedStoreTests {
    /// The stage after which the run is killed, and the file of the store that is spoilt meanwhile.
    @Test(arguments: [
        ("Gathering events", "events/00000", true), ("Gathering events", "events/00000", false),
        ("Assembling features", "shards/00001.features", true), ("Binning features", "shards/00002.bins", true),
        ("Scoring  ", "shards/00003.scores", true),
    ])
    func itIsMadeAnew(_ moment: String, _ name: String, _ isTurned: Bool) throws {
        let shop = try TableFolder()
        try shop.run("run", shop.instance, "-o", shop.path("undisturbed"))
        let program = try RunningProgram(["run", shop.instance])
        try program.read(until: moment)
        program.send(SIGKILL)
        _ = program.finish()
        let work = shop.path(".results.work")
        // As if it had been killed before the scores were read.
        let journal = URL(fileURLWithPath: "\(work)/journal")
        let records = JournalFormat.decode([UInt8](try Data(contentsOf: journal))).records
            .prefix { if case .step(.explain, _, _) = $0 { false } else { true } }
        try Data(records.reduce(into: [UInt8]()) { $0 += JournalFormat.encode($1, at: $0.count) }).write(to: journal)
        let run = try #require(
            try FileManager.default.contentsOfDirectory(atPath: work).first { $0.hasPrefix("run-") })
        let path = "\(work)/\(run)/store/\(name)"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        if isTurned { bytes[bytes.count / 2] ^= 1 } else { bytes.removeLast(bytes.count / 2) }
        try bytes.write(to: URL(fileURLWithPath: path))
        let text = try shop.run("run", shop.instance)
        // What is of one shard, a worker makes anew; what is of all, the run.
        let words =
            name.hasPrefix("events/") ? "was damaged or is gone: what made it is done once more" : "cannot be used"
        #expect(text.contains("\(name) \(words)"), "\(text)")
        #expect(try shop.hashes() == shop.hashes("undisturbed"))
    }
}
