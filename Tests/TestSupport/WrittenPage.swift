import Foundation

/// A page of the documentation that a table in the sources makes.
public enum WrittenPage {
    /// Whether a file under `Sources` is this page. Writes it anew where it is not, so that a second run finds it so.
    public static func isCurrent(_ page: String, inSources name: String) throws -> Bool {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Sources/\(name)").standardizedFileURL
        let isThere = FileManager.default.fileExists(atPath: file.path)
        if isThere, try String(contentsOf: file, encoding: .utf8) == page { return true }
        try page.write(to: file, atomically: true, encoding: .utf8)
        return false
    }
}
