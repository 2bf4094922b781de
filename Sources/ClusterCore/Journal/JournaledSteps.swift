package import ClusterProtocol
package import Learning

/// What a journal knows of the steps of its run.
package struct JournaledSteps: Sendable {
    package struct Step: Sendable, Equatable {
        package let stage: Stage
        package let digest: UInt64
        package let parts: UInt32
        /// Of the tasks that are done.
        package var results: [Int: [UInt8]] = [:]
        /// Of a fit.
        package var trees: [Tree] = []
        /// The validation loss before each tree; empty where there are no validation rows.
        package var losses: [Double] = []
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
        let (_, length) = JournalText.decode(bytes) { steps.add($0) }
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
        case .tree(let tree, let loss):
            guard let last, (loss == nil) == steps[last].losses.isEmpty || steps[last].trees.isEmpty else {
                return false
            }
            steps[last].trees.append(tree)
            if let loss { steps[last].losses.append(loss) }
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
            // Results may be large, and are needed once.
            steps[next].results = [:]
            next += 1
        }
        return steps[next]
    }
}
