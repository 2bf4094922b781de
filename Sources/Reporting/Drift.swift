import Foundation
import RunOutputs

/// How far two distributions lie apart, as the population stability index: the sum over groups of values of
/// (q - p) ln(q / p). By custom under 0.1 is stable and over 0.25 a shift to look into.
enum Drift {
    /// Shares under it count as it, so that an empty group does not make the index infinite.
    static let leastShare = 1e-4
    /// Numbers are compared in at most so many groups, besides those without a value.
    static let groupLimit = 10

    static func stabilityIndex(_ before: [Double], _ after: [Double]) -> Double? {
        let (all, others) = (before.reduce(0, +), after.reduce(0, +))
        guard all > 0, others > 0, before.count == after.count else { return nil }
        var index = 0.0
        for (before, after) in zip(before, after) where before > 0 || after > 0 {
            let p = max(before / all, leastShare)
            let q = max(after / others, leastShare)
            index += (q - p) * log(q / p)
        }
        return index
    }

    /// Of a factor whose values two runs counted; nil where they cannot be compared.
    ///
    /// Runs choose edges of their own, and where a value stands between two of them nobody knows: a heap of one value lies now
    /// below a cut, now above it. So numbers are cut at the edges of both runs, and where the other run has no edge its share
    /// below the cut is taken to be as near to the first one's as its edges around the cut allow. That is the least drift
    /// that both counts agree with. What lies past the last edge is one group, so that a shift out there counts for less
    /// than it is.
    static func stabilityIndex(_ before: InsightsFile.Values, _ after: InsightsFile.Values) -> Double? {
        guard let old = total(before), let new = total(after) else { return nil }
        if let edges = before.edges, let others = after.edges {
            guard old.count == edges.count + 2, new.count == others.count + 2 else { return nil }
            let (known, otherKnown) = (old.dropFirst().reduce(0, +), new.dropFirst().reduce(0, +))
            var groups = [[old[0]], [new[0]]]
            var last = (own: 0.0, other: 0.0)
            if known > 0, otherKnown > 0 {
                for cut in Set(edges + others).sorted() where groups[0].count < groupLimit {
                    var own = share(below: cut, edges, old)
                    var other = share(below: cut, others, new)
                    if own.lowerBound < own.upperBound { own = nearest(own, to: other) }
                    if other.lowerBound < other.upperBound { other = nearest(other, to: own) }
                    let place = (own: max(own.lowerBound, last.own), other: max(other.lowerBound, last.other))
                    // Groups of about one size, a heap being one by itself.
                    guard place.own - last.own >= 1 / Double(groupLimit), 1 - place.own >= 0.5 / Double(groupLimit)
                    else {
                        continue
                    }
                    groups[0].append((place.own - last.own) * known)
                    groups[1].append((place.other - last.other) * otherKnown)
                    last = place
                }
            }
            groups[0].append((1 - last.own) * known)
            groups[1].append((1 - last.other) * otherKnown)
            return stabilityIndex(groups[0], groups[1])
        }
        guard let names = before.categories, let others = after.categories, old.count == names.count + 2,
            new.count == others.count + 2
        else { return nil }
        // Those that both list; the rest together.
        var groups = [[old[0], old[names.count + 1]], [new[0], new[others.count + 1]]]
        for (place, name) in names.enumerated() {
            if let other = others.firstIndex(of: name) {
                groups[0].append(old[place + 1])
                groups[1].append(new[other + 1])
            } else {
                groups[0][1] += old[place + 1]
            }
        }
        for (place, name) in others.enumerated() where !names.contains(name) { groups[1][1] += new[place + 1] }
        return stabilityIndex(groups[0], groups[1])
    }

    /// Over all buckets; nil if their counts do not fit together.
    private static func total(_ values: InsightsFile.Values) -> [Double]? {
        let counts = [values.counts.low, values.counts.medium, values.counts.high]
        guard counts.allSatisfy({ $0.count == counts[0].count }) else { return nil }
        return counts[0].indices.map { place in Double(counts.reduce(0) { $0 + $1[place] }) }
    }

    /// Between what shares of the known values are at most this: one share at an edge, what the edges around it allow elsewhere.
    static func share(below cut: Double, _ edges: [Double], _ counts: [Double]) -> ClosedRange<Double> {
        let known = counts.dropFirst().reduce(0, +)
        let group = edges.firstIndex { $0 > cut } ?? edges.count
        let below = counts[1..<(group + 1)].reduce(0, +)
        if group > 0, edges[group - 1] == cut { return (below / known)...(below / known) }
        return (below / known)...((below + counts[group + 1]) / known)
    }

    /// The point of a range that is nearest to a point or range.
    private static func nearest(_ range: ClosedRange<Double>, to other: ClosedRange<Double>) -> ClosedRange<Double> {
        let point = min(max(other.lowerBound, range.lowerBound), range.upperBound)
        return point...point
    }
}
