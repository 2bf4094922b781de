import Foundation
import TestSupport
import Testing

/// What a person, and a program, sees of a model in training.
@Suite struct ProgressTests {
    @Test func aLogTellsOfTreesAndLoss() throws {
        let shop = try TableFolder()
        let text = try shop.run("run", shop.instance)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("Training symmetric trees") })
        #expect(line.contains(" · 3 trees grown, validation loss 0."), "\(line)")
        #expect(!text.contains("\r"))
        #expect(!text.contains("has stopped"), "\(text)")

        let (code, log) = try RunningProgram.run(["run", shop.instance, "--log-format", "json"])
        #expect(code == 0 && !log.contains("has stopped"), "\(log)")
        let done = try #require(
            log.split(separator: "\n").first { $0.contains("stage is done") && $0.contains("Training") })
        #expect(done.contains(#""trees":3,"#) && done.contains("validation_loss"), "\(done)")
    }

    /// On a terminal, as they come: the tool `script` is one.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script")))
    func aTerminalShowsTreesAsTheyCome() throws {
        let shop = try TableFolder()
        let text = try RunningProgram(
            ["-qec", "\(RunningProgram.file.path) run \(shop.instance)", "/dev/null"], program: "/usr/bin/script"
        ).finish().output
        #expect(text.contains("\r") && text.contains("] tree 3 of at most 3 · validation loss 0."), "\(text)")
    }
}
