/// Logistic regression over bins as a state machine: it gives scores to try, is given the sum of the shards' losses and
/// gradients there, and ends with scores. It never sees a row.
///
/// Minimises the weighted log loss plus `lambda` / 2 times the squared weights, the intercept's excepted, by L-BFGS (Nocedal 1980)
/// with halved steps, preconditioned by the Hessian's diagonal.
package struct LogisticRegression: Sendable {
    package enum Step: Sendable {
        /// The sum of all shards' `RegressionRows.sums` there goes to `receive`.
        case evaluate(LinearScores)
        case finished(AdditiveModel)
    }

    /// What a set of weights costs.
    private struct Point: Sendable {
        /// The intercept first, then one an input.
        var weights: [Double]
        var loss: Double
        var gradient: [Double]
    }

    private enum State: Sendable {
        case new
        case searching(from: Point, direction: [Double], slope: Double, size: Double)
        case finished
    }

    /// L2 regularisation: 1 is as much as scikit-learn's default.
    package static let lambda = 1.0
    /// How many pairs of steps and gradients the Hessian is guessed from.
    private static let memory = 10
    private static let maximumSteps = 100
    /// It ends when less than this share of the loss is left to be gained, by the quadratic's estimate.
    private static let leastRelativeGain = 1e-7
    private static let smallestSize = 1e-6

    package let layout: LinearLayout
    /// The weight of the training rows in each bin, once known.
    package private(set) var binWeights: [Int64] = []
    private let features: [FeatureBins]
    private let base: Double
    private let penalty: Double
    private var design: LinearDesign?
    private var diagonal: [Double] = []
    private var pairs: [(step: [Double], change: [Double])] = []
    private var state = State.new
    private var steps = 0

    /// - Parameters:
    ///   - base: the log-odds of the outcome among the training rows, what the intercept starts from.
    ///   - rowScale: how many rows a row of weight 1 stands for, where some were chosen.
    package init(features: [FeatureBins], base: Float, rowScale: Double = 1) {
        penalty = Self.lambda / rowScale
        self.features = features
        layout = LinearLayout(features: features)
        self.base = Double(base)
    }

    /// The scores to begin with: none but the intercept.
    package var start: LinearScores {
        LinearScores(intercept: base, terms: [Double](repeating: 0, count: layout.totalTerms))
    }

    /// Sums of no rows, of the kind that `receive` wants next: only the first with the bins' weights.
    package var noSums: RegressionSums { RegressionSums(layout: layout, weighsBins: binWeights.isEmpty) }

    /// Takes the sum of all shards' sums at the scores last asked for; they must fit `noSums`.
    package mutating func receive(_ sums: RegressionSums) -> Step {
        precondition(noSums.fits(sums), "sums over other terms")
        switch state {
        case .new: return begin(sums)
        case .searching(let from, let direction, let slope, let size):
            let point = point(at: moved(from.weights, by: size, direction), sums)
            if point.loss <= from.loss + 1e-4 * size * slope { return accept(point, from: from) }
            if size / 2 < Self.smallestSize { return finish(from) }
            return search(from: from, direction, slope, size: size / 2)
        case .finished: preconditionFailure("sums that were not asked for")
        }
    }

    private mutating func begin(_ sums: RegressionSums) -> Step {
        let design = LinearDesign(features: features, layout: layout, binWeights: sums.weights)
        self.design = design
        binWeights = sums.weights
        let rate = sigmoid(base)
        let curvature = max(rate * (1 - rate), 1e-6)
        let rows = Double(sums.weight) / RegressionSums.unitsPerRow
        diagonal =
            [max(curvature * rows, 1e-6)] + design.inputs.map { curvature * $0.sumOfSquares + penalty }
        return step(from: point(at: [base] + design.inputs.map { _ in 0 }, sums))
    }

    private func point(at weights: [Double], _ sums: RegressionSums) -> Point {
        var loss = Double(sums.loss) / RegressionSums.unitsPerNat
        var gradient = [Double(sums.gradient) / RegressionSums.unitsPerNat]
        gradient += design?.gradient(sums) ?? []
        for index in weights.indices.dropFirst() {
            loss += penalty / 2 * weights[index] * weights[index]
            gradient[index] += penalty * weights[index]
        }
        return Point(weights: weights, loss: loss, gradient: gradient)
    }

    private mutating func accept(_ point: Point, from: Point) -> Step {
        let step = zip(point.weights, from.weights).map { $0 - $1 }
        let change = zip(point.gradient, from.gradient).map { $0 - $1 }
        // Only where the loss curves up does a pair tell of its curvature.
        if dot(step, change) > 0 {
            pairs.append((step, change))
            if pairs.count > Self.memory { pairs.removeFirst() }
        }
        return self.step(from: point)
    }

    private mutating func step(from point: Point) -> Step {
        let direction = self.direction(point.gradient)
        let slope = dot(point.gradient, direction)
        // A full step would gain about half of this.
        guard steps < Self.maximumSteps, -slope > Self.leastRelativeGain * point.loss else { return finish(point) }
        steps += 1
        return search(from: point, direction, slope, size: 1)
    }

    private mutating func search(from point: Point, _ direction: [Double], _ slope: Double, size: Double) -> Step {
        state = .searching(from: point, direction: direction, slope: slope, size: size)
        return .evaluate(scores(moved(point.weights, by: size, direction)))
    }

    private mutating func finish(_ point: Point) -> Step {
        state = .finished
        return .finished(scores(point.weights).binScores(layout))
    }

    private func scores(_ weights: [Double]) -> LinearScores {
        LinearScores(intercept: weights[0], terms: design?.terms(Array(weights.dropFirst())) ?? [])
    }

    private func moved(_ weights: [Double], by size: Double, _ direction: [Double]) -> [Double] {
        zip(weights, direction).map { $0 + size * $1 }
    }

    /// Minus the guessed inverse Hessian times the gradient: the two loops of L-BFGS.
    private func direction(_ gradient: [Double]) -> [Double] {
        var direction = gradient.map { -$0 }
        var factors: [Double] = []
        for pair in pairs.reversed() {
            let factor = dot(pair.step, direction) / dot(pair.step, pair.change)
            factors.append(factor)
            for index in direction.indices { direction[index] -= factor * pair.change[index] }
        }
        var scale = 1.0
        if let last = pairs.last {
            let scaled = zip(last.change, diagonal).map { $0 / $1 }
            scale = dot(last.step, last.change) / dot(last.change, scaled)
        }
        for index in direction.indices { direction[index] *= scale / diagonal[index] }
        for (pair, factor) in zip(pairs, factors.reversed()) {
            let other = dot(pair.change, direction) / dot(pair.step, pair.change)
            for index in direction.indices { direction[index] += (factor - other) * pair.step[index] }
        }
        return direction
    }
}

private func dot(_ left: [Double], _ right: [Double]) -> Double {
    var sum = 0.0
    for (a, b) in zip(left, right) { sum += a * b }
    return sum
}
