package import Logging

/// How much is logged, and how.
package struct LogSettings: Sendable {
    package enum Format: String, Sendable, CaseIterable {
        /// A line for people.
        case text
        /// A JSON object a line, for programs: `time`, `level`, `message`, `logger`, `metadata`.
        case json
    }

    /// nil: as much as each process thinks fit.
    package var level: Logger.Level?
    package var format: Format

    package init(level: Logger.Level? = nil, format: Format = .text) {
        self.level = level
        self.format = format
    }

    /// A logger to standard error.
    ///
    /// - Parameter usual: the level where none was asked for.
    package func logger(_ label: String, usual: Logger.Level) -> Logger {
        var logger = Logger(label: label) { label in
            switch format {
            case .text: StreamLogHandler.standardError(label: label)
            case .json: JSONLogHandler(label: label)
            }
        }
        logger.logLevel = level ?? usual
        return logger
    }

    /// What a worker process is to be told, so that it logs in the same way.
    package var arguments: [String] {
        ["--log-format", format.rawValue] + (level.map { ["--log-level", $0.rawValue] } ?? [])
    }
}
