import Foundation

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

    /// Past such a share of a run's known values a group between two edges is a heap, and may be all at one value.
    static let heapShare = 0.5 / Double(groupLimit)

    /// Of a factor whose values two runs counted; nil where they cannot be compared.
    ///
    /// Runs choose edges of their own, and where a value stands between two of them nobody knows. So both are cut at the
    /// same places: at edges of either run that part no heap of the other. What is cut elsewhere than at an edge is taken
    /// to be spread evenly, which is wrong for less than `heapShare` of the values. What lies past the last edge is one
    /// group, so that a shift out there counts for less than it is.
    static func stabilityIndex(_ before: InsightsFile.Values, _ after: InsightsFile.Values) -> Double? {
        guard let old = total(before), let new = total(after) else { return nil }
        if let edges = before.edges, let others = after.edges {
            guard old.count == edges.count + 2, new.count == others.count + 2 else { return nil }
            let candidates = Set(edges + others).sorted().filter { cut in
                partsNoHeap(cut, edges, old) && partsNoHeap(cut, others, new)
            }
            let cuts = chosen(candidates, edges, old)
            let groups = [(edges, old), (others, new)].map { edges, counts in
                let below = cuts.map { self.below($0, edges, counts) }
                let known = counts.dropFirst().reduce(0, +)
                return [counts[0]] + zip(below + [known], [0] + below).map { $0 - $1 }
            }
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

    /// Whether so little stands between the edges around a cut that it does not matter where in between.
    private static func partsNoHeap(_ cut: Double, _ edges: [Double], _ counts: [Double]) -> Bool {
        if edges.contains(cut) { return true }
        let group = edges.firstIndex { $0 > cut } ?? edges.count
        return counts[group + 1] <= heapShare * counts.dropFirst().reduce(0, +)
    }

    /// Of the candidates those that part the known values into groups of about one size, a heap being one by itself; at most
    /// `groupLimit` groups.
    private static func chosen(_ candidates: [Double], _ edges: [Double], _ counts: [Double]) -> [Double] {
        let known = counts.dropFirst().reduce(0, +)
        let size = known / Double(groupLimit)
        var cuts: [Double] = []
        var last = 0.0
        for cut in candidates where cuts.count < groupLimit - 1 {
            let place = below(cut, edges, counts)
            guard place - last >= size, known - place >= size / 2 else { continue }
            cuts.append(cut)
            last = place
        }
        return cuts
    }

    /// How many known values are at most this; between two edges in proportion.
    static func below(_ cut: Double, _ edges: [Double], _ counts: [Double]) -> Double {
        var sum = 0.0
        for (place, edge) in edges.enumerated() {
            if edge <= cut {
                sum += counts[place + 1]
            } else {
                guard place > 0 else { return 0 }
                return sum + counts[place + 1] * (cut - edges[place - 1]) / (edge - edges[place - 1])
            }
        }
        // Past the last edge nothing is known of where values end.
        return edges.last == cut ? sum : sum + (counts.last ?? 0)
    }
}
