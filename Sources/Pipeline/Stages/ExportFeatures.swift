import Bytes
import ClusterProtocol
import Events
import Features
import Tables

extension Stage { static let export = Stage("export") }

enum ExportFeaturesStage: TaskStage {
    static let stage = Stage.export

    static func perform(_ task: ShardTask, by executor: TaskExecutor) throws(Failure) -> OutputFiles {
        try executor.export(task)
    }

    static func files(ofTask task: Int, _ result: OutputFiles, of plan: InputPlan) -> [SharedFile] {
        result.parts(ofShard: task)
    }
}

extension TaskExecutor {
    /// Writes one shard's rows as a table: who and when, the outcome where it is known, and a column a feature.
    func export(_ task: ShardTask) throws(Failure) -> OutputFiles {
        let recipe: FeatureRecipe = try read(.recipe)
        let shard = try assembled(task.shard, by: recipe)
        let rows = shard.rowProfile.count
        let isHeldOut = shard.identities.map { ShardMap.isValidation(identityHash: Identity.hash($0)) }
        var columns = [
            Column(
                name: "profile",
                values: .texts(
                    TextValues(codes: shard.rowProfile.map(Int32.init(bitPattern:)), dictionary: shard.identities))),
            Column(
                name: "snapshot",
                values: .timestamps(shard.rowSnapshot.map { recipe.snapshots[Int($0)].asOf }),
                valid: recipe.scoreDate == nil ? [Bool](repeating: false, count: rows) : nil),
            outcomeColumn(shard.rowLabel),
            Column(name: "held_out", values: .booleans(shard.rowProfile.map { isHeldOut[Int($0)] })),
        ]
        for (index, feature) in recipe.features.enumerated() where recipe.isUsed(index) {
            switch shard.columns[index] {
            case .numeric(let values):
                columns.append(Column(name: feature.code, values: .numbers(values.map(Double.init))))
            case .categorical(let codes, let dictionary):
                columns.append(
                    Column(name: feature.code, values: .texts(TextValues(codes: codes, dictionary: dictionary))))
            }
        }
        var files = OutputFiles()
        files.files.append(
            try write(
                "features/\(OutputFiles.part(task.shard))", Table(columns: columns, rowCount: rows)))
        return files
    }
}

/// What is known of each row's outcome.
private func outcomeColumn(_ labels: LabelColumn) -> Column {
    let known = (0..<labels.count).map(labels.isKnown)
    let values: Column.Values =
        switch labels.kind {
        case .outcomes: .integers((0..<labels.count).map { labels.isPositive($0) ? 1 : 0 })
        case .numbers: .numbers(labels.numbers.map { $0.isFinite ? Double($0) : 0 })
        }
    return Column(name: "outcome", values: values, valid: known)
}
