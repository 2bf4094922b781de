import Foundation
import TestSupport
import Testing

/// The built program as a process of its own, whose output tells when something has happened.
final class RunningProgram {
    /// The one that was built with these tests: it stands beside them, wherever that is.
    static let file = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appendingPathComponent("propensity")

    private let process = Process()
    private let pipe = Pipe()
    private(set) var output = ""

    /// - Parameters:
    ///   - program: another than the built one.
    ///   - environment: more than this process's own.
    ///   - folder: to start in.
    init(
        _ arguments: [String], program: String? = nil, environment: [String: String] = [:], in folder: String? = nil
    ) throws {
        process.executableURL = program.map { URL(fileURLWithPath: $0) } ?? Self.file
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
    }

    /// Runs the built program to its end: its exit code, and what it said on each stream.
    static func streams(_ arguments: [String]) throws -> (code: Int32, output: String, errors: String) {
        let folder = try TemporaryFolder()
        let errors = folder.path("errors")
        let (code, output) = try RunningProgram(
            ["-c", #"exec "$0" "$@" 2>"$ERRORS""#, file.path] + arguments, program: "/bin/sh",
            environment: ["ERRORS": errors]
        ).finish()
        return (code, output, try String(contentsOfFile: errors, encoding: .utf8))
    }

    /// Ends what a failed test left running.
    deinit { if process.isRunning { send(SIGKILL) } }

    /// Waits until it has written this.
    func read(until text: String) throws {
        while !output.contains(text) {
            let hasMore = try readMore()
            try #require(hasMore, "it ended without \"\(text)\": \(output)")
        }
    }

    /// Waits for more of what it writes; false when it has ended.
    @discardableResult
    func readMore() throws -> Bool {
        let data = pipe.fileHandleForReading.availableData
        output += String(decoding: data, as: UTF8.self)
        return !data.isEmpty
    }

    var number: Int32 { process.processIdentifier }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Waits until it and all processes that write to its output have ended.
    func finish() -> (code: Int32, output: String) {
        output += String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    static func run(
        _ arguments: [String], environment: [String: String] = [:], in folder: String? = nil
    ) throws -> (code: Int32, output: String) {
        try RunningProgram(arguments, environment: environment, in: folder).finish()
    }

    /// On a host of another name, which sees other files at these paths. For root.
    static func elsewhere(_ host: String, seeing files: [(path: String, file: String)], _ arguments: [String]) throws
        -> RunningProgram
    {
        let mounts = files.map { "mount --bind '\($0.file)' '\($0.path)' && " }.joined()
        let words = ([file.path] + arguments).map { "'\($0)'" }.joined(separator: " ")
        return try RunningProgram(
            ["-mu", "sh", "-c", "hostname \(host) && \(mounts)exec \(words)"], program: "/usr/bin/unshare")
    }

    /// On a host where this folder is empty. For root.
    static func blind(to folder: String, _ arguments: [String]) throws -> RunningProgram {
        let words = ([file.path] + arguments).map { "'\($0)'" }.joined(separator: " ")
        return try RunningProgram(
            ["-m", "sh", "-c", "mount -t tmpfs none '\(folder)' && exec \(words)"], program: "/usr/bin/unshare")
    }

    /// As another user, who may do nothing special. For root.
    static func asNobody(_ arguments: [String]) throws -> (code: Int32, output: String) {
        try startedByNobody(arguments).finish()
    }

    static func startedByNobody(_ arguments: [String]) throws -> RunningProgram {
        try RunningProgram(
            ["--reuid=65534", "--regid=65534", "--clear-groups", file.path] + arguments, program: "/usr/bin/setpriv")
    }

    static let isRoot = geteuid() == 0
}

/// The bundled sample in a folder of its own, gone when the value is.
final class SampleFolder {
    let url: URL
    var instance: String { path("instance.yaml") }

    init(trees: Int = 12) throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("propensity-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        let sample = RunningProgram.file.deletingLastPathComponent()
            .appendingPathComponent("propensity_propensity.resources/Sample")
        try FileManager.default.copyItem(
            at: sample.appendingPathComponent("online_retail.parquet"),
            to: url.appendingPathComponent("online_retail.parquet"))
        let text = try String(contentsOf: sample.appendingPathComponent("online_retail.yaml"), encoding: .utf8)
        try write(text + "model: { trees: \(trees) }\n", to: "instance.yaml")
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    func write(_ text: String, to name: String) throws {
        try text.write(toFile: path(name), atomically: true, encoding: .utf8)
    }

    var content: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() }
    }

    /// Path and hash of every output of a run.
    func hashes(_ output: String) throws -> [String: String] {
        let record = try JSONSerialization.jsonObject(
            with: Data(contentsOf: URL(fileURLWithPath: path("\(output)/run.json"))))
        let outputs = try #require((record as? [String: Any])?["outputs"] as? [[String: Any]])
        return Dictionary(
            uniqueKeysWithValues: try outputs.map {
                (try #require($0["path"] as? String), try #require($0["sha256"] as? String))
            })
    }

    /// What a run that nothing disturbs gives.
    func undisturbed() throws -> [String: String] {
        let (code, text) = try RunningProgram.run(["run", instance, "--output", path("undisturbed")])
        try #require(code == 0, "\(text)")
        return try hashes("undisturbed")
    }
}
