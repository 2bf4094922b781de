import Foundation
import TestSupport
import Testing

@testable import ClusterTransport
@testable import Pipeline

/// A process that ends at any step of publishing loses nothing: the same command ends with whole results and all that
/// was beside the earlier ones.
@Suite struct PublishingTests {
    /// Results with somebody's files among them, and a run that has ended at the first step of replacing them.
    private struct Interrupted {
        let shop = try? TableFolder()
        let hashes: [String: String]
        let mine = [
            "notes.md": Data("mine".utf8), ".hidden/deep/x": Data("mine".utf8), "scores/mine.csv": Data("mine".utf8),
            "insights.json.before": Data("changed".utf8), "old/.keep": Data(),
        ]
        private let copy: String

        init(_ environment: [String: String] = [:]) throws {
            let shop = try #require(shop)
            try shop.run("run", shop.instance)
            hashes = try shop.hashes()
            for (name, data) in mine where !name.contains(".before") {
                try shop.folder.write(data, to: "results/\(name)")
            }
            try shop.write("changed", to: "results/insights.json")
            copy = shop.folder.path + "-copy"
            try end(at: 1, environment)
            try copyAll(shop.folder.path, copy)
        }

        func remove() { try? FileManager.default.removeItem(atPath: copy) }

        /// With times and all: an input that looks touched is another one.
        private func copyAll(_ from: String, _ to: String) throws {
            let copying = try RunningProgram(["-c", #"rm -rf "$1" && cp -a "$0" "$1""#, from, to], program: "/bin/sh")
            try #require(copying.finish().code == 0)
        }

        /// Puts everything back to where the run had ended first.
        func restore() throws { try copyAll(copy, try #require(shop).folder.path) }

        /// Whether a run ends, killed, at a step of publishing; else it has fewer.
        @discardableResult
        func end(at step: Int, _ environment: [String: String]) throws -> Bool {
            let shop = try #require(shop)
            let (code, text) = try RunningProgram.run(
                ["run", shop.instance],
                environment: environment.merging([PublishingSteps.killVariable: "\(step)"]) { $1 })
            try #require(code == SIGKILL || code == 0, "\(text)")
            return code == SIGKILL
        }

        func checkAllIsThere(_ comment: String) throws {
            let shop = try #require(shop)
            let content = try shop.content(of: "results")
            for (name, data) in mine { #expect(content[name] == data, "\(comment): \(name)") }
            #expect(try shop.hashes() == hashes, "\(comment)")
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: shop.folder.path).sorted()
                    == ["results", "shop.yaml", "table.csv"], "\(comment)")
        }
    }

    /// By exchanging names, and by renaming, where for a moment there is nothing at the place.
    @Test(arguments: [[:], [PublishingSteps.plainVariable: "1"]])
    func whoeverIsKilledWhilePublishingLosesNothing(_ environment: [String: String]) throws {
        let interrupted = try Interrupted(environment)
        defer { interrupted.remove() }
        let shop = try #require(interrupted.shop)
        var (step, last) = (2, 0)
        while true {
            try interrupted.restore()
            guard try interrupted.end(at: step, environment) else { break }
            last = step
            let text = try shop.run("run", shop.instance, environment: environment)
            #expect(text.contains("going on with the run that was interrupted"), "step \(step): \(text)")
            try interrupted.checkAllIsThere("killed at step \(step)")
            // Moves are few and each is tried; removals are many of one kind.
            step += step < 8 ? 1 : 9
        }
        #expect(last >= 17)
        try interrupted.checkAllIsThere("not killed")
    }

    /// Whatever is run next at the place.
    @Test(arguments: [3, 5, 12]) func whoeverBeginsAnewLosesNothing(_ step: Int) throws {
        let interrupted = try Interrupted()
        defer { interrupted.remove() }
        let shop = try #require(interrupted.shop)
        #expect(try interrupted.end(at: step, [:]))
        try shop.run("run", shop.instance, "--fresh")
        try interrupted.checkAllIsThere("fresh after step \(step)")
    }

    /// Somebody removes the new results before the earlier ones are put away: these come back first.
    @Test func earlierResultsComeBackWhereNewOnesAreGone() throws {
        let interrupted = try Interrupted()
        defer { interrupted.remove() }
        let shop = try #require(interrupted.shop)
        #expect(try interrupted.end(at: 3, [:]))
        try FileManager.default.removeItem(atPath: shop.results)
        try shop.run("run", shop.instance, "--fresh")
        try interrupted.checkAllIsThere("removed")
    }

    @Test func sealsTellWhetherARecordIsWhole() {
        let text = Array(#"{ "name" : "a \"seal\" : ", "seal" : "\#(RecordSeal.blank)" }"#.utf8)
        let sealed = RecordSeal.sealed(text)
        #expect(sealed != text && RecordSeal.isWhole(sealed) == true && RecordSeal.isWhole(text) == false)
        for place in sealed.indices {
            var other = sealed
            other[place] ^= 1
            #expect(RecordSeal.isWhole(other) != true, "\(place)")
        }
        #expect(RecordSeal.isWhole(Array("{}".utf8)) == nil)
        #expect(RecordSeal.isWhole(Array(#"{"seal" : ""#.utf8)) == nil)
    }
}
