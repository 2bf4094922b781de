/// Whether `expand(paths:)` could find this file, judged by its path alone: for holding what somebody else says against
/// what was declared, without a look at any folder.
///
/// Cost: O(parts of the paths), but for patterns with several `**`. A path that no file can have, longer than 4096 bytes, is
/// not looked at.
package func couldName(_ file: String, by paths: [String]) -> Bool {
    guard file.utf8.count <= 4096 else { return false }
    let parts = Substring(file).split(separator: "/")
    return paths.contains { path in
        path == file
            || path.hasPrefix("/") == file.hasPrefix("/")
                && couldName(parts[...], by: Substring(path).split(separator: "/")[...])
    }
}

private func couldName(_ file: ArraySlice<Substring>, by pattern: ArraySlice<Substring>) -> Bool {
    let name = file.first
    guard let part = pattern.first else {
        // The file itself, or one in the folder that the pattern names, or in a partition of it.
        return file.allSatisfy { !isLeftover($0) }
            && file.dropLast().allSatisfy { ConstantColumn(folder: String($0)) != nil }
    }
    if part == "**" {
        // Folders whose names begin with a dot, ".." among them, are not gone into.
        return couldName(file, by: pattern.dropFirst())
            || name.map { !$0.hasPrefix(".") && couldName(file.dropFirst(), by: pattern) } ?? false
    }
    guard let name else { return false }
    let isFolderAbove = name == "." || name == ".."
    let isNamed = name == part || !isFolderAbove && NamePattern(String(part)).matches(String(name))
    return isNamed && couldName(file.dropFirst(), by: pattern.dropFirst())
}
