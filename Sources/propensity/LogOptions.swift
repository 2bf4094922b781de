import ArgumentParser
import ClusterTransport
import Logging

/// Options of the commands that log.
struct LogOptions: ParsableArguments {
    enum Level: String, ExpressibleByArgument, CaseIterable {
        case debug, info, notice, warning, error
    }

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @Option(help: "The least that is logged: debug, info, notice, warning or error.")
    var logLevel: Level?

    @Option(help: "text, or json: one object a line on standard error, with time, level, message and metadata.")
    var logFormat = Format.text

    /// - Parameter isVerbose: everything, where no level was named.
    func settings(isVerbose: Bool) -> LogSettings {
        LogSettings(
            level: logLevel.flatMap { Logger.Level(rawValue: $0.rawValue) } ?? (isVerbose ? .debug : nil),
            format: logFormat == .json ? .json : .text)
    }
}
