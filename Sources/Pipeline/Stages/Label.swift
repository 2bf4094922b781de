import Bytes
import ClusterProtocol
import Events
import Features
import InstanceFile

extension Stage { static let label = Stage("label") }

/// Labelled rows are counted before any has features, so that it is known how many there are to choose from.
enum LabelStage: TaskStage {
    static let stage = Stage.label

    static func perform(_ task: LabelTask, by executor: TaskExecutor) throws(Failure) -> LabelCounts {
        try executor.countLabels(task)
    }
}

struct LabelTask: FieldCodable {
    var shard: Int
    /// Which the store does not have yet.
    var recipe: FeatureRecipe

    static let fields = FieldList(Self.init, \.shard, \.recipe)

    /// Of so many shards the first few are counted: each is a random part of all profiles.
    static func shards(of count: Int) -> Int { min(count, max(4, count / 16)) }
}

extension LabelCounts: ShardSum {
    func fits(_ other: LabelCounts) -> Bool { true }
}

extension TaskExecutor {
    func countLabels(_ task: LabelTask) throws(Failure) -> LabelCounts {
        let plan: InputPlan = try read(.plan)
        let blocks = try blocks(ofShard: task.shard, plan).map(\.bytes)
        return try assembling(task.shard, plan, task.recipe) { assembler throws(AssembleError) in
            try assembler.labelCounts(blocks: blocks)
        }
    }
}
