import CSodium
import Foundation

/// SHA-256, by libsodium (which libzmq brings along).
enum Digest {
    /// The file's hash in hexadecimal, and its size in bytes.
    static func sha256(ofFile path: String) throws(StoreError) -> (hash: String, bytes: Int) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreError("read", path) }
        defer { close(descriptor) }
        return try sha256(of: descriptor, path)
    }

    /// The same of an open file, from its beginning.
    static func sha256(of descriptor: Int32, _ path: String) throws(StoreError) -> (hash: String, bytes: Int) {
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw StoreError("read", path) }
        var state = crypto_hash_sha256_state()
        crypto_hash_sha256_init(&state)
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var total = 0
        while true {
            let count = buffer.withUnsafeMutableBytes { Foundation.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw StoreError("read", path) }
            if count == 0 { break }
            crypto_hash_sha256_update(&state, buffer, UInt64(count))
            total += count
        }
        var digest = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_bytes()))
        crypto_hash_sha256_final(&state, &digest)
        return (hexadecimal(digest), total)
    }

    /// The hash of these bytes, in hexadecimal.
    static func sha256(of bytes: [UInt8]) -> String {
        var digest = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_bytes()))
        crypto_hash_sha256(&digest, bytes, UInt64(bytes.count))
        return hexadecimal(digest)
    }

    private static func hexadecimal(_ digest: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        return String(digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
