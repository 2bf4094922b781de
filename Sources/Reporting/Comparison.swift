import Foundation
import InstanceFile
package import RunOutputs

/// Two finished runs beside each other: how good, how well calibrated, how far the values of their features have moved,
/// and who has changed bucket.
package struct Comparison: Sendable {
    package let text: String
    /// The same in numbers.
    package let result: Result

    package struct Result: Encodable, Sendable {
        package struct Run: Encodable, Sendable {
            package var folder: String
            package var name: String
            package var scoreDate: String?
        }

        /// nil where a run has no such figure.
        package struct Measure: Encodable, Sendable {
            package var name: String
            package var a: Double?
            package var b: Double?
        }

        package struct Drift: Encodable, Sendable {
            package var code: String
            package var name: String
            package var index: Double
            /// stable, moved or shifted.
            package var verdict: String
        }

        package struct Moves: Encodable, Sendable {
            package var both: Int
            package var moved: Int
            package var onlyA: Int
            package var onlyB: Int
            /// "low_to_high": how many profiles went from low to high.
            package var byBuckets: [String: Int]
        }

        package var a: Run
        package var b: Run
        package var measures: [Measure]
        /// Largest first.
        package var drift: [Drift]
        package var moves: Moves
        /// Whether the AUC that leads is below the interval of the earlier run's.
        package var isWorse: Bool

        /// Factors whose values have shifted.
        package var shifted: [Drift] { drift.filter { $0.verdict == "shifted" } }
    }

    private static let buckets = Bucket.allCases.map(\.name)
    private static let shown = 15

    /// - Throws: also where the runs do not predict the same thing.
    package init(_ folder: String, with other: String) throws(InsightsError) {
        let (first, second) = (try FinishedRun(folder: folder), try FinishedRun(folder: other))
        if let obstacle = Self.obstacle(first, second) {
            throw .notComparable("\(folder) and \(other) do not predict the same thing: \(obstacle)")
        }
        let (before, after) = (first.insights, second.insights)
        let rows = Self.measures(before, after)
        let drift = Self.drift(before, after)
        let moves = try Self.moves(folder, other)
        var isWorse = false
        if let low = before.leading.aucLow, let auc = after.leading.auc { isWorse = auc < low }
        result = Result(
            a: Result.Run(folder: folder, name: before.name, scoreDate: before.scoreDate),
            b: Result.Run(folder: other, name: after.name, scoreDate: after.scoreDate),
            measures: rows.map(\.measure), drift: drift, moves: moves, isWorse: isWorse)
        var lines = ["A  \(Self.title(before))  (\(folder))", "B  \(Self.title(after))  (\(other))", ""]
        lines += Self.table([["", "A", "B", "B - A"]] + rows.map(\.cells), indent: "  ")
        lines += [""] + Self.lines(drift)
        lines += [""] + Self.lines(moves)
        text = lines.joined(separator: "\n")
    }

    /// `result` as JSON, with names in snake_case.
    package var json: String {
        get throws {
            String(decoding: try RunJSON.encode(result).dropLast(), as: UTF8.self)
        }
    }

    /// In what two runs differ that should be of one goal; nil where they do not, or nobody knows.
    private static func obstacle(_ a: FinishedRun, _ b: FinishedRun) -> String? {
        guard a.insights.propensity == b.insights.propensity else {
            return "\(a.insights.propensity) and \(b.insights.propensity)"
        }
        guard let first = a.instance?.source, let second = b.instance?.source else { return nil }
        switch (first, second) {
        case (.events(let own), .events(let others)):
            guard own.goal == others.goal else { return "\(own.goal.words), and \(others.goal.words)" }
            return own.goalCustomEvents == others.goalCustomEvents
                ? nil : "the goal is of the same words, but of custom events that differ"
        case (.features(let own), .features(let others)):
            let isSame = own.labelField == others.labelField && own.label == others.label
            return isSame
                ? nil : "\(own.labelField) \(own.label.test.words), and \(others.labelField) \(others.label.test.words)"
        case (.events, .features), (.features, .events): return "one is of events, and the other of a feature table"
        }
    }

    private static func title(_ run: InsightsFile) -> String {
        "\(run.name): \(run.propensity)" + (run.scoreDate.map { ", as of \(Format.moment($0))" } ?? "")
    }

    private struct Row {
        var measure: Result.Measure
        var cells: [String]
    }

    private static func measures(_ a: InsightsFile, _ b: InsightsFile) -> [Row] {
        func row(_ name: String, _ a: Double?, _ b: Double?, _ places: Int) -> Row {
            var difference = "–"
            if let a, let b { difference = (b > a ? "+" : "") + Format.decimal(b - a, places) }
            return Row(
                measure: Result.Measure(name: name, a: a, b: b),
                cells: [name, Format.optional(a, places), Format.optional(b, places), difference])
        }
        func count(_ name: String, _ a: Int, _ b: Int) -> Row {
            Row(
                measure: Result.Measure(name: name, a: Double(a), b: Double(b)),
                cells: [name, Format.count(a), Format.count(b), (b > a ? "+" : "") + Format.count(b - a)])
        }
        var rows = [
            count("profiles scored", a.profilesScored, b.profilesScored),
            row("mean probability", a.meanProbability, b.meanProbability, 4),
            row("AUC, back-test", a.backTest?.auc, b.backTest?.auc, 4),
            row("AUC, hold-out", a.holdOut.auc, b.holdOut.auc, 4),
            row("log loss, hold-out", a.holdOut.logLoss, b.holdOut.logLoss, 4),
            row("calibration error, hold-out", a.holdOut.calibrationError, b.holdOut.calibrationError, 4),
            row("top 20 % reach, hold-out", gain(a), gain(b), 4),
        ]
        for bucket in buckets.reversed() {
            rows.append(count("bucket \(bucket)", profiles(a, bucket), profiles(b, bucket)))
        }
        return rows
    }

    private static func gain(_ run: InsightsFile) -> Double? {
        run.holdOut.gains.indices.contains(20) ? run.holdOut.gains[20] : nil
    }

    private static func profiles(_ run: InsightsFile, _ bucket: String) -> Int {
        run.buckets.first { $0.name == bucket }?.profiles ?? 0
    }

    private static func drift(_ before: InsightsFile, _ after: InsightsFile) -> [Result.Drift] {
        let later = Dictionary(after.factors.map { ($0.code, $0) }) { first, _ in first }
        let drifts = before.factors.compactMap { factor -> Result.Drift? in
            guard let values = factor.values, let other = later[factor.code]?.values,
                let index = Drift.stabilityIndex(values, other)
            else { return nil }
            return Result.Drift(
                code: factor.code, name: factor.name, index: index,
                verdict: index < 0.1 ? "stable" : index < 0.25 ? "moved" : "shifted")
        }
        let order = drifts.indices.sorted { (drifts[$1].index, $0) < (drifts[$0].index, $1) }
        return order.map { drifts[$0] }
    }

    private static func lines(_ drifts: [Result.Drift]) -> [String] {
        guard !drifts.isEmpty else { return ["Drift: the runs have no factor in common whose values both counted"] }
        let rows = drifts.prefix(shown).map { [Format.decimal($0.index, 3), $0.verdict, $0.name] }
        let head =
            "Drift of \(drifts.count) factors' values from A to B, as population stability index "
            + "(under 0.1 stable, over 0.25 shifted); the largest"
        return [head] + table(rows, indent: "  ", leading: 1)
    }

    private static func moves(_ folder: String, _ other: String) throws(InsightsError) -> Result.Moves {
        var earlier: [String: String] = [:]
        try ScoreParts(run: folder).eachBucket { earlier[$0] = $1 }
        var counts: [String: Int] = [:]
        var (both, new) = (0, 0)
        try ScoreParts(run: other).eachBucket { profile, bucket in
            guard let from = earlier[profile] else {
                new += 1
                return
            }
            both += 1
            counts["\(from)_to_\(bucket)", default: 0] += 1
        }
        let moved = both - buckets.reduce(0) { $0 + (counts["\($1)_to_\($1)"] ?? 0) }
        return Result.Moves(both: both, moved: moved, onlyA: earlier.count - both, onlyB: new, byBuckets: counts)
    }

    private static func lines(_ moves: Result.Moves) -> [String] {
        let head =
            "Who moved: \(Format.count(moves.moved)) of \(Format.count(moves.both)) profiles that both runs scored; "
            + "\(Format.count(moves.onlyA)) are in A only, \(Format.count(moves.onlyB)) in B only"
        let rows = buckets.reversed().map { from in
            ["from \(from)"] + buckets.reversed().map { Format.count(moves.byBuckets["\(from)_to_\($0)"] ?? 0) }
        }
        return [head] + table([[""] + buckets.reversed().map { "to \($0)" }] + rows, indent: "  ")
    }

    /// Columns set to their widest cell: the first `leading` and all after it to the left or right as numbers are.
    private static func table(_ rows: [[String]], indent: String, leading: Int = 0) -> [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                let blank = String(repeating: " ", count: widths[column] - cell.count)
                let isText = leading == 0 ? column == 0 : column >= leading
                return isText ? cell + blank : blank + cell
            }
            return indent + cells.joined(separator: "  ").trimmingSuffix(" ")
        }
    }
}

extension String {
    fileprivate func trimmingSuffix(_ character: Character) -> String {
        var text = self
        while text.last == character { text.removeLast() }
        return text
    }
}
