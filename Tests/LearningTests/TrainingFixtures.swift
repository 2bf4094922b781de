import Bytes
import TestSupport
import Testing

@testable import Learning

/// Rows to learn from, as plain columns of bins.
struct Rows {
    var columns: [[UInt8]]
    var binCounts: [Int]
    var labels: [UInt8]

    var count: Int { labels.count }
    var matrix: BinnedMatrix { BinnedMatrix(columns: columns, rows: count) }
    func bins(_ row: Int) -> [UInt8] { columns.map { $0[row] } }

    init(columns: [[UInt8]], binCounts: [Int], labels: [UInt8]) {
        self.columns = columns
        self.binCounts = binCounts
        self.labels = labels
    }

    /// Bins at random; the outcome with the probability that `probability` gives of a row's bins.
    init(
        _ count: Int, binCounts: [Int], _ random: inout SplitMix,
        probability: (_ bins: [UInt8]) -> Double = { _ in 0.5 }
    ) {
        columns = binCounts.map { bins in (0..<count).map { _ in UInt8(random.below(bins)) } }
        self.binCounts = binCounts
        labels = []
        for row in 0..<count { labels.append(random.unit() < probability(bins(row)) ? 1 : 0) }
    }

    func part(_ rows: [Int]) -> Rows {
        Rows(
            columns: columns.map { column in rows.map { column[$0] } }, binCounts: binCounts,
            labels: rows.map { labels[$0] })
    }
}

/// Trains on matrices of the rows of `groups`, which are rows modulo `shards` unless given, and validates on every row whose number `isValidation`.
struct Training {
    var booster: Booster
    var ensemble: Ensemble

    init(
        _ rows: Rows, _ settings: TrainingSettings, shards: Int = 1, groups: [[Int]]? = nil, keys: [UInt64]? = nil,
        isValidation: (Int) -> Bool = { $0 % 5 == 0 }
    ) throws {
        let keys = keys ?? (0..<rows.count).map(UInt64.init)
        let training = (0..<rows.count).filter { !isValidation($0) }
        booster = Booster(
            settings: settings, binCounts: rows.binCounts, labelSum: Double(training.count { rows.labels[$0] == 1 }),
            rows: training.count)
        var trainers: [ShardTrainer] = []
        for own in groups ?? (0..<shards).map({ shard in (0..<rows.count).filter { $0 % shards == shard } }) {
            let numbers = own.indices.map(UInt32.init)
            let part = rows.part(own)
            trainers.append(
                try ShardTrainer(
                    matrix: part.matrix, binCounts: rows.binCounts, labels: LabelColumn(outcomes: part.labels),
                    keys: own.map { keys[$0] },
                    training: numbers.filter { !isValidation(own[Int($0)]) },
                    validation: numbers.filter { isValidation(own[Int($0)]) }, base: booster.base, settings: settings))
        }
        ensemble = try Self.train(&booster, &trainers)
    }

    /// Has the trainers follow the booster's orders to the end.
    static func train(_ booster: inout Booster, _ trainers: inout [ShardTrainer]) throws -> Ensemble {
        var order = booster.start()
        while true {
            var sum = try trainers[0].perform(order)
            for shard in trainers.indices.dropFirst() { sum.add(try trainers[shard].perform(order)) }
            switch booster.receive(sum) {
            case .order(let next): order = next
            case .finished(let ensemble): return ensemble
            }
        }
    }
}

/// The share of pairs of a row with the outcome and one without that are in the right order; ties count half.
func auc(_ margins: [Double], _ labels: [UInt8]) -> Double {
    var ordered = 0.0
    var pairs = 0.0
    for (margin, label) in zip(margins, labels) where label == 1 {
        for (other, otherLabel) in zip(margins, labels) where otherLabel == 0 {
            ordered += margin > other ? 1 : margin == other ? 0.5 : 0
            pairs += 1
        }
    }
    return ordered / pairs
}

extension SplitMix {
    mutating func tree(depth: Int, binCounts: [Int], isSymmetric: Bool) throws -> Tree {
        var splits: [Split?] = []
        for level in 0..<depth {
            var common: Split?
            for _ in 0..<(1 << level) {
                let feature = below(binCounts.count)
                // Of two bins one is that of missing values.
                let missingLeft = binCounts[feature] == 2 || oneIn(2)
                let lowest = missingLeft ? 0 : 1
                let split = Split(
                    feature: feature, threshold: UInt8(lowest + below(binCounts[feature] - 1 - lowest)),
                    missingLeft: missingLeft)
                common = common ?? split
                splits.append(isSymmetric ? common : oneIn(5) ? nil : split)
            }
        }
        return try Tree(
            splits: splits, leaves: (0..<(1 << depth)).map { _ in Float(below(2000)) / 1000 - 1 },
            leafCovers: (0..<(1 << depth)).map { _ in Int64(below(100_000)) })
    }
}

/// Whether each of many roundings of a number is a neighbour of it, and their mean is the number.
func expectRounded(_ values: [Int64], from exact: Double, sourceLocation: SourceLocation = #_sourceLocation) {
    let slack = 1e-3
    #expect(values.allSatisfy { Double($0) >= (exact - slack).rounded(.down) }, sourceLocation: sourceLocation)
    #expect(values.allSatisfy { Double($0) <= (exact + slack).rounded(.up) }, sourceLocation: sourceLocation)
    let mean = Double(values.reduce(0, +)) / Double(values.count)
    // Five standard errors of a sum of roundings.
    #expect(abs(mean - exact) < 5 * 0.5 / Double(values.count).squareRoot(), sourceLocation: sourceLocation)
}
