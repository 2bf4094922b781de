public import Bytes

/// An additive model over bins: a row's margin is `intercept` and, for each feature, the score of its bin.
public struct BinScores: Sendable, Equatable, ByteCodable {
    public var intercept: Double
    /// By feature and bin, as a `HistogramLayout` has them.
    public var scores: [Double]

    public init(intercept: Double, scores: [Double]) {
        self.intercept = intercept
        self.scores = scores
    }

    public func encode(to writer: inout ByteWriter) {
        writer.write(intercept)
        writer.write(array: scores)
    }

    public init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        intercept = try reader.readDouble()
        scores = try reader.readArray()
        // So far from the largest number that no sum over features can overflow.
        guard intercept.magnitude < 1e30, scores.allSatisfy({ $0.magnitude < 1e30 }) else {
            throw .badValue("scores", offset: start)
        }
    }
}

/// What rows say about bin scores: the weighted log loss and its gradient, summed in whole units, so that shards add up to
/// the same in any order.
public struct RegressionSums: Sendable, Equatable {
    /// Units of the loss and of gradients: 2^-24.
    public static let unitsPerNat = LossSums.unitsPerNat
    /// A row's weight of 1 is so many units, those of a tree's covers.
    public static let unitsPerRow = GradientScale.hessian

    /// The rows' weights.
    public private(set) var weight: Int64 = 0
    public private(set) var loss: Int64 = 0
    /// Of the loss by the intercept.
    public private(set) var gradient: Int64 = 0
    /// Of the loss by each bin's score.
    public private(set) var gradients: [Int64]
    /// The weight of the rows in each bin.
    public private(set) var weights: [Int64]

    public init(layout: HistogramLayout) {
        gradients = [Int64](repeating: 0, count: layout.totalBins)
        weights = gradients
    }

    /// Adds another shard's sums. Commutes and associates.
    public mutating func add(_ other: RegressionSums) {
        weight &+= other.weight
        loss &+= other.loss
        gradient &+= other.gradient
        for bin in gradients.indices {
            gradients[bin] &+= other.gradients[bin]
            weights[bin] &+= other.weights[bin]
        }
    }

    /// Whether other sums are over as many bins: to be asked of what comes from elsewhere before it is added.
    public func fits(_ other: RegressionSums) -> Bool { gradients.count == other.gradients.count }

    /// Whether the sums are over bins so laid out.
    public func fits(_ layout: HistogramLayout) -> Bool { gradients.count == layout.totalBins }
}

extension RegressionSums: ByteCodable {
    public func encode(to writer: inout ByteWriter) {
        for number in [weight, loss, gradient] { writer.write(number) }
        writer.write(array: gradients)
        writer.write(array: weights)
    }

    public init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        weight = try reader.read()
        loss = try reader.read()
        gradient = try reader.read()
        gradients = try reader.readArray()
        weights = try reader.readArray()
        guard gradients.count == weights.count, weight >= 0, loss >= 0, weights.allSatisfy({ $0 >= 0 }) else {
            throw .badValue("sums of a regression", offset: start)
        }
    }
}

/// One shard's rows for a logistic regression.
public struct RegressionRows: Sendable {
    let matrix: BinnedMatrix
    let layout: HistogramLayout
    let labels: [UInt8]
    let weights: [Float]

    /// - Parameters:
    ///   - labels: 0 or 1, one a row.
    ///   - weights: over 0, to 1, one a row.
    /// - Throws: `TrainingError.badShard` or `.badShape` when these do not fit together.
    public init(
        matrix: BinnedMatrix, binCounts: [Int], labels: [UInt8], weights: [Float]
    ) throws(TrainingError) {
        layout = try HistogramLayout(binCounts: binCounts)
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
        self.labels = labels
        self.weights = weights
    }

    /// The rows' loss and its gradient at some scores.
    ///
    /// Cost: a look-up and an addition a row and feature, and an exponential and a logarithm a row.
    public func sums(at scores: BinScores) throws(TrainingError) -> RegressionSums {
        guard scores.scores.count == layout.totalBins else {
            throw .badOrder("\(scores.scores.count) scores for \(layout.totalBins) bins")
        }
        var sums = RegressionSums(layout: layout)
        sums.add(self, at: scores)
        return sums
    }
}

extension RegressionSums {
    /// Adds a block of rows, of which the gradients and weights are given in units.
    mutating func add(weight: Int64, loss: Int64, gradient: Int64) {
        self.weight &+= weight
        self.loss &+= loss
        self.gradient &+= gradient
    }

    mutating func withBins(
        _ body: (_ gradients: inout [Int64], _ weights: inout [Int64]) -> Void
    ) {
        body(&gradients, &weights)
    }
}
