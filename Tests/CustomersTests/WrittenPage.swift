import Foundation
import Testing

/// Expects a file of the sources to be the page that a table makes. Writes it anew where it differs, so that a second run
/// passes.
func expect(_ page: String, inSources name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../Sources/\(name)").standardizedFileURL
    let written = try FileManager.default.fileExists(atPath: file.path) ? String(contentsOf: file, encoding: .utf8) : ""
    guard written != page else { return }
    try page.write(to: file, atomically: true, encoding: .utf8)
    Issue.record("\(name) was out of date, and is written anew", sourceLocation: sourceLocation)
}
