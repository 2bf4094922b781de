import Foundation
import Tables
import TestSupport
import Testing

@testable import ClusterTransport
@testable import Pipeline

/// The program in the hands of shells, schedulers and other users.
@Suite struct ShellTests {
    /// Runs a line of shell in which `$p` is the program, `$f` the folder.
    private func shell(_ line: String, _ shop: TableFolder, _ environment: [String: String] = [:]) throws -> (
        code: Int32, output: String
    ) {
        try RunningProgram(
            ["-c", line], program: "/bin/bash",
            environment: ["p": RunningProgram.file.path, "f": shop.folder.path].merging(environment) { $1 }
        ).finish()
    }

    // MARK: Standard streams

    /// What is done to the streams, the exit code of a command that has something to say, and the word where one can be had.
    @Test(arguments: [
        (">&-", 1, "standard output: Bad file descriptor"), (">/dev/full", 1, "standard output: No space left"),
        ("|", 1, "standard output: Broken pipe"), ("2>&-", 0, ""), (">&- 2>&-", 1, ""), ("<&- >&- 2>&-", 1, ""),
        (">/dev/full 2>/dev/full", 1, ""), ("2>&1 |", 1, ""), (">/dev/full 2>&-", 1, ""),
    ])
    func streamsThatCannotBeWrittenTo(_ streams: String, _ code: Int32, _ word: String) throws {
        let shop = try TableFolder()
        for command in [
            "run $f/shop.yaml", "explain $f/results 7", "check $f/shop.yaml", "check --json $f/shop.yaml",
            "report $f/results", "features $f/shop.yaml -o $f/made", "--help", "--version", "schema",
            "run $f/shop.yaml --log-format json",
        ] {
            let line = line("$p \(command)", streams)
            let (found, text) = try shell("set -o pipefail; \(line)", shop)
            #expect(found == code, "\(command) \(streams): \(text)")
            #expect(word.isEmpty || text.contains(word), "\(command) \(streams): \(text)")
        }
        #expect(try !shop.hashes().isEmpty)
        #expect(try !shop.hashes("made", mark: "features.json").isEmpty)
        let (bad, _) = try shell("set -o pipefail; \(line("$p nonsense", streams))", shop)
        #expect(bad == 2)
    }

    /// Of a pipe the reader has gone before anything is written.
    private func line(_ command: String, _ streams: String) -> String {
        guard streams.hasSuffix("|") else { return "\(command) \(streams)" }
        return "rm -f $f/gone; mkfifo $f/gone; (read -r _ <$f/gone; \(command)) \(streams) (exec <&-; echo >$f/gone)"
    }

    @Test func aFullStandardErrorCostsAWordAndNoResults() throws {
        let shop = try TableFolder()
        let (code, text) = try shell("$p run $f/shop.yaml 2>/dev/full", shop)
        #expect(code == 1 && text.contains("Profiles scored"), "\(text)")
        #expect(try !shop.hashes().isEmpty)
    }

    // MARK: Checks leave everything alone

    @Test func aCheckWorksWhileARunWritesToTheSameOutput() throws {
        let shop = try TableFolder()
        let waiting = try RunningProgram([
            "coordinator", shop.instance, "--listen", "ipc://\(shop.path("s"))", "--insecure",
        ])
        try waiting.read(until: "listening")
        let before = try FileManager.default.contentsOfDirectory(atPath: shop.folder.path)
        try shop.run("check", shop.instance)
        #expect(try FileManager.default.contentsOfDirectory(atPath: shop.folder.path) == before)
        #expect(try shop.run("run", shop.instance, code: 2).contains("another run is writing"))
        waiting.send(SIGTERM)
        #expect(waiting.finish().code == 75)
    }

    @Test(
        .enabled(if: geteuid() == 0),
        arguments: ["", "env -u HOME -u TMPDIR", "setpriv --reuid=65534 --clear-groups env -u HOME"])
    func aCheckWorksWhereNothingCanBeWritten(_ user: String) throws {
        let shop = try TableFolder()
        try shop.run("run", shop.instance)
        let before = try shop.content()
        // Other users cannot look into the folder that holds the program as it is built.
        let line = """
            mount --bind "$f" "$f" && mount -o remount,bind,ro "$f" && mkdir -p /tmp/propensity-test-$$ &&
            mount --bind "$(dirname "$(readlink -f "$p")")" /tmp/propensity-test-$$ &&
            cd "$f" && \(user) /tmp/propensity-test-$$/propensity check shop.yaml
            code=$?; cd /; umount /tmp/propensity-test-$$; rmdir /tmp/propensity-test-$$; exit $code
            """
        let (code, text) = try shell("export p f; unshare -m bash -c '\(line)'", shop)
        #expect(code == 0 && text.contains("To be scored"), "\(text)")
        #expect(try shop.content() == before)
    }

    // MARK: Temporary files

    @Test func temporaryFilesAreWhereTMPDIRSays() throws {
        let shop = try TableFolder()
        let place = try TemporaryFolder()
        let files = FileManager.default
        let program = try RunningProgram(["run", shop.instance], environment: ["TMPDIR": place.path + "//"])
        try program.read(until: "Gathering")
        let folders = try files.contentsOfDirectory(atPath: place.path)
        #expect(folders.count == 1 && folders[0].hasPrefix("propensity-"))
        #expect(try files.contentsOfDirectory(atPath: place.path(folders[0])).contains("coordinator"))
        // It is killed, and what it leaves is swept by the next one; that of one that lives is not.
        program.send(SIGKILL)
        _ = program.finish()
        #expect(try files.contentsOfDirectory(atPath: place.path) == folders)
        try place.write("mine", to: "propensity-abcdef/mine")
        let waiting = try RunningProgram(
            ["run", shop.instance, "-o", shop.path("other")], environment: ["TMPDIR": place.path])
        try waiting.read(until: "how it goes")
        let living = try files.contentsOfDirectory(atPath: place.path).filter { !folders.contains($0) }
        try shop.run("check", shop.instance, environment: ["TMPDIR": place.path])
        #expect(try Set(files.contentsOfDirectory(atPath: place.path)).isSubset(of: living))
        #expect(waiting.finish().code == 0)
        #expect(try files.contentsOfDirectory(atPath: place.path) == ["propensity-abcdef"])
        #expect(files.fileExists(atPath: place.path("propensity-abcdef/mine")))
    }

    @Test func aTMPDIRThatCannotBeUsedIsNamed() throws {
        let shop = try TableFolder()
        let none = try shop.run("check", shop.instance, code: 1, environment: ["TMPDIR": shop.path("none")])
        #expect(none.contains("TMPDIR") && none.contains(shop.path("none")), "\(none)")
        // Too long for a socket's path: the sockets alone are elsewhere.
        let long = shop.path(String(repeating: "long/", count: 30))
        try FileManager.default.createDirectory(atPath: long, withIntermediateDirectories: true)
        let text = try shop.run("check", shop.instance, environment: ["TMPDIR": long])
        #expect(text.contains("TMPDIR is too long a path for sockets"), "\(text)")
    }

    // MARK: Limits

    @Test func tooFewOpenFilesAreNamed() throws {
        let shop = try TableFolder()
        for (limit, command, wanted) in [
            (100, "run $f/shop.yaml", 256), (300, "run $f/shop.yaml -w 100 -t 1", 464), (40, "schema", 64),
            (100, "coordinator $f/shop.yaml --listen ipc://$f/s --min-workers 20", 252),
        ] {
            let (code, text) = try shell("ulimit -n \(limit); $p \(command)", shop)
            #expect(code == 1 && text.contains("raise ulimit -n to \(wanted)"), "\(command): \(text)")
        }
        let (code, text) = try shell("ulimit -Sn 70; $p run $f/shop.yaml", shop)
        #expect(code == 0, "\(text)")
    }

    // MARK: Signals

    @Test(arguments: [SIGHUP, SIGUSR1, SIGTERM, SIGINT]) func aSignalEndsARunThatGoesOnLater(_ signal: Int32) throws {
        let sample = try SampleFolder(trees: 40)
        let arguments = ["run", sample.instance, "--output", sample.path("out")]
        let program = try RunningProgram(arguments)
        try program.read(until: "Assembling")
        program.send(signal)
        let (code, text) = program.finish()
        #expect(code == 75 && text.contains("the same command goes on from here"), "\(text)")
        #expect(FileManager.default.fileExists(atPath: sample.path(".out.work/journal")))
    }

    /// Nothing is promised that is not so.
    @Test func whatIsNotKeptIsNotSaidToBe() throws {
        let shop = try TableFolder()
        let waiting = try RunningProgram(["coordinator", shop.instance, "--listen", "ipc://\(shop.path("s"))"])
        try waiting.read(until: "listening")
        waiting.send(SIGUSR1)
        let (code, text) = waiting.finish()
        #expect(code == 75 && !text.contains("goes on from here"), "\(text)")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: shop.folder.path).sorted() == [
                "shop.yaml", "table.csv",
            ])
    }

    /// A terminal that goes takes its programs along, but for those that nohup has started.
    @Test func nohupIsHeeded() throws {
        let shop = try TableFolder()
        let (code, text) = try shell("trap '' HUP; $p run $f/shop.yaml & kill -HUP $!; wait $!", shop)
        #expect(code == 0, "\(text)")
    }

    // MARK: Tables without dates

    @Test func noDateIsMadeUpForATable() throws {
        let shop = try TableFolder()
        var said = try shop.run("run", shop.instance)
        said += try shop.run("explain", shop.results, "7")
        said += try shop.run("compare", shop.results, shop.results)
        said += try shop.run("check", "--json", shop.instance)
        said += try shop.run("features", shop.instance, "-o", shop.path("made"))
        for name in ["results/insights.json", "results/run.json", "results/report.html", "made/features.json"] {
            said += try shop.text(name)
        }
        #expect(!said.contains("1970"))
        #expect(said.contains("Table: churn\n"))
        for (file, column) in [("results/scores", "score_date"), ("made/features", "snapshot")] {
            let columns = try ColumnLoader.read(shop.path("\(file)/part-00000.parquet"), [column])
            #expect(columns[0].count > 0 && (0..<columns[0].count).allSatisfy(columns[0].isMissing))
        }
        // One that says its date has it.
        try shop.write(try shop.text("shop.yaml") + "as_of: 2024-02-03\n", to: "shop.yaml")
        #expect(try shop.run("run", shop.instance).contains("Table: churn, as of 2024-02-03"))
        #expect(try shop.run("explain", shop.results, "7").contains("as of 2024-02-03"))
    }

    /// What is said of a table names keys that an instance of a table has.
    @Test(arguments: [
        ("checks: { minimum_outcomes: 5000 }\n", "features.label", ["goal", "eligible"]),
        ("", "features.drop", ["goal", "eligible", "categories", "attributes"]),
    ])
    func findingsNameKeysOfTables(_ more: String, _ key: String, _ others: [String]) throws {
        let shop = try TableFolder()
        if more.isEmpty {
            let rows = (0..<1_500).map { "\($0),1,2,\($0 % 2)" }
            try shop.write("id,visits,spent,left\n" + rows.joined(separator: "\n") + "\n", to: "table.csv")
        }
        try shop.write(try shop.text("shop.yaml") + more, to: "shop.yaml")
        let (_, text) = try RunningProgram.run(["check", "--json", shop.instance])
        #expect(text.contains(key), "\(text)")
        for other in others { #expect(!text.contains(other), "\(other): \(text)") }
    }
}
