import ClusterProtocol

/// Why a worker's registration ended.
package enum WorkerExit: Sendable, Hashable, CustomStringConvertible {
    case disconnected
    /// It said goodbye.
    case left
    case registeredAgain
    case silent(Duration)
    case badFrames
    /// It did a task, and what it sent cannot be what was asked for.
    case badResult
    /// The sums that it sent in training contradict each other, or those before them.
    case badSums
    /// Two others computed another result than it did.
    case disagreed
    case keyWithdrawn
    /// Another registration of the same process was expelled for what it sent.
    case quarantined

    package var description: String {
        switch self {
        case .disconnected: "its connection is gone"
        case .left: "it left"
        case .registeredAgain: "it registered again"
        case .silent(let time): "nothing heard for \(time.components.seconds) s"
        case .badFrames: "it sent bad frames"
        case .badResult: "it sent a result that is not of this run"
        case .badSums: "its sums do not add up: its memory or its arithmetic is not to be trusted"
        case .disagreed: "two others got another result than it did: its memory or its arithmetic is not to be trusted"
        case .keyWithdrawn: "its key is no longer admitted"
        case .quarantined: "its process was expelled for what it sent"
        }
    }

    /// In one word: its own doing, an accident, or the coordinator's decision.
    package var kind: String {
        switch self {
        case .left: "stopped"
        case .disconnected, .registeredAgain: "lost"
        case .silent, .badFrames, .badResult, .badSums, .disagreed, .keyWithdrawn, .quarantined: "expelled"
        }
    }

    /// Whether what it was doing may have been the cause.
    var isDeath: Bool {
        switch self {
        case .disconnected, .registeredAgain, .silent: true
        case .left, .badFrames, .badResult, .badSums, .disagreed, .keyWithdrawn, .quarantined: false
        }
    }

    /// Whether it would come again at once, and do the same.
    package var isOfBadWork: Bool {
        switch self {
        case .badResult, .badSums, .disagreed: true
        case .disconnected, .left, .registeredAgain, .silent, .badFrames, .keyWithdrawn, .quarantined: false
        }
    }

    var counter: Counters.Kind {
        switch self {
        case .left: .stopped
        case .disconnected, .registeredAgain: .lost
        case .silent: .expelledSilent
        case .badFrames, .quarantined: .expelledBadFrames
        case .badResult, .badSums: .expelledBadResults
        case .disagreed: .expelledDisagreed
        case .keyWithdrawn: .expelledKeyWithdrawn
        }
    }
}

/// Somebody, or something that somebody sent, that was turned away.
package enum Refusal: Sendable, Equatable {
    case frame(String)
    case version(String)
    case build(String)
    case key(String)

    var counter: Counters.Kind {
        switch self {
        case .frame: .refusedFrames
        case .version: .refusedVersions
        case .build: .refusedBuilds
        case .key: .refusedKeys
        }
    }

    var what: String {
        switch self {
        case .frame(let error): "refused a frame: \(error)"
        case .version(let error), .build(let error): "turned a peer away: \(error)"
        case .key(let key): "turned away a key that is not admitted: \(key)"
        }
    }
}
