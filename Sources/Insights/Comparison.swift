/// Two finished runs beside each other: how good, how well calibrated, how far the values of their features have moved,
/// and who has changed bucket.
public struct Comparison: Sendable {
    public let text: String

    private static let buckets = ["low", "medium", "high"]
    private static let shown = 15

    public init(_ folder: String, with other: String) throws(InsightsError) {
        let (before, after) = (try FinishedRun(folder: folder).insights, try FinishedRun(folder: other).insights)
        var lines = ["A  \(Self.title(before))  (\(folder))", "B  \(Self.title(after))  (\(other))", ""]
        lines += Self.table(
            [["", "A", "B", "B - A"]] + Self.measures(before, after), indent: "  ")
        lines += [""] + Self.drift(before, after)
        lines += [""] + (try Self.moves(folder, other))
        text = lines.joined(separator: "\n")
    }

    private static func title(_ run: InsightsFile) -> String {
        "\(run.name): \(run.propensity)" + (run.scoreDate.map { ", as of \(Format.moment($0))" } ?? "")
    }

    private static func measures(_ a: InsightsFile, _ b: InsightsFile) -> [[String]] {
        func row(_ name: String, _ a: Double?, _ b: Double?, _ places: Int) -> [String] {
            var difference = "–"
            if let a, let b { difference = (b > a ? "+" : "") + Format.decimal(b - a, places) }
            return [name, Format.optional(a, places), Format.optional(b, places), difference]
        }
        func count(_ name: String, _ a: Int, _ b: Int) -> [String] {
            [name, Format.count(a), Format.count(b), (b > a ? "+" : "") + Format.count(b - a)]
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

    private static func drift(_ before: InsightsFile, _ after: InsightsFile) -> [String] {
        let later = Dictionary(after.factors.map { ($0.code, $0) }) { first, _ in first }
        var drifts: [(index: Double, name: String)] = []
        for factor in before.factors {
            guard let values = factor.values, let other = later[factor.code]?.values,
                let index = Drift.stabilityIndex(values, other)
            else { continue }
            drifts.append((index, factor.name))
        }
        guard !drifts.isEmpty else { return ["Drift: the runs have no factor in common whose values both counted"] }
        let order = drifts.indices.sorted { (drifts[$1].index, $0) < (drifts[$0].index, $1) }
        let rows = order.prefix(shown).map { place -> [String] in
            let (index, name) = drifts[place]
            return [Format.decimal(index, 3), index < 0.1 ? "stable" : index < 0.25 ? "moved" : "shifted", name]
        }
        let head =
            "Drift of \(drifts.count) factors' values from A to B, as population stability index "
            + "(under 0.1 stable, over 0.25 shifted); the largest"
        return [head] + table(rows, indent: "  ", leading: 1)
    }

    private static func moves(_ folder: String, _ other: String) throws(InsightsError) -> [String] {
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
            counts["\(from) \(bucket)", default: 0] += 1
        }
        let moved = both - buckets.reduce(0) { $0 + (counts["\($1) \($1)"] ?? 0) }
        var lines = [
            "Who moved: \(Format.count(moved)) of \(Format.count(both)) profiles that both runs scored; "
                + "\(Format.count(earlier.count - both)) are in A only, \(Format.count(new)) in B only"
        ]
        let rows = buckets.reversed().map { from in
            ["from \(from)"] + buckets.reversed().map { Format.count(counts["\(from) \($0)"] ?? 0) }
        }
        lines += table([[""] + buckets.reversed().map { "to \($0)" }] + rows, indent: "  ")
        return lines
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
