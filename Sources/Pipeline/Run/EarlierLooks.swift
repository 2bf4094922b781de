import Foundation
import RunOutputs
import Scoring

/// What files looked like that versions before `additions.json` left beside a run's outputs without noting them anywhere.
enum EarlierLooks {
    private static let segments = "added_segments"

    /// Such files are in these folders.
    static func folders(in folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(segments)")) ?? []
        return ["model", segments] + names.map { "\(segments)/\($0)" }
    }

    /// Whether the file is one of those, as it was written; false if it may have been changed since, nil if it is none.
    static func isWhole(_ path: String, _ status: stat, of published: PublishedResults) -> Bool? {
        guard published.kind == .run, status.isFile else { return nil }
        let file = "\(published.folder)/\(path)"
        switch path {
        case "report.html":
            // It was written right after the record. Whatever is younger may have been edited by hand.
            return status.modified <= published.written + 10_000_000_000
        case OutcomesFile.name: return read(file, as: OutcomesFile.self) != nil
        case "model/xgboost.json": return isExport(file) ? true : nil
        case "\(segments)/summary.json": return isSummary(file) ? true : nil
        default:
            let parts = path.split(separator: "/")
            guard parts.count == 3, parts[0] == segments, parts[2].hasPrefix("part-"), parts[2].hasSuffix(".parquet")
            else { return nil }
            return isMembers(file) ? true : nil
        }
    }

    static func isPage(_ file: String) -> Bool {
        guard let status = PublishedResults.status(file), status.st_size <= PublishedResults.longestRecord,
            let text = FileManager.default.contents(atPath: file)
        else { return false }
        return text.starts(with: Data("<!DOCTYPE html>".utf8))
            && text.range(of: Data("Made by propensity ".utf8)) != nil
    }

    static func isExport(_ file: String) -> Bool {
        read(file, as: Exported.self)?.learner.attributes["calibration"] != nil
    }

    static func isSummary(_ file: String) -> Bool { read(file, as: [InsightsFile.Segment].self) != nil }

    static func isMembers(_ file: String) -> Bool {
        ColumnLoader.names(ofFile: file) == SegmentMembers.names
    }

    private struct Exported: Decodable {
        struct Learner: Decodable { var attributes: [String: String] }
        var learner: Learner
    }

    private static func read<Value: Decodable>(_ file: String, as type: Value.Type) -> Value? {
        // What cannot be read is not one of those, which is no error.
        return (try? Files.read(file)).flatMap { try? RunJSON.decode(type, from: $0) }
    }
}
