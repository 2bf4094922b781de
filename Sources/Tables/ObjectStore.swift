internal import ArrowBridge
import Foundation

/// Objects of Amazon S3 and what speaks its protocol (`s3://bucket/key`), of Google Cloud Storage (`gs://bucket/key`) and of Azure
/// (`abfs://container@account.dfs.core.windows.net/key`).
///
/// Credentials, regions and endpoints are found where the stores' own clients look for them: in the environment
/// (`AWS_ACCESS_KEY_ID`, `AWS_PROFILE`, `AWS_REGION`, `AWS_ENDPOINT_URL`, `GOOGLE_APPLICATION_CREDENTIALS`), in `~/.aws`, in the machine's
/// role; they are never part of an address. A key is written as it is, without escapes.
///
/// A store that is busy, or a line that breaks, is asked again, for up to a minute.
package enum ObjectStore {
    package static let schemes = ["s3", "gs", "abfs", "abfss"]

    /// Whether a path is an address of an object, and not a place on a disk.
    package static func isAddress(_ path: String) -> Bool { scheme(of: path) != nil }

    /// What stands before "://" at the beginning of a path, if there is any: a folder's name may hold it too.
    private static func scheme(of path: String) -> Range<String.Index>? {
        path.range(of: "://").flatMap { path[..<$0.lowerBound].contains("/") ? nil : $0 }
    }

    /// The part of an address before its keys, such as `s3://bucket`; nil of other paths.
    package static func bucket(of path: String) -> String? {
        guard let scheme = scheme(of: path) else { return nil }
        return String(path[..<(path[scheme.upperBound...].firstIndex(of: "/") ?? path.endIndex)])
    }

    /// Throws `badAddress` where an address is of a scheme that is not known, names no bucket, or holds credentials.
    package static func check(address: String) throws(TableError) {
        guard let scheme = scheme(of: address), let bucket = bucket(of: address)?[scheme.upperBound...] else {
            throw .badAddress(address: address, reason: "it is no address")
        }
        // Azure's containers stand before an @, without a colon; Google's buckets for everybody have this word there.
        let isNamed = !bucket.contains("@") || address.hasPrefix("abfs") || bucket.hasPrefix("anonymous@")
        guard isNamed, !bucket.contains(":") else {
            throw .badAddress(
                address: "\(address[..<scheme.upperBound])...",
                reason: "it holds credentials, which belong in the environment or in the store's own files, or a port")
        }
        guard schemes.contains(String(address[..<scheme.lowerBound])) else {
            throw .badAddress(
                address: address,
                reason:
                    "\(address[..<scheme.upperBound]) is not known; use s3://, gs:// or abfs://, or a path on a disk")
        }
        if bucket.isEmpty { throw .badAddress(address: address, reason: "it names no bucket") }
        if bucket.contains(where: { "*?[".contains($0) }) {
            throw .badAddress(address: address, reason: "a pattern cannot stand for buckets; list them one by one")
        }
    }

    /// An object, or a folder, which are keys that begin alike.
    package struct Look: Sendable {
        /// In bytes; nil of a folder.
        package var size: Int?
        /// Differs between two versions of an object, by its time and what the store says of its content.
        package var version: String
    }

    /// What is at an address; nil where nothing is. Throws `unavailable`. Cost: a question or two to the store.
    package static func look(at address: String) throws(TableError) -> Look? { try look(at: address, opening: nil) }

    private static func look(
        at address: String, opening object: UnsafeMutablePointer<OpaquePointer?>?
    ) throws(TableError) -> Look? {
        var size: Int64 = 0
        var version: UnsafeMutablePointer<CChar>?
        defer { ab_free(version) }
        try reading(address) { ab_object_look(address, &size, &version, object, $0) }
        if size == -2 { return nil }
        return Look(size: size < 0 ? nil : Int(size), version: version.map { String(cString: $0) } ?? "")
    }

    /// An object that is open for reading: each range costs one question. Several threads may read at once, for Arrow's
    /// `RandomAccessFile::ReadAt` moves no position.
    struct OpenObject: ~Copyable, @unchecked Sendable {
        let size: Int
        private let address: String
        private let object: OpaquePointer

        /// Throws `missing` and `unavailable`, and `unreadable` of a folder.
        init(_ address: String) throws(TableError) {
            var object: OpaquePointer?
            guard let found = try ObjectStore.look(at: address, opening: &object) else { throw .missing(path: address) }
            guard let object, let size = found.size else { throw .unreadable(path: address, reason: "it is a folder") }
            self.address = address
            self.object = object
            self.size = size
        }

        deinit { ab_object_close(object) }

        /// At most `count` bytes from `offset` on; fewer only at the end.
        func read(offset: Int, count: Int) throws(TableError) -> [UInt8] {
            var failure: TableError?
            let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
                var read: Int64 = 0
                do throws(TableError) {
                    try ObjectStore.reading(address) {
                        ab_object_read(object, Int64(offset), Int64(count), buffer.baseAddress, &read, $0)
                    }
                    initialized = Int(read)
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
            return bytes
        }
    }

    /// Makes an object of a file of this machine; it takes the place of one that is there once all of it has come, and not
    /// before. Throws `unwritable`.
    package static func write(file path: String, to address: String) throws(TableError) {
        try writing(address) { ab_object_write(path, address, $0) }
    }

    /// Removes an object, which need not be there. Throws `unwritable`.
    package static func remove(_ address: String) throws(TableError) {
        try writing(address) { ab_object_remove(address, 0, $0) }
    }

    /// Removes all objects whose keys begin with an address and a slash. Throws `unwritable`.
    package static func removeAll(below address: String) throws(TableError) {
        try writing(address) { ab_object_remove(address, 1, $0) }
    }

    /// The names of what is in a folder, in no order; nothing where there is no such folder.
    static func entries(of address: String) throws(TableError) -> [(name: String, isDirectory: Bool)] {
        var names: OpaquePointer?
        try reading(address) { ab_object_list(address, &names, $0) }
        defer { ab_names_free(names) }
        return (0..<ab_names_count(names)).map {
            (String(cString: ab_names_name(names, $0)), ab_names_is_directory(names, $0) != 0)
        }
    }

    // MARK: Errors

    private typealias Message = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

    private static func reading(_ address: String, _ call: (Message) -> ab_code) throws(TableError) {
        do throws(BridgeFailure) {
            try bridged(call)
        } catch {
            throw .unavailable(address: address, reason: advised(error.reason))
        }
    }

    private static func writing(_ address: String, _ call: (Message) -> ab_code) throws(TableError) {
        do throws(BridgeFailure) {
            try bridged(call)
        } catch {
            throw error.writing(address)
        }
    }

    /// What a store's client says, and what to do about it.
    static func advised(_ reason: String) -> String {
        trouble(reason).map { "\(reason); \($0.advice)" } ?? reason
    }

    /// Whether the same question may be answered some time later, although nobody has mended anything here.
    static func mayPass(_ reason: String) -> Bool { trouble(reason)?.mayPass ?? false }

    private struct Trouble {
        /// Any of which a store's client says.
        var codes: [String]
        var advice: String
        var mayPass = false
    }

    private static let troubles = [
        Trouble(codes: ["Expired", "EXPIRED"], advice: "the credentials have expired: get new ones"),
        // Of a question that has no body for an answer, the store's word for it is lost.
        Trouble(
            codes: ["HTTP status 400"],
            advice: "the credentials may have expired, or the region be another one (AWS_REGION)"),
        Trouble(
            codes: [
                "ACCESS_DENIED", "INVALID_ACCESS_KEY", "SIGNATURE", "INVALID_CLIENT_TOKEN", "HTTP status 403",
                "PERMISSION", "Authorization", "UNAUTHENTICATED",
            ], advice: "see that the credentials of this machine (environment, ~/.aws, role) are valid and may do this"),
        Trouble(codes: ["NO_SUCH_BUCKET"], advice: "check the bucket's name, and the region (AWS_REGION)"),
        Trouble(
            codes: ["NETWORK_CONNECTION", "Could not connect", "resolve"],
            advice: "check the network, the region (AWS_REGION) and the endpoint (AWS_ENDPOINT_URL)", mayPass: true),
        Trouble(
            codes: [
                "SLOW_DOWN", "SERVICE_UNAVAILABLE", "INTERNAL_FAILURE", "HTTP status 500", "HTTP status 502",
                "HTTP status 503", "HTTP status 504",
            ],
            advice: "the store has been busy for a minute: try again later", mayPass: true),
    ]

    private static func trouble(_ reason: String) -> Trouble? {
        // Without the names of buckets and keys, which stand in quotes.
        let words = reason.split(separator: "'", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset.isMultiple(of: 2) }.map(\.element).joined(separator: " ")
        return troubles.first { $0.codes.contains { words.contains($0) } }
    }
}
