import Foundation
import Tables

/// Which files are results of this product's runs, as a pattern over a whole folder may meet them.
struct OwnResults {
    /// By folder: the files that its record lists, relative to it; nil where there is no record of a run.
    private var known: [String: Set<String>?] = [:]

    private static let records = ["run.json", "features.json"]
    /// Those that a run leaves and does not list.
    private static let unlisted = Set(records + ["insights.json", "outcomes.json", "report.html"])
    /// Records are some kilobytes; a file of so many bytes is none.
    private static let longest = 64 << 20

    /// Cost: one look for each folder on the way to the file, the first time.
    mutating func contains(_ path: String) -> Bool {
        var folder = Substring(path)
        let bucket = ObjectStore.bucket(of: path)
        while let slash = folder.lastIndex(of: "/") {
            folder = folder[..<slash]
            if let bucket, folder.utf8.count < bucket.utf8.count { break }
            guard let files = files(of: String(folder)) else { continue }
            let relative = String(path[path.index(after: slash)...])
            if files.contains(relative) || Self.unlisted.contains(relative) || relative.hasPrefix("segments/") {
                return true
            }
        }
        return false
    }

    private mutating func files(of folder: String) -> Set<String>? {
        if let found = known[folder] { return found }
        let found = Self.records.lazy.compactMap { Self.read("\(folder)/\($0)") }.first
        known[folder] = .some(found)
        return found
    }

    /// The outputs that a record lists; nil where it is something else.
    private static func read(_ path: String) -> Set<String>? {
        struct Record: Decodable {
            struct Output: Decodable {
                var path: String
                var sha256: String
            }
            var outputs: [Output]
        }
        // A file that is not there, too large or no JSON of this form is no record.
        guard let file = try? RangedFile(path), file.size <= longest, let bytes = try? file.read(0..<file.size),
            let record = try? JSONDecoder().decode(Record.self, from: Data(bytes))
        else { return nil }
        return Set(record.outputs.map(\.path))
    }
}
