internal import ArrowBridge
internal import Foundation

/// The files that paths and patterns name, sorted, each once.
///
/// In a pattern `*` stands for any characters within a name, `?` for one, `[a-c]` and `[!a-c]` for one of a set, and a
/// part `**` for any folders, none included. A folder stands for the files in it, and for those of its folders that are
/// named `column=value`, as tables are partitioned. Names that begin with a dot or an underscore (`_SUCCESS`,
/// `_temporary`), and `.crc` files, are what programs leave beside their data: they are only found when spelled out. A path
/// that exists is itself, whatever characters it has.
///
/// A pattern's part may not be the bucket of an object store.
///
/// Throws `missing`, `noMatch`, `badAddress`, `unreadable` when a folder cannot be listed, and `versionedTable` where the files
/// belong to a table that keeps files of earlier versions beside those of its current one.
package func expand(paths: [String]) throws(TableError) -> [String] {
    var found: Set<String> = []
    for path in paths {
        if let place = try look(at: path) {
            let files = place.isDirectory ? try files(in: path) : [path]
            if files.isEmpty { throw .noMatch(pattern: path + (path.hasSuffix("/") ? "*" : "/*")) }
            found.formUnion(files)
        } else if NamePattern.isPattern(path) {
            let matches = try PathPattern(path).matches()
            if matches.isEmpty { throw .noMatch(pattern: path) }
            found.formUnion(matches)
        } else {
            throw .missing(path: path)
        }
    }
    // By bytes, which is the same in every locale.
    let sorted = found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    try VersionedTable.refuse(filesAmong: sorted)
    return sorted
}

/// What is at a path or an address.
struct Place {
    /// In bytes, of a file.
    var size: Int
    var isDirectory: Bool
    var isLink = false
    /// A pipe, a socket or a device.
    var isSpecial = false
}

/// nil where nothing is. Throws `badAddress`, and `unreadable` where an object store does not answer.
func look(at path: String) throws(TableError) -> Place? {
    if ObjectStore.isAddress(path) {
        try ObjectStore.check(address: path)
        guard let found = try ObjectStore.look(at: path) else { return nil }
        return Place(size: found.size ?? 0, isDirectory: found.size == nil)
    }
    var place = ab_place()
    guard ab_look(path, &place) == 0 else { return nil }
    return Place(
        size: Int(place.size), isDirectory: place.is_directory != 0, isLink: place.is_link != 0,
        isSpecial: place.is_special != 0)
}

/// Whether a name is of something that a program leaves beside its data.
func isLeftover(_ name: some StringProtocol) -> Bool {
    name.hasPrefix("_") || name.hasPrefix(".") || name.hasSuffix(".crc")
}

/// The files that a folder stands for.
private func files(in folder: String) throws(TableError) -> [String] {
    let prefix = folder.isEmpty || folder.hasSuffix("/") ? folder : folder + "/"
    var found: [String] = []
    for entry in try entries(of: folder) where !isLeftover(entry.name) {
        if !entry.isDirectory {
            found.append(prefix + entry.name)
        } else if ConstantColumn(folder: entry.name) != nil {
            found += try files(in: prefix + entry.name)
        }
    }
    return found
}

struct Entry {
    var name: String
    var isDirectory: Bool
    var isLink = false
}

/// What is in a folder; nothing where there is no such folder.
func entries(of folder: String) throws(TableError) -> [Entry] {
    if ObjectStore.isAddress(folder) {
        return try ObjectStore.entries(of: folder).map { Entry(name: $0.name, isDirectory: $0.isDirectory) }
    }
    let path = folder.isEmpty ? "." : folder
    guard let place = try look(at: path), place.isDirectory else { return [] }
    let names: [String]
    do {
        names = try FileManager.default.contentsOfDirectory(atPath: path)
    } catch {
        throw .unreadable(path: path, reason: "the folder cannot be listed; check its permissions")
    }
    var found: [Entry] = []
    for name in names {
        // A dangling link is nothing.
        guard let place = try look(at: path + "/" + name) else { continue }
        found.append(Entry(name: name, isDirectory: place.isDirectory, isLink: place.isLink))
    }
    return found
}

/// A path whose parts may be patterns.
private struct PathPattern {
    let root: String
    let parts: [String]

    init(_ pattern: String) {
        let bucket = ObjectStore.bucket(of: pattern)
        root = bucket ?? (pattern.hasPrefix("/") ? "/" : "")
        parts = pattern.dropFirst(bucket?.count ?? 0).split(separator: "/").map(String.init)
    }

    func matches() throws(TableError) -> [String] {
        var found: [String] = []
        try collect(folder: root, parts: parts[...], into: &found)
        return found
    }

    private func collect(folder: String, parts: ArraySlice<String>, into found: inout [String]) throws(TableError) {
        guard let part = parts.first else { return }
        let rest = parts.dropFirst()
        func path(_ name: String) -> String { folder.isEmpty || folder == "/" ? folder + name : folder + "/" + name }
        func take(_ path: String, isDirectory: Bool) throws(TableError) {
            if !rest.isEmpty {
                if isDirectory { try collect(folder: path, parts: rest, into: &found) }
            } else {
                found += isDirectory ? try files(in: path) : [path]
            }
        }
        if part == "**" {
            if rest.isEmpty {
                found += try files(in: folder)
            } else {
                try collect(folder: folder, parts: rest, into: &found)
            }
            // Links are not followed here: they could lead back up.
            for entry in try entries(of: folder) where entry.isDirectory && !entry.isLink && !isLeftover(entry.name) {
                try collect(folder: path(entry.name), parts: parts, into: &found)
            }
        } else if NamePattern.isPattern(part) {
            let pattern = NamePattern(part)
            let spellsLeftovers = part.hasPrefix("_") || part.hasPrefix(".") || part.hasSuffix(".crc")
            for entry in try entries(of: folder)
            where pattern.matches(entry.name) && (spellsLeftovers || !isLeftover(entry.name)) {
                try take(path(entry.name), isDirectory: entry.isDirectory)
            }
        } else if let place = try look(at: path(part)) {
            try take(path(part), isDirectory: place.isDirectory)
        }
    }
}
