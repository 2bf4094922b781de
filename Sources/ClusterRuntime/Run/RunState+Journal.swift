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
    func results(_ stage: Stage, _ payloads: [[UInt8]]) throws(RunError) -> [[UInt8]] {
        // Steps of a regression are short, many and large: it is its outcome that is kept (see `once`).
        guard let journal = folder.journal, stage != .regress else {
            return try waiting { () throws(CoordinatorService.Interruption) in
                try service.perform(stage, payloads, finished: [:], nil)
            }
        }
        let known = try step(stage, asked: payloads, parts: payloads.count)
        let results = try waiting { () throws(CoordinatorService.Interruption) in
            try service.perform(stage, payloads, finished: known.results, journal)
        }
        try settle()
        return results
    }

    /// Trains one model on all shards, from the last tree that is known.
    func fit(_ specification: FitSpecification, _ booster: Booster) throws(RunError) -> (Ensemble, losses: [Double]) {
        let asked = specification.encoded
        let known = try step(.train, asked: [asked], parts: 0)
        if let outcome = known.outcome {
            do throws(ByteError) {
                let outcome = try FitOutcome(decoding: outcome)
                return (outcome.ensemble, outcome.losses)
            } catch {
                throw .failed("\(unfit): \(error)")
            }
        }
        var booster = booster
        if !known.trees.isEmpty, booster.start(after: known.trees, losses: known.losses) == nil {
            throw .failed(unfit)
        }
        let (ensemble, losses) = try waiting { () throws(CoordinatorService.Interruption) in
            try service.fit(specification: asked, shards: plan.shardCount, booster, folder.journal)
        }
        try keep(.outcome(FitOutcome(ensemble: ensemble, losses: losses).encoded))
        try settle()
        return (ensemble, losses)
    }

    /// What `body` makes, made once: for what asks the cluster often and is quickly done again.
    ///
    /// - Parameter asked: what tells it from others of its stage.
    func once(
        _ stage: Stage, asked: [UInt8], _ body: () throws(RunError) -> [UInt8]
    ) throws(RunError) -> [UInt8] {
        if let outcome = try step(stage, asked: [asked], parts: 0).outcome { return outcome }
        let made = try body()
        try keep(.outcome(made))
        try settle()
        return made
    }

    /// What is known of the next step, which is noted as begun where nothing is.
    private func step(_ stage: Stage, asked: [[UInt8]], parts: Int) throws(RunError) -> JournaledSteps.Step {
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

    private func keep(_ record: JournalRecord) throws(RunError) {
        try stored { () throws(StoreError) in try folder.journal?.append(record) }
    }

    /// Makes durable what the step left: first the names of the files, then what tells of them.
    private func settle() throws(RunError) {
        guard let journal = folder.journal else { return }
        try stored { () throws(StoreError) in
            for folder in store.folders { try Files.sync(folder) }
            try journal.sync()
        }
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
