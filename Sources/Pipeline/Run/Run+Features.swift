import ClusterProtocol
import Events
import Features
import InstanceFile
import Learning
import RunOutputs
import Tables

/// `features.json`: what stands beside an exported feature table, so that its columns can be understood.
struct FeatureCatalogue: Codable {
    struct Feature: Codable {
        var code: String
        var name: String
        var kind: String
    }

    static let formatVersion = 1
    var version = FeatureCatalogue.formatVersion
    var name: String
    /// The scoring snapshot first, then those whose outcome is known, newest first; none of a table without dates.
    var snapshots: [String]
    var rows: Int
    var features: [Feature]
    /// How long each stage took. Differs from run to run.
    var stages: [RunFile.Stage]
    var outputs: [RunFile.Output]
    /// Set by `RecordSeal`; nil in what versions before it wrote.
    var seal: String? = RecordSeal.blank
}

extension Run {
    /// Makes the features of every snapshot and writes them as Parquet, without training; what a person should know.
    package func exportFeatures() throws(RunError) -> String {
        try withCluster(output: request.output, purpose: .features) { (context: inout RunContext) throws(RunError) in
            // Who asks for a table of features asks for every row.
            context.instance.model[HyperParameters.trainingRows] = .all
            let prepared = try self.examineAloud(&context).prepared
            let results = context.folder.workspace.results
            let files = try context.timed(.export, "Writing features") { context throws(RunError) in
                try context.makeResultsFolder("features")
                let tasks = (0..<context.plan.shardCount).map { ShardTask(shard: $0) }
                return try context.write(.export, tasks, of: ["features"])
            }
            let catalogue = FeatureCatalogue(
                name: context.instance.name,
                snapshots: prepared.recipe.scoreDate == nil
                    ? [] : prepared.recipe.snapshots.map { Timestamp(microseconds: $0.asOf).description },
                rows: files.reduce(0) { $0 + $1.rows },
                features: prepared.recipe.features.enumerated().filter { prepared.recipe.isUsed($0.offset) }.map {
                    FeatureCatalogue.Feature(code: $1.code, name: $1.name, kind: "\($1.kind)")
                },
                stages: context.timings,
                outputs: files.map { RunFile.Output($0) })
            if !context.folder.isCommitted {
                do {
                    context.files.endWriting()
                    try Files.removeUnfinished(below: results)
                    let record = RecordSeal.sealed(try RunJSON.encoded(catalogue))
                    try Files.write(record, to: "\(results)/\(PublishedResults.Kind.features.mark)")
                    self.tell(of: try context.folder.commit(.features))
                } catch {
                    throw .failed(RunFailure(error))
                }
            }
            try self.putInObjectStore(context)
            return "\(catalogue.rows) rows of \(catalogue.features.count) features stand in \(context.folder.output)"
        }
    }
}
