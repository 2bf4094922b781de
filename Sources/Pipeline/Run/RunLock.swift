import CLinux
import Foundation

/// Says that a run owns an output folder; two coordinators never write to one. The system takes it back from a process
/// that dies, however it dies.
struct RunLock: ~Copyable {
    enum Failure: Error {
        /// Who has it, as far as is known: "process 12 on host".
        case taken(by: String)
        case system(StoreError)
    }

    private let path: String
    private let descriptor: Int32

    /// Takes the lock, or throws at once.
    init(path: String) throws(Failure) {
        self.path = path
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw .system(StoreError("write", path)) }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                let code = errno
                defer { close(descriptor) }
                if code == EWOULDBLOCK { throw .taken(by: Self.owner(descriptor)) }
                throw .system(StoreError("lock", path, code))
            }
            // Its owner of before may have removed it between our opening and locking it.
            if Self.isAt(path, descriptor) {
                self.descriptor = descriptor
                break
            }
            close(descriptor)
        }
        let text = Array("process \(getpid()) on \(ProcessInfo.processInfo.hostName)".utf8)
        // Only for the message that another run gives; without it there is less to say.
        if ftruncate(descriptor, 0) == 0 { try? Files.write(descriptor, path, text, offset: 0) }
    }

    deinit {
        unlink(path)
        close(descriptor)
    }

    private static func isAt(_ path: String, _ descriptor: Int32) -> Bool {
        var (named, open) = (stat(), stat())
        return stat(path, &named) == 0 && fstat(descriptor, &open) == 0 && named.st_ino == open.st_ino
            && named.st_dev == open.st_dev
    }

    private static func owner(_ descriptor: Int32) -> String {
        let text =
            (try? Files.read(descriptor, "", offset: 0, count: min(200, Int(lseek(descriptor, 0, SEEK_END))))) ?? []
        return text.isEmpty ? "another process" : String(decoding: text, as: UTF8.self)
    }
}
