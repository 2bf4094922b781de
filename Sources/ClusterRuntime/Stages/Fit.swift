import Bytes
import ClusterProtocol
import Learning

/// What a fit trains on: which snapshots' rows, from which base, how.
struct FitSpecification: ByteCodable {
    var settings: TrainingSettings
    /// Labelled snapshots whose rows take part.
    var snapshots: [UInt8]
    var base: Float
    var binCounts: [Int]

    init(settings: TrainingSettings, snapshots: [UInt8], base: Float, binCounts: [Int]) {
        self.settings = settings
        self.snapshots = snapshots
        self.base = base
        self.binCounts = binCounts
    }

    func encode(to writer: inout ByteWriter) {
        settings.encode(to: &writer)
        writer.write(array: snapshots)
        writer.write(base)
        writer.write(array: binCounts.map(UInt16.init))
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        settings = try TrainingSettings(from: &reader)
        snapshots = try reader.readArray()
        base = try reader.readFloat()
        binCounts = try reader.readArray(of: UInt16.self).map(Int.init)
    }

    /// The rows to learn from, or those to validate on; a trainer without any others has half of the work where there is
    /// a row to score for each to learn from.
    func taking(_ validation: Bool, of rows: BinnedRows) -> BinnedRows {
        rows.selecting(
            rows.labels.indices.filter {
                rows.labels[$0] <= 1 && snapshots.contains(rows.snapshots[$0])
                    && (rows.isValidation[$0] == 1) == validation
            })
    }

    /// - Parameter rows: all of them take part.
    func trainer(on rows: BinnedRows) throws(TrainingError) -> ShardTrainer {
        var training: [UInt32] = []
        var validation: [UInt32] = []
        for row in 0..<rows.matrix.rows {
            if rows.isValidation[row] == 1 { validation.append(UInt32(row)) } else { training.append(UInt32(row)) }
        }
        return try ShardTrainer(
            matrix: rows.matrix, binCounts: binCounts, labels: rows.labels,
            weights: rows.weights(ofTraining: training.map(Int.init)),
            keys: rows.keys, training: training,
            validation: validation, base: base, settings: settings)
    }
}

extension BinnedRows {
    /// A profile's rows, one a snapshot, count as one together, so that who was there for long does not dominate.
    func weights(ofTraining training: [Int]) -> [Float] {
        var counts = [Float](repeating: 0, count: Int(profiles.max() ?? 0) + 1)
        for row in training { counts[Int(profiles[row])] += 1 }
        return profiles.map { 1 / max(1, counts[Int($0)]) }
    }
}

/// Loads shards' bins from the store.
struct BinnedShards: Sendable {
    let store: ShardStore

    /// The rows of some shards that take part in a fit, those to learn from first, as a trainer likes them.
    func load(_ shards: [UInt32], for specification: FitSpecification) throws(Failure) -> BinnedRows {
        var training: [BinnedRows] = []
        var validation: [BinnedRows] = []
        for shard in shards {
            do throws(StoreError) {
                let rows: BinnedRows = try store.read(.binned(shard: Int(shard)))
                training.append(specification.taking(false, of: rows))
                validation.append(specification.taking(true, of: rows))
            } catch {
                throw Failure(.machine, "\(error)")
            }
        }
        return BinnedRows(joining: training + validation)
    }
}
