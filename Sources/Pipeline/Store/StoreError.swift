package import Bytes
import Foundation

/// A file that could not be written, read or used.
package enum StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The system refused. `operation` is a verb; `code` is of `errno`.
    case system(operation: String, path: String, code: Int32)
    /// Its content is not what was written.
    case unusable(path: String, ByteError)
    /// A file of the coordinator's could not be had, or not be handed over.
    case remote(file: String, reason: String)

    init(_ operation: String, _ path: String, _ code: Int32 = errno) {
        self = .system(operation: operation, path: path, code: code)
    }

    init(_ path: String, _ error: ByteError) { self = .unusable(path: path, error) }

    package var description: String {
        switch self {
        case .system(let operation, let path, let code):
            "cannot \(operation) \(path): \(String(cString: strerror(code)))"
        case .unusable(let path, let error): "\(path) cannot be used: \(error)"
        case .remote(let file, let reason): "cannot exchange \(file) with the coordinator: \(reason)"
        }
    }
}
