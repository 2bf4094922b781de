import Bytes
import ClusterProtocol
import Learning
import Synchronization

/// One step of a logistic regression on some shards: their rows' loss and its gradient at some scores.
struct RegressTask: ByteCodable {
    var shards: Range<Int>
    /// Labelled snapshots whose rows take part.
    var snapshots: [UInt8]
    /// Rows whose sampling hash is at most this take part.
    var sampleUpTo: UInt64
    var layout: LinearLayout
    var scores: LinearScores
    /// Whether the weight of each bin's rows is wanted too.
    var weighsBins: Bool

    init(
        shards: Range<Int>, snapshots: [UInt8], sampleUpTo: UInt64, layout: LinearLayout, scores: LinearScores,
        weighsBins: Bool
    ) {
        self.shards = shards
        self.snapshots = snapshots
        self.sampleUpTo = sampleUpTo
        self.layout = layout
        self.scores = scores
        self.weighsBins = weighsBins
    }

    func encode(to writer: inout ByteWriter) {
        writer.write(UInt32(shards.lowerBound))
        writer.write(UInt32(shards.count))
        writer.write(array: snapshots)
        writer.write(sampleUpTo)
        layout.encode(to: &writer)
        scores.encode(to: &writer)
        writer.write(weighsBins)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        let first = Int(try reader.read(UInt32.self))
        shards = first..<(first + Int(try reader.read(UInt32.self)))
        snapshots = try reader.readArray()
        sampleUpTo = try reader.read()
        layout = try LinearLayout(from: &reader)
        scores = try LinearScores(from: &reader)
        weighsBins = try reader.readBool()
    }
}

extension TaskExecutor {
    func regress(_ task: RegressTask) throws(Failure) -> RegressionSums {
        var parts: [RegressionRows] = []
        for shard in task.shards { parts.append(try regressionRows.load(task, shard, store)) }
        do throws(TrainingError) {
            var sum = RegressionSums(layout: task.layout, weighsBins: task.weighsBins)
            for part in parts { sum.add(try part.sums(at: task.scores, weighsBins: task.weighsBins)) }
            return sum
        } catch {
            throw Failure(.machine, "\(error)")
        }
    }
}

/// The rows of the regression under way, read once a worker and kept: a sample, so that they fit into memory.
final class KeptRegressionRows: Sendable {
    private struct Kept {
        var snapshots: [UInt8] = []
        var byShard: [Int: RegressionRows] = [:]
    }

    private let kept = Mutex(Kept())

    func load(_ task: RegressTask, _ shard: Int, _ store: ShardStore) throws(Failure) -> RegressionRows {
        let found = kept.withLock { kept in
            if kept.snapshots != task.snapshots { kept = Kept(snapshots: task.snapshots) }
            return kept.byShard[shard]
        }
        if let found { return found }
        let rows: BinnedRows
        do throws(StoreError) {
            rows = try store.read(.binned(shard: shard))
        } catch {
            throw Failure(.machine, "\(error)")
        }
        let made: RegressionRows
        do throws(TrainingError) {
            made = try task.rows(of: rows)
        } catch {
            throw Failure(.machine, "\(error)")
        }
        kept.withLock { if $0.snapshots == task.snapshots { $0.byShard[shard] = made } }
        return made
    }

    /// Frees them.
    func drop() { kept.withLock { $0 = Kept() } }
}

extension RegressTask {
    static func samplingHash(_ key: UInt64) -> UInt64 { StableHash.mix(key, 0x7265_6772_6573_73) }

    fileprivate func rows(of all: BinnedRows) throws(TrainingError) -> RegressionRows {
        let wanted = (0..<all.matrix.rows).filter { row in
            all.labels[row] <= 1 && all.isValidation[row] == 0 && snapshots.contains(all.snapshots[row])
                && Self.samplingHash(all.keys[row]) <= sampleUpTo
        }
        let weights = all.weights(ofTraining: wanted)
        let matrix = BinnedMatrix(rows: wanted.count, features: all.matrix.features) { feature, column in
            let bins = all.matrix.bins(of: feature)
            for (place, row) in wanted.enumerated() { column[place] = bins[bins.startIndex + row] }
        }
        return try RegressionRows(
            matrix: matrix, layout: layout, labels: wanted.map { all.labels[$0] },
            weights: wanted.map { weights[$0] })
    }
}
