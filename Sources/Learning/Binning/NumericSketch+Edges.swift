extension NumericSketch {
    /// The edges that divide the values into at most `maximumBins` bins: a value goes into the bin of how many edges are less than it.
    ///
    /// Few distinct values get a bin each. Otherwise values that would fill a bin by themselves keep one to
    /// themselves, and the others are divided so that the bins hold about equally many rows.
    /// - Parameter maximumBins: at least 1.
    func edges(maximumBins: Int) -> [Float] {
        guard maximumBins > 1, values.count > 1 else { return [] }
        if values.count <= maximumBins { return edges(after: Array(values.indices.dropLast())) }
        let runs = runsAroundHeavyValues(maximumBins: maximumBins)
        let shares = binShares(of: runs, maximumBins: maximumBins)
        var lastOfBin: [Int] = []
        for (run, share) in zip(runs, shares) { appendBinEnds(of: run, bins: share, to: &lastOfBin) }
        return edges(after: Array(lastOfBin.dropLast()))
    }

    private func edges(after indices: [Int]) -> [Float] {
        indices.map { Self.edge(between: values[$0], and: values[$0 + 1]) }
    }

    /// A value v with `lower <= v < upper`, halfway where that can be represented: `lower` goes left of it, `upper` right.
    static func edge(between lower: Float, and upper: Float) -> Float {
        let middle = lower / 2 + upper / 2
        return middle >= lower && middle < upper ? middle : lower
    }

    /// The values as consecutive index ranges: one for each heavy value, one for each stretch between them.
    ///
    /// At most half of the bins go to heavy values, so that the stretches between them always have one each.
    private func runsAroundHeavyValues(maximumBins: Int) -> [Range<Int>] {
        let total = self.total
        let isOverAShare = values.indices.filter { counts[$0] * maximumBins >= total }
        let heaviestFirst = isOverAShare.sorted { counts[$0] != counts[$1] ? counts[$0] > counts[$1] : $0 < $1 }
        let heavy = heaviestFirst.prefix((maximumBins - 1) / 2).sorted()
        var runs: [Range<Int>] = []
        var next = 0
        for index in heavy {
            if next < index { runs.append(next..<index) }
            runs.append(index..<(index + 1))
            next = index + 1
        }
        if next < values.count { runs.append(next..<values.count) }
        return runs
    }

    /// How many bins each run gets: one, and the rest one by one to whichever has the most rows a bin.
    private func binShares(of runs: [Range<Int>], maximumBins: Int) -> [Int] {
        let rows = runs.map { run in counts[run].reduce(0, +) }
        var shares = [Int](repeating: 1, count: runs.count)
        for _ in 0..<max(0, maximumBins - runs.count) {
            var fullest: Int?
            for index in runs.indices where shares[index] < runs[index].count {
                guard let other = fullest else {
                    fullest = index
                    continue
                }
                // rows / shares compared without dividing; sample counts are far below the square root of Int.max.
                if rows[index] * shares[other] > rows[other] * shares[index] { fullest = index }
            }
            guard let fullest else { break }
            shares[fullest] += 1
        }
        return shares
    }

    /// Appends the index of each bin's last value: a bin closes where its rows come nearest to an equal share of what is left.
    private func appendBinEnds(of run: Range<Int>, bins: Int, to ends: inout [Int]) {
        var rowsLeft = counts[run].reduce(0, +)
        var binsLeft = bins
        var rows = 0
        for index in run.dropLast() where binsLeft > 1 {
            rows += counts[index]
            let mustClose = run.upperBound - 1 - index == binsLeft - 1
            let target = Double(rowsLeft) / Double(binsLeft)
            let isNearest = Double(rows) + Double(counts[index + 1]) / 2 >= target
            if mustClose || isNearest {
                ends.append(index)
                rowsLeft -= rows
                binsLeft -= 1
                rows = 0
            }
        }
        ends.append(run.upperBound - 1)
    }
}
