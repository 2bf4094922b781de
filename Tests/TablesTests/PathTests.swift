import Foundation
import TestSupport
import Testing

@testable import Tables

@Suite struct PathTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        for name in [
            "b.csv", "a.csv", "c1.parquet", "c2.parquet", "_SUCCESS", ".hidden.csv", "odd[1].csv", "2011/x.csv",
            "2011/09/y.csv", "2011/09/_temporary.csv", "2012/y.csv", ".git/z.csv",
        ] { try folder.write("x", to: name) }
    }

    private func expand(_ patterns: String...) throws -> [String] {
        try Tables.expand(paths: patterns.map(folder.path)).map { String($0.dropFirst(folder.path.count + 1)) }
    }

    @Test func patternsNameTheFilesThatMatchSorted() throws {
        #expect(try expand("*.csv") == ["a.csv", "b.csv", "odd[1].csv"])
        #expect(try expand("?.csv") == ["a.csv", "b.csv"])
        #expect(try expand("c[12].parquet") == ["c1.parquet", "c2.parquet"])
        #expect(try expand("c[!1].parquet") == ["c2.parquet"])
        #expect(try expand("[a-b].csv") == ["a.csv", "b.csv"])
        #expect(try expand("*/y.csv") == ["2012/y.csv"])
        #expect(try expand(".hid*") == [".hidden.csv"])
    }

    @Test func twoStarsReachThroughFolders() throws {
        #expect(try expand("**/y.csv") == ["2011/09/y.csv", "2012/y.csv"])
        #expect(try expand("2011/**/*.csv") == ["2011/09/y.csv", "2011/x.csv"])
        #expect(try expand("2011/**") == ["2011/09/y.csv", "2011/x.csv"])
    }

    @Test func aFolderStandsForItsOwnFiles() throws {
        #expect(try expand("2011") == ["2011/x.csv"])
        #expect(try expand("2011/09/") == ["2011/09/y.csv"])
        #expect(try expand("201?") == ["2011/x.csv", "2012/y.csv"])
        #expect(try expand("").contains("_SUCCESS") == false)
    }

    @Test func aFileIsNamedOnceAndAPathThatExistsIsItself() throws {
        #expect(try expand("b.csv", "*.csv", "a.csv") == ["a.csv", "b.csv", "odd[1].csv"])
        #expect(try expand("odd[1].csv") == ["odd[1].csv"])
    }

    @Test func foldersThatLeadBackUpAreNotFollowed() throws {
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("2012/up"), withDestinationPath: folder.path)
        #expect(try expand("2012/**/y.csv") == ["2012/y.csv"])
    }

    /// The same without looking.
    @Test func aFileIsKnownByItsPathToBeNamed() throws {
        for pattern in ["*.csv", "c[12].parquet", ".hid*", "**/y.csv", "2011/**", "2011", "2011/09/", "odd[1].csv"] {
            for file in try Tables.expand(paths: [folder.path(pattern)]) {
                #expect(couldName(file, by: ["/elsewhere/*", folder.path(pattern)]), "\(pattern): \(file)")
            }
        }
        for (pattern, file) in [
            ("*.csv", "c1.parquet"), ("*.csv", "2011/x.csv"), ("2011", "2012/y.csv"), ("2011", "2011/09/y.csv"),
            ("2011", "2011/../a.csv"), ("2011/**", "2011/../a.csv"), (".?/*", "../a.csv"), ("**", ".git/z.csv"),
            ("*/x.csv", "../x.csv"), ("2011/*", "2011"),
        ] { #expect(!couldName(folder.path(file), by: [folder.path(pattern)]), "\(pattern): \(file)") }
        #expect(!couldName("/etc/passwd", by: ["etc/passwd", "/data/**"]))
        let objects = ["s3://shop/events/*.csv", "s3://shop/2011"]
        for file in ["s3://shop/events/a b.csv", "s3://shop/2011/month=1/x.csv"] {
            #expect(couldName(file, by: objects))
        }
        for file in ["s3://other/events/a.csv", "gs://shop/events/a.csv", "/shop/events/a.csv"] {
            #expect(!couldName(file, by: objects))
        }
    }

    @Test func whatIsNotThereIsAnErrorThatNamesIt() {
        #expect(throws: TableError.missing(path: folder.path("no.csv"))) { try expand("a.csv", "no.csv") }
        #expect(throws: TableError.noMatch(pattern: folder.path("*.tsv"))) { try expand("*.tsv") }
        #expect(throws: TableError.noMatch(pattern: folder.path(".git/sub/*"))) { try expand(".git/sub/*") }
        #expect(throws: TableError.badAddress(address: "s3:///a.csv", reason: "it names no bucket")) {
            try Tables.expand(paths: ["s3:///a.csv"])
        }
        do {
            try FileManager.default.createDirectory(
                atPath: folder.path("empty"), withIntermediateDirectories: true)
        } catch {
            Issue.record(error)
        }
        #expect(throws: TableError.noMatch(pattern: folder.path("empty/*"))) { try expand("empty") }
    }

    /// The matcher that every textbook gives, exponential and obviously right.
    private func naive(_ pattern: Substring, _ name: Substring) -> Bool {
        guard let first = pattern.first else { return name.isEmpty }
        let rest = pattern.dropFirst()
        if first == "*" { return naive(rest, name) || !name.isEmpty && naive(pattern, name.dropFirst()) }
        guard let letter = name.first else { return false }
        return (first == "?" || first == letter) && naive(rest, name.dropFirst())
    }

    @Test func patternsMatchWhatTheNaiveMatcherMatches() {
        var random = SplitMix(seed: 7)
        func draw(_ letters: String, _ length: Int) -> String {
            String((0..<random.below(length)).compactMap { _ in letters.randomElement(using: &random) })
        }
        var hits = 0
        for _ in 0..<3000 {
            let (pattern, name) = (draw("ab*?", 7), draw("ab", 8))
            let expected = naive(pattern[...], name[...])
            #expect(NamePattern(pattern).matches(name) == expected, "\(pattern) on \(name)")
            hits += expected ? 1 : 0
        }
        #expect(hits > 300)
    }
}
