/// What somebody may have meant by a name that does not exist.
package enum NearestName {
    /// The candidate nearest to a name, if one is near enough to be a slip of the pen.
    ///
    /// Case and the separators `_`, `-`, `.` and space do not count. Near is at most one edit for each three letters
    /// (an insertion, deletion, substitution or swap of neighbours), else a candidate that begins with the name; among
    /// equals the first candidate. Cost: the product of the lengths, for each candidate.
    package static func nearest(to name: String, among candidates: [String]) -> String? {
        let wanted = letters(name)
        guard !wanted.isEmpty else { return nil }
        var best: (candidate: String, distance: Int)?
        for candidate in candidates {
            let other = letters(candidate)
            let limit = max(1, max(wanted.count, other.count) / 3)
            guard abs(other.count - wanted.count) <= limit, wanted.count > 1 || other == wanted else { continue }
            let distance = editDistance(wanted, other)
            if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        if let best { return best.candidate }
        return wanted.count < 3 ? nil : candidates.first { letters($0).starts(with: wanted) }
    }

    private static func letters(_ name: String) -> [Unicode.Scalar] {
        name.lowercased().unicodeScalars.filter { !"_-. ".unicodeScalars.contains($0) }
    }

    /// Optimal string alignment distance (Damerau 1964, without edits across a swap).
    private static func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        var before: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
                row.append(cost)
            }
            before = last
            last = row
        }
        return last[b.count]
    }
}
