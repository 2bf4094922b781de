/// How a factor moves its profile's score.
package enum Direction: Sendable, Equatable { case raises, lowers }

/// A factor's weight among all contributions to its profile: high from 20 % of the total magnitude on, medium from 5 %.
package enum Importance: UInt8, Sendable, Equatable, CaseIterable {
    case low, medium, high

    init(share: Double) { self = share >= 0.2 ? .high : share >= 0.05 ? .medium : .low }
}

/// An influential factor of one profile.
package struct Factor: Sendable, Equatable {
    /// Index among the model's features.
    package let feature: Int
    /// Log-odds, after calibration.
    package let contribution: Double
    package let importance: Importance
    package var direction: Direction { contribution > 0 ? .raises : .lowers }
}

/// The contributions of one profile that are largest by magnitude, largest first; of equal ones the lower feature.
/// Contributions of zero are no factors.
///
/// - Parameters:
///   - contributions: by feature, in log-odds of the trees' margin.
///   - slope: the calibration's, which scales every contribution alike.
/// - Complexity: O(features + limit * kept), without sorting all.
package func topFactors(contributions: ArraySlice<Float>, slope: Double, limit: Int) -> [Factor] {
    var total = 0.0
    var best: [(feature: Int, value: Float)] = []
    best.reserveCapacity(limit + 1)
    for (feature, value) in contributions.enumerated() where value != 0 {
        total += Double(value.magnitude)
        if best.count == limit, let last = best.last, value.magnitude <= last.value.magnitude { continue }
        var place = best.count
        while place > 0, best[place - 1].value.magnitude < value.magnitude { place -= 1 }
        best.insert((feature, value), at: place)
        if best.count > limit { best.removeLast() }
    }
    return best.map { entry in
        Factor(
            feature: entry.feature, contribution: Double(entry.value) * slope,
            importance: Importance(share: Double(entry.value.magnitude) / total))
    }
}
