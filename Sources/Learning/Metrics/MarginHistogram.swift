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
    }

    static let stepsPerUnit = 2048.0
    /// Steps go from minus this to this.
    static let largestStep = 32_768

    /// By step; empty until a row is added, for what others send of a few rows must not take a megabyte.
    private var positiveCounts: [Int] = []
    private var negativeCounts: [Int] = []
    /// The steps that have rows, ascending, while there is nothing by step.
    private var few: [Count] = []

    package init() {}

    private mutating func spread() {
        guard positiveCounts.isEmpty else { return }
        positiveCounts = [Int](repeating: 0, count: 2 * Self.largestStep + 1)
        negativeCounts = positiveCounts
        for count in few {
            positiveCounts[count.step + Self.largestStep] = count.positives
            negativeCounts[count.step + Self.largestStep] = count.negatives
        }
        few = []
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
        spread()
        let index = Self.step(of: margin) + Self.largestStep
        if isPositive { positiveCounts[index] += 1 } else { negativeCounts[index] += 1 }
    }

    /// Adds other rows' counts. Commutes and associates.
    package mutating func add(_ other: MarginHistogram) {
        spread()
        for count in other.counts {
            positiveCounts[count.step + Self.largestStep] += count.positives
            negativeCounts[count.step + Self.largestStep] += count.negatives
        }
    }

    /// The steps that have rows, ascending.
    package var counts: [Count] {
        guard !positiveCounts.isEmpty else { return few }
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
        return few.first { $0.step == step }?.rows ?? 0
    }

    package var positives: Int { positiveCounts.reduce(0, +) + few.reduce(0) { $0 + $1.positives } }
    package var negatives: Int { negativeCounts.reduce(0, +) + few.reduce(0) { $0 + $1.negatives } }
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
