package import Bytes

/// How many rows with and without the outcome have which margin: all that measuring and calibrating a model takes.
///
/// Margins are rounded to 1/2048 of log-odds and clamped to +-16, so shards add up to the same in any order and a billion rows take
/// a megabyte. Rounding moves an AUC by less than 1e-5 on real models.
package struct MarginHistogram: Sendable, Equatable {
    /// The rows whose margin rounds to `step` / 2048.
    package struct Count: Sendable, Equatable {
        package let step: Int
        package let positives: Int
        package let negatives: Int

        package var rows: Int { positives + negatives }
        package var margin: Double { Double(step) / MarginHistogram.stepsPerUnit }

        fileprivate static func + (a: Count, b: Count) -> Count {
            Count(step: a.step, positives: a.positives + b.positives, negatives: a.negatives + b.negatives)
        }
    }

    static let stepsPerUnit = 2048.0
    /// Steps go from minus this to this.
    static let largestStep = 32_768

    /// By step; empty while there are few, for a few rows of many shards and dates must not take a megabyte each.
    private var positiveCounts: [Int] = []
    private var negativeCounts: [Int] = []
    /// The steps that have rows, ascending, while there is nothing by step.
    private var few: [Count] = []
    /// Rows that are not in `few` yet, in the order in which they came.
    private var pending: [Count] = []

    /// As many steps, and as many rows that wait, are few.
    private static let mostFew = 4096

    package init() {}

    private mutating func spread() {
        guard positiveCounts.isEmpty else { return }
        settle()
        positiveCounts = [Int](repeating: 0, count: 2 * Self.largestStep + 1)
        negativeCounts = positiveCounts
        for count in few {
            positiveCounts[count.step + Self.largestStep] = count.positives
            negativeCounts[count.step + Self.largestStep] = count.negatives
        }
        few = []
    }

    private mutating func settle() {
        few = settled
        pending = []
    }

    /// All of `few` and `pending`.
    private var settled: [Count] {
        if pending.isEmpty { return few }
        var counts: [Count] = []
        for count in (few + pending).sorted(by: { $0.step < $1.step }) {
            if let last = counts.last, last.step == count.step {
                counts[counts.count - 1] = last + count
            } else {
                counts.append(count)
            }
        }
        return counts
    }

    package static func == (a: MarginHistogram, b: MarginHistogram) -> Bool { a.counts == b.counts }

    /// The step that a margin rounds to, -32768...32768; NaN to the lowest.
    package static func step(of margin: Double) -> Int {
        let scaled = margin * stepsPerUnit
        let limit = Double(largestStep)
        guard scaled > -limit else { return -largestStep }
        return scaled < limit ? Int(scaled.rounded()) : largestStep
    }

    package mutating func add(margin: Double, isPositive: Bool) {
        let step = Self.step(of: margin)
        if positiveCounts.isEmpty {
            pending.append(Count(step: step, positives: isPositive ? 1 : 0, negatives: isPositive ? 0 : 1))
            if pending.count < Self.mostFew { return }
            settle()
            if few.count > Self.mostFew { spread() }
            return
        }
        let index = step + Self.largestStep
        if isPositive { positiveCounts[index] += 1 } else { negativeCounts[index] += 1 }
    }

    /// Adds other rows' counts. Commutes and associates.
    package mutating func add(_ other: MarginHistogram) {
        let theirs = other.counts
        if positiveCounts.isEmpty {
            pending += theirs
            settle()
            if few.count > Self.mostFew { spread() }
            return
        }
        for count in theirs {
            positiveCounts[count.step + Self.largestStep] += count.positives
            negativeCounts[count.step + Self.largestStep] += count.negatives
        }
    }

    /// The steps that have rows, ascending.
    package var counts: [Count] {
        guard !positiveCounts.isEmpty else { return settled }
        var counts: [Count] = []
        for index in positiveCounts.indices where positiveCounts[index] + negativeCounts[index] > 0 {
            counts.append(
                Count(
                    step: index - Self.largestStep, positives: positiveCounts[index],
                    negatives: negativeCounts[index]))
        }
        return counts
    }

    /// Rows of one step.
    func rows(atStep step: Int) -> Int {
        guard positiveCounts.isEmpty else {
            return positiveCounts[step + Self.largestStep] + negativeCounts[step + Self.largestStep]
        }
        return settled.first { $0.step == step }?.rows ?? 0
    }

    package var positives: Int {
        positiveCounts.reduce(0, +) + few.reduce(0) { $0 + $1.positives } + pending.reduce(0) { $0 + $1.positives }
    }
    package var negatives: Int {
        negativeCounts.reduce(0, +) + few.reduce(0) { $0 + $1.negatives } + pending.reduce(0) { $0 + $1.negatives }
    }
    package var rows: Int { positives + negatives }
}

extension MarginHistogram: ByteCodable {
    /// Writes only the steps that have rows.
    package func encode(to writer: inout ByteWriter) {
        let counts = self.counts
        writer.write(array: counts.map { Int32($0.step) })
        writer.write(array: counts.map { Int64($0.positives) })
        writer.write(array: counts.map { Int64($0.negatives) })
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        let steps = try reader.readArray(of: Int32.self).map(Int.init)
        let positives = try reader.readArray(of: Int64.self)
        let negatives = try reader.readArray(of: Int64.self)
        guard positives.count == steps.count, negatives.count == steps.count,
            zip(steps, steps.dropFirst()).allSatisfy({ $0 < $1 }),
            steps.allSatisfy({ -Self.largestStep...Self.largestStep ~= $0 })
        else { throw .badValue("steps of a margin histogram", offset: start) }
        let allowed = 0...ByteReader.mostCounted
        // Of each step first, so that the sum is none that overflows.
        guard positives.allSatisfy(allowed.contains), negatives.allSatisfy(allowed.contains),
            allowed ~= positives.reduce(0, +) + negatives.reduce(0, +)
        else { throw .badValue("counts of a margin histogram", offset: start) }
        self.init()
        few = steps.indices.map { Count(step: steps[$0], positives: Int(positives[$0]), negatives: Int(negatives[$0])) }
            .filter { $0.rows > 0 }
    }
}
