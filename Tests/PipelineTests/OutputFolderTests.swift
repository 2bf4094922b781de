import Foundation
import TestSupport
import Testing

@testable import ClusterTransport
@testable import Pipeline

/// What is the user's is never removed, whatever it is called and wherever the results are to go.
@Suite struct OutputFolderTests {
    /// Things that people and their programs put beside results.
    private func addNotes(to shop: TableFolder) throws -> [String: Data] {
        for (name, text) in [
            ("notes.md", "mine"), (".hidden", "mine"), (".git/HEAD", "ref"), ("plots/may/a.png", "png"),
            ("scores/.ipynb_checkpoints/x.ipynb", "{}"), ("scores/joined.csv", "a,b"), ("model/README", "mine"),
            ("added_segments/mine.txt", "mine"),
        ] {
            try shop.write(text, to: "results/\(name)")
        }
        try FileManager.default.createSymbolicLink(
            atPath: shop.path("results/latest"), withDestinationPath: "notes.md")
        try FileManager.default.createSymbolicLink(
            atPath: shop.path("results/scores/nowhere"), withDestinationPath: "/nonexistent")
        try FileManager.default.createDirectory(
            atPath: shop.path("results/empty"), withIntermediateDirectories: false)
        try #require(mkfifo(shop.path("results/pipe"), 0o600) == 0)
        return try shop.content(of: "results").filter { name, _ in
            [
                "notes", ".hidden", ".git", "plots", "/.ipynb", "joined", "README", "mine.txt", "latest", "nowhere",
                "empty", "pipe",
            ]
            .contains { name.contains($0) }
        }
    }

    @Test func whatIsNotOfARunStaysBesideTheNewResults() throws {
        let shop = try TableFolder()
        #expect(try !shop.run("run", shop.instance).contains("replaced"))
        let hashes = try shop.hashes()
        let notes = try addNotes(to: shop)
        #expect(notes.count > 15)
        for _ in 1...2 {
            let text = try shop.run("run", shop.instance)
            #expect(text.contains("replaced the results of ") && text.contains("(shop, \(hashes.count + 3) files)"))
            #expect(text.contains("kept beside the new results") && text.contains(" .git, .hidden,"), "\(text)")
            let content = try shop.content(of: "results")
            #expect(content.filter { notes[$0.key] != nil } == notes)
            #expect(try shop.hashes() == hashes)
            #expect(content.keys.filter { $0.hasSuffix(".before") }.isEmpty)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: shop.folder.path).count == 3)
    }

    @Test func anOutputThatSomebodyHasChangedIsKeptUnderAnotherName() throws {
        let shop = try TableFolder()
        try shop.run("run", shop.instance)
        let whole = try shop.content(of: "results")
        let scores = try #require(whole["scores/part-00000.parquet"])
        // Of the same size; longer; no file any more; another's.
        var other = scores
        other[other.count / 2] ^= 1
        try shop.folder.write(other, to: "results/scores/part-00000.parquet")
        for name in ["insights.json", "report.html", "run.json"] {
            try shop.write(String(decoding: try #require(whole[name]), as: UTF8.self) + "\n", to: "results/\(name)")
        }
        try FileManager.default.removeItem(atPath: shop.path("results/model"))
        try FileManager.default.createSymbolicLink(atPath: shop.path("results/model"), withDestinationPath: "/usr")
        let text = try shop.run("run", shop.instance)
        #expect(text.contains("insights.json as insights.json.before"), "\(text)")
        let content = try shop.content(of: "results")
        #expect(content["scores/part-00000.parquet"] == scores)
        #expect(content["scores/part-00000.parquet.before"] == other)
        for name in ["insights.json", "report.html", "run.json"] {
            let changed = try #require(whole[name]) + Data("\n".utf8)
            #expect(content["\(name).before"] == changed, "\(name)")
        }
        #expect(content["model.before"] == Data("-> /usr".utf8) && content["model/propensity.model"] != nil)
        #expect(try !shop.run("run", shop.instance).contains("another name"))
        #expect(try shop.content(of: "results")["insights.json.before"] != nil)
    }

    @Test func whatCommandsHaveLeftInARunGoesWithIt() throws {
        let shop = try TableFolder()
        try shop.run("run", shop.instance)
        let names = try Set(shop.content(of: "results").keys)
        try shop.write("- { name: Best, all_of: [{ field: score, gte: 75 }] }\n", to: "more.yaml")
        try shop.run("segment", shop.results, shop.path("more.yaml"))
        try shop.run("export", shop.results, "--format", "xgboost")
        try shop.run("report", shop.results)
        #expect(try shop.content(of: "results").count > names.count + 3)
        let text = try shop.run("run", shop.instance)
        #expect(!text.contains("kept"), "\(text)")
        #expect(try Set(shop.content(of: "results").keys) == names)

        // As a version that noted nothing left it, and one that had no seal.
        try shop.run("segment", shop.results, shop.path("more.yaml"))
        try shop.run("export", shop.results, "--format", "xgboost")
        try FileManager.default.removeItem(atPath: shop.path("results/additions.json"))
        let sealed = try shop.text("results/run.json")
        let seal = try #require(sealed.range(of: #",?\s*"seal" : "[0-9a-f]{64}""#, options: .regularExpression))
        try shop.write(sealed.replacingCharacters(in: seal, with: ""), to: "results/run.json")
        let again = try shop.run("run", shop.instance)
        #expect(again.contains("replaced") && !again.contains("kept"), "\(again)")
        #expect(try Set(shop.content(of: "results").keys) == names)
    }

    /// A file's name says nothing: a map, a CI tool's report, our own record without what it tells of.
    @Test(arguments: [
        ("features.json", #"{"type":"FeatureCollection","features":[]}"#),
        ("run.json", #"{"version":1,"product":"ci","outputs":[]}"#), ("run.json", "not JSON"), ("run.json", ""),
        ("features.json", #"{"version":1,"name":"n","snapshots":[],"rows":0,"features":[],"outputs":[]}"#),
    ])
    func aFileOfThatNameMakesNoRun(_ name: String, _ text: String) throws {
        let shop = try TableFolder()
        try shop.write(text, to: "mine/\(name)")
        let before = try shop.content()
        for arguments in [["run", shop.instance], ["features", shop.instance], ["check", shop.instance]] {
            let (code, said) = try RunningProgram.run(arguments + ["--output", shop.path("mine")])
            #expect(code == 2 && said.contains("holds something else than an earlier run"), "\(said)")
        }
        #expect(try shop.content() == before)
    }

    /// The folder in which a run works has a name that somebody may have given to another.
    @Test func somebodysFolderOfTheWorkingFoldersNameStays() throws {
        let shop = try TableFolder()
        try shop.write("mine", to: ".results.work/notes.md")
        #expect(try shop.run("run", shop.instance, code: 2).contains(".results.work holds something else"))
        #expect(try shop.text(".results.work/notes.md") == "mine")
    }

    @Test func aRecordWithoutItsResultsMakesNoRun() throws {
        let shop = try TableFolder()
        try shop.run("run", shop.instance)
        try shop.write(try shop.text("results/run.json"), to: "mine/run.json")
        try shop.run("run", shop.instance, "-o", shop.path("mine"), code: 2)
        #expect(try shop.content(of: "mine").count == 1)
    }

    @Test func whatARunNeedsOrAPersonLivesInIsNotReplaced() throws {
        let shop = try TableFolder()
        try shop.run("run", shop.instance)
        let before = try shop.content()
        func refuses(_ output: String, _ word: String, in folder: String? = nil, home: String? = nil) throws {
            let environment = home.map { ["HOME": $0] } ?? [:]
            for command in ["run", "features", "check"] {
                let text = try shop.run(
                    command, shop.instance, "--output", output, code: 2, environment: environment, in: folder)
                #expect(text.contains(word), "\(command) \(output): \(text)")
            }
        }
        let elsewhere = try TemporaryFolder()
        try refuses(".", "the instance file", in: shop.folder.path)
        try refuses(
            shop.folder.path + "/../" + URL(fileURLWithPath: shop.folder.path).lastPathComponent + "/",
            "the instance file")
        try refuses("/", "root of the file system")
        try refuses(URL(fileURLWithPath: shop.folder.path).deletingLastPathComponent().path, "the instance file")
        try refuses(elsewhere.path, "the folder that you are in", in: elsewhere.path)
        try refuses(".", "the folder that you are in", in: shop.results)
        try elsewhere.write("", to: "home/me/.profile")
        try refuses(elsewhere.path, "a home folder", home: elsewhere.path)
        try refuses(elsewhere.path, "a home folder", home: elsewhere.path + "/home/me")
        try refuses(RunningProgram.file.deletingLastPathComponent().path, "this program")
        try refuses(shop.instance, "is a file")

        // An input within earlier results.
        let inputs = try TableFolder()
        try inputs.run("run", inputs.instance)
        try inputs.write(try inputs.text("table.csv"), to: "results/data/table.csv")
        try FileManager.default.createSymbolicLink(atPath: inputs.path("data"), withDestinationPath: "results/data")
        try inputs.write(
            try inputs.text("shop.yaml").replacingOccurrences(of: "path: table", with: "path: data/table"),
            to: "shop.yaml")
        let text = try inputs.run("run", inputs.instance, code: 2)
        #expect(text.contains("holds an input, ") && text.contains("data/table.csv"), "\(text)")
        try inputs.run("check", inputs.instance, code: 2)
        #expect(try shop.content() == before)
    }

    @Test func runsAndFeaturesDoNotReplaceEachOther() throws {
        let shop = try TableFolder()
        try shop.run("run", shop.instance)
        try shop.run("features", shop.instance, "-o", shop.path("made"))
        let before = try shop.content()
        #expect(try shop.run("features", shop.instance, code: 2).contains("what `propensity run` made"))
        #expect(
            try shop.run("run", shop.instance, "-o", shop.path("made"), code: 2).contains("`propensity features` made"))
        #expect(try shop.content() == before)
        // Each its own, with what is beside it.
        try shop.write("mine", to: "made/features/notes.md")
        #expect(try shop.run("features", shop.instance, "-o", shop.path("made")).contains("replaced the features of "))
        #expect(try shop.text("made/features/notes.md") == "mine")
        #expect(try !shop.hashes("made", mark: "features.json").isEmpty)
    }

    @Test func aLinkIsFollowedAndStays() throws {
        let shop = try TableFolder()
        let files = FileManager.default
        try files.createDirectory(atPath: shop.path("disk"), withIntermediateDirectories: false)
        try files.createSymbolicLink(atPath: shop.path("link"), withDestinationPath: "disk/real")
        try files.createSymbolicLink(atPath: shop.path("other"), withDestinationPath: shop.path("link"))
        for (output, count) in [("link", 0), ("other", 1), ("disk/../other", 1)] {
            let text = try shop.run("run", shop.instance, "-o", output, in: shop.folder.path)
            #expect(text.contains("replaced") == (count == 1), "\(text)")
            #expect(try files.destinationOfSymbolicLink(atPath: shop.path("link")) == "disk/real")
            #expect(try files.destinationOfSymbolicLink(atPath: shop.path("other")) == shop.path("link"))
            #expect(try !shop.hashes("disk/real").isEmpty)
            #expect(try files.contentsOfDirectory(atPath: shop.path("disk")) == ["real"])
        }
        try files.createSymbolicLink(atPath: shop.path("here"), withDestinationPath: "there")
        try files.createSymbolicLink(atPath: shop.path("there"), withDestinationPath: "here")
        #expect(try shop.run("run", shop.instance, "-o", shop.path("here"), code: 2).contains("leads back to itself"))
        try files.createSymbolicLink(atPath: shop.path("home"), withDestinationPath: ".")
        #expect(try shop.run("run", shop.instance, "-o", shop.path("home"), code: 2).contains("the instance file"))
    }

    /// Where only root may mount, others have no such folders.
    @Test(.enabled(if: geteuid() == 0)) func somethingMountedIsNotReplaced() throws {
        let shop = try TableFolder()
        try shop.run("run", shop.instance)
        try FileManager.default.createDirectory(atPath: shop.path("results/a b"), withIntermediateDirectories: false)
        try FileManager.default.createDirectory(atPath: shop.path("disk"), withIntermediateDirectories: false)
        try shop.write("mine", to: "other/notes.md")
        // In a space of its own, so that nothing stays mounted whatever happens.
        func mounted(_ place: String) throws -> String {
            let (code, text) = try RunningProgram(
                [
                    "-m", "sh", "-c",
                    #"mount --bind "$1/other" "$1/$2" && exec "$0" run "$1/shop.yaml" -o "$1/${2%%/*}""#,
                    RunningProgram.file.path, shop.folder.path, place,
                ], program: "/usr/bin/unshare"
            ).finish()
            #expect(code == 2, "\(text)")
            return text
        }
        let before = try shop.content()
        #expect(try mounted("disk").contains("something is mounted at the output"))
        #expect(try mounted("results/a b").contains("results/a b, within the output"))
        #expect(try shop.content() == before)
    }

    @Test func theRightsOfTheFolderStay() throws {
        let shop = try TableFolder()
        try shop.run("run", shop.instance)
        try FileManager.default.setAttributes([.posixPermissions: 0o2770], ofItemAtPath: shop.results)
        try shop.run("run", shop.instance)
        let rights = try FileManager.default.attributesOfItem(atPath: shop.results)[.posixPermissions] as? Int
        #expect(rights == 0o2770)
    }

    @Test func aPathOfAnInstanceMayGoUp() throws {
        let shop = try TableFolder()
        try shop.write("", to: "below/x")
        try shop.run("run", "../shop.yaml", in: shop.path("below"))
        #expect(try !shop.hashes().isEmpty)
    }

    /// Commands that write one more file write over their own only, and through links.
    @Test func aNamedFileReplacesItsOwnKindOnly() throws {
        let shop = try TableFolder()
        try shop.run("run", shop.instance)
        try shop.write("- { name: Best, all_of: [{ field: score, gte: 75 }] }\n", to: "more.yaml")
        let mine = try shop.write("mine", to: "mine.txt")
        try shop.write("mine", to: "members/best/part-00000.parquet")
        for arguments in [
            ["report", shop.results, "-o", mine], ["export", shop.results, "--format", "xgboost", "-o", mine],
            ["segment", shop.results, shop.path("more.yaml"), "-o", shop.path("members")],
            ["report", shop.results, "-o", shop.results],
        ] {
            let (code, text) = try RunningProgram.run(arguments)
            #expect(code == 2 && (text.contains("name another file") || text.contains("is a folder")), "\(text)")
        }
        #expect(try shop.text("mine.txt") == "mine" && shop.text("members/best/part-00000.parquet") == "mine")
        try FileManager.default.createSymbolicLink(atPath: shop.path("link.html"), withDestinationPath: "page.html")
        for _ in 1...2 { try shop.run("report", shop.results, "-o", shop.path("link.html")) }
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: shop.path("link.html")) == "page.html")
        #expect(try shop.text("page.html").hasPrefix("<!DOCTYPE html>"))
        for _ in 1...2 { try shop.run("segment", shop.results, shop.path("more.yaml"), "-o", shop.path("others")) }

        // A pipe stays one.
        try #require(mkfifo(shop.path("pipe"), 0o600) == 0)
        let reader = try RunningProgram([shop.path("pipe")], program: "/bin/cat")
        try shop.run("report", shop.results, "-o", shop.path("pipe"))
        #expect(try reader.finish().output == shop.text("page.html"))
    }

    @Test func aPageThatSomebodyHasEditedIsKept() throws {
        let shop = try TableFolder()
        try shop.run("run", shop.instance)
        let page = try shop.text("results/report.html")
        try shop.write(page + "<!-- mine -->", to: "results/report.html")
        for _ in 1...2 { try shop.run("report", shop.results) }
        #expect(try shop.text("results/report.html.before") == page + "<!-- mine -->")
        #expect(try shop.text("results/report.html") == page)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: shop.results).filter { $0.contains(".before") }.count
                == 1)
    }
}
