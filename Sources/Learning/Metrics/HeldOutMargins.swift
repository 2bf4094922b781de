package import Bytes

/// One model's margins on rows that it did not learn from, apart for two halves of the profiles.
///
/// A calibration is judged half by half, each by what the other half alone would have given, so that no probability is
/// measured on rows that it was fitted to. Costs two histograms.
package struct HeldOutMargins: Sendable, Equatable {
    package static let halfCount = 2

    private var halves = [MarginHistogram](repeating: MarginHistogram(), count: Self.halfCount)
    /// Distinct profiles of which some row has the outcome, and of which some row lacks it.
    package private(set) var profilesWith = 0
    package private(set) var profilesWithout = 0

    package init() {}

    /// - Parameter half: 0 or 1, the same for all rows of a profile.
    package mutating func add(margin: Double, isPositive: Bool, half: Int) {
        halves[half].add(margin: margin, isPositive: isPositive)
    }

    /// Counts a profile once, whatever the number of its rows.
    package mutating func add(profileWithOutcome: Bool, withoutOutcome: Bool) {
        profilesWith += profileWithOutcome ? 1 : 0
        profilesWithout += withoutOutcome ? 1 : 0
    }

    /// Adds other profiles' rows. Commutes and associates.
    package mutating func add(_ other: HeldOutMargins) {
        for half in halves.indices { halves[half].add(other.halves[half]) }
        profilesWith &+= other.profilesWith
        profilesWithout &+= other.profilesWithout
    }

    /// All rows.
    package var margins: MarginHistogram {
        var all = MarginHistogram()
        for half in halves { all.add(half) }
        return all
    }
}

extension HeldOutMargins {
    /// The standard error of the AUC of all rows (DeLong, DeLong and Clarke-Pearson 1988), with as many rows of either kind as
    /// there are profiles of it: rows of one profile tell little more than one of them does (Obuchowski 1997 has the exact
    /// variance; this is its upper end, where they tell nothing more). nil with fewer than two rows of a kind.
    package var aucStandardError: Double? {
        let margins = self.margins
        guard let variance = margins.aucVariance, profilesWith > 0, profilesWithout > 0 else { return nil }
        let repeated = Double(margins.positives) / Double(profilesWith)
        let others = Double(margins.negatives) / Double(profilesWithout)
        return (variance.ofPositives * repeated + variance.ofNegatives * others).squareRoot()
    }

    /// How probabilities do that are calibrated without the rows that they are measured on; nil without rows.
    ///
    /// - Parameter calibration: one that comes from other rows altogether; nil: each half's from the other half.
    package func calibrated(by calibration: Calibration? = nil) -> CalibratedMargins? {
        let all = margins
        guard all.rows > 0 else { return nil }
        let calibrations =
            calibration.map { [$0, $0] } ?? [Calibration(fitting: halves[1]), Calibration(fitting: halves[0])]
        var loss = 0.0
        for (half, calibration) in zip(halves, calibrations) {
            loss += (half.logLoss(calibration) ?? 0) * Double(half.rows)
        }
        let deciles = all.quantiles(10) { count in
            zip(halves, calibrations).reduce(0) { sum, pair in
                sum + pair.1.probability(ofMargin: count.margin) * Double(pair.0.rows(atStep: count.step))
            } / Double(count.rows)
        }
        return CalibratedMargins(logLoss: loss / Double(all.rows), deciles: deciles)
    }
}

/// Probabilities against outcomes.
package struct CalibratedMargins: Sendable, Equatable {
    /// Nats a row.
    package let logLoss: Double
    /// Highest margins first.
    package let deciles: [Quantile]

    /// The expected calibration error (Naeini, Cooper and Hauskrecht 2015): how far, on average over the deciles, the mean
    /// probability is from the rate of the outcome.
    package var error: Double { deciles.calibrationError ?? 0 }
}

extension HeldOutMargins: FieldCodable {
    package static let fields = FieldList(filling: Self.init, \.halves, \.profilesWith, \.profilesWithout)
        .check("halves of held-out rows") { $0.halves.count == halfCount }
        .check("profiles of held-out rows") { held in
            let positives = held.halves.reduce(0) { $0 + $1.positives }
            let negatives = held.halves.reduce(0) { $0 + $1.negatives }
            return ByteReader.mostCounted >= Int64(positives + negatives)
                && areProfiles(held.profilesWith, of: positives) && areProfiles(held.profilesWithout, of: negatives)
        }

    /// Whether so many profiles can have so many rows.
    private static func areProfiles(_ profiles: Int, of rows: Int) -> Bool {
        rows > 0 ? 1...rows ~= profiles : profiles == 0
    }
}
