import Bytes
import ClusterProtocol
import Learning

struct EvaluateTask: ByteCodable {
    var shard: Int
    /// Models of the store to be compared on the same rows.
    var models: [Int]
    var snapshots: [UInt8]

    init(shard: Int, models: [Int], snapshots: [UInt8]) {
        self.shard = shard
        self.models = models
        self.snapshots = snapshots
    }

    func encode(to writer: inout ByteWriter) {
        writer.write(UInt32(shard))
        writer.write(array: models.map(UInt32.init))
        writer.write(array: snapshots)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        shard = Int(try reader.read(UInt32.self))
        models = try reader.readArray(of: UInt32.self).map(Int.init)
        snapshots = try reader.readArray()
    }
}

/// How models do on labelled rows of profiles held out of training; sums over shards.
struct Evaluation: ShardSum {
    /// One a model.
    var margins: [MarginHistogram]
    /// Second model against first.
    var paired: PairedLoss

    init(margins: [MarginHistogram], paired: PairedLoss) {
        self.margins = margins
        self.paired = paired
    }

    /// Of no rows.
    init(models: Int) {
        margins = Array(repeating: MarginHistogram(), count: models)
        paired = PairedLoss()
    }

    func fits(_ other: Evaluation) -> Bool { margins.count == other.margins.count }

    mutating func add(_ other: Evaluation) {
        for index in margins.indices { margins[index].add(other.margins[index]) }
        paired.add(other.paired)
    }

    func encode(to writer: inout ByteWriter) {
        writer.write(each: margins) { $1.encode(to: &$0) }
        paired.encode(to: &writer)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        margins = try reader.readEach { reader throws(ByteError) in try MarginHistogram(from: &reader) }
        paired = try PairedLoss(from: &reader)
    }
}

extension TaskExecutor {
    func model(_ index: Int) throws(Failure) -> Model {
        let bytes = try stored { () throws(StoreError) in try store.read(.model(index)) }
        do {
            return try Model(decoding: bytes)
        } catch {
            throw Failure(.machine, "the model of this run cannot be read: \(error)")
        }
    }

    func evaluate(_ task: EvaluateTask) throws(Failure) -> Evaluation {
        var models: [Model] = []
        for index in task.models { models.append(try model(index)) }
        let rows = try binned(task.shard, for: models)
        var evaluation = Evaluation(margins: [], paired: PairedLoss())
        let wanted = (0..<rows.matrix.rows).filter { row in
            rows.labels[row] <= 1 && task.snapshots.contains(rows.snapshots[row])
                && rows.isValidation[row] == 1
        }
        var first: [Float] = []
        for (place, model) in models.enumerated() {
            let ensemble = model.ensemble
            var margins = [Float](repeating: ensemble.base, count: rows.matrix.rows)
            ensemble.margins(
                of: rows.matrix, rows: 0..<rows.matrix.rows, trees: 0..<ensemble.trees.count, adding: &margins)
            var histogram = MarginHistogram()
            for row in wanted { histogram.add(margin: Double(margins[row]), isPositive: rows.labels[row] == 1) }
            evaluation.margins.append(histogram)
            if place == 0 { first = margins }
            if place == 1 {
                for row in wanted {
                    evaluation.paired.add(
                        first: Double(first[row]), second: Double(margins[row]), isPositive: rows.labels[row] == 1)
                }
            }
        }
        return evaluation
    }
}
