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

    /// Keeps what the cluster finds out.
    var journaling: CoordinatorService.Journaling? {
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

    static let useless =
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
    func settle() throws(RunError) {
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
