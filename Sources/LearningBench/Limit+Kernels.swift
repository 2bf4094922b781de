import ArgumentParser

/// How many stores a second one core does when nothing else is in the way: what histograms are measured against.
struct Limit: ParsableCommand {
    func run() throws {
        let rounds = 40_000_000
        var words = [Int64](repeating: 0, count: 8 * stride + 64)
        let best = (0..<5).map { _ in seconds { storeEight(&words, rounds) } }.min() ?? 1
        try LearningBench.report(["stores_per_second": 8 * Double(rounds) / best])
    }
}

/// As far apart as the sums of two features with up to 64 bins.
private let stride = 72

/// Eight read-add-writes a round to places of the first-level cache that no near round shares.
@inline(never)
private func storeEight(_ words: inout [Int64], _ rounds: Int) {
    words.withUnsafeMutableBufferPointer { words in
        guard let words = words.baseAddress else { return }
        for round in 0..<rounds {
            let place = words + (round & 63)
            let value = Int64(truncatingIfNeeded: round)
            place[0 &* stride] &+= value
            place[1 &* stride] &+= value
            place[2 &* stride] &+= value
            place[3 &* stride] &+= value
            place[4 &* stride] &+= value
            place[5 &* stride] &+= value
            place[6 &* stride] &+= value
            place[7 &* stride] &+= value
        }
    }
}
