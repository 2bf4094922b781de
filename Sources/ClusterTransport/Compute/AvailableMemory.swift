import Foundation

/// How many bytes this process may take: the machine's, no more than a container's limit.
package enum AvailableMemory {
    package static var bytes: Int {
        let machine = ProcessInfo.processInfo.physicalMemory
        return Int(clamping: min(machine, limit(below: "", groups: ControlGroups.own) ?? machine))
    }

    /// The least limit of the process's control groups, of version 2 or 1; nil without one.
    ///
    /// - Parameters:
    ///   - root: what stands before /sys; for tests.
    ///   - groups: as in /proc/self/cgroup.
    static func limit(below root: String, groups: String) -> UInt64? {
        ControlGroups.folders(of: "memory", below: root, groups: groups).compactMap { folder, isVersion2 in
            // "max" is no number, and no limit.
            ControlGroups.number("\(folder)/\(isVersion2 ? "memory.max" : "memory.limit_in_bytes")")
                .flatMap { $0 >= 1 ? UInt64(exactly: min($0, 0x1p62).rounded(.down)) : nil }
        }.min()
    }

    /// Bytes that a text such as 8GiB, 500MB, 12G or 4000000000 means; nil of others. K, M, G and T count by 1024, as KiB does.
    package static func bytes(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
        guard let number = Double(digits) else { return nil }
        let factor: Double
        switch text.dropFirst(digits.count).uppercased() {
        case "", "B": factor = 1
        case "K", "KIB": factor = 0x1p10
        case "M", "MIB": factor = 0x1p20
        case "G", "GIB": factor = 0x1p30
        case "T", "TIB": factor = 0x1p40
        case "KB": factor = 1e3
        case "MB": factor = 1e6
        case "GB": factor = 1e9
        case "TB": factor = 1e12
        default: return nil
        }
        let bytes = number * factor
        return bytes >= 1 && bytes <= 0x1p62 ? Int(bytes) : nil
    }
}
