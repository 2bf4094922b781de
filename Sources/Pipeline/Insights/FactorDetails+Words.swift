import Events
import Learning
import Reporting
import Scoring

extension FactorDetails {
    /// So many of the profiles with a reason say by which values they have it.
    private static let most = 0.95

    /// The values that next to all profiles with a reason have: "up to 34", "mostly 3 to 7", "no value", "France or Spain".
    ///
    /// nil where they have any, or too many kinds to name.
    ///
    /// - Parameter counts: profiles by bin of the feature, the missing one first.
    func words(of counts: ArraySlice<Int64>, _ feature: Int) -> String? {
        let counts = Array(counts)
        let total = counts.reduce(0, +)
        guard total > 0 else { return nil }
        let wanted = Int64((Self.most * Double(total)).rounded(.up))
        func words(_ text: String, _ covered: Int64) -> String { covered < total ? "mostly \(text)" : text }
        if counts[0] >= wanted { return words("no value", counts[0]) }
        switch model.features[feature].bins {
        case .numeric:
            guard let range = Self.shortestRange(of: counts, wanted) else { return nil }
            return self.words(range, ranges(feature)).map { words($0, counts[range].reduce(0, +)) }
        case .categorical(let values):
            let order = counts.indices.dropFirst().sorted { (counts[$1], $0) < (counts[$0], $1) }
            var (names, covered): ([String], Int64) = ([], 0)
            for bin in order where covered < wanted {
                guard names.count < 3, bin <= values.count else { return nil }
                names.append(values[bin - 1])
                covered += counts[bin]
            }
            guard covered >= wanted else { return nil }
            let text = names.count < 3 ? names.joined(separator: " or ") : "\(names[0]), \(names[1]) or \(names[2])"
            return words(String(text.prefix(80)), covered)
        }
    }

    /// The fewest neighbouring bins, none of them the missing one, that hold so many; the first of equals.
    private static func shortestRange(of counts: [Int64], _ wanted: Int64) -> ClosedRange<Int>? {
        var shortest: ClosedRange<Int>?
        var (first, sum): (Int, Int64) = (1, 0)
        for last in counts.indices.dropFirst() {
            sum += counts[last]
            while first < last, sum - counts[first] >= wanted {
                sum -= counts[first]
                first += 1
            }
            if sum >= wanted, last - first < shortest.map({ $0.upperBound - $0.lowerBound }) ?? .max {
                shortest = first...last
            }
        }
        return shortest
    }

    private func words(_ bins: ClosedRange<Int>, _ ranges: [ClosedRange<Float>?]) -> String? {
        let known = ranges.indices.filter { ranges[$0] != nil }
        let inside = known.filter(bins.contains)
        guard let first = inside.first, let last = inside.last, let low = ranges[first]?.lowerBound,
            let high = ranges[last]?.upperBound
        else { return nil }
        let (lowest, highest) = (Format.roundValue(low.asWritten), Format.roundValue(high.asWritten))
        if low == high { return lowest }
        switch (first == known.first, last == known.last) {
        case (true, true): return nil
        case (true, false): return "up to \(highest)"
        case (false, true): return "from \(lowest)"
        case (false, false): return "\(lowest) to \(highest)"
        }
    }
}
