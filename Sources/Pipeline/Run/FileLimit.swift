import Foundation

/// How many files this process may have open at once, sockets included. Libraries end the process where it meets the limit.
package enum FileLimit {
    /// What any command needs.
    private static let least = 64
    /// What starting a process needs, which looks through so many.
    private static let leastToStartWorkers = 256

    /// Raises the limit as far as this user may.
    ///
    /// - Throws: when that is too little for anything.
    package static func raise() throws(RunError) {
        var limit = rlimit()
        guard getrlimit(files, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        // As it was, if not.
        _ = setrlimit(files, &limit)
        try require(least)
    }

    /// For a coordinator, which has two for each worker and one for whoever connects and says nothing; and for its own
    /// workers two to hear of their end.
    static func require(for cluster: RunRequest.Cluster) throws(RunError) {
        switch cluster {
        case .local(let workers, _): try require(max(leastToStartWorkers, least + 4 * workers))
        case .listening(let place): try require(least + 3 * place.minimumWorkers + 2 * FileServer.mostUploads)
        }
    }

    private static var files: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }

    private static func require(_ count: Int) throws(RunError) {
        var limit = rlimit()
        guard getrlimit(files, &limit) == 0, limit.rlim_cur < UInt(count) else { return }
        throw .failed(
            """
            only \(limit.rlim_cur) files may be open at once, too few for this: raise ulimit -n to \(count) (as the \
            administrator, in limits.conf, or LimitNOFILE= of a service)
            """)
    }
}
