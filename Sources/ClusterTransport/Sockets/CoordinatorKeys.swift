import Logging
import Synchronization
import ZeroMQ

/// A coordinator's own keys, and who may take part at this moment: the public keys of a folder, looked at again at most
/// twice a second. A file that is being written, or a folder that cannot be read, is for some seconds what it was.
package final class CoordinatorKeys: Sendable {
    let own: KeyPair
    private let folder: KeyFolder
    private let state: Mutex<State>
    /// What the time is.
    private let clock: @Sendable () -> ContinuousClock.Instant
    /// Keys that were turned away and named; nil until the authenticator has been proven.
    private let unknownKeys = Mutex<Set<String>?>(nil)
    /// Those of them that nobody has been told of.
    private let untold = Mutex<[String]>([])

    private static let mostStrangersNamed = 100
    private static let readEvery = Duration.milliseconds(500)
    private static let doubt = Duration.seconds(5)

    private struct State {
        /// Names by key.
        var names: [String: String] = [:]
        /// Each name's key, and when it was last read.
        var known: [String: (key: String, read: ContinuousClock.Instant)] = [:]
        var read: ContinuousClock.Instant

        mutating func look(at folder: KeyFolder, _ now: ContinuousClock.Instant) {
            read = now
            let found = folder.allowed() ?? known.keys.sorted().map { ($0, nil) }
            let earlier = known
            known = [:]
            names = [:]
            for (name, key) in found {
                guard let entry = key.map({ ($0, read) }) ?? earlier[name], read - entry.read < CoordinatorKeys.doubt
                else { continue }
                known[name] = entry
                names[entry.key] = name
            }
        }
    }

    package init(
        _ folder: KeyFolder, clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) throws(KeyFolder.Problem) {
        self.folder = folder
        self.clock = clock
        own = try folder.coordinator()
        var state = State(read: clock())
        state.look(at: folder, clock())
        self.state = Mutex(state)
    }

    /// Keys that were turned away since this was asked last, each once.
    func takeUnknownKeys() -> [String] {
        untold.withLock { untold in
            defer { untold = [] }
            return untold
        }
    }

    /// The worker name of a public key; nil where it is not, or no longer, admitted.
    func name(of key: String) -> String? {
        state.withLock { state in
            let now = clock()
            if state.read.duration(to: now) > Self.readEvery { state.look(at: folder, now) }
            return state.names[key]
        }
    }

    /// Starts the context's authenticator, which asks here, and proves that it works.
    func authenticator(of context: Context, _ logger: Logger) throws(ZeroMQError) -> Authenticator {
        let authenticator = try Authenticator(context: context) { [self] key in
            if name(of: key) != nil { return true }
            logStranger(key, logger)
            return false
        }
        do throws(ZeroMQError) {
            try authenticator.proveThatStrangersStayOut(context: context)
            warnOfNobody(logger)
            unknownKeys.withLock { $0 = [] }
        } catch {
            authenticator.stop()
            throw error
        }
        return authenticator
    }

    private func warnOfNobody(_ logger: Logger) {
        guard let files = folder.allowed() else {
            return logger.warning("nobody is admitted: \(folder.path)/allowed cannot be read")
        }
        for (name, key) in files where key == nil {
            logger.warning("\(folder.path)/allowed/\(name).public holds no key (40 letters) and admits nobody")
        }
        if files.isEmpty { logger.warning("nobody is admitted: \(folder.path)/allowed holds no NAME.public") }
    }

    /// Each once: whoever is turned away comes again every few seconds.
    private func logStranger(_ key: String, _ logger: Logger) {
        let isNew = unknownKeys.withLock { named in
            guard let count = named?.count, count < Self.mostStrangersNamed else { return false }
            return named?.insert(key).inserted ?? false
        }
        guard isNew else { return }
        untold.withLock { $0.append(key) }
        logger.warning("turned away a connection with a key that is not in allowed/: \(key)")
    }
}
