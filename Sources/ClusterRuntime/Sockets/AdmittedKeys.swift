import Synchronization

/// Who may take part at this moment: the public keys of a folder, looked at again at most twice a second.
final class AdmittedKeys: Sendable {
    private let folder: KeyFolder
    private let state: Mutex<(names: [String: String], read: ContinuousClock.Instant)>

    init(_ folder: KeyFolder) {
        self.folder = folder
        state = Mutex((folder.allowed(), .now))
    }

    /// The worker name of a public key; nil where it is not, or no longer, admitted.
    func name(of key: String) -> String? {
        state.withLock { state in
            if state.read.duration(to: .now) > .milliseconds(500) { state = (folder.allowed(), .now) }
            return state.names[key]
        }
    }
}
