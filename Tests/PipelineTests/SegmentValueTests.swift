import Foundation
import Tables
import TestSupport
import Testing

/// What segments compare are the attributes that the user wrote, not the features that were made of them.
@Suite struct SegmentValueTests {
    private static let tenths = ["0.1", "0.2", "0.3", "0.7", "20.1", ""]

    /// 1,200 profiles; of each: a tenth, which no binary number is, a code of 17 digits, a day as a number, a size.
    private static func row(_ id: Int) -> [String] {
        [
            "\(id)", "\(id * 7919 % 31)", tenths[id % 6], "\(90_071_992_547_409_920 + id)", "\(20_110_901 + id % 3)",
            id % 4 == 0 ? "\(id % 9)" : ["S", "M", "L"][id % 3], id * 7919 % 31 > 14 ? "1" : "0",
        ]
    }

    private static let segments: [(name: String, condition: String, isMember: @Sendable (Int) -> Bool)] = [
        ("same", "{ field: rate, equals: 0.3 }", { $0 % 6 == 2 }),
        ("text", "{ field: rate, equals: \"20.1\" }", { $0 % 6 == 4 }),
        ("most", "{ field: rate, lte: 0.3 }", { $0 % 6 < 3 }),
        ("other", "{ field: rate, not_equals: 0.7 }", { $0 % 6 != 3 }),
        ("code", "{ field: code, equals: \"90071992547409921\" }", { $0 == 1 }),
        ("codes", "{ field: code, in: [\"90071992547409922\", \"90071992547409925\"] }", { [2, 5].contains($0) }),
        ("day", "{ field: day, equals: 20110902 }", { $0 % 3 == 1 }),
        ("size", "{ field: size, gt: 4 }", { $0 % 4 == 0 && $0 % 9 > 4 }),
        ("visits", "{ field: visits, between: [3, 5] }", { 3...5 ~= $0 * 7919 % 31 }),
    ]

    private static func instance(enrich: Bool) -> String {
        """
        version: 1
        name: Values
        propensity: churn
        features: { path: table.csv, identity: id, label: { field: left, equals: 1 } }
        model: { trees: 3 }
        enrich: \(enrich)
        segments:
        \(segments.map { "  - { name: \($0.name), all_of: [\($0.condition)] }" }.joined(separator: "\n"))
        output: results

        """
    }

    private let table: TableFolder

    init() throws {
        table = try TableFolder()
        let rows = (0..<1_200).map { Self.row($0).joined(separator: ",") }
        try table.write("id,visits,rate,code,day,size,left\n" + rows.joined(separator: "\n") + "\n", to: "table.csv")
    }

    private func rows(_ folder: String, _ columns: [String]) throws -> [[String?]] {
        var found: [[String?]] = []
        for part in try FileManager.default.contentsOfDirectory(atPath: table.path("results/\(folder)")).sorted() {
            let reader = try reader(table.path("results/\(folder)/\(part)"), columns)
            while let rows = try reader?.next() {
                let texts = rows.columns.map { $0.texts() }
                for row in 0..<rows.rowCount {
                    found.append(texts.map { $0.codes[row] < 0 ? nil : $0.dictionary[Int($0.codes[row])] })
                }
            }
        }
        return found
    }

    /// nil where a part has no rows.
    private func reader(_ path: String, _ columns: [String]) throws -> TableReader? {
        do {
            return try TableFile(path: path).reader(columns: columns)
        } catch TableError.noRows {
            return nil
        }
    }

    private func members(_ folder: String) throws -> [Int] {
        try rows(folder, ["profile"]).compactMap { $0[0].flatMap { Int($0) } }.sorted()
    }

    @Test(arguments: [false, true])
    func conditionsSeeWhatWasWritten(_ enrich: Bool) throws {
        try table.write(Self.instance(enrich: enrich), to: "shop.yaml")
        try table.run("run", table.instance)
        for segment in Self.segments {
            #expect(try members("segments/\(segment.name)") == (0..<1_200).filter(segment.isMember), "\(segment.name)")
        }
        guard enrich else { return }
        for row in try rows("profiles", ["profile", "rate", "day", "visits"]) {
            let id = try #require(row[0].flatMap { Int($0) })
            let written = Self.row(id)
            #expect(row[1] ?? "" == written[2])
            #expect(row[2].flatMap { Double($0) } == Double(written[4]))
            #expect(row[3].flatMap { Double($0) } == Double(written[1]))
        }
    }

    /// Segments over a finished run, whose features stand in a folder as floats.
    @Test func segmentsThatAreAddedSeeTheSame() throws {
        try table.write(Self.instance(enrich: false), to: "shop.yaml")
        try table.run("run", table.instance)
        try table.run("features", table.instance, "--output", table.path("made"))
        let kept = Self.segments.filter { !$0.name.hasPrefix("code") }
        let list = kept.map { "- { name: \($0.name), all_of: [\($0.condition)] }" }.joined(separator: "\n")
        let file = try table.write(list + "\n", to: "more.yaml")
        try table.run("segment", table.results, file, "--features", table.path("made"))
        for segment in kept where segment.name != "day" {
            let added = try members("added_segments/\(segment.name)")
            #expect(added == (0..<1_200).filter(segment.isMember), "\(segment.name)")
        }
    }

    @Test func valuesThatASegmentCannotCompareAreTold() throws {
        try table.write(Self.instance(enrich: false), to: "shop.yaml")
        let text = try table.run("check", table.instance)
        #expect(text.contains("Segment \"size\": 900 of 1,200 values of \"size\" are no numbers to compare"), "\(text)")
        #expect(!text.contains("egment \"visits\""))
    }
}
