import Events
import Foundation

/// The folder that results take: absolute, and where it was named by a link, what the link points to.
///
/// Only a link at the end is followed. One on the way stays in the path, for workers on other machines may reach the
/// place by that path and by no other.
struct OutputPlace {
    let path: String

    var parent: String { URL(fileURLWithPath: path).deletingLastPathComponent().path }
    var name: String { URL(fileURLWithPath: path).lastPathComponent }

    /// As many links as the system follows.
    private static let mostLinks = 40

    /// - Parameter text: as somebody wrote it: relative to the working directory, with dots, with a slash at its end.
    init(_ text: String) throws(RunFolderError) {
        var path = Self.absolute(text)
        for _ in 0..<Self.mostLinks {
            var status = stat()
            guard lstat(path, &status) == 0 else {
                // What is not there yet is made; that is all that may be wrong with it.
                guard errno == ENOENT || errno == ENOTDIR else { throw .system(StoreError("look at", path)) }
                break
            }
            guard status.st_mode & S_IFMT == S_IFLNK else { break }
            guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else {
                throw .system(StoreError("follow the link", path, EACCES))
            }
            path = Self.absolute(target, from: URL(fileURLWithPath: path).deletingLastPathComponent().path)
        }
        if Self.isLink(path) { throw .linkLoop(text) }
        self.path = path
    }

    /// Without dots, and with the parent that the system would find behind a link, which is not that of the link itself.
    static func absolute(_ text: String, from folder: String = FileManager.default.currentDirectoryPath) -> String {
        var path = ""
        for part in (text.hasPrefix("/") ? text : "\(folder)/\(text)").split(separator: "/") where part != "." {
            guard part == ".." else {
                path += "/\(part)"
                continue
            }
            if isLink(path) { path = realPath(path) ?? path }
            path = path.isEmpty ? "" : URL(fileURLWithPath: path).deletingLastPathComponent().path
            if path == "/" { path = "" }
        }
        return path.isEmpty ? "/" : path
    }

    private static func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// Free of links; nil of what is not there.
    static func realPath(_ path: String) -> String? {
        guard let found = realpath(path, nil) else { return nil }
        defer { free(found) }
        return String(cString: found)
    }
}

extension OutputPlace {
    /// Refuses a place that is, or holds, what nobody means to have replaced: a folder that people work or live in, or a
    /// file that the run itself needs.
    ///
    /// - Parameter needed: paths, each with the words for it.
    func check(holdsNoneOf needed: [(path: String, words: String)]) throws(RunFolderError) {
        if path == "/" { throw .holds(path, "is the root of the file system") }
        var places = needed
        places.append((FileManager.default.currentDirectoryPath, "the folder that you are in"))
        for home in Self.homes { places.append((home, "a home folder")) }
        for (other, words) in places {
            switch distance(to: other) {
            case nil: continue
            case 0: throw .holds(path, "is \(words)")
            default: throw .holds(path, "holds \(words), \(other)")
            }
        }
    }

    private static var homes: Set<String> {
        var homes: Set<String> = [NSHomeDirectory()]
        if let home = ProcessInfo.processInfo.environment["HOME"] { homes.insert(home) }
        return homes.filter { $0.hasPrefix("/") && $0 != "/" }
    }

    /// How many folders below this place the other path is; nil where it is elsewhere. By what the folders are and not by
    /// their names: links, mounts and letters of another case lead to the same one.
    private func distance(to other: String) -> Int? {
        var own = stat()
        guard stat(path, &own) == 0, var place = Self.realPath(other) else { return nil }
        var distance = 0
        while true {
            var status = stat()
            if stat(place, &status) == 0, status.st_dev == own.st_dev, status.st_ino == own.st_ino { return distance }
            if place == "/" { return nil }
            place = URL(fileURLWithPath: place).deletingLastPathComponent().path
            distance += 1
        }
    }

    func checkIsNoFile() throws(RunFolderError) {
        if let status = PublishedResults.status(path), !status.isFolder { throw .notAFolder(path) }
    }

    /// Refuses a folder whose name cannot be given to another one, because something is mounted there or below.
    func checkIsNoMount() throws(RunFolderError) {
        guard let real = Self.realPath(path) else { return }
        var (own, above) = (stat(), stat())
        let isOtherDevice = stat(real, &own) == 0 && stat(parent, &above) == 0 && own.st_dev != above.st_dev
        let mounts = Self.mounts
        if isOtherDevice || mounts.contains(real) { throw .mount(path, below: nil) }
        if let below = mounts.first(where: { $0.hasPrefix(real + "/") }) { throw .mount(path, below: below) }
    }

    /// Where something is mounted, as this process sees it.
    private static var mounts: [String] {
        guard let text = FileManager.default.contents(atPath: "/proc/self/mountinfo") else { return [] }
        return text.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let fields = String(decoding: line, as: UTF8.self).split(separator: " ")
            guard fields.count > 4 else { return nil }
            // Spaces and the like are written as octal numbers.
            return [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")].reduce(String(fields[4])) {
                $0.replacingOccurrences(of: $1.0, with: $1.1)
            }
        }
    }
}
