/// What a machine calls the folders that the coordinator calls otherwise, as where a disk is mounted elsewhere.
package struct PathMap: Sendable {
    /// Prefixes of paths: the coordinator's, and this machine's.
    private var folders: [(from: String, to: String)] = []

    package init() {}

    /// - Parameter rules: `FROM=TO` each, absolute folders both. nil where one of them is something else.
    package init?(_ rules: [String]) {
        for rule in rules {
            let parts = rule.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ $0.hasPrefix("/") }) else { return nil }
            folders.append((Self.trimmed(parts[0]), Self.trimmed(parts[1])))
        }
        // The longest first: /data/2025=/fast goes before /data=/mnt/data.
        folders.sort { ($1.from.utf8.count, $0.from) < ($0.from.utf8.count, $1.from) }
    }

    private static func trimmed(_ path: Substring) -> String {
        String(path.reversed().drop { $0 == "/" }.reversed())
    }

    /// A path of the coordinator's as it is here; as it is where no rule begins like it.
    func callAsFunction(_ path: String) -> String {
        guard let rule = folders.first(where: { path == $0.from || path.hasPrefix($0.from + "/") }) else { return path }
        return rule.to + path.dropFirst(rule.from.count)
    }
}
