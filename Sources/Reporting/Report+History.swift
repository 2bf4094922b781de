import RunOutputs

/// What came of scores whose outcome windows have passed: this run's own, and those of earlier runs.
struct History {
    /// One run's expected rates against the actual ones.
    struct Measured {
        var scoreDate: String
        var windowEnd: String
        /// Whether it is the page's own run.
        var isOwn: Bool
        var all: Row
        var rows: [Row]
        var tenths: [Row]
        var auc: String?
        var interval: String
        var vanished: String?
        var scored: String
        var buckets: RateChart
        var deciles: RateChart
    }

    struct Row {
        var bucket: String
        var rank: String
        var profiles: String
        var expected: String
        var expectedOutcomes: String
        var actual: String
        var outcomes: String
        var interval: String
        /// Of the expected rate and the interval of the actual one, which of the page's words apply.
        var isAsExpected = false
        var isMore = false
        var isFewer = false
    }

    /// Which of them the page shows in full, and which in a line.
    private static let shown = 4
    private static let listed = 40

    /// What came of the page's own scores.
    var own: Measured?
    var runs: [Measured]
    var older: [Measured]
    var isThere: Bool
    var hasOlder: Bool

    init(_ run: FinishedRun) {
        let measured = (run.outcomes?.runs ?? []).map { outcomes in
            Measured(
                outcomes,
                isOwn: outcomes.started == run.record.started && outcomes.scoreDate == run.insights.scoreDate)
        }
        own = measured.first(where: \.isOwn)
        runs = Array(measured.prefix(Self.shown))
        older = Array(measured.dropFirst(Self.shown).prefix(Self.listed))
        isThere = !runs.isEmpty
        hasOlder = !older.isEmpty
    }
}

extension History.Measured {
    init(_ run: OutcomesFile.Run, isOwn: Bool) {
        scoreDate = Format.moment(run.scoreDate)
        windowEnd = Format.moment(run.windowEnd)
        self.isOwn = isOwn
        all = History.Row(run.all)
        let ordered = Page.bucketOrder.compactMap { name in run.buckets.first { $0.name == name } }
        rows = ordered.map(History.Row.init)
        tenths = run.deciles.map(History.Row.init)
        auc = run.auc.map { Format.decimal($0, 3) }
        interval = "–"
        if let low = run.aucLow, let high = run.aucHigh {
            interval = "\(Format.decimal(low, 3)) – \(Format.decimal(high, 3))"
        }
        vanished = run.profilesVanished > 0 ? Format.count(run.profilesVanished) : nil
        scored = Format.count(run.profilesScored)
        buckets = RateChart(ordered, labels: ordered.map { $0.name ?? "" })
        deciles = RateChart(run.deciles, labels: run.deciles.map { "\($0.rank ?? 0)" })
    }
}

extension History.Row {
    init(_ group: OutcomesFile.Group) {
        bucket = group.name ?? ""
        rank = group.rank.map { "\($0)" } ?? ""
        profiles = Format.count(group.profiles)
        expected = group.expectedRate.map(Format.percent) ?? "–"
        expectedOutcomes = Format.count(group.expectedOutcomes)
        actual = group.rate.map(Format.percent) ?? "–"
        outcomes = Format.count(group.outcomes)
        interval = "–"
        guard let expected = group.expectedRate, let low = group.rateLow, let high = group.rateHigh else { return }
        interval = "\(Format.percent(low)) – \(Format.percent(high))"
        isMore = expected < low
        isFewer = expected > high
        isAsExpected = !isMore && !isFewer
    }
}

/// Expected rates as bars, actual ones as dots with their intervals.
struct RateChart {
    struct Dot {
        var x: String
        var y: String
        var low: String
        var high: String
    }

    var bars: [Bar]
    var dots: [Dot]
    var across: [Plot.Tick]
    var down: [Plot.Tick]

    init(_ groups: [OutcomesFile.Group], labels: [String]) {
        let largest = groups.reduce(0) { max($0, $1.expectedRate ?? 0, $1.rateHigh ?? 0) }
        let steps = Plot.steps(to: min(1, largest))
        let top = steps.last ?? 1
        let plot = Plot.standard(x: 0.5...(Double(max(1, groups.count)) + 0.5), y: 0...top)
        across = plot.acrossTicks(groups.indices.map { Double($0 + 1) }) { labels[Int($0) - 1] }
        down = plot.downTicks(steps) { top < 0.1 ? Format.percent($0) : Format.roundPercent($0) }
        let width = min(plot.width / Double(max(1, groups.count)) * 0.62, 64)
        bars = []
        dots = []
        for (place, group) in groups.enumerated() {
            guard let expected = group.expectedRate, let rate = group.rate, let low = group.rateLow,
                let high = group.rateHigh
            else { continue }
            let middle = plot.across(Double(place + 1))
            let bar = plot.down(expected)
            bars.append(
                Bar(
                    x: middle - width / 2, y: bar, width: width, height: plot.top + plot.height - bar, style: "rest",
                    [
                        "label": labels[place], "expected": Format.percent(expected), "actual": Format.percent(rate),
                        "low": Format.percent(low), "high": Format.percent(high),
                        "profiles": Format.count(group.profiles),
                    ]))
            dots.append(
                Dot(
                    x: Format.place(middle), y: Format.place(plot.down(rate)), low: Format.place(plot.down(low)),
                    high: Format.place(plot.down(high))))
        }
    }
}
