public import ClusterProtocol

/// Why a worker's registration ended.
public enum Loss: Sendable, Hashable, CustomStringConvertible {
    case disconnected
    /// It said goodbye.
    case left
    case registeredAgain
    case silent(Duration)
    case badFrames
    /// It did a task, and what it sent cannot be what was asked for.
    case badResult
    case keyWithdrawn

    public var description: String {
        switch self {
        case .disconnected: "its connection is gone"
        case .left: "it left"
        case .registeredAgain: "it registered again"
        case .silent(let time): "nothing heard for \(time.components.seconds) s"
        case .badFrames: "it sent bad frames"
        case .badResult: "it sent a result that is not of this run"
        case .keyWithdrawn: "its key is no longer admitted"
        }
    }

    /// In one word: its own doing, an accident, or the coordinator's decision.
    public var kind: String {
        switch self {
        case .left: "stopped"
        case .disconnected, .registeredAgain: "lost"
        case .silent, .badFrames, .badResult, .keyWithdrawn: "expelled"
        }
    }

    /// Whether what it was doing may have been the cause.
    var isDeath: Bool {
        switch self {
        case .disconnected, .registeredAgain, .silent: true
        case .left, .badFrames, .badResult, .keyWithdrawn: false
        }
    }

    var counter: Counters.Kind {
        switch self {
        case .left: .stopped
        case .disconnected, .registeredAgain: .lost
        case .silent: .expelledSilent
        case .badFrames: .expelledBadFrames
        case .badResult: .expelledBadResults
        case .keyWithdrawn: .expelledKeyWithdrawn
        }
    }
}

/// Somebody, or something that somebody sent, that was turned away.
public enum Refusal: Sendable, Equatable {
    case frame(String)
    case version(String)
    case key(String)

    var counter: Counters.Kind {
        switch self {
        case .frame: .refusedFrames
        case .version: .refusedVersions
        case .key: .refusedKeys
        }
    }

    var what: String {
        switch self {
        case .frame(let error): "refused a frame: \(error)"
        case .version(let error): "turned a peer away: \(error)"
        case .key(let key): "turned away a key that is not admitted: \(key)"
        }
    }
}
