import Bytes
import ClusterProtocol
import Events
import Features
import InstanceFile
import Learning
import Scoring
import Tables

extension Stage { static let measure = Stage("measure") }

enum MeasureOutcomesStage: TaskStage {
    static let stage = Stage.measure

    static func perform(_ task: MeasureOutcomesTask, by executor: TaskExecutor) throws(Failure) -> MeasuredOutcomes {
        try executor.measure(task)
    }
}

/// Scores of an earlier run to be held against what one shard's events tell of the time after them.
struct MeasureOutcomesTask: FieldCodable {
    var shard: Int
    /// Which of the earlier runs that the workspace names.
    var earlier: Int
    /// Into how many it was divided: a power of two, and not always as many as now.
    var shards: Int
    var scoreDate: Timestamp

    /// The earlier run's parts that hold the shard's profiles: shards go by the first bits of a profile's hash.
    ///
    /// - Parameter count: how many shards there are now.
    func parts(of count: Int) -> Range<Int> {
        shards >= count
            ? shard * (shards / count)..<(shard + 1) * (shards / count)
            : shard / (count / shards)..<shard / (count / shards) + 1
    }

    static let fields = FieldList(Self.init, \.shard, \.earlier, \.shards, \.scoreDate)
        .check("shard count") { ShardMap.canBe(shardCount: $0.shards) }
}

/// What came of an earlier run's profiles; sums over shards.
struct MeasuredOutcomes: ShardSum, FieldCodable, Equatable {
    struct Group: PlainBytes, Equatable {
        var population = Population()
        var outcomes: Int64 = 0

        mutating func add(probability: Double, hasOutcome: Bool) {
            population.add(probability: probability)
            outcomes += hasOutcome ? 1 : 0
        }

        mutating func add(_ other: Group) {
            population.add(other.population)
            outcomes &+= other.outcomes
        }
    }

    static let tenths = 10

    /// Profiles of the earlier run, and those that are not in the data any more.
    var scored: Int64 = 0
    var vanished: Int64 = 0
    var buckets = [Group](repeating: Group(), count: Bucket.allCases.count)
    /// The highest percentiles first.
    var deciles = [Group](repeating: Group(), count: MeasuredOutcomes.tenths)
    /// In log-odds of the probabilities.
    var margins = MarginHistogram()

    init() {}

    /// - Parameter percentile: 1...100.
    mutating func add(probability: Double, percentile: Int, bucket: Bucket, hasOutcome: Bool) {
        let tenth = Self.tenths - 1 - (percentile - 1) * Self.tenths / 100
        buckets[Int(bucket.rawValue)].add(probability: probability, hasOutcome: hasOutcome)
        deciles[tenth].add(probability: probability, hasOutcome: hasOutcome)
        margins.add(margin: logit(min(max(probability, 1e-15), 1 - 1e-15)), isPositive: hasOutcome)
    }

    func fits(_ other: MeasuredOutcomes) -> Bool {
        buckets.count == other.buckets.count && deciles.count == other.deciles.count
    }

    mutating func add(_ other: MeasuredOutcomes) {
        scored &+= other.scored
        vanished &+= other.vanished
        Self.add(&buckets, other.buckets)
        Self.add(&deciles, other.deciles)
        margins.add(other.margins)
    }

    private static func add(_ groups: inout [Group], _ others: [Group]) {
        for (index, other) in others.enumerated() { groups[index].add(other) }
    }

    /// Whether groups are possible, and of so many profiles together.
    private static func add(up groups: [Group], to profiles: Int64) -> Bool {
        groups.allSatisfy { group in
            (0...profiles).contains(group.population.profiles)
                && (0...group.population.profiles).contains(group.outcomes)
                && (0...group.population.profiles << 32).contains(group.population.probability)
        } && groups.reduce(0) { $0 &+ $1.population.profiles } == profiles
    }

    static let fields = FieldList(
        filling: Self.init, \.scored, \.vanished, \.buckets, \.deciles, \.margins
    ).check("measured outcomes") { outcomes in
        let measured = outcomes.scored &- outcomes.vanished
        return outcomes.buckets.count == Bucket.allCases.count && outcomes.deciles.count == tenths
            && 0...1 << 30 ~= outcomes.scored && 0...outcomes.scored ~= outcomes.vanished
            && [outcomes.buckets, outcomes.deciles].allSatisfy { add(up: $0, to: measured) }
    }
}

extension TaskExecutor {
    /// Joins the shard's events with the earlier run's scores of the same profiles.
    ///
    /// Holds the scores of the shard's profiles, and of its events what one split gave.
    func measure(_ task: MeasureOutcomesTask) throws(Failure) -> MeasuredOutcomes {
        guard case .events(let source) = instance.source else {
            throw Failure(.input, "a feature table has no events that could tell what came of a profile")
        }
        let plan: InputPlan = try read(.plan)
        var scores = EarlierScores()
        for part in task.parts(of: plan.shardCount) {
            let path = "\(workspace.earlierRun(task.earlier))/scores/\(OutputFiles.part(part))"
            try workspace.remote?.bring(.earlierScores(run: task.earlier, part: part), to: path)
            try scores.read(path) {
                plan.shards.shard(of: $0) == task.shard
            }
        }
        var search = OutcomeSearch(
            goal: source.goal, after: task.scoreDate, profiles: scores.profiles)
        for split in plan.splits {
            let blocks = try stored { () throws(StoreError) in
                try store.blocks(of: task.shard, split: split.id)
            }
            for block in blocks {
                do throws(ByteError) {
                    try search.add(block: block)
                } catch {
                    discardDamaged(plan, shard: task.shard)
                    throw Failure(.machine, "shard \(task.shard): an ingested block cannot be used: \(error)")
                }
            }
        }
        var measured = MeasuredOutcomes()
        measured.scored = Int64(scores.profiles.count)
        for row in scores.profiles.indices {
            if let hasOutcome = search.outcome(ofProfile: row) {
                measured.add(
                    probability: scores.probabilities[row], percentile: scores.percentiles[row],
                    bucket: scores.buckets[row], hasOutcome: hasOutcome)
            } else {
                measured.vanished += 1
            }
        }
        return measured
    }
}

/// Some of a finished run's scores.
private struct EarlierScores {
    var profiles: [String] = []
    var probabilities: [Double] = []
    var percentiles: [Int] = []
    var buckets: [Bucket] = []

    mutating func read(_ path: String, where isWanted: (String) -> Bool) throws(Failure) {
        do {
            let reader = try TableFile(path: path, allowingNoRows: true)
                .reader(columns: ["profile", "probability", "percentile", "bucket"])
            while let table = try reader.next() {
                guard let names = table.column("profile")?.texts(), let bucketTexts = table.column("bucket")?.texts(),
                    let probability = table.column("probability")?.numbers().values,
                    let percentile = table.column("percentile")?.numbers().values
                else { continue }
                let isOurs = names.dictionary.map(isWanted)
                let known = bucketTexts.dictionary.map { text in Bucket(name: text) }
                for row in 0..<table.rowCount {
                    let (name, code) = (Int(names.codes[row]), Int(bucketTexts.codes[row]))
                    guard name >= 0, code >= 0, let bucket = known[code], (0...1).contains(probability[row]),
                        (1...100).contains(percentile[row])
                    else {
                        throw Failure(.input, "\(path): row \(row + 1) is no score that propensity wrote")
                    }
                    guard isOurs[name] else { continue }
                    profiles.append(names.dictionary[name])
                    probabilities.append(probability[row])
                    percentiles.append(Int(percentile[row]))
                    buckets.append(bucket)
                }
            }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(reading: error)
        }
    }
}
