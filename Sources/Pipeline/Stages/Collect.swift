import Bytes
import ClusterProtocol
import Events
import Features
import InstanceFile
import Learning
import Scoring
import Tables

extension Stage { static let collect = Stage("collect") }

enum CollectStage: TaskStage {
    static let stage = Stage.collect

    static func perform(_ task: CollectTask, by executor: TaskExecutor) throws(Failure) -> OutputFiles {
        try executor.collect(task)
    }

    static func files(ofTask task: Int, _ result: OutputFiles, in place: StagePlace) -> [String] {
        result.files.map { "\(place.results)/\($0.path)" }
    }
}

/// A finished output file: its path under the results, and what proves it.
struct OutputFile: ByteCodable, Sendable {
    var path: String
    var sha256: String
    var bytes: Int
    var rows: Int

    init(path: String, sha256: String, bytes: Int, rows: Int) {
        self.path = path
        self.sha256 = sha256
        self.bytes = bytes
        self.rows = rows
    }

    func encode(to writer: inout ByteWriter) {
        writer.write(path)
        writer.write(sha256)
        writer.write(UInt64(bytes))
        writer.write(UInt64(rows))
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        path = try reader.readText()
        sha256 = try reader.readText()
        bytes = Int(clamping: try reader.read(UInt64.self))
        rows = Int(clamping: try reader.read(UInt64.self))
        // Those of all parts together are added up.
        guard bytes <= 1 << 38, rows <= ByteReader.mostCounted else {
            throw .badValue("size of an output", offset: reader.offset)
        }
    }
}

struct OutputFiles: ByteCodable {
    var files: [OutputFile] = []

    /// A part of a shard's, under the name of its output.
    static func part(_ shard: Int) -> String { "part-\(ShardStore.Name.padded(shard)).parquet" }

    /// Whether these are the files that were asked for and no others, with what can be a hash: they are a worker's words,
    /// and are published.
    func are(_ folders: [String], shard: Int) -> Bool {
        files.map(\.path) == folders.map { "\($0)/\(Self.part(shard))" }
            && files.allSatisfy { file in
                file.sha256.utf8.count == 64 && file.sha256.allSatisfy { $0.isHexDigit && !$0.isUppercase }
            }
    }

    init() {}
    func encode(to writer: inout ByteWriter) { writer.write(each: files) { $1.encode(to: &$0) } }
    init(from reader: inout ByteReader) throws(ByteError) {
        files = try reader.readEach { reader throws(ByteError) in try OutputFile(from: &reader) }
    }
}

struct CollectTask: ByteCodable {
    var shard: Int
    /// The score date, microseconds since 1970; nil where there is none.
    var scoreDate: Int64?

    init(shard: Int, scoreDate: Timestamp?) {
        self.shard = shard
        self.scoreDate = scoreDate?.microseconds
    }

    func encode(to writer: inout ByteWriter) {
        writer.write(UInt32(shard))
        writer.write(scoreDate ?? .min)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        shard = Int(try reader.read(UInt32.self))
        let date: Int64 = try reader.read()
        scoreDate = date == .min ? nil : date
    }
}

extension Instance {
    /// The outputs that come in parts, a part a shard, in the order in which `collect` writes them.
    var partedOutputs: [String] {
        ["scores", "factors"] + (enrich ? ["profiles"] : []) + segments.map { "segments/\(slug($0.name))" }
    }
}

extension TaskExecutor {
    /// Writes one shard's parts of all outputs.
    func collect(_ task: CollectTask) throws(Failure) -> OutputFiles {
        let scored: ScoredShard = try stored { () throws(StoreError) in try store.read(.scores(shard: task.shard)) }
        let segmented: SegmentedShard = try stored { () throws(StoreError) in
            try store.read(.members(shard: task.shard))
        }
        guard segmented.scores.count == scored.identities.count, segmented.members.count == instance.segments.count
        else {
            throw Failure(.machine, "shard \(task.shard): scores and segments do not fit together")
        }
        var files = OutputFiles()
        let part = OutputFiles.part(task.shard)
        files.files.append(try write("scores/\(part)", scoresTable(scored, segmented, task.scoreDate)))
        files.files.append(
            try write("factors/\(part)", try factorsTable(task.shard, scored.identities, segmented.factors)))
        if instance.enrich {
            files.files.append(try write("profiles/\(part)", enriched(task.shard, scored, segmented)))
        }
        for (segment, rows) in zip(instance.segments, segmented.members) {
            let rows = rows.map(Int.init)
            files.files.append(
                try write(
                    "segments/\(slug(segment.name))/\(part)",
                    SegmentMembers.table(
                        rows, of: scored.identities, scores: segmented.scores, probabilities: scored.probabilities)))
        }
        return files
    }

    private func scoresTable(_ scored: ScoredShard, _ segmented: SegmentedShard, _ scoreDate: Int64?) -> Table {
        let count = scored.identities.count
        return Table(
            columns: [.texts("profile", scored.identities)] + segmented.columns(scored) + [
                Column(
                    name: "propensity_type",
                    values: .texts(
                        TextValues(
                            codes: [Int32](repeating: 0, count: count), dictionary: [instance.propensity.rawValue]))),
                Column(
                    name: "score_date", values: .timestamps([Int64](repeating: scoreDate ?? 0, count: count)),
                    valid: scoreDate == nil ? [Bool](repeating: false, count: count) : nil),
            ], rowCount: count)
    }

    private func factorsTable(
        _ shardNumber: Int, _ identities: [String], _ factors: ProfileFactors
    ) throws(Failure) -> Table {
        let model = try model(Self.chosenModel)
        let names = try factorNames(model)
        let binning: FeatureBinning = try stored { () throws(StoreError) in try store.read(.bins) }
        let shard = try assembled(shardNumber)
        guard factors.feature.allSatisfy({ $0 < model.features.count }),
            binning.columns.count == model.features.count,
            binning.columns.allSatisfy(shard.columns.indices.contains), identities.count <= shard.rowProfile.count
        else { throw Failure(.machine, "shard \(shardNumber): factors and features do not fit together") }
        let count = factors.feature.count
        var profileCodes: [Int32] = []
        var ranks: [Int64] = []
        var values: [String] = []
        profileCodes.reserveCapacity(count)
        for row in identities.indices {
            for (rank, place) in factors.places(of: row).enumerated() {
                profileCodes.append(Int32(row))
                ranks.append(Int64(rank + 1))
                let feature = Int(factors.feature[place])
                values.append(factorValue(shard.columns[binning.columns[feature]], row))
            }
        }
        let features = factors.feature.map(Int32.init)
        return Table(
            columns: [
                Column(name: "profile", values: .texts(TextValues(codes: profileCodes, dictionary: identities))),
                Column(name: "rank", values: .integers(ranks)),
                Column(
                    name: "code", values: .texts(TextValues(codes: features, dictionary: model.features.map(\.code)))),
                Column(
                    name: "name", values: .texts(TextValues(codes: features, dictionary: names))),
                .texts("value", values),
                Column(name: "contribution", values: .numbers(factors.contribution.map(Double.init))),
                Column(
                    name: "direction",
                    values: .texts(
                        TextValues(
                            codes: factors.contribution.map { $0 > 0 ? 0 : 1 },
                            dictionary: [FactorDirection.raises.rawValue, FactorDirection.lowers.rawValue]))),
                Column(
                    name: "importance",
                    values: .texts(
                        TextValues(
                            codes: factors.importance.map(Int32.init),
                            dictionary: FactorImportance.allCases.map(\.rawValue)))),
            ], rowCount: count)
    }

    /// By feature of the model: what its factor is called.
    func factorNames(_ model: Model) throws(Failure) -> [String] {
        let context: ScoreContext = try stored { () throws(StoreError) in try store.read(.scoreContext) }
        guard context.twins.leaders.count == model.features.count else {
            throw Failure(.machine, "the names of factors do not fit the model")
        }
        return context.twins.names(model.features)
    }

    /// The value as the user knows it: the number (to two decimals), the category, or "none".
    private func factorValue(_ column: FeatureColumn, _ row: Int) -> String {
        switch column {
        case .numeric(let values):
            let value = Double(values[row])
            guard value.isFinite else { return "none" }
            let rounded = (value * 100).rounded() / 100
            return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int64(rounded))" : "\(rounded)"
        case .categorical(let codes, let dictionary):
            return codes[row] < 0 ? "none" : dictionary[Int(codes[row])]
        }
    }

    /// Writes a part under a temporary name, syncs it, and gives it its own.
    func write(_ path: String, _ table: Table) throws(Failure) -> OutputFile {
        do {
            let (hash, bytes) = try NewFile.write(table, to: "\(workspace.results)/\(path)", below: workspace.root)
            return OutputFile(path: path, sha256: hash, bytes: bytes, rows: table.rowCount)
        } catch {
            throw Failure(.machine, "\(error)")
        }
    }
}

extension SegmentedShard {
    func columns(_ scored: ScoredShard) -> [Column] {
        ScoreColumns(
            scores: scores, probabilities: scored.probabilities, percentiles: percentiles,
            buckets: buckets.compactMap(Bucket.init)
        ).columns
    }
}
