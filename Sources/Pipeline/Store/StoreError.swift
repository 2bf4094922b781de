package import Bytes
import Foundation

/// A file that could not be written, read or used.
package enum StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The system refused. `operation` is a verb; `code` is of `errno`.
    case system(operation: String, path: String, code: Int32)
    /// Its content is not what was written.
    case unusable(path: String, ByteError)
    /// A file could not be had from who keeps it, or not be handed over.
    case exchange(file: String, with: String, reason: String)
    /// An object or a file could not be read, in the reader's words.
    case unreadable(reason: String)
    /// A file that nobody has any more could not be made anew.
    case gone(String, reason: String)
    /// A file became shorter while it was read.
    case shortened(String)

    init(_ operation: String, _ path: String, _ code: Int32 = errno) {
        self = .system(operation: operation, path: path, code: code)
    }

    /// Of a file that an object store was asked for, or given.
    init(_ name: ShardStore.Name, in address: String, _ error: any Error) {
        self = .exchange(file: name.path, with: address, reason: "\(error)")
    }

    init(_ path: String, _ error: ByteError) { self = .unusable(path: path, error) }

    package var description: String {
        switch self {
        case .system(let operation, let path, let code):
            "cannot \(operation) \(path): \(String(cString: strerror(code)))"
        case .unusable(let path, let error): "\(path) cannot be used: \(error)"
        case .exchange(let file, let keeper, let reason): "cannot exchange \(file) with \(keeper): \(reason)"
        case .unreadable(let reason): reason
        case .gone(let file, let reason): "\(file) is gone, and could not be made anew: \(reason)"
        case .shortened(let file): "\(file) became shorter while it was read"
        }
    }
}
