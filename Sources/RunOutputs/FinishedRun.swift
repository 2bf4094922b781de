import Foundation
package import InstanceFile

/// Why a finished run cannot be read or shown.
package enum InsightsError: Error, Sendable, CustomStringConvertible {
    case notAFinishedRun(String)
    /// Of a run whose objective is a number.
    case predictsANumber(String)
    case unreadable(file: String, reason: String)
    case version(file: String, found: Int, readable: ClosedRange<Int>)
    case template(String)
    case notComparable(String)

    package var description: String {
        switch self {
        case .notAFinishedRun(let folder):
            "\(folder) is not a finished run: it needs an insights.json and a run.json; name a run's output folder"
        case .predictsANumber(let folder):
            "\(folder) has predictions of a number, and this is about probabilities; see its \(PredictionsFile.name)"
        case .unreadable(let file, let reason): "\(file) is not what propensity wrote: \(reason)"
        case .version(let file, let found, let readable):
            "\(file) has version \(found), and this program reads \(readable.lowerBound) to \(readable.upperBound); "
                + "do the run again with this program"
        case .notComparable(let reason): reason
        case .template(let name): "the page's template \(name) is broken"
        }
    }
}

/// A run's two summaries: what it found out, the same whatever the cluster, and what ran.
package struct FinishedRun: Sendable {
    package var insights: InsightsFile
    package var record: RunFile
    /// What came of scores since, where anything is known.
    package var outcomes: OutcomesFile?

    /// From the content of insights.json and run.json.
    package init(insights: [UInt8], record: [UInt8], outcomes: OutcomesFile? = nil) throws(InsightsError) {
        self.outcomes = outcomes
        self.insights = try Self.read(insights, "insights.json")
        self.record = try Self.decode(RunFile.self, record, "run.json")
    }

    /// From a run's output folder.
    package init(folder: String) throws(InsightsError) {
        let insights = try Self.content("insights.json", of: folder)
        let record = try Self.content("run.json", of: folder)
        self.insights = try Self.read(insights, "\(folder)/insights.json")
        self.record = try Self.decode(RunFile.self, record, "\(folder)/run.json")
        let path = "\(folder)/\(OutcomesFile.name)"
        if let content = FileManager.default.contents(atPath: path) {
            outcomes = try Self.decode(OutcomesFile.self, Array(content), path)
        }
    }

    /// What was asked; nil where another version of this program has read an instance that is none to this one.
    package var instance: Instance? {
        try? Instance.parse(
            text: record.instanceText, file: record.instance, baseDirectory: "/", checkingFiles: false)
    }

    private static func read(_ bytes: [UInt8], _ file: String) throws(InsightsError) -> InsightsFile {
        var insights = try decode(InsightsFile.self, bytes, file)
        insights.scoreDate = InsightsFile.scoreDate(insights.scoreDate)
        guard insights.areCountsPossible else {
            throw .unreadable(file: file, reason: "it holds counts that no run can have counted")
        }
        return insights
    }

    static func content(_ name: String, of folder: String) throws(InsightsError) -> [UInt8] {
        guard let content = FileManager.default.contents(atPath: "\(folder)/\(name)") else {
            throw FileManager.default.fileExists(atPath: "\(folder)/\(PredictionsFile.name)")
                ? .predictsANumber(folder) : .notAFinishedRun(folder)
        }
        return Array(content)
    }

    /// Of files that say their own.
    private static func versions<Value>(of type: Value.Type) -> ClosedRange<Int>? {
        if type == InsightsFile.self { return InsightsFile.versions }
        if type == RunHeadings.Insights.self { return RunHeadings.versions }
        if type == OutcomesFile.self { return OutcomesFile.formatVersion...OutcomesFile.formatVersion }
        return nil
    }

    private struct Version: Decodable { var version: Int }

    static func decode<Value: Decodable>(
        _ type: Value.Type, _ bytes: [UInt8], _ file: String
    ) throws(InsightsError) -> Value {
        do {
            // The version first: what else differs follows from it.
            if let readable = versions(of: type) {
                let found = try RunJSON.decode(Version.self, from: bytes).version
                guard readable.contains(found) else {
                    throw InsightsError.version(file: file, found: found, readable: readable)
                }
            }
            return try RunJSON.decode(type, from: bytes)
        } catch let error as InsightsError {
            throw error
        } catch let error as DecodingError {
            throw .unreadable(file: file, reason: error.place)
        } catch {
            throw .unreadable(file: file, reason: "\(error)")
        }
    }
}

extension DecodingError {
    /// Where the file differs from what is expected, and how.
    fileprivate var place: String {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            Self.text(context.codingPath) + context.debugDescription
        case .keyNotFound(let key, let context): Self.text(context.codingPath) + "no \(key.stringValue)"
        @unknown default: "\(self)"
        }
    }

    private static func text(_ path: [any CodingKey]) -> String {
        path.isEmpty ? "" : path.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".") + ": "
    }
}
