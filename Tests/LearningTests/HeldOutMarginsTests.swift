import Foundation
import TestSupport
import Testing

@testable import Learning

@Suite struct HeldOutMarginsTests {
    private struct Row {
        var margin: Double
        var isPositive: Bool
        var half: Int
    }

    /// One row a profile, on whole steps.
    private func rows(_ count: Int, _ random: inout SplitMix, _ probability: (Double) -> Double) -> [Row] {
        (0..<count).map { _ in
            let margin = Double(random.below(8000) - 4000) / MarginHistogram.stepsPerUnit
            return Row(margin: margin, isPositive: random.unit() < probability(margin), half: random.below(2))
        }
    }

    private func held(_ rows: [Row], times: Int = 1) -> HeldOutMargins {
        var held = HeldOutMargins()
        for row in rows {
            for _ in 0..<times { held.add(margin: row.margin, isPositive: row.isPositive, half: row.half) }
            held.add(profileWithOutcome: row.isPositive, withoutOutcome: !row.isPositive)
        }
        return held
    }

    @Test func eachHalfIsCalibratedByTheOther() throws {
        var random = SplitMix(seed: 1)
        let all = rows(3000, &random) { sigmoid(0.4 * $0 - 1) }
        let found = try #require(held(all).calibrated())
        let calibrations = (0..<2).map { half in
            var own = MarginHistogram()
            for row in all where row.half == half { own.add(margin: row.margin, isPositive: row.isPositive) }
            return Calibration(fitting: own)
        }
        let loss = all.reduce(0) { sum, row in
            sum + logLoss(margin: calibrations[1 - row.half].margin(row.margin), isPositive: row.isPositive)
        }
        #expect(abs(found.logLoss - loss / 3000) < 1e-9)
        let mean = all.reduce(0) { $0 + calibrations[1 - $1.half].probability(ofMargin: $1.margin) } / 3000
        let told = found.deciles.reduce(0) { $0 + $1.meanProbability * $1.rows } / 3000
        #expect(abs(told - mean) < 1e-9)
        #expect(found.error < 0.05)
        // By one that comes from elsewhere.
        let plain = try #require(held(all).calibrated(by: .identity))
        #expect(abs(plain.logLoss - (held(all).margins.logLoss() ?? 0)) < 1e-12)
        #expect(plain.error > found.error)
        #expect(HeldOutMargins().calibrated() == nil)
    }

    /// What is fitted to a few rows looks better on them than it is.
    @Test func whatIsFittedToTheRowsThemselvesLooksBetter() throws {
        var (own, crossed) = (0.0, 0.0)
        for seed in 0..<50 {
            var random = SplitMix(seed: UInt64(seed))
            let held = held(rows(60, &random) { sigmoid(0.2 * $0) })
            own += held.margins.logLoss(Calibration(fitting: held.margins)) ?? 0
            crossed += held.calibrated()?.logLoss ?? 0
        }
        #expect(crossed > own)
    }

    @Test func rowsOfOneProfileCountAsOne() throws {
        var random = SplitMix(seed: 2)
        let all = rows(400, &random, sigmoid)
        let (once, often) = (held(all), held(all, times: 5))
        let error = try #require(once.aucStandardError)
        #expect(abs(error - (try #require(once.margins.aucStandardError))) < 1e-12)
        #expect(abs((try #require(often.aucStandardError)) / error - 1) < 0.01)
        #expect((try #require(often.margins.aucStandardError)) < error / 2)
        var sum = once
        sum.add(often)
        #expect(sum.margins.rows == 2400 && sum.profilesWith == 2 * once.profilesWith)
    }

    /// Dates whose AUC differs, one of which is still to come.
    ///
    /// - Parameter shared: how much the profiles of one date are those of the next, whose margins and outcomes are alike.
    @Test(arguments: [0, 0.3], [0, 0.8])
    func theIntervalHoldsWhatComes(_ spread: Double, _ shared: Double) throws {
        var random = SplitMix(seed: 3)
        var own: [Double] = []
        func date(_ rows: Int) -> HeldOutMargins {
            let distance = 1 + spread * random.normal()
            var held = HeldOutMargins()
            for row in 0..<rows {
                let isPositive = row % 4 == 0
                let likeBefore = row < own.count ? own[row] : random.normal()
                let noise = shared.squareRoot() * likeBefore + (1 - shared).squareRoot() * random.normal()
                held.add(margin: noise + (isPositive ? distance : 0), isPositive: isPositive, half: row % 2)
                held.add(profileWithOutcome: isPositive, withoutOutcome: !isPositive)
            }
            return held
        }
        var (single, pooled, sampling, width) = (0, 0, 0, 0.0)
        for _ in 0..<100 {
            own = (0..<300).map { _ in random.normal() }
            let dates = (0..<6).map { _ in date(300) }
            own = []
            let came = try #require(date(1000).margins.auc)
            let prediction = AUCPrediction(dates: dates)
            let latest = try #require(prediction.interval(around: dates[0], isOfOneDate: true, profiles: 1000))
            single += latest.contains(came) ? 1 : 0
            width += latest.upperBound - latest.lowerBound
            // As if the same profiles were met at all dates.
            let all = dates.reduce(into: HeldOutMargins()) { $0.add($1) }
            let interval = try #require(prediction.interval(around: all, isOfOneDate: false, profiles: 1000))
            pooled += interval.contains(came) ? 1 : 0
            let plain = try #require(dates[0].margins.aucInterval)
            sampling += plain.contains(came) ? 1 : 0
        }
        #expect(single >= 90 && pooled >= 90)
        // The usual interval knows of no dates.
        if spread > 0 { #expect(sampling < 85) } else { #expect(width / 100 < 0.3) }
    }

    @Test func fewDatesHaveNoSpread() throws {
        var random = SplitMix(seed: 4)
        let one = held(rows(300, &random, sigmoid))
        #expect(AUCPrediction(dates: [one]).varianceBetweenDates == 0)
        #expect(AUCPrediction(dates: [HeldOutMargins(), one]) == AUCPrediction(dates: [one]))
        #expect(AUCPrediction(dates: []).interval(around: HeldOutMargins(), isOfOneDate: true, profiles: 0) == nil)
        let interval = try #require(
            AUCPrediction(dates: [one]).interval(around: one, isOfOneDate: false, profiles: 1_000_000))
        let plain = try #require(one.margins.aucInterval)
        #expect(abs(interval.lowerBound - plain.lowerBound) < 1e-3)
        #expect(AUCPrediction.quantile(degrees: 1) == 4.303 && AUCPrediction.quantile(degrees: 4) == 2.776)
        #expect(
            AUCPrediction.quantile(degrees: 30) == 2.042 && abs(AUCPrediction.quantile(degrees: 31) - 2.0395) < 0.003)
        #expect(abs(AUCPrediction.quantile(degrees: 1_000_000) - 1.960) < 1e-4)
    }
}
