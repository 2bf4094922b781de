import Bytes
import ClusterProtocol
import Features
import Learning
import Scoring
import TestSupport
import Testing

@testable import ClusterTransport
@testable import Pipeline

/// Shards in a worker's memory that come and go while a model grows: what they answer is as if they had always been there.
@Suite struct WorkerFitTests {
    private let folder: TemporaryFolder
    private let store: ShardStore
    private let specification: FitSpecification
    private let binCounts = [6, 9]
    private let pool = ComputePool(threads: 2)

    init() throws {
        folder = try TemporaryFolder()
        store = ShardStore(directory: folder.path)
        try store.create()
        var random = SplitMix(seed: 1)
        for shard in 0..<4 {
            let rows = 60
            let columns = binCounts.map { count in (0..<rows).map { _ in UInt8(random.below(count)) } }
            let binned = BinnedRows(
                profiles: (0..<rows).map(UInt32.init), snapshots: Array(repeating: 1, count: rows),
                labels: LabelColumn(outcomes: (0..<rows).map { columns[0][$0] > 2 && !random.oneIn(4) ? 1 : 0 }),
                isValidation: (0..<rows).map { $0 % 5 == 0 ? 1 : 0 },
                keys: (0..<rows).map { _ in random.next() },
                labelledSnapshots: Array(repeating: 0b10, count: rows), choice: RowChoice(),
                matrix: BinnedMatrix(columns: columns, rows: rows))
            try store.write(.binned(shard: shard), sealing: binned)
        }
        let settings = try TrainingSettings(growth: .depthwise, maximumTrees: 6, depth: 3)
        specification = FitSpecification(settings: settings, snapshots: [1], base: 0, binCounts: binCounts)
    }

    /// At every order in turn another worker takes over two shards, and before the next tree it loses one of them.
    @Test func shardsMoveInTheMiddle() throws {
        var moment: UInt32 = 0
        while try run(takingOverAt: moment) { moment += 1 }
        #expect(moment > 15)
    }

    /// - Returns: whether the fit went on for so long.
    private func run(takingOverAt moment: UInt32) throws -> Bool {
        var booster = Booster(settings: specification.settings, binCounts: binCounts, labelSum: 90, rows: 192)
        _ = booster.start()
        var sequence: UInt32 = 0
        func joining(_ own: [UInt32]) throws -> (fit: ShardGroupsFit<BoostingLearner>, reply: [UInt8]) {
            let assignment = ShardAssignment(
                fit: 1, stage: .train, specification: specification.encoded, shards: own, sequence: sequence,
                history: booster.history.encoded)
            var fit = try ShardGroupsFit<BoostingLearner>(assignment, store)
            let reply = try fit.assign(assignment, on: pool).reply
            return (fit, reply)
        }
        var (all, reply) = try joining([0, 1, 2, 3])
        var (steady, _) = try joining([0])
        var late: ShardGroupsFit<BoostingLearner>?
        var hasReleased = false
        while true {
            if sequence == moment { late = try joining([0, 1]).fit }
            guard case .order(let order) = booster.receive(try TrainingReply(decoding: reply)) else {
                return late != nil
            }
            sequence += 1
            if case .begin = order, late != nil, !hasReleased {
                late?.release([1])
                hasReleased = true
            }
            reply = try #require(try all.answer(sequence: sequence, order.encoded, on: pool)).reply
            let expected = try steady.answer(sequence: sequence, order.encoded, on: pool)
            let found = try late?.answer(sequence: sequence, order.encoded, on: pool)
            if hasReleased { #expect(found?.reply == expected?.reply, "order \(sequence), taken over at \(moment)") }
        }
    }
}
