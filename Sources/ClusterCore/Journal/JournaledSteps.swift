package import ClusterProtocol

/// What a journal knows of the steps of its run.
package struct JournaledSteps: Sendable {
    package struct Step: Sendable, Equatable {
        package let stage: Stage
        package let digest: UInt64
        package let parts: UInt32
        /// Of the tasks that are done.
        package var results: [Int: [UInt8]] = [:]
        /// Of the rounds of a fit.
        package var checkpoints: [[UInt8]] = []
        package var outcome: [UInt8]?
        /// Whether no other step has begun after it: what is written now is then a part of it.
        package var isLast = true

        package init(stage: Stage, digest: UInt64, parts: UInt32) {
            self.stage = stage
            self.digest = digest
            self.parts = parts
        }
    }

    /// What the first record says.
    package private(set) var run: [UInt8]?
    private var steps: [Step] = []
    private var next = 0

    /// What a journal's bytes tell, and how many of them: nothing is believed from a record on that is not whole, or cannot
    /// belong where it stands, and it is to be cut off.
    package static func read(_ bytes: [UInt8]) -> (steps: JournaledSteps, length: Int) {
        var steps = JournaledSteps()
        let (_, length) = JournalFormat.decode(bytes) { steps.add($0) }
        return (steps, length)
    }

    init() {}

    /// Of records that belong where they stand.
    init(_ records: [JournalRecord]) {
        for record in records {
            guard add(record) else { break }
        }
    }

    private mutating func add(_ record: JournalRecord) -> Bool {
        let last = steps.indices.last
        switch record {
        case .run(let bytes):
            guard run == nil else { return false }
            run = bytes
        case .step(let stage, let digest, let parts):
            guard run != nil else { return false }
            steps.append(Step(stage: stage, digest: digest, parts: parts))
        case .result(let part, let bytes):
            guard let last, part < steps[last].parts else { return false }
            steps[last].results[Int(part)] = bytes
        case .checkpoint(let bytes):
            guard let last else { return false }
            steps[last].checkpoints.append(bytes)
        case .outcome(let bytes):
            guard let last else { return false }
            steps[last].outcome = bytes
        }
        return true
    }

    /// How many steps have begun.
    package var count: Int { steps.count }

    /// What is known of the next step of the run: nil when it has not begun.
    package mutating func take() -> Step? {
        guard next < steps.count else { return nil }
        steps[next].isLast = next == steps.count - 1
        defer {
            // They may be large, and are needed once.
            steps[next].results = [:]
            steps[next].checkpoints = []
            next += 1
        }
        return steps[next]
    }
}
