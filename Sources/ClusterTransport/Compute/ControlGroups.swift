import Foundation

/// The control groups that limit a process.
enum ControlGroups {
    /// Folders in which limits of a resource may stand, of version 2 or 1: a group's limit holds for those below it.
    ///
    /// - Parameters:
    ///   - controller: such as "cpu" or "memory".
    ///   - root: what stands before /sys; for tests.
    ///   - groups: as in /proc/self/cgroup.
    static func folders(
        of controller: String, below root: String, groups: String
    ) -> [(path: String, isVersion2: Bool)] {
        var folders: [(path: String, isVersion2: Bool)] = []
        for line in groups.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let controllers = parts[1].split(separator: ",")
            let isVersion2 = parts[0] == "0"
            guard isVersion2 || controllers.contains(Substring(controller)) else { continue }
            var names = parts[2].split(separator: "/").map(String.init)
            while true {
                let path = names.map { "/\($0)" }.joined()
                folders.append(("\(root)/sys/fs/cgroup\(isVersion2 ? "" : "/\(parts[1])")\(path)", isVersion2))
                if names.popLast() == nil { break }
            }
        }
        return folders
    }

    /// Those of this process.
    static var own: String { read("/proc/self/cgroup") ?? "" }

    static func read(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }

    static func number(_ path: String) -> Double? {
        read(path).flatMap { Double($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }
}
