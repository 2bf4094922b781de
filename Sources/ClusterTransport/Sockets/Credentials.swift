import ZeroMQ

/// The key with which a process connects, and the one by which it knows the coordinator.
struct Credentials: Sendable {
    var name: String
    var folder: String
    var pair: KeyPair
    var serverKey: String

    var curve: Curve { .client(pair, serverKey: serverKey) }
}

/// A process before a coordinator that does not let it in: what is in the way, in words.
struct ConnectionDiagnosis {
    let endpoint: Endpoint
    let credentials: Credentials?
    /// Attempts in a row that broke off; one alone may be a coordinator that ended.
    private var broken = 0
    private var lastTold: ConnectionMonitor.Event?

    private static let brokenInARow = 2

    init(endpoint: Endpoint, credentials: Credentials?) {
        self.endpoint = endpoint
        self.credentials = credentials
    }

    /// What is probably in the way, where attempts broke off since the last success.
    var suspicion: String? { broken > 0 ? misunderstood : nil }

    /// What to tell the user after this event; nil where there is nothing new.
    mutating func note(_ event: ConnectionMonitor.Event) -> String? {
        switch event {
        case .connected:
            broken = 0
            lastTold = nil
            return nil
        case .notAdmitted:
            broken = 0
        case .broken:
            broken += 1
            guard broken >= Self.brokenInARow else { return nil }
        }
        guard lastTold != event else { return nil }
        lastTold = event
        return event == .notAdmitted ? notAdmitted : misunderstood
    }

    private var notAdmitted: String {
        guard let credentials else { return misunderstood }
        return "the coordinator at \(endpoint) does not admit the key \"\(credentials.name)\": put its public key, "
            + "\(credentials.pair.publicKey), into allowed/\(credentials.name).public of the coordinator's folder of keys"
    }

    private var misunderstood: String {
        guard let credentials else {
            return
                "whoever listens at \(endpoint) does not speak with who has no key: if it is a coordinator with keys, "
                + "say --keys DIR"
        }
        return
            "whoever listens at \(endpoint) has another key than \(credentials.folder)/coordinator.public, or none: copy "
            + "that file again from the coordinator's folder of keys, or start the coordinator with --keys"
    }
}
