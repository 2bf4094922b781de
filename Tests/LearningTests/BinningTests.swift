import Bytes
import TestSupport
import Testing

@testable import Learning

@Suite struct BinningTests {
    /// 1 + how many edges are less than the value, 0 for NaN.
    @Test(arguments: [0, 1, 2, 3, 6, 7, 8, 15, 30, 31, 62, 63, 127, 253, 254])
    func columnsAreBinnedAsTheDefinitionSays(_ count: Int) {
        var random = SplitMix(seed: UInt64(count))
        var edges: [Float] = []
        while edges.count < count { edges = Array(Set(edges + [Float(random.normal() * 10)])).sorted() }
        var values = edges + edges.map(\.nextUp) + edges.map(\.nextDown)
        values += [.nan, .infinity, -.infinity, 0, -0.0, .greatestFiniteMagnitude, -.leastNonzeroMagnitude]
        for _ in 0..<300 { values.append(Float(random.normal() * 12)) }
        var bins: [UInt8] = [7]
        numericBins(of: values, edges: edges, into: &bins)
        #expect(bins.count == values.count)
        let feature = FeatureBins.numeric(edges: edges)
        for (value, bin) in zip(values, bins) {
            let expected = value.isNaN ? 0 : 1 + edges.count { $0 < value }
            #expect(Int(bin) == expected)
            #expect(feature.bin(of: value) == bin)
        }
    }

    private func bins(_ values: [Float], maximumBins: Int) -> FeatureBins {
        .numeric(from: NumericSketch(values: values), maximumBins: maximumBins)
    }

    @Test func fewDistinctValuesHaveABinEach() {
        let values: [Float] = [3, 1, 1, 1, 1, 1, 2.5, -7, .infinity, -.infinity, 1e30, .nan]
        let bins = bins(values, maximumBins: 64)
        let distinct: [Float] = [-.infinity, -7, 1, 2.5, 3, 1e30, .infinity]
        #expect(distinct.map { bins.bin(of: $0) } == [1, 2, 3, 4, 5, 6, 7])
        #expect(bins.bin(of: Float.nan) == 0)
        #expect(bins.binCount == 8)
        // As many values as there are bins, the missing one aside.
        let exact = self.bins((1...63).map(Float.init), maximumBins: 64)
        #expect(Set((1...63).map { exact.bin(of: Float($0)) }).count == 63)
    }

    @Test func nothingAndOneValueAreOneBin() {
        #expect(bins([], maximumBins: 64) == .numeric(edges: []))
        #expect(bins([5, 5, 5], maximumBins: 64) == .numeric(edges: []))
        #expect(bins([1, 2, 3], maximumBins: 2) == .numeric(edges: []))
    }

    /// Zero is half of all rows, as in counts of rare events.
    @Test func aValueOfManyRowsKeepsABinOfItsOwn() {
        var random = SplitMix(seed: 1)
        var values = [Float](repeating: 0, count: 5000)
        for _ in 0..<5000 { values.append(Float(random.normal())) }
        let bins = bins(values, maximumBins: 16)
        let own = bins.bin(of: 0 as Float)
        #expect(values.allSatisfy { $0 == 0 || bins.bin(of: $0) != own })
        #expect(bins.binCount == 16)
    }

    @Test(arguments: [2, 3, 16, 64, 256])
    func binsOfManyValuesHoldAboutEqualShares(_ maximumBins: Int) {
        var random = SplitMix(seed: 2)
        let values = (0..<20_000).map { _ in Float(random.normal() * random.normal()) }
        let bins = bins(values, maximumBins: maximumBins)
        #expect(bins.binCount == maximumBins)
        var counts = [Int](repeating: 0, count: maximumBins)
        for value in values { counts[Int(bins.bin(of: value))] += 1 }
        let share = Double(values.count) / Double(maximumBins - 1)
        #expect(counts[0] == 0)
        #expect(counts.dropFirst().allSatisfy { abs(Double($0) - share) < max(0.05 * share, 3) })
    }

    @Test func edgesAscendAndStayWithinTheirNumberWhateverTheCounts() {
        var random = SplitMix(seed: 3)
        for _ in 0..<300 {
            var values: [Float] = []
            for _ in 0..<(1 + random.below(60)) {
                let value = Float(random.below(40)) / 4
                values += [Float](repeating: value, count: 1 + random.below(random.oneIn(6) ? 500 : 5))
            }
            let maximum = 2 + random.below(30)
            guard case .numeric(let edges) = bins(values, maximumBins: maximum) else { continue }
            #expect(edges.count <= maximum - 2)
            #expect(zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 })
            // Each edge parts values that there are.
            for edge in edges { #expect(values.contains { $0 <= edge } && values.contains { $0 > edge }) }
        }
        let (low, high) = (Float(1), Float(1).nextUp)
        #expect(NumericSketch.edge(between: low, and: high) == low)
        let widest = NumericSketch.edge(between: -.greatestFiniteMagnitude, and: .greatestFiniteMagnitude)
        #expect(widest == 0)
    }

    @Test func sketchesOfPartsAddUpToTheWholeInAnyOrder() {
        #expect(NumericSketch(values: [-0.0]).encoded == NumericSketch(values: [0]).encoded)
        var random = SplitMix(seed: 4)
        for _ in 0..<50 {
            let values: [Float] = (0..<200).map { _ in
                random.oneIn(6) ? [.nan, 0, -0.0, .infinity][random.below(4)] : Float(random.below(50)) - 25
            }
            let whole = NumericSketch(values: values)
            let cut = random.below(values.count)
            let (a, b) = (NumericSketch(values: Array(values[..<cut])), NumericSketch(values: Array(values[cut...])))
            var (ab, ba) = (a, b)
            ab.merge(b)
            ba.merge(a)
            #expect(ab == whole)
            #expect(ba == whole)
            #expect(whole.total == values.count { !$0.isNaN })
            // To the bit, although 0 and -0 are equal.
            #expect(ab.encoded == whole.encoded && ba.encoded == whole.encoded)
        }
    }
}

@Suite struct CategoryBinningTests {
    @Test func theMostFrequentHaveABinEachInTheOrderOfTheirRates() {
        var sketch = CategorySketch()
        sketch.add("rare but sure", CategorySketch.Count(rows: 30, positives: 20))
        sketch.add("too rare to say", CategorySketch.Count(rows: 2, positives: 2))
        sketch.add("good", CategorySketch.Count(rows: 1000, positives: 900))
        sketch.add("bad", CategorySketch.Count(rows: 1000, positives: 100))
        sketch.add("middle", CategorySketch.Count(rows: 900, positives: 450))
        let bins = FeatureBins.categorical(from: sketch, maximumBins: 5)
        #expect(bins == .categorical(values: ["bad", "middle", "good"]))
        let texts: [String?] = ["bad", "middle", "good", "rare but sure", "never seen", nil]
        #expect(texts.map { bins.bin(of: $0) } == [1, 2, 3, 4, 4, 0])
        #expect(bins.binCount == 5)
        // Few rows prove little: the rate is drawn towards that of all, and fewer have no bin of their own.
        let all = FeatureBins.categorical(from: sketch, maximumBins: 64)
        #expect(all == .categorical(values: ["bad", "middle", "rare but sure", "good"]))
    }

    @Test func tiesGoByBytes() {
        var sketch = CategorySketch()
        for value in ["b", "a", "\u{e9}", "e\u{301}", "c"] {
            sketch.add(value, CategorySketch.Count(rows: 10, positives: 5))
        }
        guard case .categorical(let values) = FeatureBins.categorical(from: sketch, maximumBins: 64) else { return }
        #expect(values.map { Array($0.utf8) } == ["a", "b", "c", "e\u{301}", "\u{e9}"].map { Array($0.utf8) })
        let few = FeatureBins.categorical(from: sketch, maximumBins: 4)
        #expect(few == .categorical(values: ["a", "b"]))
    }

    @Test func sketchesOfPartsAddUpToTheWholeInAnyOrder() {
        var random = SplitMix(seed: 5)
        for _ in 0..<30 {
            var parts = [CategorySketch](repeating: CategorySketch(), count: 3)
            var whole = CategorySketch()
            for _ in 0..<300 {
                let (value, positives) = ("v\(random.below(40))", random.below(2))
                parts[random.below(3)].add(value, CategorySketch.Count(rows: 1, positives: positives))
                whole.add(value, CategorySketch.Count(rows: 1, positives: positives))
            }
            for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
                var sum = CategorySketch()
                for part in order { sum.merge(parts[part]) }
                #expect(sum == whole)
                #expect(sum.encoded == whole.encoded)
            }
            #expect(whole.total.rows == 300)
        }
    }

    /// What an encoding drops still counts in the totals.
    @Test func encodingKeepsTheMostFrequent() throws {
        var sketch = CategorySketch()
        for value in 0..<5000 { sketch.add("v\(value)", CategorySketch.Count(rows: 1 + value, positives: 1)) }
        var reader = ByteReader(sketch.encoded)
        let kept = try CategorySketch(from: &reader)
        #expect(kept.total == sketch.total)
        #expect(kept["v4999"] == CategorySketch.Count(rows: 5000, positives: 1))
        #expect(kept["v\(5000 - CategorySketch.maximumEncodedValues)"] != nil)
        #expect(kept["v\(5000 - CategorySketch.maximumEncodedValues - 1)"] == nil)
    }
}
