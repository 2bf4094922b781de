/// In what interval the AUC of scores will lie once their outcomes have come.
///
/// What is measured on the past differs from what will come by three things: chance in what was measured, chance in what
/// comes, and what differs from one date to another. The last is the variance between dates of a random-effects model
/// (DerSimonian and Laird 1986), and the interval is that model's prediction interval (Higgins, Thompson and Spiegelhalter
/// 2009).
public struct AUCPrediction: Sendable, Equatable {
    /// Of the AUC from date to date, beyond chance; 0 where fewer than three dates were measured.
    public let varianceBetweenDates: Double
    private let dates: Int
    /// Of an AUC measured on one row with a share of outcomes as in the past: by how many rows it is divided, is chance.
    private let varianceOfOneRow: Double

    /// - Parameter measured: the model on rows of one date each, the latest first, or on all rows where they have no dates.
    /// - Parameter others: further measurements of single dates, such as a back-test.
    public init(dates measured: [HeldOutMargins], and others: [HeldOutMargins] = []) {
        let all = (measured + others).compactMap { margins -> (auc: Double, variance: Double)? in
            guard let auc = margins.margins.auc, let error = margins.aucStandardError else { return nil }
            return (auc, error * error)
        }
        dates = all.count
        let count = Double(max(1, dates))
        let mean = all.reduce(0) { $0 + $1.auc } / count
        let squares = all.reduce(0) { $0 + ($1.auc - mean) * ($1.auc - mean) }
        let chance = all.reduce(0) { $0 + $1.variance } / count
        varianceBetweenDates = dates < 3 ? 0 : max(0, squares / (count - 1) - chance)
        varianceOfOneRow =
            measured.first.flatMap { latest in
                latest.aucStandardError.map { $0 * $0 * Double(latest.margins.rows) }
            } ?? 0
    }

    /// The 95 % interval of the AUC to come, within 0...1; nil where the past's has no standard error.
    ///
    /// - Parameters:
    ///   - measured: what is known of the past.
    ///   - isOfOneDate: whether those rows are of one date, so that they differ from the mean of all as what comes does.
    ///   - profiles: how many will have an outcome or none.
    public func interval(
        around measured: HeldOutMargins, isOfOneDate: Bool, profiles: Int
    ) -> ClosedRange<Double>? {
        guard let auc = measured.margins.auc, let error = measured.aucStandardError else { return nil }
        let differing = isOfOneDate ? 2 : 1 + 1 / Double(max(1, dates))
        let variance =
            varianceBetweenDates * differing + error * error + varianceOfOneRow / Double(max(1, profiles))
        let reach = Self.quantile(degrees: dates < 3 ? .max : max(2, dates - 2)) * variance.squareRoot()
        return max(0, auc - reach)...min(1, auc + reach)
    }

    /// The 97.5 % quantile of Student's distribution for 2 degrees of freedom or more, to a thousandth.
    static func quantile(degrees: Int) -> Double {
        let known = [
            4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
            2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
        ]
        return degrees - 2 < known.count ? known[max(0, degrees - 2)] : 1.960
    }
}
