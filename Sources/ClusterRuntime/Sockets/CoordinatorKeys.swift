import Logging
import Synchronization
import ZeroMQ

/// A coordinator's own keys, and who may take part at this moment: the public keys of a folder, looked at again at most
/// twice a second.
public final class CoordinatorKeys: Sendable {
    let own: KeyPair
    private let folder: KeyFolder
    private let state: Mutex<(names: [String: String], read: ContinuousClock.Instant)>
    /// Keys that were turned away and named; nil until the authenticator has been proven.
    private let strangers = Mutex<Set<String>?>(nil)
    /// Those of them that nobody has been told of.
    private let untold = Mutex<[String]>([])

    private static let mostStrangersNamed = 100

    public init(_ folder: KeyFolder) throws(KeyFolder.Problem) {
        self.folder = folder
        own = try folder.coordinator()
        state = Mutex((folder.allowed(), .now))
    }

    /// Keys that were turned away since this was asked last, each once.
    func takeStrangers() -> [String] {
        untold.withLock { untold in
            defer { untold = [] }
            return untold
        }
    }

    /// The worker name of a public key; nil where it is not, or no longer, admitted.
    func name(of key: String) -> String? {
        state.withLock { state in
            if state.read.duration(to: .now) > .milliseconds(500) { state = (folder.allowed(), .now) }
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
            strangers.withLock { $0 = [] }
        } catch {
            authenticator.stop()
            throw error
        }
        return authenticator
    }

    /// Each once: whoever is turned away comes again every few seconds.
    private func logStranger(_ key: String, _ logger: Logger) {
        let isNew = strangers.withLock { strangers in
            guard let count = strangers?.count, count < Self.mostStrangersNamed else { return false }
            return strangers?.insert(key).inserted ?? false
        }
        guard isNew else { return }
        untold.withLock { $0.append(key) }
        logger.warning("turned away a connection with a key that is not in allowed/: \(key)")
    }
}
