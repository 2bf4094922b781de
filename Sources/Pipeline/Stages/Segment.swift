import Bytes
import ClusterProtocol
import Events
import Features
import InstanceFile
import Learning
import Scoring
import Tables

extension Stage { static let segment = Stage("segment") }

enum SegmentStage: TaskStage {
    static let stage = Stage.segment

    static func perform(_ task: ShardTask, by executor: TaskExecutor) throws(Failure) -> SegmentSummary {
        try executor.segment(task)
    }

    static func files(ofTask task: Int, _ result: SegmentSummary, in place: StagePlace) -> [String] {
        [place.store.path(.members(shard: task))]
    }
}

/// One shard's scores compared with everybody's, the reasons for them, and who is in which segment.
struct SegmentedShard: ByteCodable {
    var scores: [Double]
    var percentiles: [UInt8]
    var buckets: [UInt8]
    var factors: ProfileFactors
    /// By segment of the instance: rows of its members, ascending.
    var members: [[UInt32]]

    init(
        scores: [Double], percentiles: [UInt8], buckets: [UInt8], factors: ProfileFactors, members: [[UInt32]]
    ) {
        self.scores = scores
        self.percentiles = percentiles
        self.buckets = buckets
        self.factors = factors
        self.members = members
    }

    func encode(to writer: inout ByteWriter) {
        writer.write(array: scores)
        writer.write(array: percentiles)
        writer.write(array: buckets)
        factors.encode(to: &writer)
        writer.write(each: members) { $0.write(array: $1) }
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        scores = try reader.readArray()
        percentiles = try reader.readArray()
        buckets = try reader.readArray()
        factors = try ProfileFactors(from: &reader)
        members = try reader.readEach { reader throws(ByteError) in try reader.readArray() }
        let count = scores.count
        guard percentiles.count == count, buckets.count == count, factors.profiles == count,
            buckets.allSatisfy({ $0 < 3 }),
            members.allSatisfy({ $0.allSatisfy { Int($0) < count } })
        else { throw .badValue("segmented shard", offset: reader.offset) }
    }
}

/// What comparing, explaining and segmenting a shard adds to the whole.
struct SegmentSummary: ShardSum {
    /// How many equal parts of the scores' range, 0...100, are counted.
    static let scoreParts = 100

    var buckets: [Population]
    var segments: [Population]
    /// Profiles whose score is in [i, i + 1), those of 100 in the last.
    var scores: [Int64]
    /// By bucket.
    var factors: FactorSummary
    var reasons: ReasonCounts
    /// The largest gap between a profile's margin and what its contributions and the base add up to.
    var additivityGap = 0.0

    init(segments count: Int, model: Model) {
        buckets = Array(repeating: Population(), count: Bucket.allCases.count)
        segments = Array(repeating: Population(), count: count)
        scores = Array(repeating: 0, count: Self.scoreParts)
        factors = FactorSummary(of: model)
        reasons = ReasonCounts(of: model)
    }

    mutating func add(score: Double, _ bucket: Bucket, probability: Double) {
        buckets[Int(bucket.rawValue)].add(probability: probability)
        scores[min(Self.scoreParts - 1, Int(score))] += 1
    }

    /// Adds another shard's, which must fit.
    mutating func add(_ other: SegmentSummary) {
        for index in buckets.indices { buckets[index].add(other.buckets[index]) }
        for index in segments.indices { segments[index].add(other.segments[index]) }
        for index in scores.indices { scores[index] &+= other.scores[index] }
        factors.add(other.factors)
        reasons.add(other.reasons)
        additivityGap = max(additivityGap, other.additivityGap)
    }

    /// Whether both are of the same segments, features and bins.
    func fits(_ other: SegmentSummary) -> Bool {
        buckets.count == other.buckets.count && segments.count == other.segments.count
            && scores.count == other.scores.count && factors.fits(other.factors)
            && reasons.fits(other.reasons)
    }

    func encode(to writer: inout ByteWriter) {
        writer.write(array: buckets)
        writer.write(array: segments)
        writer.write(array: scores)
        factors.encode(to: &writer)
        reasons.encode(to: &writer)
        writer.write(additivityGap)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        buckets = try reader.readArray()
        segments = try reader.readArray()
        scores = try reader.readArray()
        factors = try FactorSummary(from: &reader)
        reasons = try ReasonCounts(from: &reader)
        additivityGap = try reader.readDouble()
        guard additivityGap >= 0, additivityGap.isFinite, (buckets + segments).allSatisfy(\.isPossible),
            scores.allSatisfy({ 0...ByteReader.mostCounted ~= $0 })
        else { throw .badValue("segment summary", offset: reader.offset) }
    }
}

extension TaskExecutor {
    /// Compares one shard's scores with everybody's, explains them, and decides who is in which segment.
    func segment(_ task: ShardTask) throws(Failure) -> SegmentSummary {
        let context: ScoreContext = try stored { () throws(StoreError) in try store.read(.scoreContext) }
        let scored: ScoredShard = try stored { () throws(StoreError) in try store.read(.scores(shard: task.shard)) }
        let scores = scored.probabilities.map(context.score)
        let percentiles = scored.margins.map(context.percentile)
        let buckets = zip(scores, percentiles).map { Bucket(score: $0, percentile: $1, instance.buckets) }
        let (model, _) = try chosen.load(store)
        var summary = SegmentSummary(segments: instance.segments.count, model: model)
        for (row, bucket) in buckets.enumerated() {
            summary.add(score: scores[row], bucket, probability: scored.probabilities[row])
        }
        let factors = try explain(task.shard, scored, buckets, context.twins, &summary)
        var members: [[UInt32]] = []
        if !instance.segments.isEmpty {
            let scope = try scope(task.shard, scored, factors, scores, percentiles, buckets, context.twins)
            for (index, segment) in instance.segments.enumerated() {
                let rows = scope.members(of: segment)
                for row in rows { summary.segments[index].add(probability: scored.probabilities[row]) }
                members.append(rows.map(UInt32.init))
            }
        }
        let segmented = SegmentedShard(
            scores: scores, percentiles: percentiles, buckets: buckets.map(\.rawValue), factors: factors,
            members: members)
        try stored { () throws(StoreError) in try store.write(.members(shard: task.shard), sealing: segmented) }
        return summary
    }
}

extension TaskExecutor {
    /// A shard's scored profiles as conditions see them, with those features that some condition mentions.
    private func scope(
        _ number: Int, _ scored: ScoredShard, _ factors: ProfileFactors, _ scores: [Double], _ percentiles: [UInt8],
        _ buckets: [Bucket], _ twins: Twins
    ) throws(Failure) -> SegmentScope {
        let recipe: FeatureRecipe = try stored { () throws(StoreError) in try store.read(.recipe) }
        let (model, _) = try chosen.load(store)
        let shard = try assembled(number, by: recipe)
        let count = scored.identities.count
        guard shard.rowSnapshot.count(where: { $0 == 0 }) == count else {
            throw Failure(.machine, "shard \(number): scores and features do not fit together")
        }
        let mentioned = Set(instance.segments.flatMap(\.condition.fieldPaths))
        let kept = Dictionary(shard.attributes(of: recipe).map { ($0.name, $0.values) }) { first, _ in first }
        var features: [Column] = []
        var attributes: [Column] = []
        for (index, feature) in recipe.features.enumerated() {
            let attribute = recipe.attributeName(of: feature)
            func column(_ name: String) -> Column? {
                guard mentioned.contains(name) else { return nil }
                if let values = attribute.flatMap({ kept[$0] }) { return Column(name: name, values: values) }
                return Self.column(name, shard.columns[index], rows: count)
            }
            features += [column(feature.code)].compactMap { $0 }
            attributes += [attribute.flatMap(column)].compactMap { $0 }
        }
        let outputs = ScoreColumns(
            scores: scores, probabilities: scored.probabilities, percentiles: percentiles, buckets: buckets
        ).columns
        return SegmentScope(
            rowCount: count, outputs: outputs, features: features, attributes: attributes,
            factors: RowFactors(
                start: factors.start.map(Int.init), feature: factors.feature.map(Int.init),
                directions: factors.contribution.map { $0 > 0 ? .raises : .lowers },
                importances: factors.importance.map { FactorImportance.allCases[Int($0)] },
                codes: model.features.map(\.code), names: model.features.map(\.name),
                shown: twins.names(model.features), leaders: twins.leaders.map(Int.init)))
    }

    /// The scoring rows, which are the first, of a feature.
    static func column(_ name: String, _ feature: FeatureColumn, rows: Int) -> Column {
        switch feature {
        case .numeric(let values): Column(name: name, values: .numbers(values.prefix(rows).map(\.asWritten)))
        case .categorical(let codes, let dictionary):
            Column(name: name, values: .texts(TextValues(codes: Array(codes.prefix(rows)), dictionary: dictionary)))
        }
    }
}

extension FeatureRecipe {
    /// The attribute that a feature is, by the user's name for it; nil for features of events and of dates.
    func attributeName(of feature: FeatureDefinition) -> String? {
        guard case .attribute(let index) = feature.source else { return nil }
        return attributes[index].attribute.name
    }
}
