package import Bytes

/// What a model predicts, and what being wrong costs it.
package enum Objective: String, Sendable, CaseIterable {
    /// Whether the outcome comes: the probability, judged by the log loss.
    case logLoss = "log_loss"
    /// A number: its mean, judged by the squared error.
    case squaredError = "squared"

    /// Whoever adds an objective adds a case, and the type that defines it here.
    var definition: any ObjectiveDefinition.Type {
        switch self {
        case .logLoss: LogLoss.self
        case .squaredError: SquaredError.self
        }
    }
}

/// The parts of an objective. Trees, histograms, splits, Shapley values and the cluster know no more of it.
///
/// Labels and margins are in the units of learning: an outcome is 0 or 1, and of numbers the least is 0 and the largest
/// 1 (`LabelRange`). Sums are of whole numbers, so that shards add up to the same in any order.
protocol ObjectiveDefinition {
    /// What it predicts, for the instance file's key.
    static var meaning: String { get }
    /// What the rows' labels must be.
    static var labels: LabelColumn.Kind { get }
    /// A hessian of 1 is so many units: at most 255 for any row, for it is kept in a byte.
    static var hessianUnits: Double { get }
    /// Whether rows may be drawn by their gradients (`RowSampling.gradient`).
    static var isSampledByGradient: Bool { get }

    /// The margin at which the loss of all training rows is least, or near it: what the sum of labels and their count tell.
    static func base(labelSum: Double, rows: Int) -> Double

    /// Writes the first rows' gradient and hessian at their margins, rounded as `GradientScale` says; of a row that is not
    /// drawn, zeros.
    static func computeGradients(_ rows: GradientRows, into gradients: inout [UInt16])

    /// The loss of listed rows, each rounded to a whole number of 1/`LossSums.unitsPerNat`.
    static func loss(margins: [Float], labels: LabelColumn, rows: [UInt32]) -> Int64

    /// The root of the mean squared error where the mean loss is this, in the units of learning; nil where the loss does not
    /// tell it.
    static func rootMeanSquaredError(ofMeanLoss loss: Double) -> Double?

    /// The link: what a calibrated margin predicts.
    static func prediction(ofMargin margin: Double) -> Double

    /// What XGBoost calls it, and the base score at which XGBoost adds nothing to a margin.
    static var xgboost: (name: String, noBase: String) { get }
}

extension Objective {
    package var meaning: String { definition.meaning }
    package var labels: LabelColumn.Kind { definition.labels }
    package var hessianUnits: Double { definition.hessianUnits }
    package var isSampledByGradient: Bool { definition.isSampledByGradient }

    /// The margin at which the loss of so many training rows with labels of this sum is least.
    package func base(labelSum: Double, rows: Int) -> Double { definition.base(labelSum: labelSum, rows: rows) }

    /// The root of the mean squared error where the mean loss is this, in the units of learning; nil where the loss does not
    /// tell it.
    package func rootMeanSquaredError(ofMeanLoss loss: Double) -> Double? {
        definition.rootMeanSquaredError(ofMeanLoss: loss)
    }

    /// What a calibrated margin predicts: a probability, or a number.
    package func prediction(ofMargin margin: Double) -> Double { definition.prediction(ofMargin: margin) }
}
