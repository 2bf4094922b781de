internal import Foundation
internal import Yams

extension Instance {
    /// Reads an instance file.
    ///
    /// Relative paths start at the file's folder; input files must exist.
    /// - Throws: every problem found, each with its line.
    package static func parse(file path: String) throws(InstanceError) -> Instance {
        let (text, directory) = try InstanceError.contents(of: path, meant: "an instance")
        return try parse(text: text, file: path, baseDirectory: directory)
    }

    /// An instance file's text.
    package static func text(ofFile path: String) throws(InstanceError) -> String {
        try InstanceError.contents(of: path, meant: "an instance").text
    }

    /// Reads the text of an instance file.
    ///
    /// - Parameters:
    ///   - file: how the file is named in messages.
    ///   - baseDirectory: an absolute path, where relative paths start.
    ///   - checkingFiles: whether input files must exist here; a worker need not see them until it reads them.
    /// - Throws: every problem found, each with its line. YAML that is not well formed, or has a key twice, is reported
    ///   alone, since nothing behind it can be trusted.
    package static func parse(
        text: String, file: String, baseDirectory: String, checkingFiles: Bool = true
    ) throws(InstanceError) -> Instance {
        try InstanceSchema.instance.parse(
            text: text, file: file, baseDirectory: baseDirectory, checkingFiles: checkingFiles,

            whenEmpty: "is empty; propensity quickstart unpacks examples, and propensity help instance tells every key")
    }
}

extension ValueSchema {
    /// The value that a whole file holds.
    ///
    /// - Throws: as `Instance.parse` does.
    func parse(
        text: String, file: String, baseDirectory: String, checkingFiles: Bool, whenEmpty: String
    ) throws(InstanceError) -> Value {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw InstanceError(file: file, text: text, error)
        } catch {
            throw InstanceError(file: file, "cannot be read as YAML: \(error)")
        }
        guard let root else {
            throw InstanceError(file: file, whenEmpty)
        }
        var context = ParseContext(file: file, baseDirectory: baseDirectory, checksFiles: checkingFiles)
        let value = read(SourceLocation(node: root, path: ""), &context)
        if let value, context.problems.isEmpty { return value }
        let problems = context.problems.enumerated().sorted {
            ($0.element.line, $0.element.column, $0.offset) < ($1.element.line, $1.element.column, $1.offset)
        }
        throw InstanceError(problems: problems.map(\.element))
    }
}

extension InstanceError {
    /// A file's text, and the folder where relative paths in it start.
    static func contents(
        of path: String, meant: String
    ) throws(InstanceError) -> (text: String, directory: String) {
        let whole = InstanceSchema.resolve(path, in: FileManager.default.currentDirectoryPath)
        let bytes: Data
        do {
            bytes = try Data(contentsOf: URL(fileURLWithPath: whole))
        } catch {
            let reason =
                FileManager.default.fileExists(atPath: whole) ? "cannot be read as a file" : "there is no such file"
            throw InstanceError(file: path, reason)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw InstanceError(file: path, "is not UTF-8 text; \(meant) is a YAML file")
        }
        return (text, (whole as NSString).deletingLastPathComponent)
    }

    fileprivate init(file: String, line: Int = 0, column: Int = 0, _ message: String) {
        self.init(problems: [Problem(file: file, line: line, column: column, keyPath: "", message: message)])
    }

    fileprivate init(file: String, text: String, _ error: YamlError) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let context = context.map { ", \($0.text) that starts in line \($0.mark.line)" } ?? ""
            self.init(
                file: file, line: mark.line, column: mark.column,
                "not well-formed YAML: \(problem)\(context)\(Self.hint(text, mark.line))")
        case .reader(let problem, let offset, _, _):
            let before = text.prefix(offset ?? 0)
            let line = before.count { $0.isNewline } + 1
            let column = before.reversed().prefix { !$0.isNewline }.count + 1
            self.init(
                file: file, line: offset == nil ? 0 : line, column: offset == nil ? 0 : column,
                "not well-formed YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.map { "\"\($0)\"" }.joined(separator: ", ")
            self.init(
                file: file, line: context.mark.line, column: context.mark.column,
                "\(names) stands twice in one mapping; remove one")
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            self.init(file: file, "cannot be read as YAML: \(error)")
        }
    }

    /// What may help where a path such as items[].name stands within braces or brackets, which YAML takes for its own.
    private static func hint(_ text: String, _ line: Int) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.indices.contains(line - 1), lines[line - 1].contains(/[A-Za-z0-9_]\[[0-9]*\]/) else { return "" }
        return "; put paths with brackets in quotes: \"items[].name\""
    }
}
