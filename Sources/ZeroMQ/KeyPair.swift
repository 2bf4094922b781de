internal import CZeroMQ

/// A CURVE key pair in Z85, 40 letters each (ZeroMQ RFC 26 and 32).
package struct KeyPair: Sendable, Equatable {
    package let publicKey: String
    package let secretKey: String

    static let letters = 40
    static let bytes = 32

    /// A new pair from the system's random numbers.
    package static func random() throws(ZeroMQError) -> KeyPair {
        var publicKey = [CChar](repeating: 0, count: letters + 1)
        var secretKey = publicKey
        guard zmq_curve_keypair(&publicKey, &secretKey) == 0 else { throw ZeroMQError("make a key pair") }
        return KeyPair(publicKey: text(publicKey), secretKey: text(secretKey))
    }

    /// The pair of a secret key; nil where that is no key.
    package init?(secretKey: String) {
        guard Self.isKey(secretKey) else { return nil }
        var publicKey = [CChar](repeating: 0, count: Self.letters + 1)
        guard zmq_curve_public(&publicKey, secretKey) == 0 else { return nil }
        self.init(publicKey: Self.text(publicKey), secretKey: secretKey)
    }

    private init(publicKey: String, secretKey: String) {
        self.publicKey = publicKey
        self.secretKey = secretKey
    }

    /// Whether a text is a key as it is written: 40 letters that decode to 32 bytes.
    package static func isKey(_ text: String) -> Bool {
        guard text.utf8.count == letters else { return false }
        var decoded = [UInt8](repeating: 0, count: bytes)
        return zmq_z85_decode(&decoded, text) != nil
    }

    /// 32 bytes as they are written.
    static func text(of key: [UInt8]) -> String? {
        guard key.count == bytes else { return nil }
        var encoded = [CChar](repeating: 0, count: letters + 1)
        guard zmq_z85_encode(&encoded, key, key.count) != nil else { return nil }
        return text(encoded)
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix(letters).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// How a socket guards its connections: encrypted, and each side knows the other's key.
package enum Curve: Sendable, Equatable {
    /// Listens; who may come in is asked of the context's `Authenticator`.
    case server(KeyPair)
    /// Connects to the one server that has this public key, and to no other.
    case client(KeyPair, serverKey: String)
}
