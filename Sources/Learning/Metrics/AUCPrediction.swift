/// In what interval the AUC of scores will lie once their outcomes have come.
///
/// What is measured on the past differs from what will come by three things: chance in what was measured, chance in what
/// comes, and what differs from one date to another. The interval is the prediction interval of a random-effects model of the
/// dates (Higgins, Thompson and Spiegelhalter 2009), with two simplifications on the safe side. Nothing is subtracted from the
/// variance between dates for chance, because the profiles of one date are mostly those of the next. And the few degrees
/// of freedom, by which Student's distribution is wider than the normal one, count for that variance alone; with two
/// dates, of which nothing could be said with one, they are taken for two.
package struct AUCPrediction: Sendable, Equatable {
    /// Of the AUC from date to date; 0 of a single date.
    package let varianceBetweenDates: Double
    private let dates: Int
    /// Of an AUC measured on one row: divided by a number of rows it is what chance makes of these.
    private let varianceOfOneRow: Double

    /// - Parameter measured: the model on rows of one date each, the latest first, or on all rows where they have no dates.
    package init(dates measured: [HeldOutMargins]) {
        let known = measured.compactMap { margins -> (auc: Double, ofOneRow: Double)? in
            guard let auc = margins.margins.auc, let error = margins.aucStandardError else { return nil }
            return (auc, error * error * Double(margins.margins.rows))
        }
        dates = known.count
        let count = Double(max(1, dates))
        let mean = known.reduce(0) { $0 + $1.auc } / count
        let squares = known.reduce(0) { $0 + ($1.auc - mean) * ($1.auc - mean) }
        varianceBetweenDates = dates < 2 ? 0 : squares / (count - 1)
        varianceOfOneRow = known.first?.ofOneRow ?? 0
    }

    /// The 95 % interval of the AUC to come, within 0...1; nil where the past's has no standard error.
    ///
    /// - Parameters:
    ///   - measured: what is known of the past.
    ///   - isOfOneDate: whether those rows are of one date, so that they differ from the mean of all as what comes does.
    ///   - profiles: how many will have an outcome or none.
    package func interval(
        around measured: HeldOutMargins, isOfOneDate: Bool, profiles: Int
    ) -> ClosedRange<Double>? {
        guard let auc = measured.margins.auc, let error = measured.aucStandardError else { return nil }
        let differing = varianceBetweenDates * (isOfOneDate ? 2 : 1 + 1 / Double(max(1, dates)))
        let chance = error * error + varianceOfOneRow / Double(max(1, profiles))
        let (student, normal) = (Self.quantile(degrees: max(2, dates - 1)), 1.959964)
        let reach = (student * student * differing + normal * normal * chance).squareRoot()
        return max(0, auc - reach)...min(1, auc + reach)
    }

    /// The 97.5 % quantile of Student's distribution for 2 degrees of freedom or more, within two thousandths.
    static func quantile(degrees: Int) -> Double {
        let known = [
            4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
            2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
        ]
        // The first terms of the expansion in one over the degrees.
        return degrees - 2 < known.count ? known[max(0, degrees - 2)] : 1.960 + 2.373 / Double(degrees)
    }
}
