import Foundation
import TestSupport
import Testing

@testable import Learning

/// In units in the last place of the reference.
private func error(_ value: Double, _ reference: Double) -> Double { abs(value - reference) / reference.ulp }

@Suite struct MathematicsTests {
    @Test func exponentialsAreWithinTwoUnitsInTheLastPlace() {
        var random = SplitMix(seed: 1)
        var worst = 0.0
        for round in 0..<200_000 {
            let range: ClosedRange<Double> = round % 3 == 0 ? -708...709 : round % 3 == 1 ? -40...40 : -1...1
            let x = Double.random(in: range, using: &random)
            worst = max(worst, error(deterministicExp(x), exp(x)))
        }
        #expect(worst <= 2)
    }

    @Test func logarithmsAreWithinTwoUnitsInTheLastPlace() {
        var random = SplitMix(seed: 2)
        var worst = 0.0
        for round in 0..<200_000 {
            let x: Double
            switch round % 4 {
            case 0: x = exp(Double.random(in: -740...709, using: &random))
            case 1: x = Double.random(in: 0.5...2, using: &random)
            case 2: x = 1 + Double.random(in: -1e-6...1e-6, using: &random)
            default: x = Double.random(in: 0...1, using: &random)
            }
            guard x > 0, x != 1 else { continue }
            worst = max(worst, error(deterministicLog(x), log(x)))
        }
        #expect(worst <= 2)
        for exponent in -1074...1023 {
            let x = Double(sign: .plus, exponent: exponent, significand: 1)
            if exponent != 0 { #expect(error(deterministicLog(x), log(x)) <= 2) }
        }
    }

    @Test func logarithmsOfOneAndALittle() {
        var random = SplitMix(seed: 3)
        var worst = 0.0
        for _ in 0..<50_000 {
            let u = exp(Double.random(in: -700...0, using: &random))
            worst = max(worst, error(deterministicLog1p(u), log1p(u)))
        }
        #expect(worst <= 4)
    }

    @Test func theEndsOfTheRange() {
        #expect(deterministicExp(0) == 1)
        #expect(deterministicExp(710) == .infinity)
        #expect(deterministicExp(.infinity) == .infinity)
        #expect(deterministicExp(-746) == 0)
        #expect(deterministicExp(-.infinity) == 0)
        #expect(deterministicExp(.nan).isNaN)
        #expect(deterministicExp(-744) > 0)
        #expect(deterministicExp(709.78) < .infinity)
        #expect(deterministicLog(0) == -.infinity)
        #expect(deterministicLog(1) == 0)
        #expect(deterministicLog(.infinity) == .infinity)
        #expect(deterministicLog(-1).isNaN)
        #expect(deterministicLog(.nan).isNaN)
        #expect(deterministicLog1p(0) == 0)
        #expect(error(deterministicLog(.leastNonzeroMagnitude), log(.leastNonzeroMagnitude)) <= 2)
    }

    @Test func probabilitiesAndLogOddsLeadToEachOther() {
        #expect(sigmoid(0) == 0.5)
        #expect(sigmoid(1000) == 1)
        #expect(sigmoid(-1000) == 0)
        #expect(logit(0) == -.infinity)
        #expect(logit(1) == .infinity)
        var random = SplitMix(seed: 4)
        for _ in 0..<2000 {
            let x = Double.random(in: -15...15, using: &random)
            #expect(abs(logit(sigmoid(x)) - x) < 1e-8)
            #expect(abs(sigmoid(x) + sigmoid(-x) - 1) < 1e-15)
            #expect(abs(logLoss(margin: x, isPositive: true) + log(sigmoid(x))) < 1e-9)
            #expect(abs(logLoss(margin: x, isPositive: false) + log(sigmoid(-x))) < 1e-9)
        }
        #expect(logLoss(margin: -800, isPositive: true) == 800)
        #expect(logLoss(margin: 800, isPositive: true) == 0)
    }

    @Test func singlePrecisionIsAsCloseAsItSays() {
        var random = SplitMix(seed: 5)
        for _ in 0..<100_000 {
            let x = Float.random(in: -30...30, using: &random)
            let reference = exp(Double(x))
            #expect(abs(Double(exponential(x)) - reference) <= 3e-7 * reference)
            let loss = log1p(exp(-abs(Double(x)))) + max(0, Double(x))
            #expect(abs(Double(softplus(x)) - loss) <= 3e-7 * loss)
        }
        #expect(exponential(1000) == exponential(30))
        #expect(exponential(-1000) == exponential(-30))
    }
}
