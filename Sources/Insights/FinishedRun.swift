import Foundation

/// Why a finished run cannot be read or shown.
public enum InsightsError: Error, Sendable, CustomStringConvertible {
    case notAFinishedRun(String)
    case unreadable(file: String, reason: String)
    case version(file: String, found: Int)
    case template(String)

    public var description: String {
        switch self {
        case .notAFinishedRun(let folder):
            "\(folder) is not a finished run: it needs an insights.json and a run.json; name a run's output folder"
        case .unreadable(let file, let reason): "\(file) is not what propensity wrote: \(reason)"
        case .version(let file, let found):
            "\(file) has version \(found), and this program reads \(InsightsFile.versions.lowerBound) to "
                + "\(InsightsFile.versions.upperBound); do the run again with this program"
        case .template(let name): "the page's template \(name) is broken"
        }
    }
}

/// A run's two summaries: what it found out, the same whatever the cluster, and what ran.
public struct FinishedRun: Sendable {
    public var insights: InsightsFile
    public var record: RunFile

    /// From the content of insights.json and run.json.
    public init(insights: [UInt8], record: [UInt8]) throws(InsightsError) {
        self.insights = try Self.decode(InsightsFile.self, insights, "insights.json")
        self.record = try Self.decode(RunFile.self, record, "run.json")
    }

    /// From a run's output folder.
    public init(folder: String) throws(InsightsError) {
        func content(_ name: String) throws(InsightsError) -> [UInt8] {
            guard let content = FileManager.default.contents(atPath: "\(folder)/\(name)") else {
                throw .notAFinishedRun(folder)
            }
            return Array(content)
        }
        let (insights, record) = (try content("insights.json"), try content("run.json"))
        self.insights = try Self.decode(InsightsFile.self, insights, "\(folder)/insights.json")
        self.record = try Self.decode(RunFile.self, record, "\(folder)/run.json")
    }

    private struct Version: Decodable { var version: Int }

    private static func decode<Value: Decodable>(
        _ type: Value.Type, _ bytes: [UInt8], _ file: String
    ) throws(InsightsError) -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let data = Data(bytes)
        do {
            // The version first: what else differs follows from it.
            if type == InsightsFile.self {
                let found = try decoder.decode(Version.self, from: data).version
                guard InsightsFile.versions.contains(found) else {
                    throw InsightsError.version(file: file, found: found)
                }
            }
            return try decoder.decode(type, from: data)
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
