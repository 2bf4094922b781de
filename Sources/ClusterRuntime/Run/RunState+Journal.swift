import Bytes
import ClusterCore
import ClusterProtocol
import Customers
import Learning

/// A run goes through the same steps whenever it is started, and takes from its journal what it finds there: whatever
/// asks the cluster for something, asks here.
extension RunState {
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
        // Tasks of a regression are short and many: it is what they add up to that is kept.
        guard let journal = folder.journal, stage != .regress else {
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
                stage, payloads, finished: finished, known.isLast ? journal : nil, accepts: accepts)
        }
        try settle()
        note(results, of: stage)
        return results
    }

    private func note(_ results: [[UInt8]], of stage: Stage) {
        made.add(results.enumerated().flatMap { files(of: stage, task: $0, result: $1) })
    }

    /// Trains one model on all shards, from the last tree that is known.
    func fit(_ specification: FitSpecification, _ booster: Booster) throws(RunError) -> (Ensemble, losses: [Double]) {
        let asked = specification.encoded
        let known = try step(.train, asked: [asked], parts: 0)
        let outcome = usable(known.outcome) { bytes in
            let outcome = try FitOutcome(decoding: bytes)
            let isPossible = outcome.ensemble.trees.allSatisfy { $0.isPossible(binCounts: specification.binCounts) }
            return isPossible ? outcome : nil
        }
        if let outcome { return (outcome.ensemble, outcome.losses) }
        var booster = booster
        if !known.trees.isEmpty, booster.start(after: known.trees, losses: known.losses) == nil {
            observe(.warning(Self.useless))
        }
        let (ensemble, losses) = try waiting { () throws(CoordinatorService.Interruption) in
            try service.fit(specification: asked, shards: plan.shardCount, booster, known.isLast ? folder.journal : nil)
        }
        try conclude(known, FitOutcome(ensemble: ensemble, losses: losses).encoded)
        return (ensemble, losses)
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
                throw .failed(unfit)
            }
            return known
        }
        try keep(.step(stage, digest: digest, parts: UInt32(parts)))
        return JournaledSteps.Step(stage: stage, digest: digest, parts: UInt32(parts))
    }

    private var unfit: String {
        "the journal of the interrupted run tells of other steps than this run has; add --fresh to begin anew"
    }

    /// Keeps a part of a step, unless others come after it in the journal: it would be taken for a part of the last.
    func keep(_ record: JournalRecord, of step: JournaledSteps.Step) throws(RunError) {
        if step.isLast { try keep(record) }
    }

    /// Keeps all that a step was for.
    func conclude(_ step: JournaledSteps.Step, _ outcome: [UInt8]) throws(RunError) {
        try keep(.outcome(outcome), of: step)
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

/// What a fit ended with.
private struct FitOutcome: ByteCodable {
    var ensemble: Ensemble
    var losses: [Double]

    init(ensemble: Ensemble, losses: [Double]) {
        self.ensemble = ensemble
        self.losses = losses
    }

    func encode(to writer: inout ByteWriter) {
        ensemble.encode(to: &writer)
        writer.write(array: losses)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        ensemble = try Ensemble(from: &reader)
        losses = try reader.readArray()
    }
}
