import RunOutputs

/// How many profiles are in which bucket, and how their scores are spread.
struct Scores {
    struct Row {
        var bucket: String
        var range: String
        var profiles: String
        var share: String
        var meanProbability: String
        var expectedOutcomes: String
        var outcomeShare: String
        /// Of the ring, whose length is 100.
        var arc: String
        var rest: String
        var offset: String
    }

    var profiles: String
    var meanProbability: String
    var expectedOutcomes: String
    var rows: [Row]
    /// The share of the middle, where it is next to everybody.
    var mostlyMedium: String?
    var isRank: Bool
    var legendLow: String?
    var legendHigh: String?
    var histogram: Histogram
    var reach: Reach?

    init(_ insights: InsightsFile) {
        let total = Double(max(1, insights.profilesScored))
        let outcomes = insights.buckets.reduce(0) { $0 + $1.expectedOutcomes }
        let cuts = BucketCuts(insights.bucketRule)
        profiles = Format.count(insights.profilesScored)
        meanProbability = Format.percent(insights.meanProbability)
        expectedOutcomes = Format.count(outcomes)
        rows = []
        var turned = 0.0
        for name in Page.bucketOrder {
            guard let bucket = insights.buckets.first(where: { $0.name == name }) else { continue }
            let share = Double(bucket.profiles) / total
            rows.append(
                Row(
                    bucket: name, range: cuts.range(name), profiles: Format.count(bucket.profiles),
                    share: Format.percent(share), meanProbability: Format.percent(bucket.meanProbability),
                    expectedOutcomes: Format.count(bucket.expectedOutcomes),
                    outcomeShare: Format.percent(outcomes > 0 ? bucket.expectedOutcomes / outcomes : 0),
                    arc: Format.decimal(share * 100, 3), rest: Format.decimal(100 - share * 100, 3),
                    offset: Format.decimal(turned == 0 ? 25 : 125 - turned, 3)))
            turned += share * 100
        }
        let middle = insights.buckets.first { $0.name == "medium" }
        mostlyMedium = middle.flatMap {
            Double($0.profiles) > 0.9 * total && !cuts.isRank ? Format.roundPercent(Double($0.profiles) / total) : nil
        }
        isRank = cuts.isRank
        legendLow = cuts.isRank ? nil : cuts.lowText
        legendHigh = cuts.isRank ? nil : cuts.highText
        histogram = Histogram(insights.scoreHistogram, total: total, cuts)
        reach = Reach(insights)
    }
}

/// What scores or percentiles are low, medium and high.
struct BucketCuts {
    var isRank: Bool
    var low: Double
    var high: Double

    init(_ rule: InsightsFile.BucketRule?) {
        isRank = rule?.by == "percentile"
        low = rule?.low ?? 25
        high = rule?.high ?? 75
    }

    var lowText: String { Format.value(low) }
    var highText: String { Format.value(high) }

    func range(_ bucket: String) -> String {
        if isRank {
            return bucket == "low" ? "the lowest third" : bucket == "high" ? "the highest third" : "the third between"
        }
        return switch bucket {
        case "low": "under \(lowText)"
        case "high": "\(highText) and more"
        default: "\(lowText) to \(highText)"
        }
    }

    /// The style of a bar of the histogram.
    func bucket(ofScore score: Double) -> String {
        if isRank { return "model" }
        return score < low ? "low" : score < high ? "medium" : "high"
    }
}

/// Profiles by score.
struct Histogram {
    struct Row {
        var range: String
        var profiles: String
        var share: String
    }

    var bars: [Bar] = []
    var across: [Plot.Tick]
    var down: [Plot.Tick]
    /// Coarser, for the table behind the chart.
    var rows: [Row] = []

    init(_ counts: [Int], total: Double, _ cuts: BucketCuts) {
        let steps = Plot.steps(to: Double(counts.max() ?? 0))
        let plot = Plot.standard(x: 0...100, y: 0...(steps.last ?? 1))
        across = plot.acrossTicks([0, 25, 50, 75, 100]) { Format.decimal($0, 0) }
        down = plot.downTicks(steps) { Format.count(Int($0)) }
        let width = plot.width / Double(max(1, counts.count))
        for (score, count) in counts.enumerated() {
            let top = plot.down(Double(count))
            bars.append(
                Bar(
                    x: plot.left + Double(score) * width, y: top, width: width - 0.6,
                    height: plot.top + plot.height - top, style: cuts.bucket(ofScore: Double(score)),
                    [
                        "score": "\(score)–\(score + 1)", "profiles": Format.count(count),
                        "share": Format.percent(Double(count) / total),
                    ]))
        }
        for start in stride(from: 0, to: counts.count, by: 5) {
            let count = counts[start..<min(counts.count, start + 5)].reduce(0, +)
            rows.append(
                Row(
                    range: "\(start)–\(start + 5)", profiles: Format.count(count),
                    share: Format.percent(Double(count) / total)))
        }
    }
}

/// How many outcomes to expect of those with the highest scores, by how many are addressed.
struct Reach {
    struct Row {
        var profiles: String
        var share: String
        var outcomes: String
        var rate: String
        var reached: String
    }

    var line: String
    var chance: String
    var across: [Plot.Tick]
    var down: [Plot.Tick]
    var bands: [Bar]
    var rows: [Row]

    private static let listed = [1, 2, 5, 10, 20, 30, 50, 75, 100]

    init?(_ insights: InsightsFile) {
        guard let gains = insights.expectedGains, gains.count > 1, let all = gains.last, all > 0,
            insights.profilesScored > 0
        else { return nil }
        let total = Double(insights.profilesScored)
        let parts = gains.count - 1
        func addressed(_ part: Int) -> Double { total * Double(part) / Double(parts) }
        let (x, y) = (Plot.steps(to: total), Plot.steps(to: all))
        let plot = Plot.standard(x: 0...total, y: 0...(y.last ?? all))
        line = plot.path(gains.indices.map { (addressed($0), gains[$0]) })
        chance = plot.path([(0, 0), (total, all)])
        across = plot.acrossTicks(x.filter { $0 <= total }) { Format.count($0) }
        down = plot.downTicks(y) { Format.count($0) }
        func row(_ part: Int) -> Row {
            let profiles = addressed(part).rounded()
            return Row(
                profiles: Format.count(Int(profiles)), share: Format.roundPercent(Double(part) / Double(parts)),
                outcomes: Format.count(gains[part]), rate: Format.percent(gains[part] / addressed(part)),
                reached: Format.roundPercent(gains[part] / all))
        }
        bands = stride(from: 5, through: parts, by: 5).map { part in
            let row = row(part)
            return Bar(
                x: plot.across(addressed(part) - addressed(5) / 2), y: plot.top, width: plot.width / 20,
                height: plot.height, style: "band",
                ["profiles": row.profiles, "outcomes": row.outcomes, "rate": row.rate, "reached": row.reached])
        }
        rows = Self.listed.filter { $0 <= parts && addressed($0) >= 1 }.map(row)
    }
}
