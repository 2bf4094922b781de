import Bytes
import ClusterCore
import ClusterProtocol
import ClusterTransport
import Events
import Features
import Learning

/// A run goes through the same steps whenever it is started, and takes from its journal what it finds there: whatever
/// asks the cluster for something, asks here.
extension RunContext {
    /// Whether anything has been asked of the cluster, now or before an interruption.
    var hasSteps: Bool { folder.journal?.hasSteps ?? false }

    /// Has tasks done by the cluster, those that have not been done before; their results in the order of the tasks.
    ///
    /// - Parameter read: what is made of a result; nil or an error of one that is not of this run.
    func results<Result>(
        _ stage: Stage, _ payloads: [[UInt8]],
        reading read: @escaping @Sendable (_ task: Int, _ result: [UInt8]) throws -> Result?
    ) throws(RunError) -> [[UInt8]] {
        let accepts = { @Sendable (task: Int, bytes: [UInt8]) in (try? read(task, bytes)) ?? nil != nil }
        guard folder.journal != nil else {
            let results = try waiting { () throws(CoordinatorService.Interruption) in
                try service.perform(stage, payloads, finished: [:], nil, accepts: accepts)
            }
            note(results, of: stage)
            return results
        }
        let known = try step(stage, asked: payloads, parts: payloads.count)
        let finished = withFiles(
            known.results.filter { task, bytes in usable(bytes) { try read(task, $0) } != nil }, of: stage)
        let results = try waiting { () throws(CoordinatorService.Interruption) in
            try service.perform(
                stage, payloads, finished: finished, known.isLast ? journaling : nil, accepts: accepts)
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
    ///   - start: the fit after these checkpoints; nil where they cannot be its own. There is one after none.
    ///   - read: what is made of an outcome; nil of one that is not of this fit.
    func fit<Outcome>(
        _ stage: Stage, specification: [UInt8], startingAfter start: ([[UInt8]]) -> (any DistributedFit)?,
        reading read: ([UInt8]) throws -> Outcome?
    ) throws(RunError) -> Outcome {
        let known = try step(stage, asked: [specification], parts: 0)
        if let outcome = usable(known.outcome, read) { return outcome }
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

    /// Keeps what the cluster finds out.
    private var journaling: CoordinatorService.Journaling? {
        guard let journal = folder.journal else { return nil }
        return { record in journal.keep(record) }
    }

    /// What the journal holds of something. What cannot be read or does not fit, having come from a worker that made it up
    /// or from a bad disk, is as good as not there.
    func usable<Value>(_ bytes: [UInt8]?, _ read: ([UInt8]) throws -> Value?) -> Value? {
        guard let bytes else { return nil }
        if let value = try? read(bytes) { return value }
        observe(.warning(Self.useless))
        return nil
    }

    private static let useless =
        "a piece of work in the journal of the interrupted run does not fit this run: it is done once more"

    /// What is known of the next step, which is noted as begun where nothing is.
    func step(_ stage: Stage, asked: [[UInt8]], parts: Int) throws(RunError) -> JournaledSteps.Step {
        var digest = StableHash.hash(stage.rawValue)
        for bytes in asked { digest = bytes.withUnsafeBytes { StableHash.hash($0, seed: digest) } }
        if let known = folder.journal?.takeStep() {
            guard known.stage == stage, known.digest == digest, Int(known.parts) == parts else {
                throw .failed(.other(unfit))
            }
            return known
        }
        try keep(.step(stage, digest: digest, parts: UInt32(parts)))
        return JournaledSteps.Step(stage: stage, digest: digest, parts: UInt32(parts))
    }

    private var unfit: String {
        "the journal of the interrupted run tells of other steps than this run has; add --fresh to begin anew"
    }

    /// Keeps all that a step was for.
    func conclude(_ step: JournaledSteps.Step, _ outcome: [UInt8]) throws(RunError) {
        // Others that come after it in the journal would have it taken for theirs.
        if step.isLast { try keep(.outcome(outcome)) }
        try settle()
    }

    private func keep(_ record: JournalRecord) throws(RunError) {
        try stored { () throws(StoreError) in try folder.journal?.append(record) }
    }

    /// Makes durable what the step left.
    private func settle() throws(RunError) {
        guard let journal = folder.journal else { return }
        try stored { () throws(StoreError) in try journal.sync() }
    }
}

extension Journal {
    /// Appends a record; why it could not, if so.
    fileprivate func keep(_ record: JournalRecord) -> Failure? {
        do throws(StoreError) {
            try append(record)
            return nil
        } catch {
            return Failure(
                .machine, "the run cannot keep what has been done: \(error); the same command goes on from there")
        }
    }
}
