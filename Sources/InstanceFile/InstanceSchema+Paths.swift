internal import Foundation
internal import Tables

extension InstanceSchema {
    /// An input: an absolute path or glob whose files exist, or an address of objects.
    static let inputPath = ValueSchema<String>(schema: ValueSchema<String>.text.schema) { place, context in
        if case .text(let written) = place.written, ObjectStore.isAddress(written) { return address(place, &context) }
        guard var path = localPath(place, &context) else { return nil }
        if case .text(let written) = place.written, !written.hasPrefix("/"), isPattern(written) {
            // Only what the user wrote is a pattern, whatever the folder of the instance is called.
            path = resolve(written, in: literal(context.baseDirectory))
        }
        if context.checksFiles { checkInput(path, at: place, &context) }
        return path
    }

    /// One input or a list of them.
    static let inputPaths = ValueSchema<[String]>.either(
        text: inputPath.map { [$0] }, list: .list(inputPath, count: 1 ... .max))

    /// An absolute path of something on this machine's disks, or an address of an object store; whether or not it exists.
    static let outputPath = ValueSchema<String>(schema: ValueSchema<String>.text.schema) { place, context in
        guard case .text(let written) = place.written, ObjectStore.isAddress(written) else {
            return localPath(place, &context)
        }
        do throws(TableError) {
            try ObjectStore.check(address: written)
            return written
        } catch {
            context.report(error.description, at: place)
            return nil
        }
    }

    private static func isPattern(_ path: String) -> Bool { path.contains { "*?[".contains($0) } }

    /// A pattern that matches this path and no other.
    private static func literal(_ path: String) -> String {
        path.reduce(into: "") { pattern, character in
            pattern += "*?[".contains(character) ? "[\(character)]" : String(character)
        }
    }

    /// A path without `.` and empty components; relative ones start at the base directory.
    static func resolve(_ path: String, in baseDirectory: String) -> String {
        let whole = path.hasPrefix("/") ? path : "\(baseDirectory)/\(path)"
        let components = whole.split(separator: "/").filter { $0 != "." }
        return "/" + components.joined(separator: "/")
    }

    @Sendable
    private static func localPath(_ place: SourceLocation, _ context: inout ParseContext) -> String? {
        ValueSchema<String>.text.read(place, &context).map { resolve($0, in: context.baseDirectory) }
    }

    /// An object of a store, a folder of it, or a pattern of both.
    private static func address(_ place: SourceLocation, _ context: inout ParseContext) -> String? {
        guard let path = ValueSchema<String>.text.read(place, &context) else { return nil }
        do throws(TableError) {
            try ObjectStore.check(address: path)
            if context.checksFiles { _ = try expand(paths: [path]) }
            return path
        } catch {
            // A store that does not answer now is none of the file's faults: whoever reads it next says so.
            if error.mayPass { return path }
            context.report(error.description, at: place)
            return nil
        }
    }

    private static func checkInput(_ path: String, at place: SourceLocation, _ context: inout ParseContext) {
        if FileManager.default.fileExists(atPath: path) { return }
        if isPattern(path) {
            do throws(TableError) {
                _ = try expand(paths: [path])
            } catch {
                if case .noMatch = error {
                    context.report("no file matches \(path)", at: place)
                } else if case .missing = error {
                    context.report("there is no file \(path)", at: place)
                } else {
                    context.report(error.description, at: place)
                }
            }
            return
        }
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        let folder = slash == path.startIndex ? "/" : String(path[..<slash])
        var isDirectory = false
        let names = filesIn(folder, isDirectory: &isDirectory)
        guard isDirectory else {
            context.report("there is no file \(path): the folder \(folder) does not exist", at: place)
            return
        }
        let name = String(path[path.index(after: slash)...])
        context.report("there is no file \(path)", at: place, suggestion: NearestName.nearest(to: name, among: names))
    }

    private static func filesIn(_ folder: String, isDirectory: inout Bool) -> [String] {
        do {
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            isDirectory = true
            return names
        } catch {
            isDirectory = false
            return []
        }
    }
}

extension Instance {
    /// The first input that is, or lies in, the folder `output`, which a finished run would replace.
    package func firstInput(within output: String) -> String? {
        let folder = Self.components(output)
        return inputPaths.first { path in
            var place = Self.components(path)
            if let wildcard = place.firstIndex(where: { $0.contains { "*?[".contains($0) } }) {
                place = Array(place[..<wildcard])
            }
            return place.starts(with: folder)
        }
    }

    /// Every input path or glob.
    var inputPaths: [String] {
        let own =
            switch source {
            case .events(let events): events.datasets.flatMap(\.paths)
            case .features(let table): table.paths
            }
        return own + profiles.flatMap(\.paths)
    }

    /// The components of an absolute path, without those that `..` goes back on.
    private static func components(_ path: String) -> [String] {
        var components: [String] = []
        for component in path.split(separator: "/") where component != "." {
            if component == ".." { _ = components.popLast() } else { components.append(String(component)) }
        }
        return components
    }
}
