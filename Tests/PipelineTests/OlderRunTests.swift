import Foundation
import TestSupport
import Testing

/// Finished runs of earlier versions are read by all that read finished runs.
@Suite struct OlderRunTests {
    /// Takes keys away from a file of JSON, and sets others.
    private func change(_ path: String, without keys: [String], _ values: [String: Any]) throws {
        let url = URL(fileURLWithPath: path)
        var content = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
        for key in keys { content[key] = nil }
        content.merge(values) { $1 }
        try JSONSerialization.data(withJSONObject: content, options: .sortedKeys).write(to: url)
    }

    /// Version 2 of insights.json had no suggested segments; run.json then knew no cluster, fewer settings and no seal.
    private func makeVersion2(_ shop: TableFolder, _ folder: String) throws {
        try change(shop.path("\(folder)/insights.json"), without: ["suggested_segments"], ["version": 2])
        let settings: [String: Any] = [
            "kind": "trees", "growth": "symmetric", "bins": 64, "learning_rate": 0.1, "trees": 3, "stop_after": 50,
            "depth": 6, "l2": 1.0, "minimum_child_hessian": 1.0, "tune": false, "seed": 1,
        ]
        try change(shop.path("\(folder)/run.json"), without: ["cluster", "seal"], ["settings": settings])
        try FileManager.default.removeItem(atPath: shop.path("\(folder)/additions.json"))
    }

    /// What version 4 of insights.json brought is not in versions before, wherever it stands.
    private func makeVersion3(_ shop: TableFolder, _ folder: String) throws {
        let new: Set<String> = [
            "bucket_rule", "expected_gains", "hold_out_by_snapshot", "log_loss_gain", "log_loss_gain_standard_error",
            "same_as", "lowest", "highest", "values_in_words",
        ]
        func without(_ value: Any, in key: String) -> Any {
            if let list = value as? [Any] { return list.map { without($0, in: key) } }
            guard var mapping = value as? [String: Any] else { return value }
            for name in new { mapping[name] = nil }
            if key == "hold_out" || key == "back_test" { mapping["profiles"] = nil }
            if key == "suggested_segments" { mapping["values"] = nil }
            if key == "values" { (mapping["rows"], mapping["outcomes"]) = (nil, nil) }
            return mapping.reduce(into: [:]) { $0[$1.key] = without($1.value, in: $1.key) }
        }
        let url = URL(fileURLWithPath: shop.path("\(folder)/insights.json"))
        var content = try #require(
            without(try JSONSerialization.jsonObject(with: Data(contentsOf: url)), in: "") as? [String: Any])
        content["version"] = 3
        try JSONSerialization.data(withJSONObject: content, options: .sortedKeys).write(to: url)
    }

    @Test func everyCommandReadsVersion3() throws {
        let shop = try TableFolder()
        try shop.run("run", shop.instance)
        let newest = try shop.run("explain", shop.results, "7")
        try makeVersion3(shop, "results")
        #expect(try !shop.text("results/insights.json").contains("bucket_rule"))
        #expect(try shop.run("explain", shop.results, "7") == newest)
        #expect(try shop.run("explain", shop.results, "--feature", "visits").contains("visits"))
        try shop.run("report", shop.results, "-o", shop.path("page.html"))
        let page = try shop.text("page.html")
        #expect(page.contains("id=\"model\"") && !page.contains("Whom to address") && !page.contains("Optional("))
        #expect(try shop.run("compare", shop.results, shop.results).contains("profiles scored"))
        try shop.write("- { name: Best, all_of: [{ factor: visits, direction: raises }] }\n", to: "more.yaml")
        #expect(try shop.run("segment", shop.results, shop.path("more.yaml")).contains("Best: "))
    }

    @Test func everyCommandReadsVersion2() throws {
        let shop = try TableFolder()
        try shop.run("run", shop.instance)
        let newest = try shop.run("explain", shop.results, "7")
        try makeVersion2(shop, "results")
        #expect(try shop.run("explain", shop.results, "7") == newest)
        #expect(try shop.run("report", shop.results, "-o", shop.path("page.html")).contains("page.html"))
        #expect(try shop.text("page.html").contains("Table"))
        #expect(try shop.run("compare", shop.results, shop.results).contains("profiles scored"))
        try shop.write("- { name: Best, all_of: [{ field: score, gte: 75 }] }\n", to: "more.yaml")
        #expect(try shop.run("segment", shop.results, shop.path("more.yaml")).contains("Best: "))
        #expect(try shop.run("export", shop.results, "--format", "xgboost").contains("trees over"))
        // And a run takes its place.
        #expect(try shop.run("run", shop.instance).contains("replaced the results of "))
        #expect(try shop.run("explain", shop.results, "7") == newest)
    }

    /// Of the first version, what a profile's explanation needs; the others say what to do.
    @Test func explainReadsVersion1() throws {
        let shop = try TableFolder()
        try shop.run("run", shop.instance)
        let newest = try shop.run("explain", shop.results, "7")
        try makeVersion2(shop, "results")
        try change(
            shop.path("results/insights.json"),
            without: [
                "kind", "growth", "tried", "baseline", "factors", "features", "factors_per_profile", "dropped_features",
            ],
            ["version": 1])
        try change(shop.path("results/run.json"), without: ["findings"], ["warnings": [String]()])
        #expect(try shop.run("explain", shop.results, "7") == newest)
        for arguments in [["report", shop.results], ["compare", shop.results, shop.results]] {
            let (code, text) = try RunningProgram.run(arguments)
            #expect(code == 2 && text.contains("has version 1, and this program reads 2 to 4"), "\(text)")
        }
    }

    @Test func aLaterVersionIsNamed() throws {
        let shop = try TableFolder()
        try shop.run("run", shop.instance)
        try change(shop.path("results/insights.json"), without: [], ["version": 5])
        for arguments in [["explain", shop.results, "7"], ["report", shop.results]] {
            let (code, text) = try RunningProgram.run(arguments)
            #expect(code == 2 && text.contains("insights.json has version 5"), "\(text)")
        }
        #expect(try shop.run("explain", shop.folder.path, "7", code: 2).contains("is not a finished run"))
    }
}
