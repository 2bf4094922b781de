import Bytes
import ClusterCore
import ClusterProtocol
import ClusterTransport
import Events
import InstanceFile
import Tables

/// What the cluster is asked: tasks and fits, by their stage.
extension RunContext {
    /// Has tasks done by the cluster, those that have not been done before; their results in the order of the tasks.
    ///
    /// - Parameter read: what is made of a result; nil or an error of one that is not of this run.
    func results<Result>(
        _ stage: Stage, _ payloads: [[UInt8]],
        reading read: @escaping @Sendable (_ task: Int, _ result: [UInt8]) throws -> Result?
    ) throws(RunError) -> [[UInt8]] {
        let accepts = { @Sendable (task: Int, bytes: [UInt8]) in (try? read(task, bytes)) ?? nil != nil }
        let areShards = StageRegistry.tasks(of: stage)?.areShards ?? false
        guard folder.journal != nil else {
            let results = try waiting { () throws(CoordinatorService.Interruption) in
                try service.perform(
                    stage, payloads, finished: [:], areShards: areShards, nil, accepts: accepts)
            }
            note(results, of: stage)
            return results
        }
        let known = try step(stage, asked: payloads, parts: payloads.count)
        let finished = try withFiles(
            known.results.filter { task, bytes in usable(bytes) { try read(task, $0) } != nil }, of: stage)
        if finished.count < payloads.count { regretDroppedEvents(of: stage) }
        let results = try waiting { () throws(CoordinatorService.Interruption) in
            try service.perform(
                stage, payloads, finished: finished, areShards: areShards, known.isLast ? journaling : nil,
                accepts: accepts)
        }
        try settle()
        note(results, of: stage)
        return results
    }

    private func note(_ results: [[UInt8]], of stage: Stage) {
        made.add(results.enumerated().flatMap { files(of: stage, task: $0, result: $1) })
    }

    /// Fits one model on all shards, from the last round that is known.
    ///
    /// - Parameters:
    ///   - specification: what workers must know of the fit; the journal's is of the same bytes.
    ///   - need: what they hold of it.
    ///   - start: the fit after these checkpoints; nil where they cannot be its own. There is one after none.
    ///   - read: what is made of an outcome; nil of one that is not of this fit.
    func fit<Outcome>(
        _ stage: Stage, specification: [UInt8], needing need: FitNeed,
        startingAfter start: ([[UInt8]]) -> (any DistributedFit)?,
        reading read: ([UInt8]) throws -> Outcome?
    ) throws(RunError) -> Outcome {
        let known = try step(stage, asked: [specification], parts: 0)
        if let outcome = usable(known.outcome, read) { return outcome }
        try check(need)
        var begun = start(known.checkpoints)
        if begun == nil {
            observe(.warning(Self.useless))
            begun = start([])
        }
        guard let fit = begun else { throw .failed("a fit of \(stage) cannot begin") }
        let bytes = try waiting { () throws(CoordinatorService.Interruption) in
            try service.fit(
                stage, specification: specification, shards: plan.shardCount, fit, known.isLast ? journaling : nil)
        }
        try conclude(known, bytes)
        guard let outcome = usable(bytes, read) else { throw .failed("the outcome of \(stage) cannot be read") }
        return outcome
    }

    /// Has tasks done by the cluster; their decoded results in the order of the tasks.
    ///
    /// - Parameter fits: whether a result is that of a task; whoever sends another is expelled.
    func perform<Result: ByteCodable & SendableMetatype>(
        _ stage: Stage, _ tasks: [some ByteCodable], as type: Result.Type = Result.self,
        where fits: @escaping @Sendable (_ task: Int, _ result: Result) -> Bool = { _, _ in true }
    ) throws(RunError) -> [Result] {
        let results = try results(stage, tasks.map(\.encoded)) { task, bytes in
            let result = try Result(decoding: bytes)
            return fits(task, result) ? result : nil
        }
        var decoded: [Result] = []
        try decode(results, of: stage) { decoded.append($0) }
        return decoded
    }

    /// Decodes results that were accepted one after the other, for decoded they take many times the memory.
    func decode<Result: ByteCodable>(
        _ results: [[UInt8]], of stage: Stage, into body: (Result) -> Void
    ) throws(RunError) {
        do throws(ByteError) {
            for bytes in results { body(try Result(decoding: bytes)) }
        } catch {
            throw .failed("a worker's result (\(stage.rawValue)) cannot be read: \(error)")
        }
    }

    func waiting<Value>(_ body: () throws(CoordinatorService.Interruption) -> Value) throws(RunError) -> Value {
        do throws(CoordinatorService.Interruption) {
            return try body()
        } catch {
            switch error {
            case .interrupted: throw .interrupted
            case .failed(let failure):
                throw failure.kind == .input ? .input(failure.message) : .failed(.work(failure))
            case .sockets(let error): throw .failed(RunFailure(error))
            }
        }
    }

    /// Has each shard's part of these outputs written by a task; the files in the order of their paths.
    ///
    /// - Parameter tasks: one a shard, in their order.
    func write(_ stage: Stage, _ tasks: [some ByteCodable], of folders: [String]) throws(RunError) -> [OutputFile] {
        let parts = try perform(stage, tasks, as: OutputFiles.self) { shard, part in part.are(folders, shard: shard) }
        return parts.flatMap(\.files).sorted { $0.path < $1.path }
    }
}

extension RunContext {
    /// Has each shard's parts of the results written by a task, and adds up what the tasks give; the sum, and the files in the
    /// order of their paths.
    func writeParts<Summary: ShardSum>(
        _ stage: Stage, scoreDate: Timestamp?, into nothing: Summary
    ) throws(RunError) -> (Summary, [OutputFile]) {
        let folders = instance.partedOutputs
        for folder in folders + ["model"] { try makeResultsFolder(folder) }
        let tasks = (0..<plan.shardCount).map { ExplainTask(shard: $0, scoreDate: scoreDate).encoded }
        let results = try results(stage, tasks) { shard, bytes in
            let part = try SummedParts<Summary>(decoding: bytes)
            return nothing.fits(part.summary) && part.outputs.are(folders, shard: shard) ? part : nil
        }
        var sum = nothing
        var files: [OutputFile] = []
        try decode(results, of: stage) { (part: SummedParts<Summary>) in
            sum.add(part.summary)
            files += part.outputs.files
        }
        return (sum, files.sorted { $0.path < $1.path })
    }

    /// Has tasks done by the cluster and adds up what they give, beginning with nothing.
    func sum<Sum: ShardSum>(
        _ stage: Stage, _ tasks: [some ByteCodable], into nothing: Sum
    ) throws(RunError) -> Sum {
        let results = try results(stage, tasks.map(\.encoded)) { _, bytes in
            let part = try Sum(decoding: bytes)
            return nothing.fits(part) ? part : nil
        }
        var sums = ShardSums<Sum>()
        try decode(results, of: stage) { sums.add($0) }
        return sums.total(from: nothing)
    }

    /// One task a shard.
    func sumByShard<Sum: ShardSum>(_ stage: Stage, into nothing: Sum) throws(RunError) -> Sum {
        try sum(stage, (0..<plan.shardCount).map { ShardTask(shard: $0) }, into: nothing)
    }
}
