package import Bytes
import Events
package import InstanceFile
package import Tables

/// Finds out what came of some profiles after a moment of the past, from the events of their shard.
///
/// The outcomes are those that `Assembler` gives the rows of a snapshot of that moment. Blocks may come in any order.
package struct OutcomeSearch: Sendable {
    private let willOccur: Bool
    /// A bit for each condition of the goal.
    private let conditions: UInt64
    /// Microseconds since 1970: events after the first, up to the last.
    private let start: Int64
    private let end: Int64
    private let places: [String: Int]
    /// By profile: the conditions that some event of the window has met.
    private var met: [UInt64]
    /// By profile: whether the data hold any event of it.
    private var isSeen: [Bool]

    /// - Parameter profiles: their identities, each once.
    package init(goal: Goal, after asOf: Timestamp, profiles: [String]) {
        willOccur = goal.willOccur
        conditions = EventFlags.goals(goal.conditions.count)
        start = asOf.microseconds
        // The date may be another's word.
        let (end, isPast) = asOf.microseconds.addingReportingOverflow(goal.within.microseconds)
        self.end = isPast ? .max : end
        places = Dictionary(profiles.enumerated().map { ($1, $0) }) { first, _ in first }
        met = [UInt64](repeating: 0, count: profiles.count)
        isSeen = [Bool](repeating: false, count: profiles.count)
    }

    /// Looks through an ingested block; one of attributes says nothing.
    ///
    /// Cost: one look at each event, and at each of the block's identities.
    package mutating func add(block bytes: [UInt8]) throws(ByteError) {
        guard !AttributeBlock.isOne(bytes) else { return }
        let block: EventBlock = try Assembler.open(bytes, EventBlock.name, EventBlock.version)
        let profiles = block.identity.dictionary.map { places[$0] ?? -1 }
        for (row, code) in block.identity.codes.enumerated() {
            let profile = profiles[Int(code)]
            guard profile >= 0 else { continue }
            isSeen[profile] = true
            if block.time[row] > start, block.time[row] <= end { met[profile] |= block.flags[row] & conditions }
        }
    }

    /// Whether the profile had the outcome; nil where the data have no event of it, so that nobody knows.
    package func outcome(ofProfile index: Int) -> Bool? {
        isSeen[index] ? (met[index] == conditions) == willOccur : nil
    }
}
