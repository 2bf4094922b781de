import CLinux
import Foundation

/// How many threads of this process can run at once: the processors that it may use, no more than a container's or a batch
/// system's limit.
package enum AvailableProcessors {
    package static var count: Int {
        let environment = ProcessInfo.processInfo.environment
        return count(
            allowed: Int(allowed_processors()), quota: quota(below: "", groups: ControlGroups.own),
            batch: environment["SLURM_CPUS_PER_TASK"].flatMap { Int($0) })
    }

    /// - Parameters:
    ///   - allowed: by the process's affinity.
    ///   - quota: of the control group, in processors.
    ///   - batch: what a batch system has given to the task.
    static func count(allowed: Int, quota: Double?, batch: Int?) -> Int {
        let limits = [allowed, quota.map { Int($0.rounded(.up)) }, batch].compactMap { $0 }.filter { $0 > 0 }
        return max(1, limits.min() ?? 1)
    }

    /// The least quota of the process's control groups, of version 2 or 1; nil without one.
    ///
    /// - Parameters:
    ///   - root: what stands before /sys; for tests.
    ///   - groups: as in /proc/self/cgroup.
    static func quota(below root: String, groups: String) -> Double? {
        var least: Double?
        func note(_ quota: Double?) { if let quota, quota > 0 { least = min(least ?? quota, quota) } }
        for (folder, isVersion2) in ControlGroups.folders(of: "cpu", below: root, groups: groups) {
            if isVersion2 {
                let words = ControlGroups.read("\(folder)/cpu.max")?.split(whereSeparator: \.isWhitespace) ?? []
                if words.count == 2, let time = Double(words[0]), let period = Double(words[1]) { note(time / period) }
            } else if let time = ControlGroups.number("\(folder)/cpu.cfs_quota_us"),
                let period = ControlGroups.number("\(folder)/cpu.cfs_period_us")
            {
                note(time / period)
            }
        }
        return least
    }
}
