import Bytes
import TestSupport
import Testing

@testable import Learning

/// Margins of few rows are kept as a list, of many by step: what is told of them is the same.
@Suite struct FewMarginsTests {
    private func margins(_ count: Int, seed: UInt64) -> [(margin: Double, isPositive: Bool)] {
        var random = SplitMix(seed: seed)
        return (0..<count).map { _ in (Double(random.below(40_000)) / 2000 - 10, random.oneIn(3)) }
    }

    /// By hand: rows and positives of each step.
    private func counted(_ rows: [(margin: Double, isPositive: Bool)]) -> [MarginHistogram.Count] {
        var counts: [Int: (positives: Int, negatives: Int)] = [:]
        for row in rows {
            var count = counts[MarginHistogram.step(of: row.margin)] ?? (0, 0)
            if row.isPositive { count.positives += 1 } else { count.negatives += 1 }
            counts[MarginHistogram.step(of: row.margin)] = count
        }
        return counts.sorted { $0.key < $1.key }
            .map { MarginHistogram.Count(step: $0.key, positives: $0.value.positives, negatives: $0.value.negatives) }
    }

    @Test(arguments: [0, 1, 4095, 4096, 4097, 8192, 30_000]) func theNumberOfRowsDoesNotMatter(_ count: Int) throws {
        let rows = margins(count, seed: UInt64(count))
        var whole = MarginHistogram()
        for row in rows { whole.add(margin: row.margin, isPositive: row.isPositive) }
        let expected = counted(rows)
        #expect(whole.counts == expected)
        #expect(whole.rows == count && whole.positives == rows.count { $0.isPositive })
        // As sent, and as the sum of two parts in either order.
        #expect(try MarginHistogram(decoding: whole.encoded) == whole)
        var parts = [MarginHistogram(), MarginHistogram()]
        for (place, row) in rows.enumerated() {
            parts[place % 3 == 0 ? 0 : 1].add(margin: row.margin, isPositive: row.isPositive)
        }
        for order in [[0, 1], [1, 0]] {
            var sum = parts[order[0]]
            sum.add(parts[order[1]])
            #expect(sum.counts == expected && sum == whole && sum.encoded == whole.encoded)
        }
    }
}
