/// The disk under the journal: what is written survives the death of a process, what is synced a power cut too.
struct SimulatedDisk {
    enum Outcome {
        case written
        case full
        /// The process died before the bytes were all there.
        case died
    }

    private(set) var journal: [UInt8] = []
    private var synced = 0
    var isFull = false

    /// Appends; dies after `dyingAfter` bytes, if there are as many.
    mutating func append(_ bytes: [UInt8], dyingAfter limit: Int?) -> Outcome {
        if isFull { return .full }
        if let limit, limit <= bytes.count {
            journal += bytes.prefix(limit)
            return .died
        }
        journal += bytes
        return .written
    }

    mutating func sync() { synced = journal.count }

    mutating func cut(to length: Int) {
        journal.removeLast(max(0, journal.count - length))
        synced = min(synced, length)
    }

    /// What was not synced may be there in part, and a part of that may be rubbish.
    mutating func cutPower(_ random: inout SimulatedRandom) {
        let lost = journal.count - synced
        guard lost > 0 else { return }
        let kept = random.below(lost + 1)
        journal.removeLast(lost - kept)
        if kept > 0, random.chance(of: 1, in: 2) {
            let place = synced + random.below(kept)
            journal[place] = journal[place] ^ UInt8(truncatingIfNeeded: 1 + random.below(255))
        }
    }
}
