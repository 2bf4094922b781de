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
    var histogram: Histogram

    init(_ insights: InsightsFile) {
        let total = Double(max(1, insights.profilesScored))
        let outcomes = insights.buckets.reduce(0) { $0 + $1.expectedOutcomes }
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
                    bucket: name, range: Self.ranges[name] ?? "", profiles: Format.count(bucket.profiles),
                    share: Format.percent(share), meanProbability: Format.percent(bucket.meanProbability),
                    expectedOutcomes: Format.count(bucket.expectedOutcomes),
                    outcomeShare: Format.percent(outcomes > 0 ? bucket.expectedOutcomes / outcomes : 0),
                    arc: Format.decimal(share * 100, 3), rest: Format.decimal(100 - share * 100, 3),
                    offset: Format.decimal(turned == 0 ? 25 : 125 - turned, 3)))
            turned += share * 100
        }
        histogram = Histogram(insights.scoreHistogram, total: total)
    }

    /// low < 25 <= medium < 75 <= high
    static let ranges = ["low": "0–24", "medium": "25–74", "high": "75–100"]
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

    init(_ counts: [Int], total: Double) {
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
                    height: plot.top + plot.height - top, style: score < 25 ? "low" : score < 75 ? "medium" : "high",
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
