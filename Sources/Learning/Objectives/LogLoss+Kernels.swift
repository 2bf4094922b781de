import Bytes

/// log(1 + e^-m) at margin m where the outcome came, log(1 + e^m) where it did not: g = p - y, h = p(1 - p) with
/// p = 1 / (1 + e^-m). A margin is the log-odds of the outcome.
enum LogLoss: ObjectiveDefinition {
    static let meaning = "whether the outcome comes"
    static let labels = LabelColumn.Kind.outcomes
    static let hessianUnits = GradientScale.hessian
    static let isSampledByGradient = true
    static let xgboost = (name: "binary:logistic", noBase: "5E-1")

    /// The log-odds of the outcome; where all rows or none have it, as if half a row differed.
    static func base(labelSum: Double, rows: Int) -> Double {
        let count = Double(max(1, rows))
        return logit(min(max(labelSum, 0.5), count - 0.5) / count)
    }

    static func rootMeanSquaredError(ofMeanLoss loss: Double) -> Double? { nil }

    static func prediction(ofMargin margin: Double) -> Double { sigmoid(margin) }

    static func computeGradients(_ rows: GradientRows, into gradients: inout [UInt16]) {
        let drawn = rows.sampling == .gradient ? GradientScale.drawn : 0
        rows.withPointers(rows.labels.outcomes, &gradients) { margins, labels, weights, keys, gradients in
            quantise(margins, labels, weights, keys, rows.salt, drawn, rows.leastDrawn, gradients, rows.count)
        }
    }

    static func loss(margins: [Float], labels: LabelColumn, rows: [UInt32]) -> Int64 {
        let outcomes = labels.outcomes
        precondition(margins.count == outcomes.count)
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: BinnedMatrix.blockRows) { errors in
            guard let errors = errors.baseAddress else { return 0 }
            var sum: Int64 = 0
            for first in stride(from: 0, to: rows.count, by: BinnedMatrix.blockRows) {
                let count = min(BinnedMatrix.blockRows, rows.count - first)
                for i in 0..<count {
                    let row = Int(rows[first + i])
                    errors[i] = outcomes[row] == 1 ? 0 - margins[row] : margins[row]
                }
                for i in count..<BinnedMatrix.blockRows { errors[i] = 0 }
                for i in 0..<BinnedMatrix.blockRows { errors[i] = softplus(errors[i]) }
                for i in 0..<count { sum &+= LossSums.units(Double(errors[i])) }
            }
            return sum
        }
    }
}

/// Plain scalar code that the compiler turns into vectors: no branch, no checked conversion, no call.
@inline(__always)
private func quantise(
    _ margins: UnsafePointer<Float>, _ labels: UnsafePointer<UInt8>, _ weights: UnsafePointer<Float>,
    _ keys: UnsafePointer<UInt32>, _ salt: UInt32, _ drawn: Float, _ leastDrawn: Float,
    _ gradients: UnsafeMutablePointer<UInt16>,
    _ count: Int
) {
    let least: Float = drawn > 0 ? leastDrawn : 0
    for i in 0..<count {
        let label = UInt32(labels[i])
        // |p - y|: the probability of the outcome that did not come.
        let signed = Float(bitPattern: margins[i].bitPattern ^ ((label ^ 1) &<< 31))
        let error = 1 / (1 + exponential(signed))
        let magnitude = error * weights[i] * 127
        let rounding = StochasticRounding(key: keys[i], salt: salt)
        let (first, second) = (rounding.first, rounding.second)
        // A row that is drawn has a whole gradient, so that `first` rounds nothing and is free to draw.
        let share = (drawn * weights[i] + 12_582_912) - 12_582_912
        let threshold = share > least ? share : least
        let raised = magnitude > threshold ? magnitude : threshold
        let size: Float = magnitude > ((first + 0.5) + second * (1.0 / 32768)) * threshold ? raised : 0
        let gradient = Float(bitPattern: size.bitPattern ^ (label &<< 31))
        // p(1 - p) is |g|(1 - |g|).
        // 1020 / 127, a little less: 255 and what rounds it must not come to 256.
        let hessian = size * (1 - error) * 8.031495
        gradients[i] = rounding.packed(gradient: gradient, hessian: hessian)
    }
}

/// The log loss at a margin whose sign says whether it errs: log(1 + e^x); within 3e-7 of it, relatively, for |x| <= 30.
@inline(__always)
func softplus(_ x: Float) -> Float {
    let power = exponential(x < 0 ? x : 0 - x)
    // log(1 + e) = 2 atanh(e / (2 + e)), whose argument is at most 1/3.
    let s = power / (2 + power)
    let square = s * s
    var sum: Float = 1.0 / 15
    sum = sum * square + 1.0 / 13
    sum = sum * square + 1.0 / 11
    sum = sum * square + 1.0 / 9
    sum = sum * square + 1.0 / 7
    sum = sum * square + 1.0 / 5
    sum = sum * square + 1.0 / 3
    let logarithm = 2 * (s + s * (square * sum))
    return (x > 0 ? x : 0) + logarithm
}
