package import ClusterCore
package import ClusterProtocol
package import Readiness

/// What a run tells whoever watches it.
package enum RunEvent: Sendable {
    /// A stage begins; `title` says what is done in the user's words.
    case stage(Stage, title: String)
    /// Pieces of the current stage that are done.
    case progress(finished: Int, of: Int)
    /// How far the fit under way is.
    case fit(FitProgress)
    case workers(Coordinator.Report)
    /// Something that the user should know and the run can live with.
    case warning(String)
    case note(String)
}

/// Why a run ended without results.
package enum RunError: Error, Sendable, CustomStringConvertible {
    /// The request, the instance or the data are at fault. Nothing was written.
    case input(String)
    /// The same, as the checks before training found it.
    case cannotTrain(Readiness)
    case failed(String)
    case interrupted

    package var description: String {
        switch self {
        case .input(let message), .failed(let message): message
        case .cannotTrain(let readiness): readiness.findings(.stop).map(\.line).joined(separator: "\n")
        case .interrupted:
            "interrupted; an earlier run's results, if any, are as they were"
        }
    }

    /// 2 wrong usage or bad input, 1 failed, 75 interrupted.
    package var exitCode: Int32 {
        switch self {
        case .input, .cannotTrain: 2
        case .failed: 1
        case .interrupted: 75
        }
    }
}
