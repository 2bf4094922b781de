import Foundation
import Testing

/// Two runs beside each other, from the shell.
@Suite struct CompareTests {
    private let shop: TableFolder

    /// A run, and one of the table in which `visits` has grown for everybody.
    init() throws {
        shop = try TableFolder()
        try shop.run("run", shop.instance)
        let rows = (0..<1_500).map { "\($0),\($0 * 7919 % 31 + 12),\($0 * 104729 % 97),\($0 * 7919 % 31 > 14 ? 1 : 0)" }
        try shop.write("id,visits,spent,left\n" + rows.joined(separator: "\n") + "\n", to: "table.csv")
        try shop.run("run", shop.instance, "--output", shop.path("later"))
    }

    @Test func driftIsInNumbersAndInTheExitCode() throws {
        let text = try shop.run(
            "compare", shop.results, shop.path("later"), "--json", "--fail-on", "drift,worse", code: 3)
        let result = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let drift = try #require(result["drift"] as? [[String: Any]])
        let verdicts = drift.map { "\($0["code"] ?? "") \($0["verdict"] ?? "")" }
        #expect(verdicts == ["visits shifted"], "\(text)")
        #expect(result["is_worse"] as? Bool == false)
        #expect((result["moves"] as? [String: Any])?["both"] as? Int == 1_500)
        try shop.run("compare", shop.results, shop.path("later"), "--fail-on", "worse")
        try shop.run("compare", shop.results, shop.results, "--fail-on", "drift,worse")
        #expect(try shop.run("compare", shop.results, shop.results, "--fail-on", "drfit", code: 2).contains("fail-on"))
    }

    @Test func runsOfDifferentGoalsAreRefused() throws {
        let instance = try shop.text("shop.yaml").replacingOccurrences(of: "equals: 1", with: "equals: 0")
        try shop.write(instance, to: "other.yaml")
        try shop.run("run", shop.path("other.yaml"), "--output", shop.path("other"))
        let text = try shop.run("compare", shop.results, shop.path("other"), code: 2)
        #expect(text.contains("do not predict the same thing: left is 1, and left is 0"), "\(text)")
    }
}
