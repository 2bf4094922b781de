import RunOutputs

/// A line through a square of shares: the model's, and beside it the baseline's and that of chance.
struct Curve {
    struct Row {
        var x: String
        var model: String
        var baseline: String?
    }

    var isGains: Bool
    var model: String
    var baseline: String?
    /// From corner to corner.
    var chance: String
    var across: [Plot.Tick]
    var down: [Plot.Tick]
    /// Where a pointer finds figures.
    var bands: [Bar]
    var rows: [Row]

    private static let quarters = [0, 0.25, 0.5, 0.75, 1]

    private init(
        isGains: Bool, model points: [(x: Double, y: Double)], baseline others: [(x: Double, y: Double)]?
    ) {
        let plot = Plot.standard(x: 0...1, y: 0...1)
        self.isGains = isGains
        model = plot.path(points)
        baseline = others.map(plot.path)
        chance = plot.path([(0, 0), (1, 1)])
        across = plot.acrossTicks(Self.quarters, Format.roundPercent)
        down = plot.downTicks(Self.quarters, Format.roundPercent)
        rows = []
        bands = []
        for step in 1...20 {
            let x = Double(step) / 20
            let row = Row(
                x: Format.roundPercent(x), model: Format.percent(Self.height(points, at: x)),
                baseline: others.map { Format.percent(Self.height($0, at: x)) })
            var figures = ["x": row.x, "model": row.model]
            figures["baseline"] = row.baseline
            bands.append(
                Bar(
                    x: plot.across(x - 0.025), y: plot.top, width: plot.width / 20, height: plot.height, style: "band",
                    figures))
            rows.append(row)
        }
    }

    static func gains(_ evaluation: InsightsFile.Evaluation, baseline: InsightsFile.Evaluation?) -> Curve? {
        guard evaluation.gains.count > 1, evaluation.outcomes > 0 else { return nil }
        func points(_ gains: [Double]) -> [(x: Double, y: Double)] {
            gains.enumerated().map { (Double($0) / Double(max(1, gains.count - 1)), $1) }
        }
        return Curve(
            isGains: true, model: points(evaluation.gains), baseline: baseline.map { points($0.gains) })
    }

    static func roc(_ evaluation: InsightsFile.Evaluation, baseline: InsightsFile.Evaluation?) -> Curve? {
        guard evaluation.auc != nil, !evaluation.roc.isEmpty else { return nil }
        func points(_ evaluation: InsightsFile.Evaluation) -> [(x: Double, y: Double)] {
            [(0, 0)] + evaluation.roc.map { ($0.falsePositiveRate, $0.truePositiveRate) }
        }
        return Curve(isGains: false, model: points(evaluation), baseline: baseline.map(points))
    }

    /// The line's height; where it rises straight up, the upper end.
    static func height(_ points: [(x: Double, y: Double)], at x: Double) -> Double {
        guard let next = points.firstIndex(where: { $0.x > x + 1e-12 }) else { return points.last?.y ?? 0 }
        guard next > 0 else { return points[0].y }
        let (a, b) = (points[next - 1], points[next])
        return a.y + (b.y - a.y) * (x - a.x) / (b.x - a.x)
    }
}

/// How many times the base rate each tenth of the rows reaches.
struct Lift {
    var bars: [Bar]
    var across: [Plot.Tick]
    var down: [Plot.Tick]
    /// Where lift is 1.
    var chance: String

    init?(_ evaluation: InsightsFile.Evaluation) {
        let deciles = evaluation.deciles
        guard !deciles.isEmpty, evaluation.outcomes > 0 else { return nil }
        let steps = Plot.steps(to: max(1, deciles.map(\.lift).max() ?? 1))
        let plot = Plot.standard(x: 0.5...(Double(deciles.count) + 0.5), y: 0...(steps.last ?? 1))
        across = plot.acrossTicks(deciles.map { Double($0.rank) }) { Format.decimal($0, 0) }
        down = plot.downTicks(steps) { Format.value($0) + "×" }
        chance = plot.path([(plot.x.lowerBound, 1), (plot.x.upperBound, 1)])
        let width = plot.width / Double(deciles.count) * 0.72
        bars = deciles.map {
            let top = plot.down($0.lift)
            return Bar(
                x: plot.across(Double($0.rank)) - width / 2, y: top, width: width,
                height: plot.top + plot.height - top, style: "model",
                [
                    "rank": "\($0.rank)", "lift": Format.times($0.lift), "rate": Format.percent($0.rate),
                    "reached": Format.percent($0.cumulativeShare),
                ])
        }
    }
}

/// The outcome rates of tenths of the rows against the probabilities that they were given.
struct CalibrationChart {
    struct Dot {
        var x: String
        var y: String
        var probability: String
        var rate: String
        var rank: String
        var rows: String
    }

    var dots: [Dot]
    var line: String
    var even: String
    var across: [Plot.Tick]
    var down: [Plot.Tick]
    var error: String

    init?(_ evaluation: InsightsFile.Evaluation) {
        let deciles = evaluation.deciles
        guard !deciles.isEmpty, evaluation.outcomes > 0 else { return nil }
        let largest = deciles.reduce(0) { max($0, $1.rate, $1.meanProbability) }
        let steps = Plot.steps(to: min(1, largest))
        let top = steps.last ?? 1
        let plot = Plot.standard(x: 0...top, y: 0...top)
        let percent: (Double) -> String = { top < 0.1 ? Format.percent($0) : Format.roundPercent($0) }
        across = plot.acrossTicks(steps, percent)
        down = plot.downTicks(steps, percent)
        even = plot.path([(0, 0), (top, top)])
        line = plot.path(deciles.map { ($0.meanProbability, $0.rate) })
        dots = deciles.map {
            Dot(
                x: Format.place(plot.across($0.meanProbability)), y: Format.place(plot.down($0.rate)),
                probability: Format.percent($0.meanProbability), rate: Format.percent($0.rate), rank: "\($0.rank)",
                rows: Format.count($0.rows))
        }
        error = evaluation.calibrationError.map(Format.percent) ?? "–"
    }
}
