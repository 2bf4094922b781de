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
        let blocks = try blocks(ofShard: task.shard, plan)
        let shard = try assembling(task.shard, plan, recipe) { assembler throws(AssembleError) in
            try assembler.assemble(
                blocks: blocks.map(\.bytes), datasets: (blocks.map(\.dataset), plan.datasets.count))
        }
        try write(.features(shard: task.shard), Packed(shard))
        return shard.summary
    }

    /// A shard's ingested blocks, each with its dataset.
    func blocks(ofShard shard: Int, _ plan: InputPlan) throws(Failure) -> [(bytes: [UInt8], dataset: Int)] {
        var blocks: [(bytes: [UInt8], dataset: Int)] = []
        for split in plan.splits {
            let own = try stored { () throws(StoreError) in try store.blocks(of: shard, split: split.id) }
            blocks += own.map { ($0, split.dataset) }
        }
        return blocks
    }

    /// What is made of a shard's blocks. Damaged files of events are taken away.
    func assembling<Value>(
        _ shard: Int, _ plan: InputPlan, _ recipe: FeatureRecipe,
        _ body: (Assembler) throws(AssembleError) -> Value
    ) throws(Failure) -> Value {
        var eligible: Condition?
        if case .events(let source) = instance.source { eligible = source.eligible.attributes }
        do throws(AssembleError) {
            return try body(Assembler(recipe: recipe, eligible: eligible))
        } catch {
            discardDamaged(plan, shard: shard)
            throw Failure(.machine, "shard \(shard): \(error)")
        }
    }

    /// Takes those files of events away in which a block of the shard is damaged.
    func discardDamaged(_ plan: InputPlan, shard: Int) {
        for split in plan.splits {
            guard let blocks = try? store.blocks(of: shard, split: split.id) else { continue }
            if !blocks.allSatisfy(Assembler.isWhole(block:)) { store.discard(.events(split: split.id)) }
        }
    }

    func assembled(_ shard: Int) throws(Failure) -> AssembledShard {
        let packed: Packed<AssembledShard> = try read(.features(shard: shard))
        return packed.value
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
