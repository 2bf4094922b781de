import Bytes
import ClusterProtocol
import Events
import Features
import InstanceFile

extension Stage { static let assemble = Stage("assemble") }

enum AssembleStage: TaskStage {
    static let stage = Stage.assemble

    static func perform(_ task: ShardTask, by executor: TaskExecutor) throws(Failure) -> AssembleSummary {
        try executor.assemble(task)
    }

    static func files(ofTask task: Int, _ result: AssembleSummary, of plan: InputPlan) -> [SharedFile] {
        [.store(.features(shard: task))]
    }
}

extension TaskExecutor {
    /// Turns one shard's events into features, labels and eligibility for every snapshot.
    func assemble(_ task: ShardTask) throws(Failure) -> AssembleSummary {
        let plan: InputPlan = try read(.plan)
        let recipe: FeatureRecipe = try read(.recipe)
        var blocks: [[UInt8]] = []
        var datasetOfBlock: [Int] = []
        for split in plan.splits {
            blocks += try stored { () throws(StoreError) in
                try store.blocks(of: task.shard, split: split.id)
            }
            while datasetOfBlock.count < blocks.count { datasetOfBlock.append(split.dataset) }
        }
        var eligible: Condition?
        if case .events(let source) = instance.source { eligible = source.eligible.attributes }
        let shard: AssembledShard
        do {
            shard = try Assembler(recipe: recipe, eligible: eligible).assemble(
                blocks: blocks, datasets: (datasetOfBlock, plan.datasets.count))
        } catch {
            discardDamaged(plan, shard: task.shard)
            throw Failure(.machine, "shard \(task.shard): \(error)")
        }
        try write(.features(shard: task.shard), shard)
        return shard.summary
    }

    /// Takes those files of events away in which a block of the shard is damaged.
    func discardDamaged(_ plan: InputPlan, shard: Int) {
        for split in plan.splits {
            guard let blocks = try? store.blocks(of: shard, split: split.id) else { continue }
            if !blocks.allSatisfy(Assembler.isWhole(block:)) { store.discard(.events(split: split.id)) }
        }
    }

    func assembled(_ shard: Int) throws(Failure) -> AssembledShard {
        try read(.features(shard: shard))
    }

    /// A shard whose columns and snapshots are the recipe's.
    func assembled(_ number: Int, by recipe: FeatureRecipe) throws(Failure) -> AssembledShard {
        let shard = try assembled(number)
        guard shard.fits(recipe) else {
            throw Failure(.machine, "shard \(number): features and recipe do not fit together")
        }
        return shard
    }
}
