package import Bytes

/// An additive model over bins: a row's margin is `intercept` and, for each feature, the score of its bin.
package struct AdditiveModel: Sendable, Equatable, FieldCodable {
    package var intercept: Double
    /// By feature and bin, as a `HistogramLayout` has them.
    package var scores: [Double]

    package static let fields = FieldList(Self.init, \.intercept, \.scores)

    package init(intercept: Double, scores: [Double]) {
        self.intercept = intercept
        self.scores = scores
    }
}

/// What rows say about scores: the weighted log loss and its gradient, summed in whole units, so that shards add up to
/// the same in any order.
package struct RegressionSums: Sendable, Equatable {
    /// Units of the loss and of gradients: 2^-24.
    package static let unitsPerNat = LossSums.unitsPerNat
    /// A row's weight of 1 is so many units, those of a tree's covers.
    package static let unitsPerRow = GradientScale.hessian

    /// The rows' weights.
    package private(set) var weight: Int64 = 0
    package private(set) var loss: Int64 = 0
    /// Of the loss by the intercept.
    package private(set) var gradient: Int64 = 0
    /// Of the loss by each term of a `LinearLayout`.
    package private(set) var gradients: [Int64]
    /// The weight of the rows in each bin: the same at any scores, and empty where it was not asked for.
    package private(set) var weights: [Int64]

    /// Of no rows.
    /// - Parameter weighsBins: whether the bins' weights are wanted.
    package init(layout: LinearLayout, weighsBins: Bool) {
        gradients = [Int64](repeating: 0, count: layout.totalTerms)
        weights = [Int64](repeating: 0, count: weighsBins ? layout.bins.totalBins : 0)
    }

    /// Adds another shard's sums. Commutes and associates.
    package mutating func add(_ other: RegressionSums) {
        weight &+= other.weight
        loss &+= other.loss
        gradient &+= other.gradient
        for term in gradients.indices { gradients[term] &+= other.gradients[term] }
        for bin in weights.indices { weights[bin] &+= other.weights[bin] }
    }

    /// Whether other sums are over as many terms and bins: to be asked of what comes from elsewhere before it is added.
    package func fits(_ other: RegressionSums) -> Bool {
        gradients.count == other.gradients.count && weights.count == other.weights.count
    }

    /// Of one of at most 64 tasks, so that the 256 bins that a feature has at most weigh together what a tree may cover.
    private static let mostWeight = Tree.maximumCover >> 14
}

extension RegressionSums: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        for number in [weight, loss, gradient] { writer.write(number) }
        writer.write(narrow: gradients)
        writer.write(narrow: weights)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        weight = try reader.read()
        loss = try reader.read()
        gradient = try reader.read()
        gradients = try reader.readNarrow()
        weights = try reader.readNarrow()
        let allowed = 0...Self.mostWeight
        guard allowed ~= weight, loss >= 0, weights.allSatisfy(allowed.contains) else {
            throw .badValue("sums of a regression", offset: start)
        }
    }
}

/// One shard's rows for a logistic regression.
package struct RegressionRows: Sendable {
    let matrix: BinnedMatrix
    let layout: LinearLayout
    let labels: [UInt8]
    let weights: [Float]

    /// - Parameters:
    ///   - labels: 0 or 1, one a row.
    ///   - weights: over 0, to 1, one a row.
    /// - Throws: `TrainingError.badShard` when these do not fit together.
    package init(
        matrix: BinnedMatrix, layout: LinearLayout, labels: [UInt8], weights: [Float]
    ) throws(TrainingError) {
        let binCounts = layout.bins.binCounts
        guard matrix.features == binCounts.count, labels.count == matrix.rows, weights.count == matrix.rows else {
            throw .badShard(
                "it has \(matrix.rows) rows of \(matrix.features) features, \(labels.count) labels and \(weights.count) weights"
            )
        }
        guard labels.allSatisfy({ $0 <= 1 }) else { throw .badShard("a label is neither 0 nor 1") }
        guard weights.allSatisfy({ $0 > 0 && $0 <= 1 }) else { throw .badShard("a weight is not over 0, to 1") }
        if let feature = matrix.firstFeatureOutOfRange(binCounts: binCounts) {
            throw .badShard("feature \(feature) has a bin that is not one of its \(binCounts[feature])")
        }
        self.matrix = matrix
        self.layout = layout
        self.labels = labels
        self.weights = weights
    }

    /// The rows' loss and its gradient at some scores.
    ///
    /// Cost: a look-up and an addition a row and feature, and an exponential and a logarithm a row.
    ///
    /// - Parameter weighsBins: whether the bins' weights are wanted too.
    package func sums(at scores: LinearScores, weighsBins: Bool) throws(TrainingError) -> RegressionSums {
        guard scores.terms.count == layout.totalTerms else {
            throw .badOrder("\(scores.terms.count) scores for \(layout.totalTerms) terms")
        }
        var sums = RegressionSums(layout: layout, weighsBins: weighsBins)
        sums.add(self, at: scores.binScores(layout))
        return sums
    }
}

extension RegressionSums {
    /// Adds a row, of which all is given in units.
    mutating func add(weight: Int64, loss: Int64, gradient: Int64) {
        self.weight &+= weight
        self.loss &+= loss
        self.gradient &+= gradient
    }

    /// Adds rows' gradients by bin.
    mutating func add(_ gradients: [Int64], _ layout: LinearLayout) {
        for (term, gradient) in layout.gradients(gradients).enumerated() { self.gradients[term] &+= gradient }
    }

    mutating func withWeights(_ body: (_ weights: inout [Int64]) -> Void) { body(&weights) }
}
