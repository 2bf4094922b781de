package import Bytes

/// How often each thing has happened in a cluster that an operator may want to know of, since its coordinator started.
package struct Counters: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Registrations, those included that take the place of an earlier one of the same process.
        case joined
        /// Registrations of processes that had been registered before.
        case registeredAgain = "registered_again"
        /// Workers that said goodbye.
        case stopped
        /// Workers whose connection broke.
        case lost
        case expelledSilent = "expelled_silent"
        case expelledBadFrames = "expelled_bad_frames"
        case expelledBadResults = "expelled_bad_results"
        case expelledKeyWithdrawn = "expelled_key_withdrawn"
        /// Workers whose result others, who computed the same, did not get.
        case expelledDisagreed = "expelled_disagreed"
        /// Frames that could not be used, from whomever.
        case refusedFrames = "refused_frames"
        /// Peers of another protocol version that were turned away.
        case refusedVersions = "refused_versions"
        /// Peers of another build of the program that were turned away.
        case refusedBuilds = "refused_builds"
        /// Keys that are not admitted, each once.
        case refusedKeys = "refused_keys"
        /// Tasks given again after they or their workers failed.
        case retries
        /// Tasks given to a second worker too, because the first was late.
        case late
        /// Workers whose shards went to others because their answers did not come.
        case stalled
        /// Workers whose shards went to others because they could not train them.
        case couldNotTrain = "could_not_train"
        /// Results and answers that were dropped: counted already, or of work that is over.
        case duplicates
        /// Results that were computed a second time, by another worker, and compared.
        case audited
        /// Results that were chosen for that, and nobody was there to do it.
        case unaudited
    }

    private var counts: [Kind: Int] = [:]

    package init() {}

    package subscript(kind: Kind) -> Int {
        get { counts[kind] ?? 0 }
        set { counts[kind] = newValue }
    }

    /// By name, for programs.
    package var named: [String: Int] {
        Dictionary(uniqueKeysWithValues: Kind.allCases.map { ($0.rawValue, self[$0]) })
    }
}

extension Counters: ByteCodable {
    package func encode(to writer: inout ByteWriter) {
        for kind in Kind.allCases { writer.write(UInt64(max(0, self[kind]))) }
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        for kind in Kind.allCases { counts[kind] = Int(clamping: try reader.read(UInt64.self)) }
    }
}
