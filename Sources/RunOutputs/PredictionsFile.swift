/// `predictions.json` as the documentation has it (`Documentation.docc/OutputFormats.md`): what a run found out whose
/// objective is a number.
package struct PredictionsFile: Codable, Sendable, Equatable {
    package static let formatVersion = 1
    package static let name = "predictions.json"

    package var version = PredictionsFile.formatVersion
    package var name: String
    package var objective: String
    /// nil where the table has no dates.
    package var scoreDate: String?
    package var profilesPredicted: Int
    package var meanPrediction: Double
    package var labels: Labels
    /// On the profiles held out of training, by which the number of trees is chosen too; nil where there are none.
    package var holdOut: Quality?
    package var growth: String
    package var trees: Int
    /// Largest first.
    package var factors: [Factor]

    package init(
        name: String, objective: String, scoreDate: String?, profilesPredicted: Int, meanPrediction: Double,
        labels: Labels, holdOut: Quality?, growth: String, trees: Int, factors: [Factor]
    ) {
        self.name = name
        self.objective = objective
        self.scoreDate = scoreDate
        self.profilesPredicted = profilesPredicted
        self.meanPrediction = meanPrediction
        self.labels = labels
        self.holdOut = holdOut
        self.growth = growth
        self.trees = trees
        self.factors = factors
    }

    /// The labels that were learned from or measured on.
    package struct Labels: Codable, Sendable, Equatable {
        package var rows: Int
        package var least: Double
        package var largest: Double

        package init(rows: Int, least: Double, largest: Double) {
            self.rows = rows
            self.least = least
            self.largest = largest
        }
    }

    package struct Quality: Codable, Sendable, Equatable {
        package var rows: Int
        /// The root of the mean squared error, in the label's units.
        package var rootMeanSquaredError: Double
        /// The same of the mean label for everybody: what any model should beat.
        package var rootMeanSquaredErrorOfMean: Double

        /// The share of the squared error that the model takes away: 1 less the ratio of both squares.
        package var rSquared: Double {
            let ratio = rootMeanSquaredError / rootMeanSquaredErrorOfMean
            return rootMeanSquaredErrorOfMean > 0 ? 1 - ratio * ratio : 0
        }

        package init(rows: Int, rootMeanSquaredError: Double, rootMeanSquaredErrorOfMean: Double) {
            self.rows = rows
            self.rootMeanSquaredError = rootMeanSquaredError
            self.rootMeanSquaredErrorOfMean = rootMeanSquaredErrorOfMean
        }
    }

    package struct Factor: Codable, Sendable, Equatable {
        package var code: String
        package var name: String
        /// The mean magnitude of its contributions to predictions, in the label's units.
        package var meanMagnitude: Double

        package init(code: String, name: String, meanMagnitude: Double) {
            self.code = code
            self.name = name
            self.meanMagnitude = meanMagnitude
        }
    }
}
