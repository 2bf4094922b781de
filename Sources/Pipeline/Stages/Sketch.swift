import Bytes
import ClusterProtocol
import Events
import Features
import Learning

extension Stage { static let sketch = Stage("sketch") }

enum SketchStage: TaskStage {
    static let stage = Stage.sketch

    static func perform(_ task: SketchTask, by executor: TaskExecutor) throws(Failure) -> FeatureSketch {
        try executor.sketch(task)
    }
}

struct SketchTask: FieldCodable {
    var shard: Int
    /// Profiles whose sampling hash is at most this give their labelled rows' values to the bin edges.
    var sampleUpTo: UInt64
    /// The same, of the values that are to be scored.
    var scoringUpTo: UInt64
    /// Labelled snapshots whose outcomes may order categories: none that an evaluation looks at.
    var categorySnapshots: [UInt8]
    /// What numbers are scaled by that are labels.
    var labels: LabelRange

    static let fields = FieldList(Self.init, \.shard, \.sampleUpTo, \.scoringUpTo, \.categorySnapshots, \.labels)

    /// The threshold that lets through about `limit` of `rows` rows.
    static func threshold(limit: Int, rows: Int) -> UInt64 {
        rows <= limit ? .max : UInt64(Double(limit) / Double(rows) * 0x1p64)
    }

    static func samplingHash(_ identityHash: UInt64) -> UInt64 { StableHash.mix(identityHash, 0x736b_6574_6368) }
}

/// What bins are made from: each feature's values over the sampled rows.
struct FeatureSketch: ShardSum, FieldCodable {
    enum Values {
        case numeric(NumericSketch)
        case categorical(CategorySketch)
    }

    var features: [Values]
    /// By feature, the numbers of the score date's rows, to compare with those learned from; empty for categories.
    var scoring: [NumericSketch]
    /// The labelled rows that gave values.
    var rows = 0

    /// Of no rows.
    init(_ recipe: FeatureRecipe) {
        features = recipe.features.map { feature in
            switch feature.kind {
            case .numeric: .numeric(NumericSketch(values: []))
            case .categorical: .categorical(CategorySketch())
            }
        }
        scoring = recipe.features.map { _ in NumericSketch() }
    }

    func fits(_ other: FeatureSketch) -> Bool {
        features.count == other.features.count && scoring.count == other.scoring.count
            && zip(features, other.features).allSatisfy { pair in
                switch pair {
                case (.numeric, .numeric), (.categorical, .categorical): true
                case (.numeric, .categorical), (.categorical, .numeric): false
                }
            }
    }

    mutating func add(_ other: FeatureSketch) {
        rows += other.rows
        for index in features.indices {
            switch (features[index], other.features[index]) {
            case (.numeric(var mine), .numeric(let theirs)):
                mine.merge(theirs)
                features[index] = .numeric(mine)
            case (.categorical(var mine), .categorical(let theirs)):
                mine.merge(theirs)
                features[index] = .categorical(mine)
            case (.numeric, .categorical), (.categorical, .numeric):
                preconditionFailure("shards were assembled by different recipes")
            }
        }
        for index in scoring.indices { scoring[index].merge(other.scoring[index]) }
    }

    init(features: [Values], scoring: [NumericSketch], rows: Int) {
        self.rows = rows
        self.features = features
        self.scoring = scoring
    }

    static let fields = FieldList(Self.init, \.features, \.scoring, \.rows)
}

extension TaskExecutor {
    /// Sums up one shard's sampled values. Edges come from labelled rows; categories' outcomes from training profiles only.
    func sketch(_ task: SketchTask) throws(Failure) -> FeatureSketch {
        let shard = try assembled(task.shard)
        let hashes = shard.identities.map(Identity.hash)
        func chosen(_ row: Int, upTo limit: UInt64) -> Bool {
            SketchTask.samplingHash(hashes[Int(shard.rowProfile[row])]) <= limit
        }
        let rows = shard.rowSnapshot.indices
        let sampled = rows.filter { shard.rowSnapshot[$0] > 0 && chosen($0, upTo: task.sampleUpTo) }
        let scored = rows.filter { shard.rowSnapshot[$0] == 0 && chosen($0, upTo: task.scoringUpTo) }
        let labels = task.labels.scaled(shard.rowLabel)
        let counted = shard.rowSnapshot.indices.filter { row in
            task.categorySnapshots.contains(shard.rowSnapshot[row]) && labels.isKnown(row)
                && !ShardMap.isValidation(identityHash: hashes[Int(shard.rowProfile[row])])
        }
        return FeatureSketch(
            features: shard.columns.map { column in
                switch column {
                case .numeric(let values):
                    return .numeric(NumericSketch(values: sampled.map { values[$0] }))
                case .categorical(let codes, let dictionary):
                    return .categorical(categories(codes, dictionary, counted, labels))
                }
            },
            scoring: shard.columns.map { column in
                guard case .numeric(let values) = column else { return NumericSketch() }
                return NumericSketch(values: scored.map { values[$0] })
            }, rows: sampled.count)
    }

    private func categories(
        _ codes: [Int32], _ dictionary: [String], _ rows: [Int], _ labels: LabelColumn
    ) -> CategorySketch {
        var counts = [CategorySketch.Count](
            repeating: CategorySketch.Count(rows: 0, labels: 0), count: dictionary.count)
        for row in rows where codes[row] >= 0 {
            counts[Int(codes[row])].rows += 1
            counts[Int(codes[row])].labels += labels.units(row)
        }
        var sketch = CategorySketch()
        for (value, count) in zip(dictionary, counts) where count.rows > 0 {
            sketch.add(value, count)
        }
        return sketch
    }
}

extension FeatureSketch.Values: ByteCodable {
    func encode(to writer: inout ByteWriter) {
        switch self {
        case .numeric(let sketch): writer.write(false, sketch)
        case .categorical(let sketch): writer.write(true, sketch)
        }
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        self = try reader.read(Bool.self) ? .categorical(try reader.read()) : .numeric(try reader.read())
    }
}
