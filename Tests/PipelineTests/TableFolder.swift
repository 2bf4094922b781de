import Foundation
import TestSupport
import Testing

/// A folder with a small feature table and an instance of it, which runs in a second.
struct TableFolder {
    let folder: TemporaryFolder

    var instance: String { folder.path("shop.yaml") }
    var results: String { folder.path("results") }

    init() throws {
        folder = try TemporaryFolder()
        let rows = (0..<1_500).map { "\($0),\($0 * 7919 % 31),\($0 * 104729 % 97),\($0 * 7919 % 31 > 14 ? 1 : 0)" }
        try folder.write("id,visits,spent,left\n" + rows.joined(separator: "\n") + "\n", to: "table.csv")
        try folder.write(
            """
            version: 1
            name: Table
            propensity: churn
            features: { path: table.csv, identity: id, label: { field: left, equals: 1 } }
            model: { trees: 3, growth: symmetric }
            output: results

            """, to: "shop.yaml")
    }

    func path(_ name: String) -> String { folder.path(name) }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String { try folder.write(text, to: name) }

    func text(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

    /// Runs the program, which is to end with `code`; what it wrote.
    @discardableResult
    func run(
        _ arguments: String..., code: Int32 = 0, environment: [String: String] = [:], in folder: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String {
        let (found, text) = try RunningProgram.run(arguments, environment: environment, in: folder)
        try #require(found == code, "\(arguments): \(text)", sourceLocation: sourceLocation)
        return text
    }

    /// Everything in a folder, hidden or not: its paths, and what the files hold.
    func content(of name: String = "") throws -> [String: Data] {
        let root = name.isEmpty ? folder.path : path(name)
        var content: [String: Data] = [:]
        let files = try #require(FileManager.default.enumerator(atPath: root))
        for case let file as String in files {
            let type = try FileManager.default.attributesOfItem(atPath: "\(root)/\(file)")[.type] as? FileAttributeType
            switch type {
            case .typeRegular?: content[file] = try Data(contentsOf: URL(fileURLWithPath: "\(root)/\(file)"))
            case .typeSymbolicLink?:
                let target = try FileManager.default.destinationOfSymbolicLink(atPath: "\(root)/\(file)")
                content[file] = Data("-> \(target)".utf8)
            default: content[file] = Data()
            }
        }
        return content
    }

    /// Path and hash of every output of a run or of features, each of them as it says.
    func hashes(_ name: String = "results", mark: String = "run.json") throws -> [String: String] {
        let record = try JSONSerialization.jsonObject(
            with: Data(contentsOf: URL(fileURLWithPath: path("\(name)/\(mark)"))))
        let outputs = try #require((record as? [String: Any])?["outputs"] as? [[String: Any]])
        var hashes: [String: String] = [:]
        for output in outputs {
            let file = try #require(output["path"] as? String)
            hashes[file] = try #require(output["sha256"] as? String)
            #expect(try sha256(path("\(name)/\(file)")) == hashes[file], "\(file)")
        }
        return hashes
    }

    private func sha256(_ path: String) throws -> String {
        String(try RunningProgram([path], program: "/usr/bin/sha256sum").finish().output.prefix(64))
    }
}
