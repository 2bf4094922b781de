import CLinux
import Foundation
import ZeroMQ

/// A folder of CURVE keys, one key a file:
///
/// - `coordinator.secret`, `coordinator.public`
/// - `NAME.secret` of each worker name; a machine needs no more than this and `coordinator.public`
/// - `allowed/NAME.public`: who may take part. Taking a file away revokes, also while a run goes on.
package struct KeyFolder: Sendable {
    package enum Problem: Error, Sendable, Equatable, CustomStringConvertible {
        case missing(String)
        case unreadable(String, reason: String)
        case malformed(String)
        case readableByOthers(String)
        case badName(String)
        case severalNames([String], folder: String)
        case unwritable(String, reason: String)

        package var description: String {
            switch self {
            case .missing(let path):
                "there is no key \(path); `propensity keys` makes a folder of keys, and each machine needs its own part of it"
            case .unreadable(let path, let reason):
                "\(path) cannot be read: \(reason); is it this user's, and the folder too (chmod 700)?"
            case .malformed(let path): "\(path) holds no key (40 letters); copy it again from where it was made"
            case .readableByOthers(let path):
                "\(path) is a secret that others can read; do `chmod 600 \(path)`, or make new keys if they may have been read"
            case .badName(let name):
                "\"\(name)\" cannot name a worker: use 1 to 64 letters, digits, \"-\" and \"_\", and not \"coordinator\""
            case .severalNames(let names, let folder):
                "\(folder) has keys of \(names.joined(separator: ", ")); say which with --name"
            case .unwritable(let path, let reason): "cannot write \(path): \(reason)"
            }
        }
    }

    package let path: String

    package init(_ path: String) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    private func file(_ name: String) -> String { "\(path)/\(name)" }

    // MARK: Making

    /// Makes what is missing: the coordinator's pair and one for each name. What is there stays. The files made.
    package func make(names: [String]) throws(Problem) -> [String] {
        for name in names where !Self.isName(name) { throw .badName(name) }
        var made: [String] = []
        do {
            for folder in [path, file("allowed")] {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            }
        } catch {
            throw .unwritable(path, reason: error.localizedDescription)
        }
        for (name, publicFile) in [("coordinator", "coordinator.public")] + names.map({ ($0, "allowed/\($0).public") })
        {
            let secretFile = file("\(name).secret")
            if !FileManager.default.fileExists(atPath: secretFile) {
                let pair: KeyPair
                do {
                    pair = try KeyPair.random()
                } catch {
                    throw .unwritable(secretFile, reason: error.description)
                }
                try write(pair.secretKey, to: secretFile, mode: 0o600)
                made.append(secretFile)
            }
            let pair = try secret(name)
            if !FileManager.default.fileExists(atPath: file(publicFile)) {
                try write(pair.publicKey, to: file(publicFile), mode: 0o644)
                made.append(file(publicFile))
            }
        }
        return made
    }

    static func isName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count) && name != "coordinator"
            && name.utf8.allSatisfy { letter in
                switch letter {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    private func write(_ key: String, to path: String, mode: mode_t) throws(Problem) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .unwritable(path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        let bytes = Array("\(key)\n".utf8)
        guard Foundation.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            throw .unwritable(path, reason: String(cString: strerror(errno)))
        }
    }

    // MARK: Reading

    /// What a coordinator listens with.
    func coordinator() throws(Problem) -> KeyPair { try secret("coordinator") }

    /// What a worker connects with: its own pair and the coordinator's public key.
    ///
    /// - Parameter name: may be nil where the folder has one worker's secret only.
    func credentials(named name: String?) throws(Problem) -> Credentials {
        let serverKey = try key(in: file("coordinator.public"))
        let name = if let name { name } else { try onlyName() }
        return Credentials(name: name, folder: path, pair: try secret(name), serverKey: serverKey)
    }

    /// The names of those who may take part, and their public keys: nil where the file holds no key, and so admits nobody.
    /// nil when the folder cannot be read.
    func allowed() -> [(name: String, key: String?)]? {
        guard let files = try? FileManager.default.contentsOfDirectory(atPath: file("allowed")) else { return nil }
        return files.sorted().filter { $0.hasSuffix(".public") }
            .map { (String($0.dropLast(7)), try? key(in: file("allowed/\($0)"))) }
    }

    private func onlyName() throws(Problem) -> String {
        guard access(path, R_OK | X_OK) == 0 else { throw Self.problem(path) }
        let files: [String]
        do {
            files = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            throw .unreadable(path, reason: error.localizedDescription)
        }
        let names = files.filter { $0.hasSuffix(".secret") && $0 != "coordinator.secret" }.map {
            String($0.dropLast(7))
        }
        guard let name = names.first else { throw .missing(file("NAME.secret")) }
        guard names.count == 1 else { throw .severalNames(names.sorted(), folder: path) }
        return name
    }

    /// What the system has just said of a file: only one that is not there is missing.
    private static func problem(_ path: String) -> Problem {
        errno == ENOENT ? .missing(path) : .unreadable(path, reason: String(cString: strerror(errno)))
    }

    private func secret(_ name: String) throws(Problem) -> KeyPair {
        guard Self.isName(name) || name == "coordinator" else { throw .badName(name) }
        let path = file("\(name).secret")
        var status = stat()
        guard stat(path, &status) == 0 else { throw Self.problem(path) }
        guard status.st_mode & Self.excess(status) == 0 else { throw .readableByOthers(path) }
        guard let pair = KeyPair(secretKey: try key(in: path)) else { throw .malformed(path) }
        return pair
    }

    /// The rights that a secret may not give away. Where the system hands a secret of root's to a process that is not root's,
    /// as service managers and orchestrators do, it is by the group.
    private static func excess(_ status: stat) -> mode_t { status.st_uid == 0 && geteuid() != 0 ? 0o037 : 0o077 }

    private func key(in path: String) throws(Problem) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.problem(path) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = Foundation.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw Self.problem(path) }
        let text = String(decoding: bytes.prefix(count), as: UTF8.self)
        let key = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard KeyPair.isKey(key) else { throw .malformed(path) }
        return key
    }
}
