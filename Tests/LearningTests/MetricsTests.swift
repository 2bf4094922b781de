import Foundation
import TestSupport
import Testing

@testable import Learning

/// Rows whose margins are whole steps, so that the histogram rounds nothing.
private struct Scored {
    var margins: [Double] = []
    var labels: [UInt8] = []
    var histogram = MarginHistogram()

    init(_ count: Int, _ random: inout SplitMix, steps: Int = 4000, _ probability: (Double) -> Double) {
        for _ in 0..<count {
            let margin = Double(random.below(2 * steps) - steps) / MarginHistogram.stepsPerUnit
            let label: UInt8 = random.unit() < probability(margin) ? 1 : 0
            margins.append(margin)
            labels.append(label)
            histogram.add(margin: margin, isPositive: label == 1)
        }
    }
}

@Suite struct MetricsTests {
    @Test(arguments: [5, 40, 4000])
    func theAreaUnderTheCurveCountsPairs(_ steps: Int) throws {
        var random = SplitMix(seed: UInt64(steps))
        for _ in 0..<10 {
            let scored = Scored(200, &random, steps: steps, sigmoid)
            let expected = auc(scored.margins, scored.labels)
            let found = try #require(scored.histogram.auc)
            #expect(abs(found - expected) < 1e-12)
            let interval = try #require(scored.histogram.aucInterval)
            #expect(interval.contains(found))
        }
    }

    /// The variance by its definition: of the placements of each row among those of the other kind.
    @Test func theIntervalIsThatOfDeLong() throws {
        var random = SplitMix(seed: 1)
        let scored = Scored(300, &random, steps: 100, sigmoid)
        let rows = zip(scored.margins, scored.labels)
        let (positives, negatives) = (rows.filter { $0.1 == 1 }.map(\.0), rows.filter { $0.1 == 0 }.map(\.0))
        func psi(_ x: Double, _ y: Double) -> Double { x > y ? 1 : x == y ? 0.5 : 0 }
        func variance(_ values: [Double]) -> Double {
            let mean = values.reduce(0, +) / Double(values.count)
            return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
        }
        let v10 = positives.map { x in negatives.reduce(0) { $0 + psi(x, $1) } / Double(negatives.count) }
        let v01 = negatives.map { y in positives.reduce(0) { $0 + psi($1, y) } / Double(positives.count) }
        let error = (variance(v10) / Double(positives.count) + variance(v01) / Double(negatives.count)).squareRoot()
        let area = auc(scored.margins, scored.labels)
        let interval = try #require(scored.histogram.aucInterval)
        #expect(abs(interval.lowerBound - (area - 1.959963984540054 * error)) < 1e-9)
        #expect(abs(interval.upperBound - (area + 1.959963984540054 * error)) < 1e-9)
    }

    @Test func logLossAndRateAreMeansOverRows() throws {
        var random = SplitMix(seed: 2)
        let scored = Scored(500, &random) { sigmoid($0 - 0.5) }
        let losses = zip(scored.margins, scored.labels).map { margin, label in
            -log(label == 1 ? 1 / (1 + exp(-margin)) : 1 / (1 + exp(margin)))
        }
        #expect(abs((scored.histogram.logLoss() ?? 0) - losses.reduce(0, +) / 500) < 1e-12)
        #expect(scored.histogram.baseRate == Double(scored.labels.count { $0 == 1 }) / 500)
    }

    /// Each point by its definition; and the area under a curve of few points is near that under all.
    @Test func theROCCurveCountsRowsAboveAMargin() throws {
        var random = SplitMix(seed: 8)
        let scored = Scored(5000, &random, sigmoid)
        let curve = scored.histogram.rocCurve
        #expect(curve.count <= 201 && curve.count > 50)
        var (area, last) = (0.0, (0.0, 0.0))
        for point in curve {
            for (label, found) in [(UInt8(1), point.truePositiveRate), (0, point.falsePositiveRate)] {
                let margins = zip(scored.margins, scored.labels).filter { $0.1 == label }.map(\.0)
                #expect(abs(found - Double(margins.count { $0 >= point.margin }) / Double(margins.count)) < 1e-12)
            }
            area += (point.falsePositiveRate - last.0) * (point.truePositiveRate + last.1) / 2
            last = (point.falsePositiveRate, point.truePositiveRate)
        }
        #expect(last == (1, 1))
        #expect(abs(area - (try #require(scored.histogram.auc))) < 1e-3)
        #expect(MarginHistogram().rocCurve.isEmpty)
    }

    /// Hundredths add up to the tenths they are in.
    @Test func quantilesOfAnyNumberAgree() {
        var random = SplitMix(seed: 9)
        let histogram = Scored(777, &random, steps: 50, sigmoid).histogram
        let (tenths, hundredths) = (histogram.deciles(), histogram.quantiles(100))
        #expect(hundredths.map(\.rank) == Array(1...100))
        for (index, tenth) in tenths.enumerated() {
            let own = hundredths[(10 * index)..<(10 * index + 10)]
            #expect(abs(own.reduce(0) { $0 + $1.positives } - tenth.positives) < 1e-9)
            #expect(abs(own.reduce(0) { $0 + $1.rows } - tenth.rows) < 1e-9)
            #expect(abs((own.last?.cumulativeShare ?? 0) - tenth.cumulativeShare) < 1e-9)
        }
    }

    /// Without ties a decile is a tenth of the sorted rows.
    @Test func decilesAreTenthsOfTheSortedRows() throws {
        var random = SplitMix(seed: 3)
        var histogram = MarginHistogram()
        let steps = Array(-3000..<3000).shuffled(using: &random).prefix(1000).sorted(by: >)
        let rows = steps.map { step in
            let margin = Double(step) / MarginHistogram.stepsPerUnit
            return (margin: margin, isPositive: random.unit() < sigmoid(margin + 0.3))
        }
        for row in rows.shuffled(using: &random) { histogram.add(margin: row.margin, isPositive: row.isPositive) }
        let deciles = histogram.deciles()
        #expect(deciles.map(\.rank) == Array(1...10))
        let all = Double(rows.count { $0.isPositive })
        var captured = 0.0
        var error = 0.0
        for (index, decile) in deciles.enumerated() {
            let own = rows[(index * 100)..<(index * 100 + 100)]
            let positives = Double(own.count { $0.isPositive })
            let mean = own.reduce(0) { $0 + sigmoid($1.margin) } / 100
            captured += positives
            error += abs(mean - positives / 100) / 10
            #expect(decile.rows == 100)
            #expect(abs(decile.positives - positives) < 1e-9)
            #expect(abs(decile.rate - positives / 100) < 1e-12)
            #expect(abs(decile.meanProbability - mean) < 1e-12)
            #expect(abs(decile.lift - positives / 100 / (all / 1000)) < 1e-9)
            #expect(abs(decile.cumulativeShare - captured / all) < 1e-9)
        }
        #expect(abs((histogram.calibrationError() ?? 0) - error) < 1e-12)
    }

    @Test func rowsOfEqualMarginAreSpreadOverTheDecilesTheyTouch() {
        var histogram = MarginHistogram()
        for index in 0..<15 { histogram.add(margin: 1, isPositive: index < 6) }
        let deciles = histogram.deciles()
        #expect(
            deciles.allSatisfy {
                abs($0.rows - 1.5) < 1e-12 && abs($0.positives - 0.6) < 1e-12 && abs($0.lift - 1) < 1e-12
            })
    }

    @Test func nothingToMeasureIsNothing() {
        var histogram = MarginHistogram()
        #expect(histogram.auc == nil && histogram.logLoss() == nil && histogram.baseRate == nil)
        #expect(histogram.deciles().isEmpty && histogram.calibrationError() == nil)
        histogram.add(margin: 1, isPositive: true)
        #expect(histogram.auc == nil && histogram.aucInterval == nil)
        histogram.add(margin: 1, isPositive: false)
        #expect(histogram.auc == 0.5)
    }

    @Test func marginsAreRoundedAndClamped() {
        #expect(MarginHistogram.step(of: 1) == 2048)
        #expect(MarginHistogram.step(of: 100) == 32_768)
        #expect(MarginHistogram.step(of: -.infinity) == -32_768)
        #expect(MarginHistogram.step(of: .nan) == -32_768)
        #expect(MarginHistogram.step(of: 0.4 / 2048) == 0)
    }

    @Test func histogramsOfPartsAddUp() {
        var random = SplitMix(seed: 4)
        let (a, b) = (Scored(100, &random, sigmoid), Scored(150, &random, sigmoid))
        var (ab, ba) = (a.histogram, b.histogram)
        ab.add(b.histogram)
        ba.add(a.histogram)
        #expect(ab == ba)
        #expect(ab.rows == 250)
        #expect(abs((ab.auc ?? 0) - auc(a.margins + b.margins, a.labels + b.labels)) < 1e-12)
    }

    @Test func aSecondModelIsPreferredOnlyBeyondLuck() throws {
        var random = SplitMix(seed: 5)
        var paired = PairedLoss()
        var differences: [Double] = []
        for _ in 0..<400 {
            let truth = random.normal()
            let isPositive = random.unit() < sigmoid(truth)
            let second = truth + random.normal() * 0.2
            paired.add(first: 0, second: second, isPositive: isPositive)
            differences.append(
                logLoss(margin: 0, isPositive: isPositive) - logLoss(margin: second, isPositive: isPositive))
        }
        let mean = differences.reduce(0, +) / 400
        let variance = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 399
        let found = try #require(paired.difference)
        #expect(abs(found.mean - mean) < 1e-6)
        #expect(abs(found.standardError - (variance / 400).squareRoot()) < 1e-6)
        #expect(paired.prefersSecond)

        var luck = PairedLoss()
        luck.add(first: 0, second: 1, isPositive: true)
        luck.add(first: 0, second: 0.4, isPositive: false)
        // Better on average, by less than it varies.
        #expect(luck.difference?.mean ?? 0 > 0)
        #expect(!luck.prefersSecond)
        var same = PairedLoss()
        for _ in 0..<5 { same.add(first: 0.5, second: 0.5, isPositive: true) }
        #expect(!same.prefersSecond)
        var (ab, ba) = (paired, luck)
        ab.add(luck)
        ba.add(paired)
        #expect(ab == ba)
    }
}

@Suite struct CalibrationTests {
    /// Margins that are twice too bold and shifted.
    @Test func miscalibratedMarginsAreSetRight() throws {
        var random = SplitMix(seed: 1)
        let scored = Scored(20_000, &random) { sigmoid(0.5 * $0 - 1) }
        let calibration = Calibration(fitting: scored.histogram)
        #expect(abs(calibration.slope - 0.5) < 0.05)
        #expect(abs(calibration.intercept + 1) < 0.05)
        let (before, after) = (
            try #require(scored.histogram.logLoss()), try #require(scored.histogram.logLoss(calibration))
        )
        #expect(after < before - 0.05)
        let (crooked, straight) = (
            try #require(scored.histogram.calibrationError()),
            try #require(scored.histogram.calibrationError(calibration))
        )
        #expect(straight < crooked / 5)
        // Nobody changes place.
        #expect(calibration.probability(ofMargin: 1) > calibration.probability(ofMargin: 0.99))
    }

    @Test func itIsLeftOutWhereItWouldNotHelp() {
        var random = SplitMix(seed: 2)
        // It would have to turn the order around.
        let reversed = Scored(2000, &random) { sigmoid(-2 * $0) }
        #expect(Calibration(fitting: reversed.histogram) == .identity)
        var onlyPositives = MarginHistogram()
        for _ in 0..<100 { onlyPositives.add(margin: 1, isPositive: true) }
        #expect(Calibration(fitting: onlyPositives) == .identity)
        #expect(Calibration(fitting: MarginHistogram()) == .identity)
        // Whatever it keeps lowers the loss.
        for seed in 3..<20 {
            var random = SplitMix(seed: UInt64(seed))
            let few = Scored(12, &random, sigmoid)
            let calibration = Calibration(fitting: few.histogram)
            guard calibration != .identity, let after = few.histogram.logLoss(calibration),
                let before = few.histogram.logLoss()
            else { continue }
            #expect(after < before)
            #expect(calibration.slope > 0)
        }
    }

    @Test func separableMarginsDoNotRunAway() {
        var histogram = MarginHistogram()
        for index in 0..<200 { histogram.add(margin: index < 100 ? -1 : 1, isPositive: index >= 100) }
        let calibration = Calibration(fitting: histogram)
        #expect(calibration.slope > 1 && calibration.slope < 10)
        #expect(calibration.probability(ofMargin: 1) < 0.999)
    }
}
