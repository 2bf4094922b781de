import ClusterCore

/// Who was expelled for what it sent and stays away for a while: a process, or all workers with one key, once several of
/// them were. Pure: time is a parameter.
struct Quarantine {
    /// Where a worker is from.
    struct Origin: Hashable {
        /// Of its key; nil without keys.
        var name: String?
        /// Of its host, and there; nil: any.
        var process: String?
    }

    /// How long somebody stays away.
    static let duration = Duration.seconds(300)
    /// Workers of one key that were expelled, until all that have it are kept away.
    static let violations = 3
    /// Origins that are remembered.
    static let capacity = 4096

    private var ends: [Origin: Instant] = [:]
    private var violations: [String: Int] = [:]

    mutating func add(_ origin: Origin, at now: Instant) {
        if ends.count >= Self.capacity { ends = ends.filter { $0.value > now } }
        guard ends.count < Self.capacity else { return }
        ends[origin] = now + Self.duration
        guard let name = origin.name else { return }
        violations[name, default: 0] += 1
        if violations[name, default: 0] % Self.violations == 0 { ends[Origin(name: name)] = now + Self.duration }
    }

    /// How long somebody from there is still kept away; nil of who may come.
    func remaining(for origin: Origin, at now: Instant) -> Duration? {
        let all = [ends[origin], origin.name.flatMap { ends[Origin(name: $0)] }].compactMap { $0 }
        guard let end = all.max(), end > now else { return nil }
        return end - now
    }
}
