package import ClusterCore
package import ClusterProtocol
package import Readiness
package import ZeroMQ

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
    case failed(RunFailure)
    case interrupted

    package var description: String {
        switch self {
        case .input(let message): message
        case .failed(let failure): failure.description
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

/// What a run failed for that is neither the user's request nor the data.
package enum RunFailure: Error, Sendable, CustomStringConvertible {
    case store(StoreError)
    case folder(RunFolderError)
    case sockets(ZeroMQError)
    /// Workers could not do it.
    case work(Failure)
    case other(String)

    package var description: String {
        switch self {
        case .store(let error): error.description
        case .folder(let error): error.description
        case .sockets(let error): "\(error)"
        case .work(let failure): failure.message
        case .other(let what): what
        }
    }

    init(_ error: any Error) {
        self =
            switch error {
            case let error as StoreError: .store(error)
            case let error as RunFolderError: .folder(error)
            case let error as ZeroMQError: .sockets(error)
            case let error as Failure: .work(error)
            default: .other("\(error)")
            }
    }
}

extension RunFailure: ExpressibleByStringInterpolation {
    package init(stringLiteral text: String) { self = .other(text) }
}
