import Bytes

/// (m - y)^2 / 2 at margin m of a number y that is scaled to 0...1: g = m - y, h = 1.
enum SquaredError: ObjectiveDefinition {
    static let meaning = "the number that features.label.field holds, of a ready feature table"
    static let labels = LabelColumn.Kind.numbers
    /// What a byte holds: every row of weight 1 has a hessian of 1.
    static let hessianUnits = 255.0
    /// A row that is drawn in place of others would have a hessian that no byte holds.
    static let isSampledByGradient = false
    static let xgboost = (name: "reg:squarederror", noBase: "0E0")

    /// The mean.
    static func base(labelSum: Double, rows: Int) -> Double { labelSum / Double(max(1, rows)) }

    static func rootMeanSquaredError(ofMeanLoss loss: Double) -> Double? { (2 * loss).squareRoot() }

    static func prediction(ofMargin margin: Double) -> Double { margin }

    static func computeGradients(_ rows: GradientRows, into gradients: inout [UInt16]) {
        rows.withPointers(rows.labels.numbers, &gradients) { margins, labels, weights, keys, gradients in
            quantise(margins, labels, weights, keys, rows.salt, gradients, rows.count)
        }
    }

    static func loss(margins: [Float], labels: LabelColumn, rows: [UInt32]) -> Int64 {
        let numbers = labels.numbers
        return rows.reduce(into: Int64(0)) { sum, row in
            let error = Double(margins[Int(row)]) - Double(numbers[Int(row)])
            // What no model of labels in 0...1 reaches; a bound for the sum.
            sum &+= LossSums.units(min(error * error / 2, 16))
        }
    }
}

/// Plain scalar code that the compiler turns into vectors, as for the log loss. An error is at most 1 where margins are in 0...1, as
/// means of labels are; what lies beyond counts as 1.
@inline(__always)
private func quantise(
    _ margins: UnsafePointer<Float>, _ labels: UnsafePointer<Float>, _ weights: UnsafePointer<Float>,
    _ keys: UnsafePointer<UInt32>, _ salt: UInt32, _ gradients: UnsafeMutablePointer<UInt16>, _ count: Int
) {
    for i in 0..<count {
        let error = margins[i] - labels[i]
        let low: Float = error > -1 ? error : -1
        let clamped: Float = low < 1 ? low : 1
        let rounding = StochasticRounding(key: keys[i], salt: salt)
        gradients[i] = rounding.packed(gradient: clamped * weights[i] * 127, hessian: weights[i] * 255)
    }
}
